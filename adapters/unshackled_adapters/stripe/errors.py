"""What Stripe's errors stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from unshackled.sdk import Answer, InDoubt, Refused
from unshackled.sdk.envelope import has, object_of

PLAIN: Final = re.compile(r"[a-z0-9_]{1,80}")
TYPES: Final = frozenset(
    {
        "api_error",
        "authentication_error",
        "card_error",
        "idempotency_error",
        "invalid_request_error",
        "rate_limit_error",
    }
)
EXPECTED: Final = (400, 402, 409)


def owns(answer: Answer) -> bool:
    """Whether Stripe said it: an error of one of its types."""
    error = object_of(answer).get("error")
    return has(error, type=str) and error["type"] in TYPES


def error_of(answer: Answer) -> Mapping[str, Any]:
    """The `error` of an answer that is one; empty for any other."""
    if answer.status not in EXPECTED:
        return {}
    data = answer.json()
    error = data.get("error") if isinstance(data, dict) else None
    return error if isinstance(error, dict) else {}


def reject(answer: Answer) -> None:
    """Raise what an answer 400, 402 or 409 stands for; its texts are never quoted.

    409 is a call with the same key that is still at work.
    """
    if answer.status not in EXPECTED:
        return
    error, provider = error_of(answer), answer.provider
    code = str(error.get("code") or error.get("type") or "")
    code = code if PLAIN.fullmatch(code) else "unknown"
    message = f"{provider}: status {answer.status}, error {code}"
    if answer.status == 409:
        raise InDoubt(message, provider=provider)
    raise Refused(message, provider=provider, code=code)
