"""What a backend answered, and what its status means."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import orjson

from unshackled.domain.records import Record
from unshackled.errors import InDoubt, NotSent, Refused

SUCCESS: Final[Collection[int]] = range(200, 300)
LONGEST_WAIT: Final = timedelta(days=1)
FIRST_ERROR: Final = 400

Verdict = type[NotSent] | type[InDoubt] | type[Refused]

# What a status means that the caller did not expect; one that is not here is `InDoubt`: nobody
# says what a 409, 423 or 424 has done meanwhile, nor a 408 or 499 of somebody who hung up.
# Sections are those of RFC 9110.
MEANING: Final[Mapping[int, Verdict]] = {
    400: Refused,
    401: Refused,
    402: Refused,
    403: Refused,
    404: Refused,
    405: Refused,
    406: Refused,
    410: Refused,
    411: Refused,
    412: Refused,
    413: Refused,
    414: Refused,
    415: Refused,
    416: Refused,
    417: Refused,
    421: NotSent,  # 15.5.20: the server was the wrong one; any request may go out again
    422: Refused,
    425: NotSent,  # RFC 8470 5.2: too early to be processed
    426: Refused,
    428: Refused,
    429: NotSent,  # RFC 6585 4: turned away
    431: Refused,
    451: Refused,
}


class Answer(Record):
    """A complete answer. `headers` ignore case."""

    provider: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body read as JSON; anything else raises `InDoubt`."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            # Not chained: the cause carries the whole body.
            raise self.malformed("not JSON") from None

    @property
    def text(self) -> str:
        """The body as UTF-8; bytes that are not become U+FFFD."""
        return self.body.decode("utf-8", errors="replace")

    def malformed(self, what: str) -> InDoubt:
        """The error for an answer we cannot read; `what` must not quote it."""
        message = f"{self.provider}: malformed answer to status {self.status}: {what}"
        return InDoubt(message, provider=self.provider)


# Whether an answer has its vendor's own form.
Owns = Callable[[Answer], bool]


def anyone(answer: Answer) -> bool:
    """Every answer counts, of whatever sender: for callers who believe none of them."""
    return True


def meaning_of(status: int) -> Verdict:
    """What an unexpected status proves."""
    return MEANING.get(status, InDoubt)


def judged(
    answer: Answer,
    *,
    ok: Collection[int],
    expect: Collection[int],
    wait: timedelta | None,
    owns: Owns = anyone,
) -> Answer:
    """The answer itself where its status is in `ok` or `expect`; else the error it stands for.

    `wait` is how long the backend asks us to stay away, where it does. From 400 on a status is
    believed only where `owns` finds the vendor's own form in the answer: whatever stands between
    us and the vendor answers too. What proves in itself that nothing was done needs no form.
    """
    status, provider = answer.status, answer.provider
    if status in ok:
        return answer
    meaning, message = meaning_of(status), f"{provider}: status {status}"
    if meaning is NotSent and status not in expect:
        raise NotSent(message, provider=provider, retry_after=wait)
    if status >= FIRST_ERROR and not owns(answer):
        raise InDoubt(f"{message}, but not in the vendor's form", provider=provider)
    if status in expect:
        return answer
    if meaning is Refused:
        raise Refused(message, provider=provider, code=str(status))
    raise InDoubt(message, provider=provider)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The wait that `Retry-After` asks for (RFC 9110 §10.2.3), at most a day; None if unclear."""
    value = headers.get("Retry-After", "").strip()
    try:
        if value.isdecimal():
            return min(timedelta(seconds=min(int(value[:9]), 86_400)), LONGEST_WAIT)
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), LONGEST_WAIT)
