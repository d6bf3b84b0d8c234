"""Whether an answer is the vendor's own, by the form of its errors.

Gateways, firewalls and load balancers between us and a vendor answer too: with a page of HTML,
with nothing, or with JSON of their own. `Adapter.owns` tells their answers from the vendor's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final, TypeGuard

import orjson

from unshackled.errors import Refused
from unshackled.outbound import Answer
from unshackled.ports.outcome import Declined

CODE: Final = re.compile(r"[a-zA-Z_]{1,60}")
OAUTH: Final = frozenset(
    {
        "insufficient_scope",
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "invalid_token",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)


def object_of(answer: Answer) -> Mapping[str, Any]:
    """The JSON object of an answer; empty where there is none."""
    try:
        data = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return data if isinstance(data, dict) else {}


def has(
    data: object, *, beside: Collection[str] | None = None, **kinds: type
) -> TypeGuard[dict[str, Any]]:
    """Whether an object has these members, each of its kind; a `bool` is no `int`.

    `beside` names what else it may have; without it that is anything.
    """
    if not isinstance(data, dict) or any(type(data.get(name)) is not kinds[name] for name in kinds):
        return False
    return beside is None or set(data) <= {*kinds, *beside}


def coded(answer: Answer) -> bool:
    """The plainest form, and nothing beside it: `{"error": {"code": "unknown_reference"}}`."""
    data = object_of(answer)
    if not has(data, beside=(), error=dict) or not has(data["error"], beside=(), code=str):
        return False
    return CODE.fullmatch(data["error"]["code"]) is not None


def refused(answer: Answer) -> Refused:
    """What an error in the plainest form stands for, where it is a refusal."""
    code, provider = object_of(answer)["error"]["code"], answer.provider
    message = f"{provider}: status {answer.status}, code {code}"
    return Refused(message, provider=provider, code=code)


def declined(answer: Answer, reasons: Mapping[str, str]) -> Declined:
    """The decline that an error in the plainest form stands for, by its code.

    Raises `Refused` for a code that is not among the `reasons`: it is about us.
    """
    code = object_of(answer)["error"]["code"]
    if code not in reasons:
        raise refused(answer)
    return Declined(code=reasons[code], vendor_code=code)


def refused_token(answer: Answer) -> bool:
    """The form of what OAuth refuses (RFC 6749 section 5.2, RFC 6750 section 3.1)."""
    data = object_of(answer)
    known = ("error_description", "error_uri")
    return has(data, beside=known, error=str) and data["error"] in OAUTH


def challenges(answer: Answer) -> bool:
    """Whether the guard of the resource refuses our token, as RFC 6750 section 3 says it."""
    challenge = answer.headers.get("WWW-Authenticate", "").split(" ", 1)[0]
    return challenge.lower() == "bearer" or refused_token(answer)
