"""The AsyncAPI 3.0 document of our events, made from the event classes.

Only what `public()` lets out is in it. Fields may be added to a type, so unknown ones are to be
ignored; a field that changes its meaning makes a new version of the type.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from unshackled import __version__
from unshackled.domain.bounds import bounded
from unshackled.domain.codec import adapter
from unshackled.domain.events.event import Event
from unshackled.domain.events.event_types import event_types
from unshackled.domain.personal import dataclasses_in, fields_of, split
from unshackled.store.cloudevent import CONTENT_TYPE

Json = Any
SCHEMAS: Final = "#/components/schemas/"
DESCRIPTION: Final = (
    "Everything that happens to a checkout, as CloudEvents 1.0 (structured JSON) on NATS JetStream."
    " At least once; in order within a checkout (`sequence`), in no order across checkouts; the"
    " same `id` is the same event. Nothing personal is in them. Ignore fields and types that you do"
    " not know. See docs/events.md."
)
ENVELOPE: Final = {
    "type": "object",
    "description": "CloudEvents 1.0 and its extensions partitioning, sequence and tracing.",
    "properties": {
        "specversion": {"type": "string", "const": "1.0"},
        "id": {"type": "string", "description": "Checkout, version, index: e.g. `chk_1-7-0`."},
        "source": {
            "type": "string",
            "format": "uri-reference",
            "description": "`/retailers/{retailer}/checkouts/{checkout}`",
        },
        "type": {"type": "string"},
        "subject": {"type": "string", "description": "The checkout."},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"type": "string", "const": "application/json"},
        "partitionkey": {"type": "string", "description": "The checkout: order holds within it."},
        "sequence": {
            "type": "string",
            "pattern": "^[0-9]{10}\\.[0-9]{4,}$",
            "description": "Version and index; sorts as text within a checkout.",
        },
        "livemode": {"type": "boolean", "description": "False: begun with a test key."},
        "traceparent": {"type": "string", "description": "W3C trace context, on the first event."},
        "data": {"type": "object"},
    },
    "required": [
        *("specversion", "id", "source", "type", "subject", "time", "datacontenttype"),
        *("partitionkey", "sequence", "livemode", "data"),
    ],
}
RUN: Final = {
    "type": "string",
    "description": "The case that it happened to, e.g. `refund-1`; not there for the purchase.",
}
HEADERS: Final = {
    "type": "object",
    "properties": {
        "Nats-Msg-Id": {"type": "string", "description": "The `id`: the stream drops repeats."},
        "Content-Type": {"type": "string", "const": CONTENT_TYPE},
        "traceparent": {"type": "string", "description": "As in the event, where it has one."},
    },
    "required": ["Nats-Msg-Id", "Content-Type"],
}


def document() -> dict[str, Json]:
    """The whole document."""
    classes = list(event_types().values())
    schemas: dict[str, Json] = {"CloudEvent": ENVELOPE, "Headers": HEADERS}
    for one in classes:
        schemas |= _schemas(one)
    return bounded(_document(classes, schemas))  # type: ignore[no-any-return]


def _document(classes: Sequence[type[Event]], schemas: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Unshackled events",
            "version": __version__,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {one.__name__: _channel(one) for one in classes},
        "operations": {
            f"send{one.__name__}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{one.__name__}"},
                "summary": _summary(one),
            }
            for one in classes
        },
        "components": {
            "messages": {one.__name__: _message(one) for one in classes},
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _channel(event: type[Event]) -> dict[str, Json]:
    return {
        "address": f"unshackled.events.{{retailer}}.{event.type}",
        "parameters": {
            "retailer": {
                "description": "The retailer whose checkout it is; `northstar:test` where it was"
                " begun with a test key."
            }
        },
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}},
    }


def _message(event: type[Event]) -> dict[str, Json]:
    data = {"$ref": f"{SCHEMAS}{event.__name__}"}
    this = {"properties": {"type": {"const": event.type}, "data": data}}
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": _summary(event),
        "contentType": CONTENT_TYPE,
        "correlationId": {"location": "$message.payload#/subject"},
        "headers": {"$ref": f"{SCHEMAS}Headers"},
        "payload": {"allOf": [{"$ref": f"{SCHEMAS}CloudEvent"}, this]},
    }


def _summary(event: type[Event]) -> str:
    return inspect.cleandoc(event.__doc__ or "").partition("\n\n")[0].replace("\n", " ")


def _schemas(event: type[Event]) -> dict[str, Json]:
    """The schema of an event's data and of all that is left in it once personal fields are gone."""
    whole = adapter(event).json_schema(mode="serialization", ref_template=f"{SCHEMAS}{{model}}")
    found = {event.__name__: whole, **whole.pop("$defs", {})}
    for shape in _shapes(event):
        if shape.__name__ in found:
            found[shape.__name__] = _public(shape, found[shape.__name__])
    return {name: found[name] for name in _reached(event.__name__, found)}


def _shapes(shape: type) -> Iterator[type]:
    yield shape
    for annotation in fields_of(shape).values():
        for inner in dataclasses_in(annotation):
            yield from _shapes(inner)


def _public(shape: type, schema: Mapping[str, Json]) -> dict[str, Json]:
    """A schema with the fields that `public()` keeps; all of them are always there but `run`."""
    kept, _ = split(shape, dict.fromkeys(fields_of(shape)))
    properties = {
        name: {key: value for key, value in one.items() if key not in {"title", "default"}}
        for name, one in schema.get("properties", {}).items()
        if name in kept
    }
    dropped = {"title", "properties", "required", "additionalProperties"}
    rest = {key: value for key, value in schema.items() if key not in dropped}
    case = {"run": RUN} if issubclass(shape, Event) and "run" in properties else {}
    always = [name for name in properties if name not in case]
    required = {"required": always} if always else {}
    return {**rest, "properties": {**properties, **case}, **required}


def _reached(name: str, schemas: Mapping[str, Json]) -> list[str]:
    reached, left = list[str](), [name]
    while left:
        current = left.pop()
        if current not in reached:
            reached.append(current)
            left.extend(_references(schemas[current]))
    return reached


def _references(value: Json) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].removeprefix(SCHEMAS)
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
