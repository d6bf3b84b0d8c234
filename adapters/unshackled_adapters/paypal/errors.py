"""What PayPal's errors stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from unshackled.sdk import Answer, InDoubt, Refused, envelope
from unshackled.sdk.envelope import has

EXPECTED: Final = (409, 422)
PLAIN: Final = re.compile(r"[A-Z0-9_]{1,80}")
IN_PROGRESS: Final = frozenset(
    {"ORDER_COMPLETION_IN_PROGRESS", "PENDING_CAPTURE", "PREVIOUS_REQUEST_IN_PROGRESS"}
)
# What we ask for was done before, most likely by us: what became of it is looked up.
DONE_BEFORE: Final = frozenset(
    {"AUTHORIZATION_ALREADY_CAPTURED", "DUPLICATE_INVOICE_ID", "MAX_CAPTURE_COUNT_EXCEEDED"}
)


def owns(answer: Answer) -> bool:
    """Whether PayPal said it: an error with the number that its support asks for."""
    data = envelope.object_of(answer)
    return (
        has(data, name=str, message=str, debug_id=str) and PLAIN.fullmatch(data["name"]) is not None
    )


def issue_of(answer: Answer) -> str:
    """The first `issue` of an answer 409 or 422, empty for any other answer."""
    if answer.status not in EXPECTED:
        return ""
    details = body_of(answer).get("details")
    first = details[0] if isinstance(details, list) and details else {}
    issue = str(first.get("issue", "")) if isinstance(first, Mapping) else ""
    return issue if PLAIN.fullmatch(issue) else "unknown"


def body_of(answer: Answer) -> Mapping[str, Any]:
    """The body of an answer, as an object."""
    data = answer.json()
    return data if isinstance(data, dict) else {}


def reject(answer: Answer) -> None:
    """Raise what an answer 409 or 422 stands for; its texts are never quoted.

    409 is a call that is still at work; so are some of the issues. What was done before, but
    could not be found, is in doubt too.
    """
    if answer.status not in EXPECTED:
        return
    issue, provider = issue_of(answer), answer.provider
    message = f"{provider}: status {answer.status}, issue {issue}"
    if answer.status == 409 or issue in IN_PROGRESS | DONE_BEFORE:
        raise InDoubt(message, provider=provider)
    raise Refused(message, provider=provider, code=issue)
