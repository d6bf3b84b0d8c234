"""What the events of a step count: how far it came, who answered what, and how long it took."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, TypeAlias

from unshackled.domain.events import step_events as step
from unshackled.domain.events import undo_events as undo
from unshackled.domain.events import waiting_events as waiting
from unshackled.domain.records import replace
from unshackled.domain.states import State
from unshackled.events.reports.counts import CountIncrements
from unshackled.store.side_tables.journeys import Journey
from unshackled.store.stored_records import EventRow

Handler: TypeAlias = Callable[[Journey, EventRow, CountIncrements], Journey]


class _Step:
    """The step of an event: counts, and the changes of its track."""

    def __init__(self, journey: Journey, event: EventRow, tally: CountIncrements) -> None:
        self.name = str(event.data["step"])
        self.event = event
        self.track = journey.track(self.name)
        self.provider: str = event.data.get("provider") or self.track.provider
        self.counted = list(self.track.counted)
        self._journey = journey
        self._tally = tally

    @property
    def open(self) -> bool:
        """Whether the checkout had not ended: what comes after is unwinding."""
        return not self._journey.ended

    def once(self, measure: str, provider: str = "") -> None:
        """Count the checkout, unless it was counted for this before."""
        mark = f"{measure}:{provider}" if measure in ("asked", "passed_over") else measure
        if mark not in self.counted:
            self.counted.append(mark)
            self._tally.funnel(measure, self.name, provider)

    def note_call(self, provider: str) -> None:
        """A provider was asked: by the write-ahead, or as its answer shows."""
        if provider:
            self.once("asked", provider)

    def answer(self, measure: str, *, code: str = "", provider: str | None = None) -> None:
        """Count every answer."""
        who = self.provider if provider is None else provider
        self._tally.answer(measure, self.name, who, code=code)

    def answered(self) -> None:
        """The provider's first answer to this call has arrived."""
        if self.provider and self.track.asked_at is not None:
            span = self.event.at - self.track.asked_at
            self._tally.latency("answer", span, self.name, self.provider)

    def settled(self) -> None:
        """The step is over."""
        if self.track.ready_at is not None:
            span = self.event.at - self.track.ready_at
            self._tally.latency("step", span, self.name, self.provider)

    def taken_over(self) -> None:
        """A provider answered out of its turn, because another was out of reach.

        Who comes first is what the flow says, or, where that is not known, who was asked first.
        """
        order = self._journey.providers.get(self.name) or self.track.unreachable
        first = next((name for name in order if name not in self.track.tried), None)
        if self.provider and first is not None and first != self.provider:
            self.answer("taken_over", code=first)

    def move(self, state: State, **changes: object) -> Journey:
        """The journey with the step in its new state."""
        found = {"provider": self.provider, "counted": tuple(self.counted), **changes}
        moved = self._journey.position
        return self._journey.with_track(self.name, state=state, moved=moved, **found)


def _ready(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    one = _Step(journey, event, tally)
    one.once("reached")
    moved = one.move(State.READY, ready_at=event.at, asked_at=event.at)
    return replace(moved, opened=moved.position)


def _skipped(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    one = _Step(journey, event, tally)
    one.once("skipped")
    return one.move(State.SKIPPED, **_CLOCKS_OFF)


def _awaited(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    """The customer's turn; a provider that is named has just answered with what to choose from."""
    one = _Step(journey, event, tally)
    if event.data.get("provider"):
        one.note_call(one.provider)
        one.answered()
    return one.move(State.WAITING_CUSTOMER, asked_at=None)


def _started(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    """A resend after a doubt goes on with the span of what was sent first."""
    one = _Step(journey, event, tally)
    one.note_call(one.provider)
    resent = one.track.state is State.IN_DOUBT and one.track.asked_at is not None
    asked_at = one.track.asked_at if resent else event.at
    return one.move(State.RUNNING, asked_at=asked_at)


def _delayed(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    """Without a provider, none could even be tried."""
    one = _Step(journey, event, tally)
    missing = one.track.unreachable
    who = event.data.get("provider")
    if who:
        one.note_call(who)
        one.answer("unreachable", code=event.data["code"], provider=who)
        missing = (*missing, who) if who not in missing else missing
    asked_at = datetime.fromisoformat(event.data["next_at"])
    return one.move(State.READY, unreachable=missing, asked_at=asked_at)


def _passed(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    one = _Step(journey, event, tally)
    one.note_call(one.provider)
    one.once("passed", one.provider)
    one.answer("passed")
    one.answered()
    one.taken_over()
    one.settled()
    return one.move(State.PASSED, code="", **_CLOCKS_OFF)


def _declined(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    """What unwinding closes as `canceled` is no provider's decline."""
    one, code = _Step(journey, event, tally), event.data["code"]
    if one.open or code != "canceled":
        one.note_call(one.provider)
        one.once("declined", one.provider)
        one.answer("declined", code=code)
        one.answered()
        one.taken_over()
        one.settled()
    return one.move(State.DECLINED, code=code, **_CLOCKS_OFF)


def _failed(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    one, code = _Step(journey, event, tally), event.data["code"]
    one.once("failed", one.provider)
    one.answer("failed", code=code)
    one.answered()
    return one.move(State.FAILED, code=code, asked_at=None)


def _passed_over(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    """The next of a waterfall is asked at once."""
    one = _Step(journey, event, tally)
    one.note_call(one.provider)
    one.once("passed_over", one.provider)
    one.answer("passed_over", code=event.data["code"])
    one.answered()
    one.taken_over()
    tried = (*one.track.tried, one.provider)
    return one.move(State.READY, asked_at=event.at, tried=tried)


def _promised(state: State) -> Handler:
    """A provider answered that its answer comes later, or from a page of its own."""

    def promised(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
        one = _Step(journey, event, tally)
        one.answered()
        return one.move(state, asked_at=None)

    return promised


def _only(state: State) -> Handler:
    """Nothing to count."""

    def only(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
        return _Step(journey, event, tally).move(state)

    return only


def _reset(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    """The next generation knows nothing of the one before, save what was counted."""
    one = _Step(journey, event, tally)
    return one.move(State.PENDING, provider="", unreachable=(), tried=(), **_CLOCKS_OFF)


def _undone(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    """Without a reference the effect never happened: there was nothing to take back."""
    one = _Step(journey, event, tally)
    if event.data.get("reference"):
        one.once("undone", one.provider)
    return one.move(State.UNDONE, **_CLOCKS_OFF)


def _undo_due(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    """A stray has no goal: its step stays as it is."""
    if not event.data.get("goal"):
        return journey
    one = _Step(journey, event, tally)
    return one.move(State.UNDOING, provider=one.track.provider, **_CLOCKS_OFF)


def _undo_failed(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    return _if_in(State.UNDOING, State.UNDO_FAILED, journey, event, tally)


def _undo_retried(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    return _if_in(State.UNDO_FAILED, State.UNDOING, journey, event, tally)


def _if_in(
    old: State, new: State, journey: Journey, event: EventRow, tally: CountIncrements
) -> Journey:
    one = _Step(journey, event, tally)
    return one.move(new) if one.track.state is old else journey


_CLOCKS_OFF: Final[Mapping[str, None]] = {"ready_at": None, "asked_at": None}

HANDLERS: Final[Mapping[str, Handler]] = {
    step.StepReady.type: _ready,
    step.StepSkipped.type: _skipped,
    step.StepAwaited.type: _awaited,
    step.StepStarted.type: _started,
    step.StepDelayed.type: _delayed,
    step.StepPassed.type: _passed,
    step.StepDeclined.type: _declined,
    step.StepFailed.type: _failed,
    step.StepPassedOver.type: _passed_over,
    waiting.StepPending.type: _promised(State.WAITING_PROVIDER),
    waiting.StepRedirected.type: _promised(State.WAITING_CUSTOMER),
    waiting.InformationWanted.type: _promised(State.WAITING_CUSTOMER),
    waiting.InformationGiven.type: _only(State.WAITING_PROVIDER),
    step.StepInDoubt.type: _only(State.IN_DOUBT),
    step.StepInReview.type: _only(State.IN_REVIEW),
    step.StepReset.type: _reset,
    undo.StepUndone.type: _undone,
    undo.UndoDue.type: _undo_due,
    undo.UndoFailed.type: _undo_failed,
    undo.UndoRetried.type: _undo_retried,
}
