"""The AsyncAPI document: every event is in it, nothing personal is, and real events fit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.extension.shop import Shop
from unshackled.adapter_registry import find
from unshackled.domain.events.event import Event
from unshackled.domain.events.event_types import event_types
from unshackled.domain.personal import fields_of, is_personal
from unshackled.events.asyncapi import document
from unshackled.events.nats import subject
from unshackled.store.cloudevent import wrap

ROOT = Path(__file__).parents[2]
DOCUMENT = document()
COMPONENTS = DOCUMENT["components"]
PACKAGE = {
    "handset": "handset-mid",
    "tariff": "sim-50gb",
    "credit": {"plan": "credit-24-0", "deposit": 4900},
}
# The fields that AsyncAPI 3.0 allows, by object; those with a mark must be there.
ALLOWED = {
    "root": "asyncapi! id info! servers defaultContentType channels operations components",
    "info": "title! version! description termsOfService contact license tags externalDocs",
    "channel": "address messages title summary description servers parameters tags externalDocs"
    " bindings",
    "operation": "action! channel! title summary description security tags externalDocs bindings"
    " traits messages reply",
    "message": "headers payload correlationId contentType name title summary description tags"
    " externalDocs bindings examples traits",
    "parameter": "enum default description examples location",
}


def check_shape(kind: str, value: Any) -> None:
    """Only what the specification knows, and all that it demands."""
    words = ALLOWED[kind].split()
    assert set(value) <= {word.strip("!") for word in words}
    assert {word.strip("!") for word in words if word.endswith("!")} <= set(value)


def resolved(reference: str) -> Any:
    """What a reference within the document leads to."""
    found = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(value: Any) -> Iterator[str]:
    """Every reference in a value."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def types() -> set[str]:
    """The types of all events that any module defines."""

    def below(base: type[Event]) -> Iterator[type[Event]]:
        for one in base.__subclasses__():
            yield one
            yield from below(one)

    ours = (one for one in below(Event) if one.__module__.startswith("unshackled."))
    return {one.type for one in ours if "type" in vars(one)}


def test_it_has_the_shape_of_asyncapi_3() -> None:
    """Objects, their fields and the syntax of their names are those of the specification."""
    check_shape("root", DOCUMENT)
    check_shape("info", DOCUMENT["info"])
    assert DOCUMENT["asyncapi"] == "3.0.0"
    for channel in DOCUMENT["channels"].values():
        check_shape("channel", channel)
        for parameter in channel["parameters"].values():
            check_shape("parameter", parameter)
        assert re.findall(r"{(\w+)}", channel["address"]) == list(channel["parameters"])
    for operation in DOCUMENT["operations"].values():
        check_shape("operation", operation)
        assert operation["action"] in {"send", "receive"}
        assert operation["channel"]["$ref"].startswith("#/channels/")
    for message in COMPONENTS["messages"].values():
        check_shape("message", message)
    for name in (name for group in COMPONENTS.values() for name in group):
        assert re.fullmatch(r"[a-zA-Z0-9._-]+", name)


def test_every_reference_leads_somewhere() -> None:
    """And no schema lies about unused."""
    found = set(references(DOCUMENT))
    for reference in found:
        assert resolved(reference)
    assert {f"#/components/schemas/{name}" for name in COMPONENTS["schemas"]} <= found


def test_every_schema_is_one() -> None:
    """Draft 7, on which the schema object of AsyncAPI builds."""
    for schema in COMPONENTS["schemas"].values():
        jsonschema_rs.Draft7Validator({**schema, "components": COMPONENTS})


def test_every_event_has_a_channel() -> None:
    """Also those that somebody adds in another module."""
    addresses = {channel["address"] for channel in DOCUMENT["channels"].values()}
    assert addresses == {f"unshackled.events.{{retailer}}.{one}" for one in types()}
    assert {message["name"] for message in COMPONENTS["messages"].values()} == types()


def test_no_personal_field_is_in_it() -> None:
    """Nor at any depth: a schema has the fields that `public()` keeps."""
    for one in event_types().values():
        shape: Any = one
        properties = COMPONENTS["schemas"][one.__name__]["properties"]
        for name, annotation in fields_of(shape).items():
            assert (name in properties) == (not is_personal(annotation)), (one, name)
    assert "imei" not in json.dumps(DOCUMENT)


async def test_the_events_of_a_real_checkout_fit() -> None:
    """Each against the payload of the message of its channel."""
    shop = Shop(ROOT / "flows", find())
    customer = await shop.begin("northstar", "handset-on-credit", PACKAGE)
    assert (await customer.buy())["status"] == "completed"
    rows = (await shop.store.feed(after=None, limit=500)).rows
    await shop.close()
    assert "checkout.completed.v1" in {row.type for row in rows}
    for row in rows:
        wanted = subject(row).replace(".northstar.", ".{retailer}.", 1)
        (channel,) = (one for one in DOCUMENT["channels"].values() if one["address"] == wanted)
        (message,) = (resolved(one["$ref"]) for one in channel["messages"].values())
        jsonschema_rs.validate({**message["payload"], "components": COMPONENTS}, wrap(row))
        wrong = {**wrap(row), "data": {}}
        assert not jsonschema_rs.is_valid({**message["payload"], "components": COMPONENTS}, wrong)
