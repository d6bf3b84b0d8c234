"""What an operation gets beside its request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from unshackled.domain.records import Record

Output = TypeVar("Output")


class Followed(Record):
    """The earlier call that this one follows, at the same provider."""

    reference: str | None
    handle: str | None
    output: object


class Call(Record):
    """The frame of one call.

    `reference` (26 characters of base32) is the idempotency key and our reference on the wire,
    the same for every resend. `handle` is the backend's own reference where an earlier answer
    gave one. After `send_by` nothing may be sent any more; a look-up is told when the call it asks
    about was given up. With `dry_run` nothing may be done: the backend only says what it would
    answer. `route` names the policy that picked the provider. `time_zone` (IANA) is the retailer's:
    a day that is told to a backend, or read from its times, is a day there.
    `request` is that of the effect that a look-up asks about, while it is known.
    `returned` is the query with which the customer's browser came back, on look-ups after that: a
    hint for the vendor to judge, never evidence.
    `undecided_since`, on undos, is when the backend first answered this one without settling it;
    the moment of sending where it never did.
    `documents_url` is where the customer reads what was signed, for messages: a secret of theirs,
    empty where there is no such page.
    """

    reference: str
    checkout: str
    currency: str
    locale: str
    callback_url: str
    return_url: str
    attempt: int = 1
    timeout: timedelta = timedelta(seconds=10)
    send_by: datetime | None = None
    handle: str | None = None
    follows: Followed | None = None
    dry_run: bool = False
    returned: Mapping[str, str] | None = None
    route: str | None = None
    time_zone: str = "UTC"
    request: object = None
    undecided_since: datetime | None = None
    documents_url: str = ""


class Undo(Record, Generic[Output]):
    """The effect to undo: its reference, and its output where we know it.

    Undoing what is undone already, or what never happened, is done.
    """

    reference: str
    output: Output | None
