"""Reading parts of a file with their models, every mistake at its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from unshackled.flow.language.diagnostics import Diagnostics, listed
from unshackled.flow.language.yaml_marks import YamlNode, plain

M = TypeVar("M", bound=BaseModel)
_CODES = {"extra_forbidden": "unknown_key", "missing": "missing_key"}


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys that a model knows, as files write them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for arm in get_args(annotation) for model in _models_in(arm)]


def _model_at(model: type[BaseModel], path: Sequence[object]) -> type[BaseModel] | None:
    found: type[BaseModel] | None = model
    for part in path:
        if found is None:
            break
        by_alias = {field.alias or name: field for name, field in found.model_fields.items()}
        if part in by_alias:
            inner = _models_in(by_alias[str(part)].annotation)
            found = inner[0] if inner else None
    return found


def _sentence(model: type[BaseModel], error: Mapping[str, Any]) -> str:
    path = ".".join(str(part) for part in error["loc"])
    owner = _model_at(model, error["loc"][:-1])
    if error["type"] == "extra_forbidden" and owner is not None:
        return f"unknown key {path!r}: allowed are {listed(keys_of(owner))}"
    if error["type"] == "missing":
        return f"{path!r} is missing{_line_to_paste(owner, error['loc'][-1])}"
    text = error["msg"].removeprefix("Value error, ")
    return f"{path}: {text}" if path else text


def _line_to_paste(owner: type[BaseModel] | None, key: object) -> str:
    """How the key is written, where its model has an example."""
    fields = owner.model_fields if owner is not None else {}
    names = {field.alias or name: field for name, field in fields.items()}
    field = names.get(str(key))
    return f": write `{key}: {field.examples[0]}`" if field and field.examples else ""


def parse(model: type[M], node: YamlNode, report: Diagnostics, **extra: object) -> M | None:
    """A model read from a node; None, and every mistake noted, where it does not fit.

    An unknown key is a mistake but does not keep the rest from being read.
    """
    data = plain(node)
    if not isinstance(data, dict):
        report.add(node.mark, "wrong_value", f"must be a mapping of {listed(keys_of(model))}")
        return None
    try:
        return model.model_validate({**data, **extra})
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False, include_input=False, include_context=False)
    for error in errors:
        code = _CODES.get(error["type"], "wrong_value")
        report.add(node.at(error["loc"]), code, _sentence(model, error))
    unknown = [e["loc"][0] for e in errors if e["type"] == "extra_forbidden" and len(e["loc"]) == 1]
    if not unknown:
        return None
    known = {key: value for key, value in node.entries.items() if key not in unknown}
    return parse(model, node.with_entries(known), report, **extra)
