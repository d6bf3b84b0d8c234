"""A vendor's schema judges exchanges: what fits passes, whatever does not is told."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from unshackled.testing.exchanges import Exchange
from unshackled.testing.vendor_forms import nested
from unshackled.testing.vendor_schema import VendorSchema

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MONEY = {
    "type": "object",
    "required": ["value", "currency"],
    "properties": {"value": {"type": "integer"}, "currency": {"type": "string", "maxLength": 3}},
}
CHARGE = {
    "allOf": [
        {"$ref": "#/components/schemas/Base"},
        {
            "type": "object",
            "properties": {
                "amount": {"$ref": "#/components/schemas/Money"},
                "status": {"enum": ["paid", "refused"]},
                "source": {
                    "anyOf": [
                        {"type": "string"},
                        {"$ref": "#/components/schemas/Source"},
                        {"type": "null"},
                    ]
                },
                "notes": {"type": "object", "additionalProperties": {"type": "string"}},
                "anything": {"type": "object"},
            },
            "required": ["amount"],
        },
    ]
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "servers": [{"url": "https://acme.example/v1"}],
    "paths": {
        "/charges": {
            "post": {
                "parameters": [
                    {
                        "name": "Idempotency-Key",
                        "in": "header",
                        "required": True,
                        "schema": {"type": "string"},
                    },
                    {
                        "name": "expand",
                        "in": "query",
                        "schema": {"type": "array", "items": {"type": "string"}},
                    },
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        JSON: {"schema": {"$ref": "#/components/schemas/Charge"}},
                        FORM: {"schema": {"$ref": "#/components/schemas/Charge"}},
                    },
                },
                "responses": {
                    "200": {"content": {JSON: {"schema": {"$ref": "#/components/schemas/Charge"}}}},
                    "4XX": {"content": {JSON: {"schema": {"$ref": "#/components/schemas/Money"}}}},
                },
            }
        },
        "/charges/{id}": {"get": {"responses": {"204": {}}}},
        "/charges/latest": {"get": {"responses": {"202": {}}}},
        "/charges/{id}:void": {"post": {"responses": {"204": {}}}},
    },
    "webhooks": {
        "paid": {
            "post": {
                "requestBody": {
                    "content": {JSON: {"schema": {"$ref": "#/components/schemas/Charge"}}}
                }
            }
        },
        "ping": {"post": {"requestBody": {"content": {JSON: {"schema": {"required": ["ping"]}}}}}},
    },
    "components": {
        "schemas": {
            "Money": MONEY,
            "Charge": CHARGE,
            "Base": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "readOnly": True},
                    "secret": {"type": "string", "writeOnly": True},
                },
                "required": ["id", "secret"],
            },
            "Source": {
                "type": "object",
                "properties": {"card": {"type": "string"}, "live": {"type": "boolean"}},
            },
        },
        "securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "api_key"}},
    },
}
ASKED: dict[str, Any] = {"secret": "s", "amount": {"value": 1, "currency": "GBP"}}
TOLD: dict[str, Any] = {"id": "c", "amount": {"value": 1, "currency": "GBP"}}


def exchange(**changes: Any) -> Exchange:
    """A good charge, changed; bodies may be values."""
    made: dict[str, Any] = {
        "method": "POST",
        "path": "/v1/charges",
        "query": "",
        "headers": {"content-type": JSON, "idempotency-key": "k"},
        "body": ASKED,
        "status": 200,
        "answer_headers": {"content-type": JSON},
        "answer_body": TOLD,
        "complete": True,
        "struck": None,
        **changes,
    }
    for name in ("body", "answer_body"):
        if not isinstance(made[name], bytes):
            made[name] = orjson.dumps(made[name])
    return Exchange(**made)


def told(schema: VendorSchema | None = None, **changes: Any) -> list[str]:
    """The mistakes of a changed charge."""
    return list((schema or VendorSchema(DOCUMENT)).mistakes(exchange(**changes)))


GET = {"method": "GET", "body": b"", "answer_body": b""}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"path": "/charges"},
        {"query": "expand[]=a&expand[]=b&limit=100&api_key=k"},
        {"query": "expand=a"},
        {"body": ASKED | {"source": {"card": "1", "live": True}, "notes": {"any": "x"}}},
        {"body": ASKED | {"source": None, "anything": {"at": ["all"]}}},
        {
            "body": b"secret=s&amount[value]=12&amount[currency]=GBP&source[live]=true&notes[0]=x",
            "headers": {"content-type": f"{FORM}; charset=utf-8", "idempotency-key": "k"},
        },
        {"status": 402, "answer_body": MONEY["properties"] and {"value": 1, "currency": "GBP"}},
        {"status": 500, "answer_body": b"<html>"},
        {"struck": "malformed", "answer_body": b'{"half": '},
        {"complete": False, "status": 0, "answer_body": b""},
        {**GET, "path": "/v1/charges/c1", "status": 204},
        {**GET, "path": "/v1/charges/latest", "status": 202},
        {"path": "/v1/charges/c1:void", "body": b"", "status": 204, "answer_body": b""},
        {"path": "/_scenario"},
    ],
)
def test_what_the_vendor_has_passes(changes: dict[str, Any]) -> None:
    """JSON and forms, open maps, choices, errors, paths below the server's or not."""
    assert told(**changes) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"path": "/v1/refunds"}, "no such operation"),
        ({"method": "PUT"}, "no such operation"),
        ({"headers": {"content-type": JSON}}, "header Idempotency-Key: missing"),
        ({"query": "limit=101"}, "query limit"),
        ({"query": "limit=few"}, "query limit"),
        ({"query": "colour=red"}, "query colour: the vendor has no such parameter"),
        ({"body": b""}, "request: no body"),
        ({"body": b"{"}, "request: no JSON"),
        ({"body": {"secret": "s"}}, '"amount" is a required'),
        ({"body": {"amount": ASKED["amount"]}}, '"secret" is a required'),
        ({"body": ASKED | {"colour": "red"}}, "'colour' was unexpected"),
        ({"body": ASKED | {"amount": ASKED["amount"] | {"x": 1}}}, "'x' was unexpected"),
        ({"body": ASKED | {"source": {"cards": "1"}}}, "'cards' was unexpected"),
        ({"body": ASKED | {"notes": {"n": 1}}}, "notes/n"),
        ({"body": ASKED | {"amount": {"value": "1", "currency": "GBP"}}}, "amount/value"),
        ({"headers": {"content-type": "text/plain", "idempotency-key": "k"}}, "text/plain"),
        (
            {
                "body": b"secret=s&amount[value]=much&amount[currency]=GBP",
                "headers": {"content-type": FORM, "idempotency-key": "k"},
            },
            "amount/value",
        ),
        ({"answer_body": TOLD | {"status": "lost"}}, "answer 200: status"),
        ({"answer_body": {"amount": TOLD["amount"]}}, '"id" is a required'),
        ({"answer_body": TOLD | {"colour": "red"}}, "'colour' was unexpected"),
        ({"answer_body": b""}, "answer 200: no body"),
        ({"status": 201}, "answer 201: the vendor has no such answer"),
        ({"status": 402, "answer_body": {"error": "x"}}, "answer 402"),
        ({**GET, "path": "/v1/charges/c1", "body": b"{1}", "status": 204}, "takes none"),
    ],
)
def test_what_the_vendor_has_not_is_told(changes: dict[str, Any], says: str) -> None:
    """Each mistake with the operation, the side and the place."""
    assert any(says in mistake for mistake in told(**changes)), told(**changes)


def test_what_only_the_documents_prove_may_be_named() -> None:
    """An undocumented field or parameter passes when it is named, and only that one."""
    schema = VendorSchema(DOCUMENT, undocumented={"colour"})
    body = ASKED | {"colour": "red"}
    assert told(schema, body=body, query="colour=red") == []
    assert told(schema, body=body | {"size": 1}) != []


@pytest.mark.parametrize(
    ("body", "good"), [(TOLD, True), ({"ping": 1}, True), ({"pong": 1}, False)]
)
def test_a_callback_fits_one_of_the_webhooks(body: dict[str, Any], good: bool) -> None:
    """Whichever it is; sent by the vendor, it has what only the vendor writes."""
    found = list(
        VendorSchema(DOCUMENT).callback_mistakes(orjson.dumps(body), {"Content-Type": JSON})
    )
    assert (found == []) is good


def test_without_webhooks_no_callback_is_judged() -> None:
    """There is nothing to judge it by."""
    schema = VendorSchema({"paths": {}})
    assert list(schema.callback_mistakes(b"x", {})) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a=1&a=2", {"a": ["1", "2"]}),
        ("a[]=1", {"a": ["1"]}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[0]=x&a[1]=y", {"a": ["x", "y"]}),
        ("a[b][c]=1&a[b][d]=2", {"a": {"b": {"c": "1", "d": "2"}}}),
        ("a[0][b]=1&a[1][b]=2", {"a": [{"b": "1"}, {"b": "2"}]}),
        ("a[][b]=1&a[][c]=2&a[][b]=3", {"a": [{"b": "1", "c": "2"}, {"b": "3"}]}),
        ("a[7]=x", {"a": {"7": "x"}}),
        ("a=1&a[b]=2", {"a": "1"}),
        ("0=x", {"0": "x"}),
    ],
)
def test_brackets_nest(text: str, expected: Any) -> None:
    """As Stripe's, Twilio's and Rails' forms do."""
    assert nested(text) == expected
