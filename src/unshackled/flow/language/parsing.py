"""Reading parts of a file with their models, every mistake at its place."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from unshackled.flow.language.diagnostics import Diagnostics, listed
from unshackled.flow.language.yaml_marks import YamlNode, plain

M = TypeVar("M", bound=BaseModel)
_CODES: Final[Mapping[str, str]] = {
    "extra_forbidden": "unknown_key",
    "missing": "missing_key",
}
# What a value must be, by pydantic's types of errors; the others are said in its own words.
_WORDS: Final[Mapping[str, str]] = {
    "bool_type": "must be of type boolean",
    "dict_type": "must be of type object",
    "float_type": "must be of type number",
    "int_type": "must be of type integer",
    "list_type": "must be of type array",
    "literal_error": "must be one of {expected}",
    "model_type": "must be of type object",
    "string_type": "must be of type string",
    "tuple_type": "must be of type array",
}


# As pydantic begins its other sentences: "Input should be ...", "String should have ...".
_SHOULD: Final = re.compile(r"^[A-Z][a-z]+ should ")


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys that a model knows, as files write them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def mapping_keys(model: type[BaseModel]) -> list[str]:
    """The keys whose value is a mapping by names that are the file's own."""
    fields = model.model_fields.items()
    kinds = {field.alias or name: get_origin(_bare(field.annotation)) for name, field in fields}
    return [key for key, kind in kinds.items() if kind in (dict, Mapping)]


def words(error: Mapping[str, Any]) -> str:
    """What is wrong with a value, and what is allowed, from an error of pydantic's."""
    said = _WORDS.get(error["type"])
    if said is None:
        return _SHOULD.sub("must ", str(error["msg"]).removeprefix("Value error, "))
    return said.format_map(error.get("ctx", {}))


def _bare(annotation: object) -> object:
    """An annotation without `Annotated` and `| None`."""
    origin, arms = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _bare(arms[0])
    rest = [arm for arm in arms if arm is not types.NoneType]
    return _bare(rest[0]) if origin in (Union, types.UnionType) and len(rest) == 1 else annotation


def _within(annotation: object, part: object) -> object:
    """The annotation of what lies under a key or a number; None where that is not known."""
    bare = _bare(annotation)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        by_key = {field.alias or name: field for name, field in bare.model_fields.items()}
        return by_key[str(part)].annotation if part in by_key else None
    arms = get_args(bare)
    if get_origin(bare) in (dict, Mapping):
        return arms[1]
    return arms[0] if get_origin(bare) in (list, tuple, Sequence) else None


def _model_at(model: type[BaseModel], path: Sequence[object]) -> type[BaseModel] | None:
    found: object = model
    for part in path:
        found = _within(found, part)
    bare = _bare(found)
    return bare if isinstance(bare, type) and issubclass(bare, BaseModel) else None


def _sentence(model: type[BaseModel], error: Mapping[str, Any], beside: Iterable[str]) -> str:
    path = ".".join(str(part) for part in error["loc"])
    owner = _model_at(model, error["loc"][:-1])
    if error["type"] == "extra_forbidden" and owner is not None:
        known = [*keys_of(owner), *(beside if owner is model else ())]
        return f"unknown key {path!r}: allowed are {listed(known)}"
    if error["type"] == "missing":
        return f"{path!r} is missing{_line_to_paste(owner, error['loc'][-1])}"
    part = _model_at(model, error["loc"]) if error["type"] == "model_type" else None
    text = words(error) + (f": allowed are {listed(keys_of(part))}" if part is not None else "")
    return f"{path}: {text}" if path else text


def _line_to_paste(owner: type[BaseModel] | None, key: object) -> str:
    """How the key is written, where its model has an example."""
    fields = owner.model_fields if owner is not None else {}
    names = {field.alias or name: field for name, field in fields.items()}
    field = names.get(str(key))
    return f": write `{key}: {field.examples[0]}`" if field and field.examples else ""


def parse(
    model: type[M], node: YamlNode, report: Diagnostics, *, beside: Iterable[str] = ()
) -> M | None:
    """A model read from a node; None, and every mistake noted, where it does not fit.

    An unknown key is a mistake but does not keep the rest from being read. `beside` are keys that
    others read of the same mapping, to be named among those that are allowed.
    """
    data = plain(node)
    if not isinstance(data, dict):
        allowed = listed([*keys_of(model), *beside])
        report.add(node.mark, "wrong_value", f"must be a mapping of {allowed}")
        return None
    try:
        return model.model_validate(data)
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False, include_input=False)
    for error in errors:
        code = _CODES.get(error["type"], "wrong_value")
        report.add(node.at(error["loc"]), code, _sentence(model, error, beside))
    unknown = [e["loc"][0] for e in errors if e["type"] == "extra_forbidden" and len(e["loc"]) == 1]
    if not unknown:
        return None
    known = {key: value for key, value in node.entries.items() if key not in unknown}
    return parse(model, node.with_entries(known), report, beside=beside)
