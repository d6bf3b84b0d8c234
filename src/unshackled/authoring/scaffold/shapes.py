"""Python source that reads and writes the values of a capability, field by field."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from unshackled.domain.personal import dataclasses_in, fields_of

LINE: Final = 100
_SCALARS: Final = (str, int, bool)


def bare(annotation: Any) -> Any:
    """An annotation without its marks."""
    return bare(get_args(annotation)[0]) if get_origin(annotation) is Annotated else annotation


def optional(annotation: Any) -> Any:
    """What an annotation may hold beside None; None where it must hold something."""
    if get_origin(annotation) not in (Union, types.UnionType):
        return None
    arms = [arm for arm in get_args(annotation) if arm is not type(None)]
    return arms[0] if len(arms) == 1 and len(get_args(annotation)) == 2 else None


def nested(shape: type, earlier: tuple[type, ...] = ()) -> tuple[type, ...]:
    """The dataclasses that an output is made of, the innermost first, itself last."""
    for annotation in fields_of(shape).values():
        for inner in dataclasses_in(annotation):
            if inner not in earlier:
                earlier = nested(inner, earlier)
    return earlier if shape in earlier else (*earlier, shape)


def reader(shape: type) -> str:
    """The name of the function that reads a nested value."""
    return f"_{snake(shape.__name__)}"


def reads(shape: type, source: str = "data", *, width: int = LINE) -> Iterator[str]:
    """The keyword arguments that make a value from JSON, in lines of `width` characters."""
    for name, annotation in fields_of(shape).items():
        line = f"{name}={_read(annotation, f'{source}[{json.dumps(name)}]')},"
        yield line if len(line) <= width else _broken(line)


def _broken(line: str) -> str:
    """A condition, or a choice of words, over three lines, as the formatter writes it."""
    head, choice, words = line.partition("one_of(")
    if choice and " if " not in line:
        return f"{head}{choice}\n    {words.removesuffix('),')}\n),"
    return line.replace(" if ", "\nif ", 1).replace(" else ", "\nelse ", 1)


def _read(annotation: Any, source: str) -> str:
    annotation = bare(annotation)
    inner = optional(annotation)
    if inner is not None:
        return f"None if {source} is None else {_read(inner, source)}"
    if get_origin(annotation) is tuple:
        return f"tuple({_read(get_args(annotation)[0], 'one')} for one in {source})"
    if dataclasses_in(annotation):
        return f"{reader(dataclasses_in(annotation)[0])}({source})"
    return _scalar(annotation, source)


def _scalar(annotation: Any, source: str) -> str:
    if get_origin(annotation) is Literal:
        return f"one_of({source}, {', '.join(map(json.dumps, get_args(annotation)))})"
    if annotation is str:
        return f"text({source})"
    if annotation in _SCALARS:
        return f"{annotation.__name__}({source})"
    known = {Decimal: "Decimal(str({}))", datetime: "moment({})", date: "date.fromisoformat({})"}
    return known.get(annotation, "{}").format(source)


def needs(shapes: tuple[type, ...]) -> set[type]:
    """Which of `Decimal`, `datetime` and `date` the readers of these shapes use."""
    return {
        kind
        for shape in shapes
        for annotation in fields_of(shape).values()
        for kind in (Decimal, datetime, date)
        if kind in (bare(annotation), bare(optional(bare(annotation))))
    }


def writes(request: type) -> Iterator[str]:
    """The fields of a request as entries of a body: what is plain, one fact deep."""
    for name, annotation in fields_of(request).items():
        shapes = dataclasses_in(annotation)
        if optional(bare(annotation)) is not None or len(shapes) != 1:
            continue
        if get_origin(bare(annotation)) is tuple:
            continue
        plain = [
            field
            for field, inner in fields_of(shapes[0]).items()
            if bare(inner) in _SCALARS or get_origin(bare(inner)) is Literal
        ]
        if plain:
            yield f'"{name}": {{'
            yield from (f'    "{field}": request.{name}.{field},' for field in plain)
            yield "},"


def literal(value: Any, indent: int = 0) -> str:
    """JSON data as Python source."""
    inner, end = " " * (indent + 4), " " * indent
    if isinstance(value, dict) and value:
        body = "".join(
            f"{inner}{json.dumps(key)}: {literal(one, indent + 4)},\n" for key, one in value.items()
        )
        return f"{{\n{body}{end}}}"
    if isinstance(value, list) and value:
        body = "".join(f"{inner}{literal(one, indent + 4)},\n" for one in value)
        return f"[\n{body}{end}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def snake(name: str) -> str:
    """`acme_pay` of `AcmePay`."""
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in name).lstrip("_")


def camel(name: str) -> str:
    """`AcmePay` of `acme_pay`."""
    return "".join(part.capitalize() for part in name.split("_"))
