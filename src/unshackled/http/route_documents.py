"""How a route documents itself: what it takes, what it answers, which problems it knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel

from unshackled.http.problem_types import PROBLEMS
from unshackled.http.problems import MEDIA_TYPE

Json = Any
SECURITY: Final[Mapping[str, Json]] = {
    "secret": {"secretKey": []},
    "publishable": {"publishableKey": []},
    "customer": {"customerToken": []},
    "cookie": {"customerCookie": []},
    "operator": {"operatorKey": []},
}
CUSTOMER_OR_SERVER: Final = ("secret", "customer", "cookie")
EVERYWHERE: Final = ("not_found", "internal_error", "store_unavailable")
CHECKED: Final = ("credentials_missing", "credentials_invalid", "credentials_of_wrong_kind")
BODY: Final = (
    "malformed_json",
    "invalid_input",
    "payload_too_large",
    "unsupported_media_type",
)
COMMAND: Final = (
    "malformed_header",
    "origin_not_allowed",
    "scope_missing",
    "version_mismatch",
    "checkout_canceled",
    "checkout_completed",
    "checkout_confirmed",
    "conflict",
)


def ref(model: type[BaseModel]) -> dict[str, str]:
    """A reference to a schema of `components`."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def takes(
    model: type[BaseModel], types: Iterable[str] = ("application/json",), *, required: bool = True
) -> dict[str, Json]:
    """A JSON request body."""
    content = {media: {"schema": ref(model)} for media in types}
    return {"requestBody": {"required": required, "content": content}}


def secured(*kinds: str) -> dict[str, Json]:
    """Which credentials do."""
    return {"security": [SECURITY[kind] for kind in kinds]}


def answers(
    status: int,
    model: type[BaseModel] | None,
    says: str,
    *,
    problems: Iterable[str] = (),
    headers: Iterable[str] = (),
    media: str = "application/json",
) -> dict[int | str, dict[str, Json]]:
    """The answers of a route: the good one, and a problem document for each status."""
    good: dict[str, Json] = {"description": says}
    if model is not None:
        good["content"] = {media: {"schema": ref(model)}}
    if headers:
        known = {name: _HEADERS[name] for name in headers}
        good["headers"] = known
    found: dict[int | str, dict[str, Json]] = {status: good}
    for code in sorted({*problems, *EVERYWHERE}, key=_by_status):
        kind = PROBLEMS[code]
        held = found.setdefault(kind.status, {"description": "", "content": _PROBLEM})
        line = f"[{kind.title}]({kind.uri})"
        held["description"] = f"{held['description']}; {line}" if held["description"] else line
    return found


def second_person_response(model: type[BaseModel]) -> dict[int | str, dict[str, Json]]:
    """202: what was asked waits for a second person."""
    content = {"application/json": {"schema": ref(model)}}
    return {202: {"description": "Waits for a second person.", "content": content}}


def _by_status(code: str) -> tuple[int, str]:
    return PROBLEMS[code].status, code


_PROBLEM: Final = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_HEADERS: Final[Mapping[str, Json]] = {
    "Age": {
        "description": "Seconds since the backend was asked; many when it is away (RFC 9111).",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Cache-Control": {
        "description": "How long a browser may keep it (RFC 9111, RFC 5861).",
        "schema": {"type": "string"},
    },
    "ETag": {"description": "The version, quoted.", "schema": {"type": "string"}},
    "Location": {"description": "Where the new resource is.", "schema": {"type": "string"}},
    "Set-Cookie": {"description": "The customer's token.", "schema": {"type": "string"}},
}
