"""What a run of a flow consists of: the purchase is one, and each case afterwards is another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from unshackled.domain.case import CaseRequest
from unshackled.domain.decline_details import DeclineDetails
from unshackled.domain.documents.document_record import DocumentRecord
from unshackled.domain.provider_problem import Problems
from unshackled.domain.records import Record, added
from unshackled.domain.states import PROVIDER_DUE, UNSETTLED, State

Json = Any


class StepState(Record, omit_defaults=True):
    """How one step stands; nothing personal is in it.

    `vendor_code` is the provider's own code behind the `code` of a decline. `tried` are the
    providers that declined in this generation, `down` those that were out of reach in this round;
    `next_at` is when something is due (a retry, a poll, a look-up, a resend); `expires_at` ends the
    options of a `choose` or a provider's page; `sent` says that an effect may have reached a
    backend, `doubted` that we lost sight of it once; `held` waits for the customer's next command.
    `lapses` counts outcomes in a row that had ended when they arrived. `due_by` is when a provider
    promised its answer; `late` says that it has passed. `wanted` is what the provider wants to know
    of the customer, `supplying` says that their answer is on its way to it.
    """

    state: State = State.PENDING
    generation: int = 0
    attempt: int = 0
    provider: str | None = None
    reference: str | None = None
    handle: str | None = None
    digest: str | None = None
    output: Mapping[str, Json] | None = None
    valid_until: datetime | None = None
    code: str | None = None
    vendor_code: str | None = None
    tried: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    sent: bool = False
    doubted: bool = False
    held: bool = False
    lapses: int = 0
    first_sent_at: datetime | None = None
    send_by: datetime | None = None
    give_up_at: datetime | None = None
    next_at: datetime | None = None
    deadline_at: datetime | None = None
    expires_at: datetime | None = None
    ready_at: datetime | None = None
    due_by: datetime | None = None
    late: bool = False
    wanted: tuple[str, ...] = ()
    supplying: bool = False
    updated_at: datetime | None = None


class UndoState(Record, omit_defaults=True):
    """One effect that is being taken back, by the reference of the effect.

    `goal` is where the step goes afterwards; a stray (an effect of a superseded generation) has
    none. `failed` waits for an operator. `since` tells it from an earlier undo of the same effect.
    `undecided_since` is when its provider first answered without settling it.
    """

    step: str
    provider: str
    handle: str | None
    goal: State | None
    give_up_at: datetime
    next_at: datetime
    attempts: int = 0
    failed: bool = False
    since: datetime | None = None
    undecided_since: datetime | None = added(None)


class PastEffect(Record, omit_defaults=True):
    """An effect of a superseded generation: its late outcome never changes the step."""

    step: str
    provider: str


class Reversal(Record, omit_defaults=True):
    """Money that an effect moved and that is taken back: its step forgets it, the ledger does not.

    `amount` is what its provider reported for the effect, in minor units, at `moved_at`. Without
    `reversed_at` it is not back yet, or an undo that was accepted failed in the end.
    """

    step: str
    provider: str
    amount: int
    moved_at: datetime
    reversed_at: datetime | None = None


class RouteAssignment(Record, omit_defaults=True):
    """Who serves a route in this checkout, and who it moved away from."""

    provider: str | None = None
    left: tuple[str, ...] = ()


class Cancellation(Record, omit_defaults=True):
    """Why a checkout ended without an order, and who ended it."""

    code: str
    by: str
    at: datetime


class StepsPrivate(Record, omit_defaults=True):
    """What is personal of the steps of one run.

    `inputs`, `offers`, `outputs`, `links` and `returns` (what a browser brought back) are by step,
    as are the `requests` of running effects; `undos` are by reference; `declines` are what came
    with the "no" of each who said it. `documents` are those that were shown and signed.
    """

    inputs: Mapping[str, Json] = field(default_factory=dict)
    offers: Mapping[str, Json] = field(default_factory=dict)
    outputs: Mapping[str, Json] = field(default_factory=dict)
    requests: Mapping[str, Json] = field(default_factory=dict)
    undos: Mapping[str, Json] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    returns: Mapping[str, Json] = field(default_factory=dict)
    declines: Mapping[str, tuple[DeclineDetails, ...]] = field(default_factory=dict)
    documents: tuple[DocumentRecord, ...] = added(())


class Run(Record, omit_defaults=True):
    """A case: what happens to a completed checkout afterwards, by a flow of its own.

    `opened` is what it is about. Nothing personal is in it: see `Private.runs`. `problems`,
    `undelivered` and `reversals` are as those of a checkout.
    """

    flow: str
    digest: str
    opened: CaseRequest
    steps: Mapping[str, StepState]
    undos: Mapping[str, UndoState] = field(default_factory=dict)
    past: Mapping[str, PastEffect] = field(default_factory=dict)
    routes: Mapping[str, RouteAssignment] = field(default_factory=dict)
    canceled: Cancellation | None = None
    completed_at: datetime | None = None
    problems: Problems = field(default_factory=dict)
    undelivered: tuple[str, ...] = ()
    reversals: Mapping[str, Reversal] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether it has not come to its end yet."""
        return self.canceled is None and self.completed_at is None

    @property
    def settled(self) -> bool:
        """False while anything is due, running, being decided, in doubt or being undone."""
        states = [step.state for step in self.steps.values()]
        moving = any(state in UNSETTLED for state in states)
        due = self.canceled is None and any(state in PROVIDER_DUE for state in states)
        return not (self.undos or moving or due)

    @property
    def over(self) -> bool:
        """Whether it has ended and nothing of it will move any more."""
        return not self.open and self.settled
