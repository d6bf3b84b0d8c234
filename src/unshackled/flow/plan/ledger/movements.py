"""What moved: the amounts that providers reported in outputs, and what was taken back of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from unshackled.domain.ledger import LedgerEntry, Transfer
from unshackled.domain.run_records import Reversal, StepState
from unshackled.domain.states import REPORTED
from unshackled.flow.plan.plan import Plan, PlannedStep


class RunSnapshot(Protocol):
    """What the purchase and each case have alike."""

    @property
    def steps(self) -> Mapping[str, StepState]:
        """How each step stands."""
        ...

    @property
    def reversals(self) -> Mapping[str, Reversal]:
        """What was, or is being, taken back, by the reference of its effect."""
        ...


def movements(
    plan: Plan, run: str, snapshot: RunSnapshot, owed: Mapping[str, int]
) -> Iterator[LedgerEntry]:
    """Each movement of a run; `owed` is what is owed by its word, for amounts that nobody tells."""
    for step in plan.steps.values():
        state = snapshot.steps.get(step.name)
        if state is None or state.output is None or state.state not in REPORTED:
            continue
        for transfer in _transfers(step):
            yield from _forward(run, state, (step, transfer), owed)
    for reference, reversal in snapshot.reversals.items():
        step_taken_back = plan.steps.get(reversal.step)
        if step_taken_back is not None:
            yield from _back(run, snapshot, step_taken_back, reference)


def _transfers(step: PlannedStep) -> tuple[Transfer, ...]:
    operation = step.definition.operation
    return operation.transfers if operation is not None else ()


def _forward(
    run: str, state: StepState, move: tuple[PlannedStep, Transfer], owed: Mapping[str, int]
) -> Iterator[LedgerEntry]:
    """What the output of a step says that it moved; what it does not say is what is owed."""
    step, transfer = move
    told = _told(state, transfer.field)
    if told is None and transfer.only_reported:
        return
    amount = told if told is not None else owed.get(transfer.what, 0)
    if amount and state.updated_at is not None:
        yield LedgerEntry(
            kind="moved",
            at=state.updated_at,
            run=run,
            sender=transfer.sender,
            receiver=transfer.receiver,
            what=transfer.what,
            amount=amount,
            step=step.name,
            reference=state.reference,
            provider=state.provider,
            reported=told is not None,
        )


def _told(state: StepState, field: str) -> int | None:
    """The amount of an output; None where there is none in it."""
    told = state.output.get(field) if state.output is not None else None
    return told if isinstance(told, int) else None


def _back(
    run: str, snapshot: RunSnapshot, step: PlannedStep, reference: str
) -> Iterator[LedgerEntry]:
    """What an effect moved before it was taken back, and its way back once that is done."""
    reversal, state = snapshot.reversals[reference], snapshot.steps.get(step.name)
    stands = (
        state is not None
        and state.reference == reference
        and state.output is not None
        and state.state in REPORTED
    )
    for transfer in _transfers(step):
        moved = LedgerEntry(
            kind="moved",
            at=reversal.moved_at,
            run=run,
            sender=transfer.sender,
            receiver=transfer.receiver,
            what=transfer.what,
            amount=reversal.amount,
            step=step.name,
            reference=reference,
            provider=reversal.provider,
        )
        if not stands:
            yield moved
        if reversal.reversed_at is not None:
            yield _turned(moved, reversal)


def _turned(moved: LedgerEntry, reversal: Reversal) -> LedgerEntry:
    """The same amount the other way."""
    return LedgerEntry(
        kind="moved",
        at=reversal.reversed_at or moved.at,
        run=moved.run,
        sender=moved.receiver,
        receiver=moved.sender,
        what="taken_back",
        amount=moved.amount,
        step=moved.step,
        reference=moved.reference,
        provider=moved.provider,
    )
