"""The states of a step and the moves between them, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """How a step stands."""

    PENDING = "pending"
    READY = "ready"
    RUNNING = "running"
    WAITING_CUSTOMER = "waiting_customer"
    WAITING_PROVIDER = "waiting_provider"
    IN_DOUBT = "in_doubt"
    IN_REVIEW = "in_review"
    PASSED = "passed"
    DECLINED = "declined"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNDOING = "undoing"
    UNDONE = "undone"
    UNDO_FAILED = "undo_failed"

    # Enum's own is a Python function, and states are looked up in sets hundreds of times a turn.
    __hash__ = str.__hash__


S = State

# Beyond the design's table: ready→in_review is how a `review` step opens; ready→passed|declined
# are queries and rules, which have no write-ahead; in_doubt→undone is a look-up that found nothing;
# in_review→undone is a person's evidence that it never happened;
# in_review→skipped is a credit application that was refused, and that the customer gives up;
# passed→in_review and in_review→undoing are an opposite final outcome and its unwinding;
# pending→pending drops the code of a decline that the customer did something about;
# running|waiting_*→in_review is an outcome whose amount is not the one that was asked for;
# waiting_*→pending|skipped is a call that leaves nothing and is not wanted like this any more;
# waiting_*→ready is an outcome that had ended before it arrived;
# passed→declined is an approval that ended, and that no second hard search can renew.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    S.PENDING: frozenset({S.READY, S.SKIPPED, S.PENDING}),
    S.READY: frozenset(
        {
            S.RUNNING,
            S.WAITING_CUSTOMER,
            S.SKIPPED,
            S.IN_REVIEW,
            S.PASSED,
            S.DECLINED,
            S.FAILED,
            S.PENDING,
            S.READY,
        }
    ),
    S.RUNNING: frozenset(
        {
            S.PASSED,
            S.DECLINED,
            S.FAILED,
            S.WAITING_CUSTOMER,
            S.WAITING_PROVIDER,
            S.IN_DOUBT,
            S.IN_REVIEW,
            S.READY,
        }
    ),
    S.WAITING_CUSTOMER: frozenset(
        {
            S.PASSED,
            S.DECLINED,
            S.FAILED,
            S.IN_REVIEW,
            S.UNDOING,
            S.WAITING_PROVIDER,
            S.PENDING,
            S.SKIPPED,
            S.READY,
        }
    ),
    S.WAITING_PROVIDER: frozenset(
        {
            S.PASSED,
            S.DECLINED,
            S.FAILED,
            S.IN_REVIEW,
            S.UNDOING,
            S.WAITING_CUSTOMER,
            S.WAITING_PROVIDER,
            S.PENDING,
            S.SKIPPED,
            S.READY,
        }
    ),
    S.IN_DOUBT: frozenset(
        {
            S.RUNNING,
            S.PASSED,
            S.DECLINED,
            S.IN_REVIEW,
            S.UNDOING,
            S.UNDONE,
            S.WAITING_PROVIDER,
            S.WAITING_CUSTOMER,
            S.IN_DOUBT,
            S.READY,
        }
    ),
    S.IN_REVIEW: frozenset(
        {
            S.PASSED,
            S.DECLINED,
            S.FAILED,
            S.READY,
            S.UNDOING,
            S.PENDING,
            S.UNDONE,
            S.IN_REVIEW,
            S.SKIPPED,
        }
    ),
    S.PASSED: frozenset({S.UNDOING, S.PENDING, S.SKIPPED, S.IN_REVIEW, S.DECLINED}),
    S.SKIPPED: frozenset({S.PENDING}),
    S.DECLINED: frozenset({S.PENDING, S.IN_REVIEW, S.SKIPPED}),
    S.FAILED: frozenset({S.PENDING, S.IN_REVIEW, S.SKIPPED}),
    S.UNDOING: frozenset({S.UNDONE, S.UNDO_FAILED}),
    S.UNDONE: frozenset({S.PENDING, S.SKIPPED}),
    S.UNDO_FAILED: frozenset({S.UNDOING, S.UNDONE}),
}

# Codes of reviews that have, or may have, an effect behind them: a cancel, the end of the review's
# deadline and a verdict against it take that back; it is never sent blindly again.
AMOUNT_DIFFERS: Final = "amount_differs"
# It failed, and then its provider said that it did not.
RECOVERED: Final = "recovered"
WITH_EFFECT: Final = frozenset({"in_doubt", "contradiction", AMOUNT_DIFFERS, RECOVERED})
# The code of a decline that is about what the customer wrote: nothing was done, other data may do.
DATA_REFUSED: Final = "data_refused"
# The code of a pivot that was not sent, because what is due today was not collected.
UNPAID: Final = "unpaid"
# What a provider gave had ended when it came: a clock that is ahead, or a hold that is none.
EXPIRED_ON_ARRIVAL: Final = "expired_on_arrival"

ENDED = frozenset({S.PASSED, S.DECLINED, S.FAILED, S.SKIPPED})
IN_FLIGHT = frozenset({S.RUNNING, S.IN_DOUBT, S.WAITING_CUSTOMER, S.WAITING_PROVIDER})


class IllegalMove(AssertionError):
    """A move that the table does not have: a bug of ours, never a customer's fault."""


def move(step: str, old: State, new: State) -> State:
    """The new state, or `IllegalMove`."""
    if new not in TRANSITIONS[old]:
        raise IllegalMove(f"step {step} cannot go from {old} to {new}")
    return new
