"""What can happen to one step; every move goes through the table in `states`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from msgspec.structs import replace

from unshackled.domain.checkout import Checkout, RouteAssignment, StepState
from unshackled.domain.decline_details import DeclineDetails
from unshackled.domain.events.event import Event
from unshackled.domain.personal import Personal
from unshackled.domain.states import DATA_REFUSED, State, move

Json = Any
OUT_OF_FLIGHT: Mapping[str, Any] = {
    "send_by": None,
    "give_up_at": None,
    "next_at": None,
    "deadline_at": None,
    "expires_at": None,
    "due_by": None,
    "late": False,
    "wanted": (),
    "supplying": False,
}
# Codes that are true only of the attempt that met them.
PASSING = frozenset({"provider_unavailable", "in_doubt"})
# Why a step starts over: the customer did something about what was declined. Its code goes.
ANSWERED: Final = "retried"
_ANSWERS: Final = frozenset({ANSWERED, "request_changed", "not_wanted"})


class StepEvent(Event):
    """Base: one step goes to the state `to`."""

    to: ClassVar[State]
    step: str

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """The fields of the step that change beside its state."""
        return {}

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """Move the step."""
        state = checkout.steps[self.step]
        moved = move(self.step, state.state, self.to)
        changes = {**self.changes(state, at), "state": moved, "updated_at": at}
        if "code" in changes:
            # The vendor's own code is that of our code: it never outlives it.
            changes.setdefault("vendor_code", None)
        return checkout.with_step(self.step, **changes)


class StepReady(StepEvent):
    """All that the step needs is settled."""

    type: ClassVar[str] = "step.ready.v1"
    to: ClassVar[State] = State.READY
    digest: str | None

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """The request it is about."""
        return {"digest": self.digest, "next_at": None, "ready_at": at}


class StepSkipped(StepEvent):
    """Its condition is false, or its decline may be passed over."""

    type: ClassVar[str] = "step.skipped.v1"
    to: ClassVar[State] = State.SKIPPED

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """A skipped step has no output."""
        return {**OUT_OF_FLIGHT, "output": None, "digest": None, "valid_until": None}


class StepAwaited(StepEvent):
    """The customer's turn; `offer` are the options of a `choose`."""

    type: ClassVar[str] = "step.awaited.v1"
    to: ClassVar[State] = State.WAITING_CUSTOMER
    offer: Personal[Json] = None
    provider: str | None = None
    expires_at: datetime | None = None
    deadline_at: datetime | None = None

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """Who offers, and until when; after `deadline_at` it goes on without the customer."""
        found = {
            "provider": self.provider or state.provider,
            "expires_at": self.expires_at,
            "next_at": None,
        }
        return {**found, "deadline_at": self.deadline_at} if self.deadline_at else found

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The options are for this customer only."""
        moved = StepEvent.fold(self, checkout, at)
        return moved.with_private("offers", self.step, self.offer) if self.offer else moved


class StepStarted(StepEvent):
    """The write-ahead of an effect: committed before anything is sent.

    `why` says how the provider was picked, by the policy `route` where it has one.
    """

    type: ClassVar[str] = "step.started.v1"
    to: ClassVar[State] = State.RUNNING
    provider: str
    reference: str
    operation: str
    attempt: int
    send_by: datetime
    give_up_at: datetime
    request: Personal[Json]
    route: str | None = None
    why: str | None = None

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """The attempt, its lease and, the first time, when the reference was first sent."""
        same = state.reference == self.reference and state.first_sent_at is not None
        return {
            **OUT_OF_FLIGHT,
            "provider": self.provider,
            "reference": self.reference,
            "attempt": self.attempt,
            "send_by": self.send_by,
            "give_up_at": self.give_up_at,
            "first_sent_at": state.first_sent_at if same else at,
            "handle": state.handle if same else None,
            "sent": True,
            "code": None,
        }

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The request is kept until the outcome is known; a resend uses it to the letter."""
        moved = StepEvent.fold(self, checkout, at)
        moved = moved.with_private("requests", self.step, self.request)
        if self.route is None:
            return moved
        left = checkout.routes.get(self.route, RouteAssignment()).left
        standing = RouteAssignment(provider=self.provider, left=left)
        return replace(moved, routes={**checkout.routes, self.route: standing})


class StepDelayed(StepEvent):
    """Nothing was sent: another provider now, or the same again at `next_at`."""

    type: ClassVar[str] = "step.delayed.v1"
    to: ClassVar[State] = State.READY
    provider: str | None
    code: str
    down: tuple[str, ...]
    next_at: datetime

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """Which providers are out of reach, and when to go on; what was not sent is not sent."""
        told = {"down": self.down, "next_at": self.next_at, "code": self.code}
        return {**OUT_OF_FLIGHT, **told, "attempt": state.attempt + 1, "sent": False}


class StepEnded(StepEvent):
    """Base of the ends of a step: nothing is in flight, the written-ahead request is dropped."""

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """No timer of a call is left."""
        return dict(OUT_OF_FLIGHT)

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """Drop what was only needed for a resend or a return."""
        moved = StepEvent.fold(self, checkout, at)
        for part in ("requests", "links", "returns"):
            moved = moved.with_private(part, self.step, None)
        return moved


class StepPassed(StepEnded):
    """Done, with its output."""

    type: ClassVar[str] = "step.passed.v1"
    to: ClassVar[State] = State.PASSED
    output: Json = None
    personal: Personal[Json] = None
    provider: str | None = None
    valid_until: datetime | None = None

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """The public part of the output, and until when it counts."""
        return {
            **OUT_OF_FLIGHT,
            "output": self.output,
            "valid_until": self.valid_until,
            "provider": self.provider or state.provider,
            "code": None,
            "held": False,
            "lapses": 0,
        }

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The personal part of the output goes where it can be erased."""
        ended = StepEnded.fold(self, checkout, at)
        if self.step in ended.private.declines and not checkout.steps[self.step].tried:
            ended = ended.with_private("declines", self.step, None)
        return ended.with_private("outputs", self.step, self.personal or None)


class StepDeclined(StepEnded):
    """A business "no"; `vendor_code` is the provider's own code for it, where it gave one."""

    type: ClassVar[str] = "step.declined.v1"
    to: ClassVar[State] = State.DECLINED
    code: str
    provider: str | None = None
    vendor_code: str | None = None
    details: Personal[DeclineDetails] | None = None

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """The code of the decline and who gave it."""
        return {
            **OUT_OF_FLIGHT,
            "code": self.code,
            "vendor_code": self.vendor_code,
            "provider": self.provider or state.provider,
            "output": None,
            # What was refused for how it was written was not done, unless it was lost sight of.
            "sent": state.sent and (state.doubted or self.code != DATA_REFUSED),
        }

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """What came with the decline goes where it can be erased."""
        return StepEnded.fold(self, checkout, at).with_decline(self.step, self.details, checkout)


class StepFailed(StepEnded):
    """The backend understood and refused: an alarm, no retry."""

    type: ClassVar[str] = "step.failed.v1"
    to: ClassVar[State] = State.FAILED
    code: str

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """The code of the failure."""
        return {**OUT_OF_FLIGHT, "code": self.code}


class StepPassedOver(StepEvent):
    """This provider declined; the next of the waterfall is asked."""

    type: ClassVar[str] = "step.passed_over.v1"
    to: ClassVar[State] = State.READY
    provider: str
    code: str
    tried: tuple[str, ...]
    vendor_code: str | None = None
    details: Personal[DeclineDetails] | None = None

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """The provider is used up; its decline stays until a better answer."""
        told = {"code": self.code, "vendor_code": self.vendor_code}
        return {**OUT_OF_FLIGHT, **told, "tried": self.tried, "doubted": False}

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """What came with the decline stays, whatever the next one says."""
        return StepEvent.fold(self, checkout, at).with_decline(self.step, self.details, checkout)


class StepInDoubt(StepEvent):
    """We do not know whether the effect happened; it is looked up at `next_at`."""

    type: ClassVar[str] = "step.in_doubt.v1"
    to: ClassVar[State] = State.IN_DOUBT
    code: str
    next_at: datetime

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """When to find out."""
        return {"next_at": self.next_at, "code": self.code, "doubted": True}


class StepInReview(StepEvent):
    """A person decides, until `deadline_at`.

    An effect that was not as it was asked for keeps its output, and `differs` says in what.
    """

    type: ClassVar[str] = "step.in_review.v1"
    to: ClassVar[State] = State.IN_REVIEW
    code: str
    deadline_at: datetime | None
    output: Json = None
    personal: Personal[Json] = None
    provider: str | None = None
    valid_until: datetime | None = None
    differs: str | None = None

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """Why, and until when; what came back, where anything did."""
        changes = {**OUT_OF_FLIGHT, "code": self.code, "deadline_at": self.deadline_at}
        if self.output is None:
            return changes
        return {
            **changes,
            "output": self.output,
            "provider": self.provider or state.provider,
            "valid_until": self.valid_until,
        }

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The personal part of what came back goes where it can be erased."""
        moved = StepEvent.fold(self, checkout, at)
        if self.output is None:
            return moved
        return moved.with_private("outputs", self.step, self.personal or None)


class StepReset(StepEvent):
    """The step starts over with the next generation; an old effect is remembered by reference.

    `down` are providers that are not asked again in this round, `tried` not at all.
    """

    type: ClassVar[str] = "step.reset.v1"
    to: ClassVar[State] = State.PENDING
    reason: str
    held: bool = False
    down: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """A fresh step; late outcomes of the old reference are recognised."""
        old = checkout.steps[self.step]
        move(self.step, old.state, self.to)
        told = old.code not in PASSING and self.reason not in _ANSWERS
        fresh = StepState(
            generation=old.generation + 1,
            code=old.code if told else None,
            vendor_code=old.vendor_code if told else None,
            provider=None,
            updated_at=at,
            held=self.held,
            down=self.down,
            tried=self.tried,
            sent=old.sent,
        )
        past = checkout.past_with(self.step)
        changed = replace(checkout, steps={**checkout.steps, self.step: fresh}, past=past)
        for part in ("requests", "outputs", "links", "offers", "returns"):
            changed = changed.with_private(part, self.step, None)
        return changed if told else changed.with_private("declines", self.step, None)
