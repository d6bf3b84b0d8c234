"""What an operation of a provider answers.

A business "no" is the value `Declined`. What gave no outcome raises instead:
`NotSent`, `InDoubt` or `Refused` from `unshackled.errors`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeAlias, TypeVar

from unshackled.domain.decline_details import DeclineDetails
from unshackled.domain.personal import Personal
from unshackled.domain.records import ADDED, Record, added

Output = TypeVar("Output", covariant=True)


class Passed(Record, Generic[Output]):
    """Done, with the typed output; `valid_until` says when it stops counting."""

    output: Output
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """A business "no" with its code from our vocabulary, e.g. `insufficient_funds`.

    `vendor_code` is the vendor's own for it, as its documents spell it: for operators only,
    and no part of what is compared. The code `data_refused` says that nothing was done, not even a
    search: what the customer wrote is not to be worked with, and other data may be. `details` are
    what the customer is to be told beside it, e.g. of a credit reference agency.
    """

    code: str
    vendor_code: str | None = field(default=None, compare=False, metadata={ADDED: True})
    details: DeclineDetails | None = field(default=None, compare=False, metadata={ADDED: True})


class Pending(Record):
    """Accepted, the answer comes later: by callback, or ask again after `poll_after`.

    `handle` is the backend's own reference, at hand in every later look-up and undo. `due_by` is
    when the backend promises its answer: once that has passed, a person looks. `wanted` is what it
    wants to know of the customer first, in the words of `customer.credit_information.GROUPS`.
    """

    poll_after: timedelta
    handle: str | None = None
    due_by: datetime | None = added(None)
    wanted: tuple[str, ...] = added(())


class Redirect(Record):
    """The customer must go to `url` and come back; the look-up or callback brings the outcome."""

    url: Personal[str]
    expires: datetime
    handle: str | None = None


class Absent(Record):
    """A look-up's answer: the backend knows nothing under this reference."""


class NotUndone(Record):
    """A callback's word: the undo of the effect was accepted once, and failed in the end.

    E.g. a refund that the customer's bank sent back. `code` is our word or the backend's status.
    `output` is the effect as it stands, where the message shows it: an undo that was sent without
    it is sent again with it. Otherwise a person owns the undo.
    """

    code: str
    output: object = None


# What an undo answers: nothing where it is done; or that the backend knows no such effect.
Undone: TypeAlias = Absent | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A callback's word: a message that was taken did not reach the customer.

    E.g. a number that is switched off, or a mailbox that is gone. `code` is our word;
    `vendor_code` the vendor's own, one word of its documents, never its sentence.
    """

    code: str
    vendor_code: str | None = field(default=None, compare=False)


Outcome: TypeAlias = Passed[Output] | Declined | Pending | Redirect
Found: TypeAlias = Passed[Output] | Declined | Pending | Redirect | Absent


class Notice(Record):
    """One verified message of a provider's callback: the outcome of the effect `reference`.

    `NotUndone` speaks of the effect's undo, `Undelivered` of the message that it sent.
    """

    reference: str
    outcome: Outcome[object] | NotUndone | Undelivered
