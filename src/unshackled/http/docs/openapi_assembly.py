"""The OpenAPI 3.1 document, made from the routes, the schemas and answers that were given."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, TypeAdapter

from unshackled import __version__
from unshackled.domain.bounds import bounded
from unshackled.http.auth.cookies import COOKIE
from unshackled.http.late_routes import routes_of
from unshackled.http.problems import MEDIA_TYPE

Json = Any
METHODS: Final = ("get", "put", "post", "patch", "delete")
TITLE: Final = "Unshackled"
DESCRIPTION: Final = (
    "Checkout for retailers that sell handsets, tariffs and credit. Amounts are integers in minor "
    "units of the `currency` beside them; times are RFC 3339 in UTC. Every error is a problem "
    "document (RFC 9457) whose `type` is documented under `/problems`."
)
TAGS: Final = (
    {"name": "checkouts", "description": "One customer's attempt to buy one package."},
    {"name": "upgrades", "description": "Whether a customer may change the phone early."},
    {"name": "cases", "description": "What happens to a completed checkout afterwards."},
    {"name": "personal data", "description": "What is stored of a person, and its end."},
    {"name": "customers", "description": "How a customer's browser comes to a checkout."},
    {"name": "pages", "description": "How the pages of a retailer look."},
    {"name": "package builder", "description": "What is sold, and what it costs."},
    {"name": "providers", "description": "What providers and their pages call."},
    {"name": "reports", "description": "What a retailer's checkouts add up to."},
    {"name": "webhooks", "description": "Where a retailer's servers are told of events."},
    {"name": "operations", "description": "For the people and machines that run it."},
)


def _bearer(says: str) -> dict[str, str]:
    return {"type": "http", "scheme": "bearer", "description": says}


SCHEMES: Final[Mapping[str, Json]] = {
    "secretKey": _bearer(
        "`sk_live_…` or `sk_test_…`, for the retailer's servers; scopes checkouts:read, "
        "checkouts:write, refunds, reports, admin, personal:read, personal:erase."
    ),
    "publishableKey": _bearer(
        "`pk_live_…` or `pk_test_…`, for pages of its origins; catalogue and quotes only."
    ),
    "customerToken": _bearer("`ct_…`, for one checkout."),
    "customerCookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "The customer's token as redeeming a handoff set it.",
    },
    "operatorKey": _bearer("`op_<name>_…`, a named person; /ops only."),
}


def specification(app: FastAPI) -> dict[str, Json]:
    """The whole document."""
    document = get_openapi(
        title=TITLE,
        version=__version__,
        description=DESCRIPTION,
        routes=list(routes_of(app)),
        tags=[dict(tag) for tag in TAGS],
    )
    for operation in operations(document):
        _tidy(operation)
    parts = document.setdefault("components", {})
    parts["schemas"] = dict(sorted(_schemas().items()))
    parts["securitySchemes"] = dict(SCHEMES)
    found: dict[str, Json] = bounded(document)
    _add_examples(found)
    return found


def operations(document: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Every operation of a document."""
    for path in document["paths"].values():
        yield from (path[method] for method in METHODS if method in path)


def _tidy(operation: dict[str, Json]) -> None:
    """FastAPI documents a 422 of its own for every parameter; ours are problem documents.

    It also adds JSON of no shape to every answer that does not say that it is JSON.
    """
    for response in operation["responses"].values():
        content = response.get("content", {})
        if content.get("application/json") == {"schema": {}}:
            del content["application/json"]
        if not content:
            response.pop("content", None)
    ours = operation["responses"].get("422", {})
    if MEDIA_TYPE not in ours.get("content", {}):
        operation["responses"]["422"] = {
            "description": "[Some fields are wrong](/problems/invalid-input)",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    if not operation.get("parameters"):
        operation.pop("parameters", None)


def _schemas() -> dict[str, Json]:
    # Most of these models are for the document alone, or for routes that load late.
    from unshackled.http.docs.published_models import ANSWERS, REQUESTS

    inputs: Iterable[Json] = [(model, "validation", TypeAdapter(model)) for model in REQUESTS]
    outputs: Iterable[Json] = [(model, "serialization", TypeAdapter(model)) for model in ANSWERS]
    found, shared = TypeAdapter.json_schemas(
        [*inputs, *outputs], ref_template="#/components/schemas/{model}"
    )
    named: dict[str, Json] = dict(shared.get("$defs", {}))
    for (model, _), schema in found.items():
        if "$ref" not in schema:
            named[_name(model)] = schema
    return named


def _name(model: Any) -> str:
    name: str = model.__name__ if issubclass(model, BaseModel) else str(model)
    return name


@cache
def examples() -> Mapping[str, Json]:
    """Real requests and answers by operation: `request`, and each answer by its status.

    A test plays a customer against the application and compares them.
    """
    text = files("unshackled.http.docs").joinpath("examples.json").read_text(encoding="utf-8")
    found: Mapping[str, Json] = json.loads(text)
    return found


def _add_examples(document: Mapping[str, Json]) -> None:
    known = examples()
    for operation in operations(document):
        mine = known.get(operation["operationId"], {})
        if "request" in mine:
            for content in operation["requestBody"]["content"].values():
                content["example"] = mine["request"]
        for status, response in operation["responses"].items():
            if status in mine and "content" in response:
                for media, content in response["content"].items():
                    if "json" in media:
                        content["example"] = mine[status]
