"""The states of a step and the moves between them, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from unshackled.errors import InternalFault


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


class S:
    """The same as plain attributes: on Python 3.11 a member of an enum takes four times as long."""

    PENDING: Final = State.PENDING
    READY: Final = State.READY
    RUNNING: Final = State.RUNNING
    WAITING_CUSTOMER: Final = State.WAITING_CUSTOMER
    WAITING_PROVIDER: Final = State.WAITING_PROVIDER
    IN_DOUBT: Final = State.IN_DOUBT
    IN_REVIEW: Final = State.IN_REVIEW
    PASSED: Final = State.PASSED
    DECLINED: Final = State.DECLINED
    FAILED: Final = State.FAILED
    SKIPPED: Final = State.SKIPPED
    UNDOING: Final = State.UNDOING
    UNDONE: Final = State.UNDONE
    UNDO_FAILED: Final = State.UNDO_FAILED


# Beyond the design's table: ready→in_review is how a `review` step opens; ready→passed|declined
# are queries and rules, which have no write-ahead; in_doubt→undone is a look-up that found nothing;
# in_review→undone is a person's evidence that it never happened;
# in_review→skipped is a credit application that was refused, and that the customer gives up;
# passed→in_review and in_review→undoing are an opposite final outcome and its unwinding;
# pending→pending drops the code of a decline that the customer did something about;
# running|waiting_*→in_review is an outcome whose amount is not the one that was asked for;
# waiting_*→pending|skipped is a call that leaves nothing and is not wanted like this any more;
# waiting_*→ready is an outcome that had ended before it arrived;
# waiting_customer→waiting_customer is a provider that wants to know something else;
# ready→waiting_provider is a query whose provider does not know yet;
# passed→declined is an approval that ended, and that no second hard search can renew.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    S.PENDING: frozenset({S.READY, S.SKIPPED, S.PENDING}),
    S.READY: frozenset(
        {
            S.RUNNING,
            S.WAITING_CUSTOMER,
            S.WAITING_PROVIDER,
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
            S.WAITING_CUSTOMER,
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
# The code of a step that a person declined.
REVIEW_DECLINED: Final = "review_declined"
# The code of a decline that is about what the customer wrote: nothing was done, other data may do.
DATA_REFUSED: Final = "data_refused"
# The code of a pivot that was not sent, because what is due today was not collected.
UNPAID: Final = "unpaid"
# What a provider gave had ended when it came: a clock that is ahead, or a hold that is none.
EXPIRED_ON_ARRIVAL: Final = "expired_on_arrival"

# Sets of states: each has one word, and is defined here and nowhere else.

# A result is there. `OVER` has what was taken back, too; about `CLOSED` nobody does anything more.
SUCCESSFUL: Final = frozenset({S.PASSED, S.SKIPPED})
UNSUCCESSFUL: Final = frozenset({S.DECLINED, S.FAILED})
ENDED: Final = SUCCESSFUL | UNSUCCESSFUL
OVER: Final = ENDED | {S.UNDONE}
CLOSED: Final = SUCCESSFUL | {S.UNDONE}

# Nothing of this attempt was sent. `UNSENT` includes what never will be; `EFFECTLESS` has nothing
# at a provider to take back.
NOT_BEGUN: Final = frozenset({S.PENDING, S.READY})
OVER_UNSENT: Final = frozenset({S.SKIPPED, S.DECLINED, S.UNDONE})
UNSENT: Final = NOT_BEGUN | OVER_UNSENT
EFFECTLESS: Final = OVER_UNSENT | {S.FAILED, S.READY}

# It was sent. The provider has not answered (`UNANSWERED`), has said that it takes time
# (`WAITING`), can be asked (`ASKABLE`), has what may be taken back (`HOLDING`) or may have
# something at all (`STANDING`).
WAITING: Final = frozenset({S.WAITING_CUSTOMER, S.WAITING_PROVIDER})
UNANSWERED: Final = frozenset({S.RUNNING, S.IN_DOUBT})
ASKABLE: Final = WAITING | {S.IN_DOUBT}
IN_FLIGHT: Final = ASKABLE | {S.RUNNING}
HOLDING: Final = WAITING | {S.PASSED}
BUSY: Final = UNANSWERED | {S.UNDOING}
STANDING: Final = IN_FLIGHT | {S.PASSED, S.IN_REVIEW, S.UNDOING}
# An answer may be the page that the customer is sent to.
PAGE_OPEN: Final = frozenset({S.RUNNING, S.WAITING_CUSTOMER})

# Being taken back, and what takes it out of the checkout.
UNWINDING: Final = frozenset({S.UNDOING, S.UNDO_FAILED})
LEAVING: Final = UNWINDING | {S.SKIPPED}
# Where an output is there, what it says that was moved stands.
REPORTED: Final = UNWINDING | {S.PASSED, S.IN_REVIEW}

# Something is going on by itself, so that the checkout is not settled; the others only while it is
# not canceled.
UNSETTLED: Final = UNANSWERED | UNWINDING | {S.IN_REVIEW}
PROVIDER_DUE: Final = frozenset({S.READY, S.WAITING_PROVIDER})
# It goes on without the customer.
UNDER_WAY: Final = BUSY | {S.READY, S.UNDONE}

# The customer's clock stops; no clock of the step runs; a try, poll or look-up may be due later.
CLOCK_STOPPED: Final = frozenset({S.WAITING_PROVIDER, S.IN_REVIEW, S.IN_DOUBT})
TIMELESS: Final = UNSUCCESSFUL | {S.PENDING, S.SKIPPED, S.UNDONE, S.UNDOING}
SCHEDULABLE: Final = ASKABLE | {S.READY}

# What can be taken back or begun anew because something else fits now.
MOVABLE: Final = ENDED | WAITING | {S.READY}
# What lapsed while the customer was away, and is done again when they are back.
RENEWABLE: Final = frozenset({S.PENDING, S.UNDOING})
# The customer may have something to do about it; its code, if any, is the one of a decline.
CUSTOMER_DUE: Final = NOT_BEGUN | {S.WAITING_CUSTOMER}
DECLINE_CODED: Final = frozenset({S.DECLINED, S.PENDING})

# Where a step comes to rest and is counted; the others are its way there.
COUNTED: Final = ENDED | {S.IN_DOUBT, S.IN_REVIEW, S.UNDONE}

# What a person may skip, and what a person's verdict about an attempt decides.
SKIPPABLE: Final = WAITING | {S.IN_REVIEW, S.READY}
RESOLVABLE: Final = frozenset({S.IN_REVIEW, S.IN_DOUBT})
# A provider, a person or we are at work: a turn of the waiting room that is used.
AT_WORK: Final = UNSETTLED | {S.WAITING_PROVIDER}
# A charge that was not taken, or is not tried any more: a person collects it.
NOT_TAKEN: Final = UNSUCCESSFUL | {S.SKIPPED}
# What an operator may have to look at: states of a step, as words; `expired` where what its
# providers give had ended when it came, again and again; `late` where a provider's promise has
# passed.
EXPIRED: Final = "expired"
LATE: Final = "late"
ATTENTION: Final = frozenset(
    {
        EXPIRED,
        LATE,
        S.IN_REVIEW.value,
        S.IN_DOUBT.value,
        S.UNDO_FAILED.value,
        S.WAITING_PROVIDER.value,
    }
)


# Statuses of a checkout that no other one follows.
FINAL_STATUSES: Final = frozenset({"canceled", "completed"})


class IllegalMove(InternalFault):
    """A move that the table does not have: a bug of ours, never a customer's fault."""


def move(step: str, old: State, new: State) -> State:
    """The new state, or `IllegalMove`."""
    if new not in TRANSITIONS[old]:
        raise IllegalMove(f"step {step} cannot go from {old} to {new}")
    return new
