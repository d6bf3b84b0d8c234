"""Conditions: CEL expressions, typed at load and evaluated on JSON data.

Load checks names, types and the result against the classes of the facts; evaluation runs over
mappings, so that an absent part is an error value, never a silent zero.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from cel_expr_python import cel  # type: ignore[import-untyped]

from unshackled.domain.personal import fields_of
from unshackled.flow.plan.annotations import UnwrappedType, unwrap
from unshackled.flow.plan.condition_variables import NAMES, PURCHASE, STEPS, Vocabulary

if TYPE_CHECKING:  # loads when a condition is checked
    from unshackled.flow.plan.cel_types import CelTypes


class Condition(Protocol):
    """A compiled condition."""

    @property
    def source(self) -> str:
        """The expression as the flow wrote it."""
        ...

    @property
    def steps(self) -> frozenset[str]:
        """The steps whose output it reads."""
        ...

    @property
    def vocabulary(self) -> Vocabulary:
        """What it may name."""
        ...

    def evaluate(self, variables: Mapping[str, Any]) -> bool | None:
        """True, false, or None while it depends on what is not there yet."""
        ...


class BadCondition(ValueError):
    """A condition with a wrong name, type or result; the message says the column."""


# Characters of a condition, and how deep brackets lie in each other.
LONGEST: Final = 1_000
DEEPEST: Final = 24
# `package` is a reserved word of CEL: it stands under a name as long, so that columns agree.
_ALIAS: Final = "pack_ge"
_TOKEN: Final = re.compile(
    r"""//[^\n]*|[rRbB]{0,2}(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
    r"|[A-Za-z_]\w*|\.|\s+|.",
    re.DOTALL,
)
_PROBLEM: Final = re.compile(r"<input>:(\d+):(\d+): (.*)")
_NO_FIELD: Final = re.compile(r"undefined field '.*' not found in struct '(\w+)'")


def _tokens(source: str) -> Iterator[tuple[str, str]]:
    """Each token with what stands before it, white space and comments aside."""
    before = ""
    for token in _TOKEN.findall(source):
        yield before, token
        if not token.isspace() and not token.startswith("//"):
            before = token


def _require_short(source: str) -> None:
    """Refuse what CEL would recurse into for long; `BadCondition` names the bound."""
    if len(source) > LONGEST:
        raise BadCondition(f"more than {LONGEST} characters")
    depth = deepest = 0
    for _, word in _tokens(source):
        depth += (word in ("(", "[", "{")) - (word in (")", "]", "}"))
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise BadCondition(f"brackets nested deeper than {DEEPEST}")


def _cel_name(name: str) -> str:
    """The name of a variable in an expression as CEL takes it."""
    return _ALIAS if name == "package" else name


def _renamed(source: str, vocabulary: Vocabulary) -> str:
    """The expression as CEL takes it."""
    tokens = list(_tokens(source))
    if any(word == _ALIAS for _, word in tokens):
        allowed = _named(vocabulary.names)
        raise BadCondition(f"undeclared reference to {_ALIAS!r}: allowed are {allowed}")
    return "".join(_cel_name(word) if before != "." else word for before, word in tokens)


def _named(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"


def steps_read(source: str) -> frozenset[str]:
    """The steps that an expression names as `steps.<name>`."""
    words = [pair for pair in _tokens(source) if not pair[1].isspace()]
    words = [pair for pair in words if not pair[1].startswith("//")]
    found = set()
    for (before, word), (_, dot), (_, name) in zip(words, words[1:], words[2:], strict=False):
        if word == STEPS and before != "." and dot == ".":
            found.add(name)
    return frozenset(found)


def variables_read(source: str) -> frozenset[str]:
    """The variables that an expression names, e.g. `quote` in `quote.due_today > 0`."""
    words = [pair for pair in _tokens(source) if not pair[1].startswith("//")]
    return frozenset(word for before, word in words if word in NAMES and before != ".")


@cache
def _loose(vocabulary: Vocabulary) -> cel.Env:
    """Evaluates over mappings: a key that is not there is an error value."""
    anything = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    return cel.NewEnv(variables=dict.fromkeys(map(_cel_name, vocabulary.names), anything))


def _strict(outputs: Mapping[str, type], vocabulary: Vocabulary) -> tuple[cel.Env, CelTypes]:
    """Checks names and types: the variables are messages made from the classes of the facts."""
    from unshackled.flow.plan.cel_types import CelTypes

    types = CelTypes()
    variables = {row.name: types.of(row.type, row.name.capitalize()) for row in vocabulary.rows}
    if vocabulary.with_steps:
        variables[STEPS] = types.message(
            STEPS.capitalize(), {name: UnwrappedType(shape) for name, shape in outputs.items()}
        )
    typed = {_cel_name(name): cel.Type(shape) for name, shape in variables.items()}
    return cel.NewEnv(types.pool(), variables=typed), types


def _explain(error: Exception, types: CelTypes, vocabulary: Vocabulary) -> str:
    """CEL's first finding as one sentence with the column and what is allowed."""
    found = _PROBLEM.search(str(error))
    if found is None:
        return str(error).splitlines()[0].replace(_ALIAS, "package")
    line, column, text = found.groups()
    place = f"column {column}" if line == "1" else f"line {line}, column {column}"
    if struct := _NO_FIELD.search(text):
        text += f": allowed are {_named(types.fields.get(struct[1], ()))}"
    elif "undeclared reference" in text:
        text = text.removesuffix(" (in container '')") + f": allowed are {_named(vocabulary.names)}"
    return f"{place}: {text}".replace(_ALIAS, "package")


Convert = Callable[[Any], Any]


@cache
def _converter(shape: object) -> Convert | None:
    """What turns the JSON of a type into CEL data; None where they are the same.

    JSON carries a `Decimal` as a string, CEL compares it as a double.
    """
    unwrapped = unwrap(shape)
    inner = _inner_converter(unwrapped.inside)
    if inner is None or not unwrapped.many:
        return inner
    return lambda items: [inner(item) for item in items]


def _inner_converter(inside: object) -> Convert | None:
    if inside is Decimal:
        return float
    members = fields_of(inside) if isinstance(inside, type) else {}
    converters = {name: made for name, kind in members.items() if (made := _converter(kind))}
    if not converters:
        return None
    return lambda data: (
        data
        | {
            name: convert(data[name])
            for name, convert in converters.items()
            if data.get(name) is not None
        }
    )


def _converted(shape: type, data: Any) -> Any:
    convert = _converter(shape)
    return convert(data) if convert and data else data


@dataclass(frozen=True, slots=True, kw_only=True)
class CelCondition:
    """A compiled CEL expression; `outputs` are the types of the steps it reads."""

    source: str
    outputs: Mapping[str, type]
    vocabulary: Vocabulary = PURCHASE
    program: cel.Expression = field(compare=False)

    @property
    def steps(self) -> frozenset[str]:
        """The steps whose output it reads."""
        return frozenset(self.outputs)

    def evaluate(self, variables: Mapping[str, Any]) -> bool | None:
        """True, false, or None while it depends on what is not there yet.

        Under `steps` a step that is missing is not settled yet, one that is None has no output.
        """
        return self._run(variables)[0]

    def problem(self, variables: Mapping[str, Any]) -> str | None:
        """The error that an evaluation ends in; None when it gives true or false."""
        return self._run(variables)[1]

    def _run(self, variables: Mapping[str, Any]) -> tuple[bool | None, str | None]:
        try:
            result = self.program.eval(data=self._data(variables))
        except RuntimeError as error:  # the budget of loops is spent
            return None, str(error)
        if result.type() == cel.Type.BOOL:
            return result.value(), None
        return None, str(result.value())

    def _data(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        data = {
            _cel_name(row.name): _converted(row.type, variables[row.name])
            for row in self.vocabulary.rows
            if row.name in variables
        }
        outputs = variables.get(STEPS, {})
        if self.vocabulary.with_steps and self.outputs.keys() <= outputs.keys():
            data[STEPS] = {
                name: _converted(shape, outputs[name])
                for name, shape in self.outputs.items()
                if outputs[name] is not None
            }
        return data


def compile_condition(
    source: str, outputs: Mapping[str, type], vocabulary: Vocabulary = PURCHASE
) -> CelCondition:
    """Compile an expression: `outputs` are the steps it may read, `vocabulary` what it may name.

    Raises `BadCondition` for a syntax error, an unknown name, a wrong type or another result than
    true or false.
    """
    return _compiled(source, tuple(outputs.items()), vocabulary)


@lru_cache(maxsize=512)
def _compiled(
    source: str, given: tuple[tuple[str, type], ...], vocabulary: Vocabulary
) -> CelCondition:
    """Flows of many retailers extend one: what their steps say is compiled once."""
    _require_short(source)
    outputs, text = dict(given), _renamed(source, vocabulary)
    env, types = _strict(outputs, vocabulary)
    try:
        checked = env.compile(text)
        program = _loose(vocabulary).compile(text)
    except Exception as error:  # noqa: BLE001 - the library raises RuntimeError for whatever is wrong
        raise BadCondition(_explain(error, types, vocabulary)) from None
    if checked.return_type() != cel.Type.BOOL:
        kind = checked.return_type().name().lower()
        raise BadCondition(f"column 1: gives {kind}, a condition gives true or false")
    return _condition(source, outputs, vocabulary, program)


def compile_checked(
    source: str, outputs: Mapping[str, type], vocabulary: Vocabulary = PURCHASE
) -> CelCondition:
    """The same for an expression that `compile_condition` took before: types are not looked at."""
    return _condition(
        source, outputs, vocabulary, _loose(vocabulary).compile(_renamed(source, vocabulary))
    )


def _condition(
    source: str, outputs: Mapping[str, type], vocabulary: Vocabulary, program: cel.Expression
) -> CelCondition:
    read = {name: outputs[name] for name in steps_read(source)}
    return CelCondition(source=source, outputs=read, vocabulary=vocabulary, program=program)
