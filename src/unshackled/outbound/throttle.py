"""What a backend says about its own rate limit, and keeping to it.

Read are, in this order: `Retry-After` of 429 and 503 (RFC 9110 §10.2.3); `RateLimit:
"burst";r=0;t=30` (draft-ietf-httpapi-ratelimit-headers-10); and the pairs `RateLimit-Remaining`
and `-Reset`, `X-RateLimit-…`, `X-Rate-Limit-…` of many vendors, whose reset is in seconds from
now, in seconds of the epoch, or a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from unshackled.domain.clock import Clock
from unshackled.outbound.answer import LONGEST_WAIT, Answer, retry_after
from unshackled.outbound.call_failures import Shed

# However long a backend asks for, one call asks again after this.
LONGEST_HOLD: Final = timedelta(minutes=5)
PREFIXES: Final = ("RateLimit-", "X-RateLimit-", "X-Rate-Limit-")
EPOCH_FROM: Final = 1_000_000_000
EPOCH_MILLISECONDS_FROM: Final = 1_000_000_000_000
_MEMBER: Final = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*")+')
_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")
_PARAMETER: Final = re.compile(r";\s*([a-z*][a-z0-9_.*-]*)\s*=\s*([0-9]{1,15})(?=\s*(?:;|$))")


class Throttle:
    """Holds back the calls to one provider while it asks for that."""

    def __init__(self, provider: str, clock: Clock) -> None:
        self._provider = provider
        self._clock = clock
        self._until = clock.monotonic()

    def admits(self) -> bool:
        """Whether a call would be let through now."""
        return self._left() <= 0

    def take(self) -> None:
        """Let a call through, or raise `Shed` that says when one would be."""
        left = self._left()
        if left > 0:
            message = f"{self._provider}: its rate limit is reached"
            wait = timedelta(seconds=left)
            raise Shed(message, provider=self._provider, reason="rate_limited", retry_after=wait)

    def _left(self) -> float:
        return self._until - self._clock.monotonic()

    def learn(self, answer: Answer) -> timedelta | None:
        """Hold back from now on if the answer asks for it: how long it asks for, if at all."""
        wait = asked_wait(answer.status, answer.headers, self._clock.now())
        if wait is not None:
            held = min(wait, LONGEST_HOLD).total_seconds()
            self._until = max(self._until, self._clock.monotonic() + held)
        return wait


def asked_wait(status: int, headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """For how long nothing may be sent, at most a day; None where nothing says so."""
    if status in (429, 503):
        wait = retry_after(headers, now)
        if wait is not None:
            return wait
    waits = [*_structured(headers), *_pairs(headers, now, refused=status == 429)]
    return min(max(waits), LONGEST_WAIT) if waits else None


def _structured(headers: Mapping[str, str]) -> Iterator[timedelta]:
    """The windows that are used up. Parameters that are no whole numbers are left aside."""
    for member in _MEMBER.findall(headers.get("RateLimit", "")):
        # Names are quoted and may hold anything.
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", member)
        said = dict(_PARAMETER.findall(bare))
        if said.get("r", "").strip("0") == "" and "r" in said and "t" in said:
            yield _seconds(float(said["t"]))


def _pairs(headers: Mapping[str, str], now: datetime, *, refused: bool) -> Iterator[timedelta]:
    for prefix in PREFIXES:
        remaining = headers.get(f"{prefix}Remaining", "").strip()
        none_left = _NUMBER.fullmatch(remaining) is not None and float(remaining) < 1
        if none_left or (refused and not remaining):
            wait = _reset(headers.get(f"{prefix}Reset", "").strip(), now)
            if wait is not None:
                yield wait


def _reset(value: str, now: datetime) -> timedelta | None:
    if _NUMBER.fullmatch(value):
        number = float(value)
        if number < EPOCH_FROM:
            return _seconds(number)
        seconds = number / 1000 if number >= EPOCH_MILLISECONDS_FROM else number
        return _seconds(seconds - now.timestamp())
    try:
        moment = _date(value)
    except ValueError:
        return None
    return _seconds((moment - now).total_seconds())


def _date(value: str) -> datetime:
    """An HTTP date, or RFC 3339's."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = parsedate_to_datetime(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _seconds(number: float) -> timedelta:
    """Never in the past, and never longer than what a `timedelta` can hold."""
    return timedelta(seconds=min(max(number, 0.0), LONGEST_WAIT.total_seconds()))
