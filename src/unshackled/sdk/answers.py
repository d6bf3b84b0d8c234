"""Reading what a JSON backend says: answers, callbacks, look-ups."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

import orjson
from pydantic import SecretStr

from unshackled.domain.clock import Clock
from unshackled.domain.time_zones import local
from unshackled.outbound import Answer
from unshackled.sdk import (
    Absent,
    BadSignature,
    Call,
    InDoubt,
    NotSent,
    RawCallback,
    Refused,
    Undecided,
    Undone,
)
from unshackled.sdk.signature import verify

# Where a vendor states no time within which it shows what it did.
READS_LAG: Final = timedelta(minutes=5)
T = TypeVar("T")
UNREADABLE: Final = (KeyError, IndexError, TypeError, ValueError, AttributeError, ArithmeticError)


def read(answer: Answer, mapping: Callable[[Any], T]) -> T:
    """What the mapping makes of an answer's JSON.

    Raises `InDoubt` where the mapping misses a field or cannot read one; the answer itself is
    never quoted, for it may hold personal data.
    """
    data = answer.json()
    try:
        return mapping(data)
    except UNREADABLE as error:
        raise answer.malformed(f"unexpected shape ({type(error).__name__})") from None


def undone(answer: Answer, taken_back: Callable[[Any], bool]) -> Undone:
    """What an answer to an undo says: that there is no such effect (404), or that it is gone.

    Raises `InDoubt` where it says neither.
    """
    if answer.status == 404:
        return Absent()
    if not read(answer, taken_back):
        raise answer.malformed("not undone")
    return None


@contextmanager
def after_effect(provider: str) -> Iterator[None]:
    """What is asked once the effect was done: that it cannot be asked leaves the effect in doubt.

    `NotSent` would say that nothing was done, and the effect would be sent again.
    """
    try:
        yield
    except NotSent:
        message = f"{provider}: done, but what came of it cannot be asked"
        raise InDoubt(message, provider=provider) from None


class Backend(Protocol):
    """Who is called, and by which clock: an `HttpClient`, or what stands on one."""

    @property
    def provider(self) -> str: ...

    @property
    def clock(self) -> Clock: ...


def not_undone(
    backend: Backend, call: Call, code: str, *, lag: timedelta = READS_LAG
) -> Refused | Undecided:
    """What it means that a backend will not undo what it shows as there still.

    It may have undone it before, at an earlier attempt whose answer was lost: that is undecided
    until `lag` after it first would not, when what it shows cannot be from before any more.
    """
    provider, since = backend.provider, call.undecided_since or call.send_by
    if since is None or backend.clock.now() < since + lag:
        return Undecided(f"{provider}: not undone, or undone before: {code}", provider=provider)
    return Refused(f"{provider}: not undone: {code}", provider=provider, code=code)


def read_callback(raw: RawCallback, secret: SecretStr, mapping: Callable[[Any], T]) -> T:
    """What the mapping makes of a callback whose signature holds.

    Raises `BadSignature` for a wrong signature, age or shape.
    """
    verify(raw, secret)
    try:
        return mapping(orjson.loads(raw.body))
    except UNREADABLE as error:
        raise BadSignature(f"callback of unexpected shape ({type(error).__name__})") from None


def text(value: object) -> str:
    """A text as the vendor wrote it; `TypeError` for anything else, an object or a number."""
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def one_of(value: object, *allowed: str) -> Any:
    """One of the words that a field may have; `ValueError` for any other."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError("an unknown word")
    return value


def operation_name(operation: str) -> str:
    """`apply` of `credit.apply` and of `apply`: look-ups get either."""
    return operation.rpartition(".")[2]


def moment(text: str) -> datetime:
    """A time as RFC 3339 writes it; `ValueError` where it has no offset."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without an offset")
    return at


def day_of(text: str, time_zone: str) -> date:
    """The retailer's day of a time as RFC 3339 writes it; `ValueError` without an offset."""
    return local(moment(text), time_zone).date()
