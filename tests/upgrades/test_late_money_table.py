"""The money table of agreements that are settled after the inspection, in the lender's own book."""

from __future__ import annotations

from itertools import product
from typing import Any, Final, get_args

import pytest

from tests.upgrades.test_money_table import LONDON, PACKAGE_DUE, RULES, Desk, _facts
from unshackled.domain.case import CaseRequest
from unshackled.domain.customer import TradeInAnswer
from unshackled.domain.upgrade import Covers, NotReturned, PaidBy, Programme, SurplusUse
from unshackled.domain.upgrade_shares import Ending
from unshackled.ports.credit import AgreementStanding, SettlementDue
from unshackled.ports.late_settlement_rules import (
    EndingFacts,
    LateSettlementFacts,
    late_settlement,
    trade_in_ending,
)
from unshackled.ports.outcome import Passed
from unshackled.ports.trade_in_rules import (
    DeviceRegraded,
    TradeInFacts,
    TradeInOutcome,
    trade_in_outcome,
)
from unshackled.ports.upgrade_rules import upgrade_eligibility
from unshackled.sdk.standin_rest import StandInError
from unshackled.testing.samples import QUOTE, sample

PROMISED: Final = 20_000
LEFT_PAID_BY: Final[tuple[PaidBy, ...]] = ("customer", "retailer")
PROGRAMMES: Final = [
    Programme(
        name="late",
        months=24,
        min_repayments=12,
        left_paid_by=left,
        trade_in_covers=covers,
        surplus=surplus,
        settles="after_inspection",
        not_returned=away,
    )
    for left, covers, surplus, away in product(
        LEFT_PAID_BY, get_args(Covers), get_args(SurplusUse), get_args(NotReturned)
    )
]
# What was found of a device that was to be worth 20,000, how the customer answered, how it ends.
FOUND: Final[list[tuple[int | None, bool | None, Ending]]] = [
    (20_000, None, "accepted"),
    (26_000, None, "accepted"),
    (9_000, True, "accepted"),
    (9_000, False, "sent_back"),
    (None, None, "not_returned"),
]


def _standing(desk: Desk, agreement: str) -> AgreementStanding:
    told = desk.standing(agreement)
    assert isinstance(told, Passed)
    return told.output


def _ordered(standing: AgreementStanding, programme: Programme) -> SettlementDue:
    verdict = upgrade_eligibility(_facts(standing, programme, PROMISED), LONDON, RULES)
    assert isinstance(verdict, Passed)
    return verdict.output


def _passed(outcome: Any) -> Any:
    assert isinstance(outcome, Passed)
    return outcome.output


def _regraded(worth: int | None) -> DeviceRegraded:
    return DeviceRegraded(
        promised=PROMISED,
        worth=worth or 0,
        arrived=worth is not None,
        lower=worth is not None and worth < PROMISED,
        currency=sample(CaseRequest).currency,
    )


@pytest.mark.parametrize("kind", ["paid up", "at 9.9 % APR"])
@pytest.mark.parametrize("made", [12, 17, 22])
def test_the_lender_gets_its_figure_of_then_or_nothing(made: int, kind: str) -> None:
    """A repayment later, for every programme and every ending; a minor unit less is refused.

    Whoever pays, all that was paid and received comes to the same as if it was known before.
    """
    digit = {"paid up": 0, "at 9.9 % APR": 4}[kind]
    for number, (programme, found) in enumerate(product(PROGRAMMES, FOUND)):
        desk, agreement = Desk(), f"AGR-2{made:02}{number % 100:02}{digit}"
        due = _ordered(_standing(desk, agreement), programme)
        desk.agreements.live[agreement]["repayments_made"] += 1
        worth, accept, ending = found
        answer = TradeInAnswer(accept=accept) if accept is not None else None
        facts = EndingFacts(regraded=_regraded(worth), answer=answer, settlement=due)
        decided = _passed(trade_in_ending(facts, LONDON, RULES))
        assert decided.ending == ending
        now = _standing(desk, agreement) if decided.settles else None
        asked = TradeInFacts(
            regraded=_regraded(worth),
            quote=QUOTE,
            answer=answer,
            settlement=due,
            standing=now,
            handset=None,
            credit=None,
        )
        after = _passed(trade_in_outcome(asked, LONDON, RULES))
        assert after.differs(asked) is None
        _settled(desk, after, now)
        _balanced(due, after, now)


def _settled(desk: Desk, after: TradeInOutcome, now: AgreementStanding | None) -> None:
    """Its figure of now once, in the lender's own book; of one that goes on there is no row."""
    if now is None:
        assert (after.settle, after.settlement, after.goes_on) == (0, None, True)
        return
    sent = _passed(late_settlement(LateSettlementFacts(outcome=after), LONDON, RULES))
    assert sent.to_lender == after.settle == now.settlement_figure
    with pytest.raises(StandInError, match="settlement_too_small"):
        desk.settle(sent, less=1)
    assert desk.settle(sent) == now.settlement_figure


def _balanced(due: SettlementDue, after: TradeInOutcome, now: AgreementStanding | None) -> None:
    """What the customer paid in the end: nothing of an agreement that goes on, else their part."""
    assert due.shares is not None
    paid = due.shares.due_today - after.pay_out + after.charge
    if now is None:
        assert paid == 0
        return
    assert after.settlement is not None
    shares = after.settlement.shares
    assert shares is not None
    assert (shares.settlement, shares.value) == (now.settlement_figure, after.worth)
    assert paid == shares.customer - shares.price - shares.pay_out
    comes, goes = paid + after.worth, after.settle
    assert comes - goes == shares.forfeit - shares.retailer
    assert 0 <= shares.price <= PACKAGE_DUE
