"""`collect: contact`: the customer gives data that fits a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from unshackled.domain.codec import adapter
from unshackled.domain.customer import MODELS
from unshackled.domain.facts import Fact
from unshackled.domain.personal import PERSONAL
from unshackled.ports.outcome import Outcome, Passed
from unshackled.steps import (
    Base,
    Definition,
    FieldError,
    InvalidInput,
    Json,
    Library,
    View,
    WrongValue,
    one_of,
)

_TYPES: dict[str, type] = {"string": str, "integer": int, "boolean": bool}


def field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    """Pydantic's findings as ours: every wrong field, never the value that was sent."""
    return tuple(
        FieldError(
            path=".".join(str(part) for part in found["loc"]) or "$",
            code=found["type"],
            message=found["msg"],
        )
        for found in error.errors(include_input=False, include_url=False, include_context=False)
    )


@cache
def _schema(model: Any) -> Json:
    return adapter(model).json_schema()


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(Base):
    """A step that waits for one model of customer data."""

    model: type[Fact]

    def schema(self) -> Json:
        """The JSON Schema of the model."""
        model: Any = self.model
        return _schema(model)

    def submit(self, body: Mapping[str, Json], view: View) -> Outcome[Any]:
        """The data as a typed fact; raises `InvalidInput` with every wrong field."""
        checker: TypeAdapter[Any] = adapter(self.model)
        try:
            return Passed(output=checker.validate_python(dict(body)))
        except ValidationError as error:
            raise InvalidInput(field_errors(error)) from None


def _extended(model: type[Fact], fields: Mapping[str, Json]) -> type[Fact]:
    """The model with a flow's own fields: personal unless `public: true`."""
    annotations: dict[str, Any] = {}
    for name, rule in fields.items():
        if name in model.__dataclass_fields__:  # type: ignore[attr-defined]
            raise WrongValue(f"field {name!r} is part of the model already")
        kind = _TYPES[rule.get("type", "string")]
        limits = Field(title=rule.get("title"), max_length=200 if kind is str else None)
        typed: Any = Annotated[kind, limits]
        typed = typed if rule.get("public") else Annotated[typed, PERSONAL]
        annotations[name] = typed if rule.get("required", True) else typed | None
    space: dict[str, Any] = {
        "__annotations__": annotations,
        "__module__": model.__module__,
        "__doc__": model.__doc__,
        "__pydantic_config__": ConfigDict(extra="forbid"),
        **{name: None for name, rule in fields.items() if not rule.get("required", True)},
    }
    made: type[Fact] = type(f"{model.__name__}WithFields", (model,), space)
    return dataclass(frozen=True, kw_only=True)(made)


class CollectKind:
    """The kind `collect`."""

    key = "collect"
    options: Mapping[str, Json] = {
        "fields": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "type": {"enum": sorted(_TYPES)},
                    "title": {"type": "string"},
                    "required": {"type": "boolean"},
                    "public": {"type": "boolean"},
                },
            },
        }
    }

    def value_schema(self) -> Json:
        """A model's name."""
        return {"enum": sorted(MODELS)}

    def define(self, value: Any, options: Mapping[str, Json], library: Library) -> Definition:
        """A step for the named model, with the flow's own fields."""
        model: type[Fact] = one_of(value, MODELS, "model")
        if options.get("fields"):
            model = _extended(model, options["fields"])
        return Collect(
            kind=self.key,
            detail=value,
            entry="customer",
            action="submit",
            output=model,
            model=model,
        )


KIND = CollectKind()
