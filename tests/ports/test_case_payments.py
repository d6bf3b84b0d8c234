"""The rule `case_money`: what a case moves, from what the sale's providers said."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from unshackled.domain.case import CaseLine, CaseRequest
from unshackled.domain.case_money import CaseHistory, InstalmentsRefund
from unshackled.domain.catalogue import CreditPlan
from unshackled.domain.loan import terms_of
from unshackled.domain.package import HandsetLine
from unshackled.domain.quote import Quote
from unshackled.domain.records import replace
from unshackled.markets import market_pack
from unshackled.ports.case_payments import CaseFacts, CaseSums, case_money
from unshackled.ports.credit import AgreementStanding, CreditActivated, CreditEnded, EndCredit
from unshackled.ports.credit_statement import AskStatement, CreditStatement, InstalmentFacts
from unshackled.ports.outcome import Declined, Passed
from unshackled.ports.payment import PaymentCaptured, PaymentCharged
from unshackled.steps.rule import RULES
from unshackled.testing.samples import sample

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 12, 13, 9, 0, tzinfo=LONDON)
GB = market_pack("GB").on(NOW.date())
PLAN = CreditPlan(code="credit-24", title="24 months", months=24, apr_percent=Decimal("9.9"))
TERMS = terms_of(PLAN, 66_900, 4_900)
HANDSET = HandsetLine(sku="handset-mid", title="Fern", price=71_800)


def _asked(amount: int, kind: Any = "refund") -> CaseRequest:
    line = CaseLine(part="handset", sku="handset-mid", quantity=1, amount=amount)
    return CaseRequest(
        case=f"{kind}-1",
        kind=kind,
        lines=(line,),
        amount=amount,
        currency="GBP",
        reason="faulty",
        opened_at=NOW,
        opened_by="retailer",
    )


def _facts(amount: int = 0, kind: str = "refund", **changes: Any) -> CaseFacts:
    """A handset of £718 with £49 deposit on credit, live since 30 November."""
    facts = CaseFacts(
        case=_asked(amount, kind),
        quote=replace(sample(Quote), rate_percent=Decimal("9.9")),
        terms=TERMS,
        handset=HANDSET,
        charged=PaymentCharged(payment="PAY-1", amount=4_900, currency="GBP"),
        captured=None,
        activated=CreditActivated(agreement="AGR-1", amount=66_900),
        standing=None,
        history=CaseHistory(drawn_at=datetime(2026, 11, 30, 12, 0, tzinfo=UTC)),
    )
    return replace(facts, **changes)


def _standing(repayments: int, started: datetime | None = None) -> AgreementStanding:
    return replace(
        sample(AgreementStanding),
        repayments_made=repayments,
        started=started or datetime(2026, 11, 30, 12, 0, tzinfo=UTC),
    )


def _money(facts: CaseFacts) -> CaseSums:
    outcome = case_money(facts, NOW, GB)
    assert isinstance(outcome, Passed)
    return outcome.output


def test_a_partial_refund_goes_to_the_card_first_and_then_to_the_lender() -> None:
    """Of £100 the £49 deposit goes back to the payment and £51 to the lender."""
    assert _money(_facts(10_000)) == CaseSums(payment=4_900, lender=5_100, currency="GBP")


def test_the_flow_may_say_that_the_credit_goes_back_first() -> None:
    """`with: {first: lender}` lowers the agreement and leaves the deposit."""
    assert _money(_facts(10_000, first="lender")) == CaseSums(lender=10_000, currency="GBP")


@pytest.mark.parametrize(
    ("lines", "payment", "lender"),
    [
        ({"handset": 71_800}, 4_900, 66_900),
        ({"accessories": 2_000}, 2_000, 0),
        ({"handset": 71_800, "accessories": 2_000}, 6_900, 66_900),
    ],
)
def test_each_line_goes_back_by_what_it_was_paid_with(
    lines: dict[str, int], payment: int, lender: int
) -> None:
    """`with: {first: lines}`: accessories were paid at once, and credit ends with its handset."""
    case = _asked(sum(lines.values()), "return")
    case = replace(
        case,
        lines=tuple(
            CaseLine(part=part, sku=None, quantity=1, amount=amount)
            for part, amount in lines.items()
        ),
    )
    paid = PaymentCharged(payment="PAY-1", amount=6_900, currency="GBP")
    money = _money(replace(_facts(first="lines", charged=paid), case=case))
    assert (money.payment, money.lender) == (payment, lender)


def test_a_flow_may_give_back_only_what_was_paid_at_the_payment() -> None:
    """`with: {only: payment}`: £49 goes, and a penny of the credit beside it does not."""
    assert _money(_facts(4_900, only="payment")).payment == 4_900
    beyond = case_money(_facts(4_901, only="payment"), NOW, GB)
    assert beyond == Declined(code="more_than_paid")


def test_a_whole_return_gives_the_lender_its_credit_and_the_customer_their_instalments() -> None:
    """Two instalments were paid: the lender is given £669 and hands those two on."""
    money = _money(_facts(71_800, "return", standing=_standing(2)))
    assert (money.payment, money.lender) == (4_900, 66_900)
    assert money.customer == sum(TERMS.instalments.amounts[:2])


@pytest.mark.parametrize("paid", [0, 1, 5_574, 66_900])
def test_what_the_lenders_account_says_is_paid_counts_before_its_count_of_payments(
    paid: int,
) -> None:
    """An early payment of any sum is in the account, and in no count of instalments."""
    account = sample(CreditStatement, paid=paid)
    money = _money(_facts(71_800, "return", standing=_standing(2), statement=account))
    assert (money.lender, money.customer) == (66_900, paid)
    withdrawn = _money(_facts(kind="withdrawal", statement=account))
    assert withdrawn.owed - withdrawn.customer == 67_136 - paid


@pytest.mark.parametrize(
    ("lender", "paid", "before", "customer"),
    [
        (66_900, 0, (0, 0), 0),
        (66_900, 5_574, (0, 0), 5_574),
        (60_000, 5_574, (0, 0), 0),
        (62_000, 5_574, (0, 0), 674),
        (4_900, 5_574, (62_000, 674), 4_900),
        (66_900, 70_000, (0, 0), 70_000),
    ],
)
def test_instalments_go_back_once_the_lender_has_more_than_is_left(
    lender: int, paid: int, before: tuple[int, int], customer: int
) -> None:
    """By its account of the day, after what earlier cases gave back."""
    facts = InstalmentFacts(
        case=_asked(lender, "return"),
        money=CaseSums(lender=lender, currency="GBP"),
        statement=sample(CreditStatement, paid=paid),
        activated=CreditActivated(agreement="AGR-1", amount=66_900),
        terms=TERMS,
        history=CaseHistory(lender=before[0], customer=before[1]),
    )
    told = RULES["case_instalments"].decide(facts, NOW, GB)
    assert isinstance(told, Passed)
    assert told.output == InstalmentsRefund(
        customer=customer, currency="GBP", as_of=date(2026, 12, 1)
    )
    silent = RULES["case_instalments"].decide(replace(facts, statement=None), NOW, GB)
    assert isinstance(silent, Passed)
    assert silent.output == InstalmentsRefund(customer=0, currency="GBP")


@pytest.mark.parametrize(("handed_on", "agrees"), [(5_574, True), (5_575, True), (0, False)])
def test_the_end_of_credit_is_held_against_the_instalments_that_were_paid(
    handed_on: int, *, agrees: bool
) -> None:
    """The lender's sum may round, and one without them is for a person."""
    request = EndCredit(
        case=_asked(71_800, "return"),
        money=CaseSums(lender=66_900, currency="GBP"),
        instalments=InstalmentsRefund(customer=5_574, currency="GBP"),
    )
    ended = CreditEnded(agreement="AGR-1", currency="GBP", lender=66_900, customer=handed_on)
    assert (ended.differs(request) is None) is agrees


def test_an_account_of_another_agreement_is_for_a_person() -> None:
    """Whose instalments it tells of is not known."""
    asked = AskStatement(
        case=_asked(100), activated=CreditActivated(agreement="AGR-1", amount=66_900)
    )
    assert sample(CreditStatement, agreement="AGR-1").differs(asked) is None
    assert sample(CreditStatement, agreement="AGR-2").differs(asked) is not None


@pytest.mark.parametrize(("way", "value"), [("value", 2_000), ("device", 0)])
def test_a_trade_in_goes_back_as_its_value_or_itself(way: Any, value: int) -> None:
    """An old device that paid £20 of the price: its value, or no money where it goes back."""
    dearer = replace(HANDSET, price=73_800)
    money = _money(_facts(73_800, "return", handset=dearer, trade_in=way))
    assert (money.payment, money.lender, money.trade_in) == (4_900, 66_900, value)


def test_what_was_captured_counts_as_what_was_charged() -> None:
    """A payment that was held first, and taken after the order, goes back the same."""
    taken = PaymentCaptured(payment="PAY-1", amount=4_900, currency="GBP")
    assert _money(_facts(4_900, charged=None, captured=taken)).payment == 4_900


@pytest.mark.parametrize(
    "changes",
    [
        {"history": CaseHistory(payment=4_900, lender=66_801)},
        {"charged": None, "activated": None},
        {"activated": None, "history": CaseHistory(payment=4_801)},
    ],
)
def test_a_case_beyond_what_is_left_of_what_was_paid_is_declined(changes: dict[str, Any]) -> None:
    """Given back already, never taken, or never lent: £1 has nowhere to come from."""
    assert case_money(_facts(100, **changes), NOW, GB) == Declined(code="more_than_paid")


def test_a_withdrawal_on_the_thirteenth_day_is_the_capital_and_thirteen_days_of_interest() -> None:
    """66,900 x 9.9 x 13 / 36,500 = 235.89: £671.36, to be repaid by 12 January."""
    assert _money(_facts(kind="withdrawal")) == CaseSums(
        interest=236,
        interest_by_day=Decimal("18.15"),
        owed=67_136,
        currency="GBP",
        repay_by=date(2027, 1, 12),
        capital=66_900,
        drawn_on=date(2026, 11, 30),
    )


def test_the_lenders_day_of_the_drawdown_counts_before_ours() -> None:
    """It was drawn at 23:30 UTC on 1 December, in London the same day: 12 days, 217.75."""
    begun = _standing(0, datetime(2026, 12, 1, 23, 30, tzinfo=UTC))
    assert _money(_facts(kind="withdrawal", standing=begun)).interest == 218


def test_days_are_those_of_the_markets_calendar() -> None:
    """23:30 UTC is the next day in London in summer: one day of interest fewer."""
    summer = datetime(2026, 7, 14, 9, 0, tzinfo=LONDON)
    late = _standing(0, datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    outcome = case_money(_facts(kind="withdrawal", standing=late), summer, GB)
    assert isinstance(outcome, Passed)
    assert outcome.output.interest == 236  # 13 days since 1 July


def test_an_instalment_that_was_paid_lowers_what_is_owed() -> None:
    """Nobody repays it and is paid it back."""
    money = _money(_facts(kind="withdrawal", standing=_standing(1)))
    assert (money.owed, money.customer) == (67_136 - TERMS.instalments.amounts[0], 0)


@pytest.mark.parametrize("figure", [67_135, 67_136, 67_137])
def test_the_lenders_figure_counts_where_it_is_ours_but_for_rounding(figure: int) -> None:
    """A minor unit either way is the lender's to say, and nobody has to look."""
    told = replace(_standing(0), settlement_figure=figure)
    facts = _facts(kind="withdrawal", standing=told)
    money = _money(facts)
    assert (money.owed, money.differs(facts)) == (figure, None)


@pytest.mark.parametrize("figure", [67_134, 67_138, 66_900])
def test_a_lenders_figure_that_is_far_from_ours_is_for_a_person(figure: int) -> None:
    """Ours stands in the record, and the difference is said."""
    told = replace(_standing(0), settlement_figure=figure)
    facts = _facts(kind="withdrawal", standing=told)
    money = _money(facts)
    assert money.owed == 67_136
    assert money.differs(facts) == f"owed {figure} by the lender where 67136 was worked out"


def test_credit_without_interest_is_repaid_as_it_was_lent() -> None:
    """0 %: the capital, to the penny."""
    free = replace(sample(Quote), rate_percent=Decimal(0))
    money = _money(_facts(kind="withdrawal", quote=free))
    assert (money.owed, money.interest) == (66_900, 0)


def test_what_was_never_drawn_is_not_owed() -> None:
    """The application is withdrawn before the agreement is live: nothing to repay."""
    assert _money(_facts(kind="withdrawal", activated=None)).owed == 0


def test_what_went_back_to_the_lender_before_is_not_owed_again() -> None:
    """A refund of £100 of the credit, then a withdrawal: capital and interest of the rest."""
    before = CaseHistory(lender=10_000, drawn_at=datetime(2026, 11, 30, 12, 0, tzinfo=UTC))
    money = _money(_facts(kind="withdrawal", history=before))
    assert money.owed == 56_900 + 201  # 56,900 x 9.9 x 13 / 36,500 = 200.63


def test_an_inspected_devices_value_goes_to_the_customer() -> None:
    """A case `trade_in` is about what the old device is worth in the end."""
    assert _money(_facts(3_000, "trade_in")) == CaseSums(trade_in=3_000, currency="GBP")


def test_flows_write_the_rule_by_its_name() -> None:
    """`rule: case_money` is this one."""
    law = RULES["case_money"]
    assert law.decide(_facts(100), NOW, GB) == case_money(_facts(100), NOW, GB)
