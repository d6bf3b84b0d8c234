"""Facts of a case itself: what was asked for, and what other cases of its sale moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from unshackled.domain.case import CaseRequest
from unshackled.domain.case_money import (
    CaseHistory,
    CaseMoney,
    InstalmentsRefund,
    Origin,
    Origins,
    history_of,
    with_instalments,
)
from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import decode
from unshackled.domain.facts import Fact
from unshackled.domain.personal import fields_of
from unshackled.domain.run_records import Run, StepState
from unshackled.domain.runs import RunView
from unshackled.domain.states import REPORTED, S

CASE_FACTS: Final[tuple[type[Fact], ...]] = (CaseRequest, CaseHistory)
# The operation by which the credit of a sale is drawn.
_DRAWING: Final = ("credit.activate",)
# Where each share goes back to, by two fields of the output that tells it: the provider's number,
# which no other output has, and the amount.
_OUTPUTS: Final[Mapping[Origin, tuple[str, str]]] = {
    "payment": ("refund", "amount"),
    "lender": ("agreement", "lender"),
    "trade_in": ("payout", "amount"),
}


def fact_of_case(run: Checkout, fact: type[Fact]) -> Fact | None:
    """The fact of a case; None of a purchase."""
    if not isinstance(run, RunView):
        return None
    return case_history(run) if fact is CaseHistory else run.case


def case_history(view: RunView) -> CaseHistory:
    """What the other cases move by now, and when the credit was drawn.

    Of two that are open at once the one that was opened first may be decided last, so all count;
    for the digest of a step none of it does.
    """
    drawn = view.followed(_DRAWING)
    drawn_at = drawn[1].updated_at if drawn is not None else None
    others = (moved_by(run) for name, run in view.sale.runs.items() if name != view.run)
    return history_of((money for money in others if money is not None), drawn_at)


def moved_by(run: Run) -> CaseMoney | None:
    """What a case moves: what it decided, or what its providers reported where that is more.

    More may be reported while a person looks at it, and stays where they accept it. One that was
    canceled decided nothing. None where nothing is known.
    """
    decided = [] if run.canceled is not None else [*_decided_by(run)]
    reported = reported_by(run)
    if not decided and not reported.total:
        return None
    known = history_of(decided)
    return CaseMoney(
        payment=max(known.payment, reported.payment),
        lender=max(known.lender, reported.lender),
        trade_in=max(known.trade_in, reported.trade_in),
        customer=known.customer,
        owed=known.withdrawn,
        currency=run.opened.currency,
    )


def beyond(run: Run) -> int:
    """How much more than was decided went back in a case, as its providers reported it.

    A flow without the rule decides by what the case is about.
    """
    reported, decided = reported_by(run), [*_decided_by(run)]
    if run.canceled is not None:
        return reported.total
    if not decided:
        return max(0, reported.total - run.opened.amount)
    known = history_of(decided)
    return sum(max(0, getattr(reported, origin) - getattr(known, origin)) for origin in _OUTPUTS)


def reported_by(run: Run) -> Origins:
    """What went back in a case to where it came from, by the outputs of its steps."""
    sums: Counter[str] = Counter()
    for state in run.steps.values():
        for origin, (number, amount) in _OUTPUTS.items():
            told = state.output if state.state in REPORTED else None
            if told is not None and number in told and isinstance(told.get(amount), int):
                sums[origin] += told[amount]
    return Origins(**sums)


def _decided_by(run: Run) -> Iterator[CaseMoney]:
    """What a case decided to move: an output that says exactly what case money says.

    Its flow may be one of years ago, which need not be at hand to know that.
    """
    outputs = [dict(one.output) for one in run.steps.values() if _counts(one) and one.output]
    known = next((one for one in outputs if _is_instalments(one)), None)
    instalments = decode(InstalmentsRefund, known) if known is not None else None
    for output in outputs:
        if _is_money(output):
            yield with_instalments(decode(CaseMoney, output), instalments)


def _counts(state: StepState) -> bool:
    return state.state is S.PASSED


def _is_instalments(output: Mapping[str, Any]) -> bool:
    return {"customer", "currency"} <= output.keys() <= fields_of(InstalmentsRefund).keys()


def _is_money(output: Mapping[str, Any]) -> bool:
    return {"payment", "lender", "owed"} <= output.keys() <= fields_of(CaseMoney).keys()
