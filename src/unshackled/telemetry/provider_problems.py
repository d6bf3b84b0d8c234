"""The line, the count and the record of a provider's failure: one meaning everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from unshackled.domain.account import is_live, retailer_of
from unshackled.domain.provider_problem import CallKind, ProviderProblem
from unshackled.domain.records import Record
from unshackled.errors import NotSent, ProviderError, Refused, Undecided
from unshackled.telemetry.checkout_trace import current_trace_id
from unshackled.telemetry.logs import Logger
from unshackled.telemetry.meters import Meters
from unshackled.telemetry.spans import outcome_word

# The name of the line by outcome; any other is a call that failed.
EVENTS: Final[Mapping[str, str]] = {
    "unreachable": "provider.not_asked",
    "expired": "provider.expired_on_arrival",
    "timed_out": "provider.timed_out",
}
CALL_FAILED: Final = "provider.call_failed"
BY_STATUS: Final = {401: "not_authorised", 403: "not_authorised", 429: "rate_limited"}
ERRORS: Final = frozenset({"refused", "broken", "expired", "timed_out"})
_PLAIN: Final = re.compile(r"[^0-9a-z]+")
SHORTEST_ECHO: Final = 4
LONG_ECHO: Final = 6
# Words that a code may be although a customer typed them, e.g. as the trigger of a sandbox.
ANYBODYS: Final = frozenset({"declined", "expired", "failed", "refused", "referred", "test"})


class Where(Record):
    """Whose call it was; outside of a checkout there is no flow, step and checkout."""

    account: str
    flow: str | None = None
    step: str | None = None
    checkout: str | None = None

    def fields(self) -> dict[str, Any]:
        """The same as every line, span and metric names them."""
        return {
            **whose(self.account),
            "flow": self.flow,
            "step": self.step,
            "checkout": self.checkout,
        }


def problem_of(
    error: ProviderError,
    *,
    at: datetime,
    provider: str,
    operation: str,
    reference: str | None = None,
    kind: CallKind = "call",
    attempt: int = 1,
    personal: Iterable[str] = (),
) -> ProviderProblem:
    """An error as operators read it; a vendor's mark that repeats one of `personal` is left out."""
    said = error.summary
    hidden = _echoable(personal)
    return ProviderProblem(
        at=at,
        outcome=outcome_word(error) if error.reason != "adapter_broken" else "broken",
        code=_unlike(code_of(error), hidden) or "refused",
        provider=provider,
        operation=operation,
        asked=kind,
        reference=reference,
        status=said.status,
        vendor_code=_unlike(said.code, hidden),
        request_id=_unlike(said.request_id, hidden),
        trace_id=current_trace_id(),
        attempt=attempt,
        sends=said.sends,
    )


def code_of(error: ProviderError) -> str:
    """Why a call failed, in our words; of a refusal its own code."""
    if isinstance(error, Refused):
        return error.code
    if isinstance(error, Undecided):
        return "undecided"
    status = error.summary.status
    if error.reason is not None or status is None:
        return error.reason or ("not_possible" if isinstance(error, NotSent) else "broken")
    unnamed = "server_error" if status >= 500 else "malformed"
    return BY_STATUS.get(status, unnamed)


def whose(account: str) -> dict[str, Any]:
    """The fields of a line that is about an account."""
    return {"retailer": retailer_of(account), "livemode": is_live(account)}


def tell_problem(
    logger: Logger, meters: Meters | None, where: Where, problem: ProviderProblem
) -> None:
    """One line and, for what a step asked, one count."""
    write = logger.error if problem.outcome in ERRORS else logger.warning
    if problem.code == "undecided":
        write = logger.info
    write(EVENTS.get(problem.outcome, CALL_FAILED), **where.fields(), **fields_of(problem))
    if meters is not None:
        meters.failed(where.fields(), problem)


def fields_of(problem: ProviderProblem) -> dict[str, Any]:
    """What a line says of it; the time and the trace are the line's own."""
    values = {
        "provider": problem.provider,
        "operation": problem.operation,
        "asked": problem.asked,
        "reference": problem.reference,
        "outcome": problem.outcome,
        "code": problem.code,
        "status": problem.status,
        "vendor_code": problem.vendor_code,
        "request_id": problem.request_id,
        "attempt": problem.attempt,
        "sends": problem.sends,
    }
    return values if problem.trace_id is None else {**values, "trace_id": problem.trace_id}


def _plain(text: str) -> str:
    return _PLAIN.sub("", text.lower())


def _echoable(personal: Iterable[str]) -> set[str]:
    """What a vendor could repeat: whole values and their words, without what is any vendor's."""
    found = {part for text in personal for part in (_plain(text), *map(_plain, text.split()))}
    return {part for part in found if len(part) >= SHORTEST_ECHO} - ANYBODYS


def _unlike(mark: str | None, hidden: set[str]) -> str | None:
    """The mark, unless it is a personal value or a word of one, or has a long one in it."""
    plain = _plain(mark or "")
    long = (one for one in hidden if len(one) >= LONG_ECHO)
    return None if plain in hidden or any(one in plain for one in long) else mark
