"""Write the tables of docs/flow-reference.md between their markers; `--check` only compares."""

import dataclasses
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from unshackled.domain.customer import MODELS
from unshackled.domain.documents import TEMPLATES, Template
from unshackled.domain.personal import fields_of, is_personal
from unshackled.flow.language.case_spec import OpensSpec
from unshackled.flow.language.diagnostics import CODES
from unshackled.flow.language.durations import written
from unshackled.flow.language.spec import FlowHead, NotificationSpec, RetailerSpec, StepSpec
from unshackled.flow.plan.annotations import unwrap
from unshackled.flow.plan.cases.case_variables import CASE, sale_variable
from unshackled.flow.plan.cases.sale_parts import sale_parts
from unshackled.flow.plan.condition_variables import STEPS, STEPS_MEANING, VARIABLES
from unshackled.flow.plan.wiring import slots
from unshackled.messages.document_words import template_words
from unshackled.outbound.breaker import BreakerPolicy
from unshackled.outbound.limits import Limits
from unshackled.ports import CAPABILITIES, all_operations, operations
from unshackled.ports.operation import Operation
from unshackled.steps import kinds, options_of
from unshackled.steps.rule import RULES

PAGE: Final = Path(__file__).parent.parent / "docs" / "flow-reference.md"
BLOCK: Final = re.compile(r"<!-- made: ([a-z ]+) -->\n.*?<!-- end -->", re.DOTALL)
Row = tuple[str, ...]
NONE: Final = "\N{EN DASH}"


def table(head: Row, rows: Iterable[Row]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def said(value: object) -> str:
    """A value as a flow file would have it; nothing for what has no default."""
    if value is None or value is dataclasses.MISSING or value in ((), ""):
        return NONE
    if isinstance(value, timedelta):
        return f"`{written(value)}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list) and value:
        return f"`[{', '.join(map(str, value))}]`"
    if isinstance(value, BaseModel):
        parts = ", ".join(f"{k}: {said(v).strip('`')}" for k, v in value)
        return f"`{{{parts}}}`"
    return f"`{value}`"


def named(names: Iterable[str]) -> str:
    """Names as code, or a dash."""
    return ", ".join(f"`{name}`" for name in names) or NONE


def cel(annotation: object) -> str:
    """The CEL type of an annotation."""
    plain = unwrap(annotation)
    inside = plain.inside
    simple = {bool: "bool", int: "int", str: "string"}
    name = simple.get(inside) if isinstance(inside, type) else None
    if name is None:
        kind = getattr(inside, "__name__", "")
        name = {"Decimal": "double", "float": "double"}.get(kind, "string")
        name = "object" if dataclasses.is_dataclass(inside) else name
    return f"list of {name}" if plain.many else name


def keys(model: type[BaseModel]) -> str:
    """The keys of a part of a file, with their defaults."""
    rows = [
        (
            f"`{field.alias or name}`",
            _default(field),
            field.description or "",
        )
        for name, field in model.model_fields.items()
    ]
    return table(("key", "default", "meaning"), rows)


def _default(field: FieldInfo) -> str:
    """A key's default as a file would have it, or that there is none."""
    value = list(field.default) if isinstance(field.default, tuple) else field.default
    return "required" if field.is_required() else said(value)


def limits() -> str:
    """The limits of a provider, with their defaults."""
    found: list[tuple[str, object]] = []
    for shape, before in ((Limits, ""), (BreakerPolicy, "breaker.")):
        made: Any = shape()
        names = [field.name for field in dataclasses.fields(shape) if field.name != "breaker"]
        found += [(before + name, getattr(made, name)) for name in names]
    return table(("key", "default"), [(f"`{name}`", said(value)) for name, value in found])


def models() -> str:
    """The models of `collect`; fields that may be left out have a question mark."""
    rows = []
    for name, model in sorted(MODELS.items()):
        shape: Any = model
        left_out = {field.name for field in dataclasses.fields(shape) if _has_default(field)}
        hidden: dict[bool, list[str]] = {True: [], False: []}
        for field, kind in _fields(model).items():
            hidden[is_personal(kind)].append(f"`{field}`{'?' * (field in left_out)}")
        cells = [", ".join(hidden[personal]) or NONE for personal in (True, False)]
        rows.append((f"`{name}`", f"`{model.__name__}`", *cells))
    return table(("model", "fact", "personal fields", "other fields"), rows)


def _fields(shape: Any) -> Mapping[str, Any]:
    return fields_of(shape) if isinstance(shape, type) else {}


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING


def facts_of(request: type | None) -> str:
    """The facts that a request is filled with; those that may be absent with a question mark."""
    found = [slot for slot in slots(request) if slot.fact]
    names = [f"`{slot.fact.__name__}`{'?' * slot.optional}" for slot in found if slot.fact]
    return ", ".join(names) or NONE


def literals_of(request: type | None) -> str:
    """The fields that `with` fills, with their defaults."""
    found = [slot for slot in slots(request) if not slot.fact]
    return ", ".join(f"`{slot.name}`: {_literal(slot)}" for slot in found) or NONE


def _literal(slot: Any) -> str:
    if get_origin(slot.annotation) is Literal:
        return f"{named(get_args(slot.annotation))} ({said(slot.default)})"
    return "required" if slot.default is dataclasses.MISSING else said(slot.default)


def _title(template: Template) -> str:
    """The English title of the newest version."""
    return str(template_words(template.name, template.version, "en").titles[-1]["text"])


def documents() -> str:
    """The documents of `show`."""
    rows = [
        (f"`{name}`", _title(template), facts_of(template.request))
        for name, template in sorted(TEMPLATES.items())
    ]
    return table(("document", "title", "written from"), rows)


def rules() -> str:
    """The rules of `rule`."""
    rows = [
        (f"`{name}`", facts_of(law.request), literals_of(law.request), f"`{law.output.__name__}`")
        for name, law in sorted(RULES.items())
    ]
    return table(("rule", "facts", "`with`", "output"), rows)


def undo_of(operation: Operation) -> str:
    """How an operation is taken back."""
    if not operation.effect:
        return "reads"
    if operation.undo:
        return f"effect, undone by `{operation.undo}`"
    return "effect, leaves nothing" if operation.leaves_nothing else "effect, final"


def _followed(operation: Operation) -> str:
    """The operation that comes before it in its flow, or in the sale that its case is of."""
    named = operation.of_sale or ((operation.follows,) if operation.follows else ())
    keys = " or ".join(f"`{operation.capability}.{name}`" for name in named)
    return f"the sale's {keys}" if operation.of_sale else keys


def _calls(operation: Operation) -> Row:
    follows = _followed(operation) or NONE
    outputs = fields_of(operation.output)
    output = ", ".join(f"`{name}`" for name in outputs)
    return (
        f"`{operation.key}`" + (" (hard search)" if operation.hard_search else ""),
        undo_of(operation),
        "yes" if operation.declinable else "no",
        follows,
        facts_of(operation.request),
        literals_of(operation.request),
        f"`{operation.output.__name__}` ({output})",
    )


def operation_table() -> str:
    """Every operation that a step may name, by capability."""
    ports = sorted(CAPABILITIES.items())
    found = [one for name, port in ports for one in operations(name, port).values()]
    head = ("operation", "kind", "can decline", "follows", "facts", "`with`", "output")
    return table(head, [_calls(one) for one in found if not one.by_engine])


def options() -> str:
    """The operations that `choose` may name."""
    able = [one for one in all_operations().values() if "options" in fields_of(one.output)]
    return named(one.key for one in able if not one.effect)


def variables() -> str:
    """What conditions may name."""
    rows = [(f"`{row.name}`", row.meaning) for row in VARIABLES]
    return table(("variable", "meaning"), [*rows, (f"`{STEPS}.<name>.<field>`", STEPS_MEANING)])


def variable_fields() -> str:
    """What lies under each variable."""
    rows: list[Row] = []
    for row in VARIABLES:
        for name, annotation in fields_of(row.type).items():
            plain = unwrap(annotation)
            inside: Any = plain.inside
            members = _fields(inside)
            inner = ", ".join(f"`{key}` {cel(kind)}" for key, kind in members.items())
            absent = "may be absent" if plain.optional else ""
            rows.append((f"`{row.name}.{name}`", cel(annotation), inner, absent))
    return table(("variable", "type", "fields", ""), rows)


def case_variables() -> str:
    """What conditions of case flows may name beside those of a purchase, all but the quote."""
    rows = [(f"`{row.name}`", row.meaning) for row in (CASE, sale_variable())]
    fields = fields_of(CASE.type).items()
    rows += [(f"`case.{name}`", _typed(annotation)) for name, annotation in fields]
    return table(("variable", "meaning"), rows)


def _typed(annotation: object) -> str:
    """The CEL type of an annotation, with the fields of what it holds."""
    inside: Any = unwrap(annotation).inside
    inner = ", ".join(f"`{key}` {cel(kind)}" for key, kind in _fields(inside).items())
    return f"{cel(annotation)}: {inner}" if inner else cel(annotation)


def parts_of_a_sale() -> str:
    """What lies under `sale`, with a question mark where a field may be absent."""
    rows = []
    for name, part in sale_parts().items():
        keys = named(part.operations) if part.operations else "collected in it"
        shape: Any = part.shape
        fields = [
            f"`{key}`{'?' * unwrap(kind).optional} {cel(kind)}"
            for key, kind in fields_of(shape).items()
        ]
        rows.append((f"`sale.{name}`", keys, ", ".join(fields)))
    return table(("variable", "there once it was done", "fields"), rows)


def kind_table() -> str:
    """Every step kind, by what its file says."""
    rows = []
    for key, kind in sorted(kinds().items()):
        module = sys.modules[type(kind).__module__]
        text = (module.__doc__ or "").strip().split("\n")[0]
        example, _, meaning = text.partition("`: ")
        rows.append((f"`{key}`", f"{example}`", meaning.rstrip(".")))
    return table(("kind", "for example", "what it is"), rows)


def own_keys() -> str:
    """The keys that only some kinds know, and what lies within them."""
    rows = [
        (f"`{key}`", f"`{path}`", default, text)
        for key, kind in sorted(kinds().items())
        for path, default, text in _keys_within(options_of(kind))
    ]
    return table(("kind", "key", "default", "meaning"), rows)


def _keys_within(model: type[BaseModel], before: str = "") -> Iterable[Row]:
    for name, field in model.model_fields.items():
        path = f"{before}{field.alias or name}"
        yield path, _default(field), field.description or ""
        for inner in _models(field.annotation):
            yield from _keys_within(inner, f"{path}.<name>.")


def _models(annotation: object) -> Iterable[type[BaseModel]]:
    """The models of the entries of a mapping."""
    arms = get_args(annotation)
    if get_origin(annotation) is dict and isinstance(arms[1], type):
        yield from [arms[1]] if issubclass(arms[1], BaseModel) else []


TABLES: Final[Mapping[str, Callable[[], str]]] = {
    "retailer": lambda: keys(RetailerSpec),
    "notifications": lambda: keys(NotificationSpec),
    "limits": limits,
    "head": lambda: keys(FlowHead),
    "opens": lambda: keys(OpensSpec),
    "case variables": case_variables,
    "sale parts": parts_of_a_sale,
    "kinds": kind_table,
    "own keys": own_keys,
    "step": lambda: keys(StepSpec),
    "models": models,
    "documents": documents,
    "rules": rules,
    "options": options,
    "operations": operation_table,
    "variable fields": variable_fields,
    "variables": variables,
    "mistakes": lambda: table(
        ("code", "what is wrong"), [(f"`{code}`", text) for code, text in CODES.items()]
    ),
}


def page(text: str) -> str:
    """The text with every table as it should be; raises `KeyError` for an unknown marker."""

    def made(found: re.Match[str]) -> str:
        name = found[1]
        return f"<!-- made: {name} -->\n{TABLES[name]()}\n<!-- end -->"

    return BLOCK.sub(made, text)


def main() -> int:
    """Write the tables, or with `--check` say whether they are as they should be."""
    text = PAGE.read_text()
    if "--check" in sys.argv:
        return 0 if text == page(text) else 1
    PAGE.write_text(page(text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
