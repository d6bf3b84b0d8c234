"""Facts of a case itself: what was asked for, and what other cases of its sale moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from unshackled.domain.case import CaseRequest
from unshackled.domain.case_money import (
    CaseHistory,
    CaseMoney,
    InstalmentsRefund,
    history_of,
    with_instalments,
)
from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import decode
from unshackled.domain.facts import Fact
from unshackled.domain.personal import fields_of
from unshackled.domain.run_records import Run, StepState
from unshackled.domain.runs import RunView
from unshackled.domain.states import S

CASE_FACTS: Final[tuple[type[Fact], ...]] = (CaseRequest, CaseHistory)
# The operation by which the credit of a sale is drawn.
_DRAWING: Final = ("credit.activate",)


def fact_of_case(run: Checkout, fact: type[Fact]) -> Fact | None:
    """The fact of a case; None of a purchase."""
    if not isinstance(run, RunView):
        return None
    return case_history(run) if fact is CaseHistory else run.case


def case_history(view: RunView) -> CaseHistory:
    """What the other cases have decided to move by now, and when the credit was drawn.

    One that was canceled moved nothing. Of two that are open at once the one that was opened first
    may be decided last, so all count; for the digest of a step none of it does.
    """
    drawn = view.followed(_DRAWING)
    drawn_at = drawn[1].updated_at if drawn is not None else None
    others = (run for name, run in view.sale.runs.items() if name != view.run)
    return history_of(
        (money for run in others if run.canceled is None for money in moved_by(run)), drawn_at
    )


def moved_by(run: Run) -> Iterator[CaseMoney]:
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
