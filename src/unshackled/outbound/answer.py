"""What a backend answered, and what its status means."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import orjson

from unshackled.errors import InDoubt, NotSent, Refused

SUCCESS: Final[Collection[int]] = range(200, 300)
LONGEST_WAIT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
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


def judged(
    answer: Answer, *, ok: Collection[int], expect: Collection[int], wait: timedelta | None
) -> Answer:
    """The answer itself where its status is in `ok` or `expect`; else the error it stands for.

    `wait` is how long the backend asks us to stay away, where it does.

    429 is `NotSent`, any other 4xx `Refused`; a 5xx, a redirect and a 2xx that nobody asked
    for are `InDoubt`.
    """
    status, provider = answer.status, answer.provider
    if status in ok or status in expect:
        return answer
    message = f"{provider}: status {status}"
    if status == 429:
        raise NotSent(message, provider=provider, retry_after=wait)
    if 400 <= status < 500:
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
