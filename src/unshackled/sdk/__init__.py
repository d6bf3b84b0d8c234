"""All that an adapter may import: the ports, the outcomes, the HTTP client and `Adapter`.

An adapter is a folder with `ADAPTER = Adapter(...)` in its `__init__.py`; see docs/adapters.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from unshackled.domain.money import Money
from unshackled.domain.personal import Personal
from unshackled.errors import InDoubt, NotSent, Refused
from unshackled.outbound import Answer, HttpClient
from unshackled.ports.call import Call, Followed, Undo
from unshackled.ports.outcome import (
    Absent,
    Declined,
    Found,
    Notice,
    Outcome,
    Passed,
    Pending,
    Redirect,
)


class Settings(BaseModel):
    """Base of an adapter's settings; every field has a description, secrets are `SecretStr`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field(description="Where the backend is, without a trailing slash.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """The declared way out of doubt for one effect.

    `key_lifetime`: the backend honours our reference as an idempotency key for that long, so the
    same request may be sent again. `lookup`: it can be asked by our reference, and "absent" counts
    when asked after the call was given up. Neither: a person decides. An older doubt falls from
    the first to the second to the third.
    """

    key_lifetime: timedelta | None = None
    lookup: bool = False


def idempotent(*, key_lifetime: timedelta = timedelta(hours=24), lookup: bool = True) -> Doubt:
    """The backend repeats its first answer for the same reference."""
    return Doubt(key_lifetime=key_lifetime, lookup=lookup)


def lookup() -> Doubt:
    """The backend has no idempotency, but can be asked by our reference."""
    return Doubt(lookup=True)


def manual() -> Doubt:
    """The backend can neither repeat nor be asked: a person decides."""
    return Doubt()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawCallback:
    """A provider's callback as it arrived: signatures are checked on the raw body."""

    body: bytes
    headers: Mapping[str, str]
    received_at: datetime


class BadSignature(Exception):
    """A callback whose signature, age or shape is wrong; answered 401 and dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One backend product: its settings, its capabilities and its way out of doubt.

    `connect(settings, http)` makes the client that every port of `ports` is built on.
    `doubt` has an entry for each effect offered, by its key, e.g. `stock.reserve`; undos need none,
    they are repeatable. `callback(settings, raw)` reads a callback or raises `BadSignature`.
    """

    title: str
    settings: type[Settings]
    connect: Callable[[Any, HttpClient], Any]
    ports: Mapping[str, Callable[[Any], Any]]
    doubt: Mapping[str, Doubt] = field(default_factory=dict)
    callback: Callable[[Any, RawCallback], Sequence[Notice]] | None = None


__all__ = [
    "Absent",
    "Adapter",
    "Answer",
    "BadSignature",
    "Call",
    "Declined",
    "Doubt",
    "Field",
    "Followed",
    "Found",
    "HttpClient",
    "InDoubt",
    "Money",
    "NotSent",
    "Notice",
    "Outcome",
    "Passed",
    "Pending",
    "Personal",
    "RawCallback",
    "Redirect",
    "Refused",
    "SecretStr",
    "Settings",
    "Undo",
    "idempotent",
    "lookup",
    "manual",
]
