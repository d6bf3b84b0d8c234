"""Which cases may be opened: each reason to refuse, and what is said to be allowed instead."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.domain.sales import CASH, FINANCED, SOLD, a_sale, with_case
from unshackled.domain.case import CaseKind
from unshackled.domain.case_opening import (
    CaseAllowed,
    CaseRefused,
    CaseWish,
    SaleMoney,
    WantedLine,
    allowed,
    next_name,
    opening,
)
from unshackled.domain.case_terms import CaseTerms
from unshackled.domain.checkout import Cancellation, Checkout
from unshackled.domain.records import replace

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 3, 10, 12, tzinfo=LONDON)
# 49.00 deposit, accessories 48.98, 620.00 financed.
MONEY = SaleMoney(captured=9_798, financed=62_000, started={"completed": SOLD, "agreement": SOLD})
PAID = SaleMoney(captured=71_798, started={"completed": SOLD})
EVERYBODY = ("retailer", "customer", "operator", "flow")


def terms(kind: CaseKind, **more: Any) -> CaseTerms:
    """Terms on which everybody may open it, without an end."""
    return CaseTerms(kind=kind, **{"by": EVERYBODY, **more})


def refunds() -> CaseTerms:
    """Terms of a refund that goes back to the customer's payment alone."""
    return terms("refund", up_to="payment")


def wish(*lines: WantedLine, by: str = "retailer", **more: Any) -> CaseWish:
    """A wish about these lines."""
    return CaseWish(by=by, lines=lines, reason="changed_mind", **more)


def refusal(
    sale: Checkout, of: CaseTerms, wanted: CaseWish, money: SaleMoney = MONEY, at: datetime = NOW
) -> CaseRefused:
    """Why it is refused."""
    with pytest.raises(CaseRefused) as refused:
        opening(sale, money, of, wanted, at)
    return refused.value


def brief(possible: CaseAllowed) -> list[tuple[str, int, int]]:
    """Part, quantity and amount of each line."""
    return [(line.sku or line.part, line.quantity, line.amount) for line in possible.lines]


def test_a_return_without_lines_is_about_all_goods_at_their_prices() -> None:
    """Goods come back with what was paid and financed for them; the tariff ends beside them."""
    case = opening(a_sale(), MONEY, terms("return"), wish(by="customer"), NOW)
    assert case.case == "return-1"
    assert [(line.part, line.sku, line.quantity, line.amount) for line in case.lines] == [
        ("handset", "fern", 1, 66_900),
        ("accessories", "case", 2, 3_998),
        ("accessories", "film", 1, 900),
        ("tariff", "sim", 1, 0),
    ]
    assert case.amount == 71_798 == MONEY.received
    assert (case.opened_by, case.currency, case.reason) == ("customer", "GBP", "changed_mind")
    assert case.opened_at == NOW


def test_a_retailer_names_a_smaller_amount() -> None:
    """One of two cases comes back, worn: less than its price."""
    line = WantedLine(part="accessories", sku="case", quantity=1, amount=1_000)
    case = opening(a_sale(), MONEY, terms("return"), wish(line), NOW)
    assert [(one.quantity, one.amount) for one in case.lines] == [(1, 1_000)]


def test_a_sum_without_lines_is_shared_out() -> None:
    """Goodwill of 700.00 is the whole handset, and what is left of it off the cases."""
    case = opening(a_sale(CASH), PAID, refunds(), wish(amount=70_000), NOW)
    assert [(one.sku, one.amount) for one in case.lines] == [("fern", 66_900), ("case", 3_100)]


def test_withdrawal_from_credit_moves_no_money_of_the_retailer() -> None:
    """Its line is the credit, and what is owed to the lender is the lender's to say."""
    line = WantedLine(part="credit")
    case = opening(a_sale(), MONEY, terms("withdrawal"), wish(line, by="customer"), NOW)
    assert [(one.part, one.amount) for one in case.lines] == [("credit", 0)]
    assert case.amount == 0


@pytest.mark.parametrize("line", ["television", "credit", "accessories", "trade_in", "tariff"])
def test_what_is_no_line_of_the_sale_is_refused(line: str) -> None:
    """Neither a part that there is not, nor one this kind is not about, nor one of several."""
    found = refusal(a_sale(), refunds(), wish(WantedLine(part=line)))
    assert found.code == "case_line_unknown"
    assert brief(found.allowed) == [("fern", 1, 4_900), ("case", 2, 3_998), ("film", 1, 900)]


def test_a_refund_is_about_what_the_customer_paid() -> None:
    """Of a handset on credit the deposit; what the lender paid for comes back with the goods."""
    case = opening(a_sale(), MONEY, refunds(), wish(), NOW)
    assert [(one.sku, one.amount) for one in case.lines] == [
        ("fern", 4_900),
        ("case", 3_998),
        ("film", 900),
    ]
    assert case.amount == MONEY.captured


def test_what_a_return_gave_to_the_lender_leaves_the_payment_its_own() -> None:
    """A handset came back to its lender alone: what was paid for accessories can be refunded."""
    line = WantedLine(part="handset", amount=62_000)
    back = opening(a_sale(), MONEY, terms("return"), wish(line), NOW)
    sale = with_case(a_sale(), back, "completed")
    found = refusal(sale, refunds(), wish(amount=1))
    assert found.code == "case_nothing_left", "while it is not known where the money went"
    known = replace(MONEY, to_payment={"return-1": 0})
    case = opening(sale, known, refunds(), wish(), NOW)
    assert case.amount == 4_898


def test_goods_that_were_not_bought_are_refused() -> None:
    """Another SKU is not of this sale; and where no credit is, none can be withdrawn from."""
    other = WantedLine(part="accessories", sku="charger")
    assert refusal(a_sale(), terms("return"), wish(other)).code == "case_line_unknown"
    cash, credit = a_sale(CASH), WantedLine(part="credit")
    assert refusal(cash, terms("withdrawal"), wish(credit)).code == "case_line_unknown"


def test_a_line_named_twice_is_refused() -> None:
    """Once with its SKU and once without is twice, too."""
    lines = (WantedLine(part="handset"), WantedLine(part="handset", sku="fern"))
    assert refusal(a_sale(), terms("return"), wish(*lines)).code == "case_line_unknown"


def test_more_than_was_bought_less_returned_is_refused() -> None:
    """Of two cases one came back: another one may, two may not."""
    line = WantedLine(part="accessories", sku="case", quantity=1)
    first = opening(a_sale(), MONEY, terms("return"), wish(line), NOW)
    sale = with_case(a_sale(), first, "completed")
    found = refusal(sale, terms("return"), wish(replace(line, quantity=2)))
    assert found.code == "case_quantity_too_high"
    assert ("case", 1, 1_999) in brief(found.allowed)
    second = opening(sale, MONEY, terms("return"), wish(line), NOW)
    assert (second.case, second.amount) == ("return-2", 1_999)


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_quantity_below_one_is_refused(quantity: int) -> None:
    """Nothing cannot come back."""
    line = WantedLine(part="handset", quantity=quantity)
    assert refusal(a_sale(), terms("return"), wish(line)).code == "case_quantity_too_high"


@pytest.mark.parametrize(
    ("kind", "amount"), [("return", 66_901), ("refund", 4_901), ("return", -1)]
)
def test_more_than_the_price_of_a_line_is_refused(kind: CaseKind, amount: int) -> None:
    """Neither more than it cost, or the customer paid of it, nor less than nothing goes back."""
    line = WantedLine(part="handset", amount=amount)
    of = refunds() if kind == "refund" else terms(kind)
    found = refusal(a_sale(), of, wish(line))
    assert found.code == "case_amount_too_high"


def test_a_second_open_case_on_a_line_is_refused() -> None:
    """The open one is named; the other lines are free, and all are once it was canceled."""
    line = WantedLine(part="handset", amount=100)
    first = opening(a_sale(), MONEY, refunds(), wish(line), NOW)
    found = refusal(with_case(a_sale(), first), terms("return"), wish(WantedLine(part="handset")))
    assert (found.code, found.case) == ("case_open", "refund-1")
    assert "fern" not in [name for name, *_ in brief(found.allowed)]
    freed = with_case(a_sale(), first, "canceled")
    again = opening(freed, MONEY, refunds(), wish(line), NOW)
    assert again.case == "refund-2", "a name is never used twice"


def test_what_went_back_once_does_not_go_back_again() -> None:
    """After 100.00 off the handset its return brings the rest."""
    line = WantedLine(part="handset", amount=10_000)
    first = opening(a_sale(CASH), PAID, refunds(), wish(line), NOW)
    sale = with_case(a_sale(CASH), first, "completed")
    second = opening(sale, PAID, terms("return"), wish(WantedLine(part="handset")), NOW)
    assert second.amount == 56_900


def test_no_more_than_came_in_goes_back() -> None:
    """While the lender has not paid, only what the customer paid can go back."""
    unpaid = replace(MONEY, financed=0)
    found = refusal(a_sale(), terms("return"), wish(), unpaid)
    assert (found.code, found.allowed.amount) == ("case_amount_too_high", 9_798)
    part = opening(a_sale(), unpaid, refunds(), wish(amount=9_798), NOW)
    assert part.amount == 9_798


def test_nothing_left_is_said() -> None:
    """Of what went back in full nothing can be refunded."""
    whole = opening(a_sale(), MONEY, terms("return"), wish(), NOW)
    sale = with_case(a_sale(), whole, "completed")
    assert refusal(sale, refunds(), wish()).code == "case_nothing_left"
    blocked = refusal(with_case(a_sale(), whole), refunds(), wish())
    assert (blocked.code, blocked.case) == ("case_open", "return-1")


def test_credit_ends_with_the_handset_and_not_the_other_way() -> None:
    """A return ends the loan; who withdrew from the loan still has a phone to give back."""
    back = opening(a_sale(), MONEY, terms("return"), wish(WantedLine(part="handset")), NOW)
    credit = WantedLine(part="credit")
    open_return = with_case(a_sale(), back)
    assert refusal(open_return, terms("withdrawal"), wish(credit)).code == "case_open"
    returned = with_case(a_sale(), back, "completed")
    assert refusal(returned, terms("withdrawal"), wish(credit)).code == "case_quantity_too_high"
    ended = opening(a_sale(), MONEY, terms("withdrawal"), wish(credit), NOW)
    withdrawn = with_case(a_sale(), ended)
    handset = wish(WantedLine(part="handset"))
    assert opening(withdrawn, MONEY, terms("return"), handset, NOW).case == "return-1"


def test_day_13_and_14_are_in_time_and_day_15_is_not() -> None:
    """The day of the agreement does not count; the last day counts to its midnight in London."""
    of = terms("withdrawal", within=timedelta(days=14), from_="agreement")
    midnight = datetime(2026, 3, 17, tzinfo=LONDON)
    for at in (datetime(2026, 3, 15, tzinfo=LONDON), midnight - timedelta(microseconds=1)):
        assert opening(a_sale(), MONEY, of, wish(by="customer"), at).kind == "withdrawal"
    found = refusal(a_sale(), of, wish(by="customer"), at=midnight)
    assert (found.code, found.allowed.until) == ("case_window_closed", midnight)
    assert found.allowed.lines == (), "nothing is allowed any more"


@pytest.mark.parametrize("by", ["customer", "flow", "operator", "somebody"])
def test_only_who_the_flow_names_may_open_it(by: str) -> None:
    """The refusal names who may."""
    found = refusal(a_sale(), terms("refund", by=("retailer",)), wish(by=by))
    assert (found.code, found.openers) == ("case_opener_not_allowed", ("retailer",))


def test_a_customer_names_no_amount() -> None:
    """What is given back is not theirs to say, for the whole or for a line."""
    line = WantedLine(part="handset", amount=100)
    for wanted in (wish(line, by="customer"), wish(amount=100, by="customer")):
        assert refusal(a_sale(), terms("return"), wanted).code == "case_amount_not_taken"


def test_one_amount_for_all_and_one_for_a_line_do_not_go_together() -> None:
    """Which of them counts would be a guess."""
    found = refusal(a_sale(), refunds(), wish(WantedLine(part="handset", amount=1), amount=1))
    assert found.code == "case_amount_not_taken"


@pytest.mark.parametrize("canceled", [False, True])
def test_only_a_completed_checkout_has_cases(canceled: bool) -> None:
    """Before the order there is nothing to give back; a canceled one was taken back."""
    ended = Cancellation(code="expired", by="clock", at=SOLD) if canceled else None
    sale = replace(a_sale(), completed_at=None, canceled=ended)
    assert refusal(sale, refunds(), wish()).code == "checkout_not_completed"


def test_names_count_on_for_each_kind() -> None:
    """A kind with an underscore counts like the others."""
    known = ["refund-1", "refund-9", "trade_in-2", "return-1"]
    assert next_name("refund", known) == "refund-10"
    assert next_name("trade_in", known) == "trade_in-3"
    assert next_name("stop", known) == "stop-1"


def test_what_is_allowed_is_told_beforehand() -> None:
    """What a page offers is what the rule takes."""
    possible = allowed(a_sale(FINANCED), MONEY, terms("stop", within=timedelta(days=5)), NOW)
    assert brief(possible) == []
    possible = allowed(a_sale(FINANCED), MONEY, terms("stop"), NOW)
    assert brief(possible) == [("sim", 1, 0)]
