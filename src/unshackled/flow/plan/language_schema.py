"""The JSON Schema of the flow language, for editors: made from the models and the step kinds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from unshackled.flow.language.durations import written
from unshackled.flow.language.policy_forms import SCHEMA as POLICY
from unshackled.flow.language.spec import (
    LANGUAGE,
    NAME,
    STEP_NAME,
    FlowHead,
    NotificationSpec,
    ProviderEntry,
    RetailerSpec,
    StepSpec,
)
from unshackled.flow.language.yaml_marks import LONGEST as LONGEST_TEXT
from unshackled.flow.language.yaml_marks import MOST as MOST_VALUES
from unshackled.flow.plan.compile import MOST_STEPS
from unshackled.flow.plan.conditions import LONGEST as LONGEST_CONDITION
from unshackled.flow.plan.retailer import BASE_KEYS, FLOW_KEYS, KEYS
from unshackled.ports import CAPABILITIES
from unshackled.steps import kinds, options_of

Json = Any
MODELS: Final[tuple[type[BaseModel], ...]] = (
    RetailerSpec,
    ProviderEntry,
    NotificationSpec,
    StepSpec,
    FlowHead,
)

# One provider or route, or several whose catalogues are sold as one.
CATALOGUE: Final = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {
                "merge": {
                    "type": "array",
                    "items": {"type": "string"},
                    "minItems": 2,
                    "maxItems": 5,
                    "uniqueItems": True,
                }
            },
            "required": ["merge"],
            "additionalProperties": False,
        },
    ]
}


def flow_schema() -> dict[str, Json]:
    """The schema of a retailer's file or of a base file (JSON Schema 2020-12)."""
    options = {key: options_of(kind) for key, kind in sorted(kinds().items())}
    models = [*MODELS, *options.values()]
    refs, made = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/$defs/{model}"
    )
    defs = {name: _plainly(schema) for name, schema in made["$defs"].items()}
    step, head = defs.pop("StepSpec"), defs.pop("FlowHead")
    own = {key: _taken(defs, refs[model, "validation"]) for key, model in options.items()}
    parts = {
        "language": {"const": LANGUAGE},
        "retailer": {"$ref": "#/$defs/RetailerSpec"},
        "providers": _named(NAME, {"$ref": "#/$defs/ProviderEntry"}),
        "routes": _named(NAME, POLICY),
        "defaults": _closed(
            {name: {"type": "string"} for name in sorted(CAPABILITIES)} | {"catalogue": CATALOGUE}
        ),
        "notifications": {"type": "array", "items": {"$ref": "#/$defs/NotificationSpec"}},
        "flows": _named(NAME, {"$ref": "#/$defs/Flow"}),
        "extends": {"type": "string", "description": "A flow of this file, or base/<name>."},
        "steps": _named(STEP_NAME, {"anyOf": [{"$ref": "#/$defs/Step"}, {"type": "null"}]}),
        **head["properties"],
    }
    defs["Step"] = _closed({key: _or_null(value) for key, value in _step(step, own).items()})
    defs["Flow"] = _closed({key: parts[key] for key in FLOW_KEYS})
    retailer = _closed({key: parts[key] for key in KEYS})
    base = _closed({key: parts[key] for key in BASE_KEYS})
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Unshackled flow language",
        "anyOf": [
            {**retailer, "title": "A retailer", "required": ["language", "retailer", "flows"]},
            {**base, "title": "A base file", "required": ["language"]},
        ],
        "$defs": dict(sorted(defs.items())),
    }
    return _bounded(made)  # type: ignore[no-any-return]


# Keywords whose values are schemas by name, and those whose values are data.
_BY_NAME: Final = frozenset({"properties", "patternProperties", "$defs"})
_DATA: Final = frozenset({"const", "default", "enum", "examples", "required"})
_FIXED: Final = frozenset({"const", "enum", "maxLength"})


def _bounded(schema: Json, name: str = "") -> Json:
    """The same, with the loader's bound for every text and list that states none of its own."""
    if isinstance(schema, list):
        return [_bounded(one, name) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _inside(key, value, name) for key, value in schema.items()}
    kinds = schema.get("type") or ()
    if "string" in kinds and not _FIXED & schema.keys():
        found["maxLength"] = LONGEST_CONDITION if name == "when" else LONGEST_TEXT
    if "array" in kinds:
        found.setdefault("maxItems", MOST_VALUES)
    if "object" in kinds and not schema.get("properties"):
        found.setdefault("maxProperties", MOST_STEPS if name == "steps" else MOST_VALUES)
    return found


def _inside(key: str, value: Json, name: str) -> Json:
    if key in _BY_NAME:
        return {inner: _bounded(one, inner) for inner, one in value.items()}
    return value if key in _DATA else _bounded(value, name)


def _taken(defs: dict[str, Json], reference: Json) -> Json:
    """The properties of a definition that only one place refers to, and that goes with it."""
    return defs.pop(reference["$ref"].rpartition("/")[2], {}).get("properties", {})


def _step(common: Json, own: Mapping[str, Json]) -> dict[str, Json]:
    """Every key of a step: those that all have, the kinds, and what only some kinds know."""
    found = dict(common["properties"])
    for key, kind in sorted(kinds().items()):
        found[key] = {"description": (kind.__doc__ or "").split("\n")[0], **kind.value_schema()}
        found |= own[key]
    return found


def _closed(properties: Json) -> dict[str, Json]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _named(pattern: str, schema: Json) -> dict[str, Json]:
    return {
        "type": "object",
        "patternProperties": {pattern: schema},
        "additionalProperties": False,
    }


def _or_null(schema: Json) -> Json:
    """A key that overrides a base may be null, which removes it."""
    return {"anyOf": [schema, {"type": "null"}]}


def _plainly(schema: Json) -> Json:
    """Without generated titles, and with defaults as flows write them."""
    if isinstance(schema, list):
        return [_plainly(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: _plainly(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
        and not (key == "default" and (value == "" or isinstance(value, dict | list | None)))
    }
    if "pattern" in kept and isinstance(kept.get("default"), str):
        kept["default"] = _written(kept["default"])
    return kept


def _written(default: str) -> str:
    span: timedelta = TypeAdapter(timedelta).validate_python(default)
    return written(span)
