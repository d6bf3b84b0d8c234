"""What holds of every history of cases: held against a count of single pieces and pennies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.sales import FINANCED, SOLD, a_sale, with_case
from unshackled.domain.case import CaseKind, CaseRequest
from unshackled.domain.case_opening import (
    CaseRefused,
    CaseWish,
    SaleMoney,
    WantedLine,
    allowed,
    opening,
)
from unshackled.domain.case_terms import CaseBound, CaseTerms
from unshackled.domain.checkout import Checkout
from unshackled.domain.package import CreditChoice, Selection

NOW = datetime(2026, 3, 10, 12, tzinfo=ZoneInfo("Europe/London"))
KINDS: tuple[CaseKind, ...] = ("refund", "return", "withdrawal", "stop")
# What each kind is about, written down a second time.
ABOUT = {
    "refund": {"handset", "accessories"},
    "return": {"handset", "accessories", "tariff"},
    "withdrawal": {"credit"},
    "stop": {"tariff"},
}
PRICES = {"fern": 66_900, "case": 1_999, "film": 900}
NAMES = ("handset", "accessories", "tariff", "credit", "delivery")

selections = st.builds(
    Selection,
    handset=st.just("fern"),
    tariff=st.sampled_from(["sim", None]),
    credit=st.sampled_from([CreditChoice(plan="credit-20", deposit=4_900), None]),
    accessories=st.lists(st.sampled_from(["case", "film"]), max_size=4).map(tuple),
)
lines = st.builds(
    WantedLine,
    part=st.sampled_from(NAMES),
    sku=st.sampled_from([None, "fern", "case", "film", "sim"]),
    quantity=st.sampled_from([None, 0, 1, 2, 3]),
    amount=st.sampled_from([None, 0, 1, 900, 1_999, 3_998, 66_900, 66_901, -1]),
)


@dataclass
class Piece:
    """One thing that was bought: what it cost, and whether it came back or ended.

    `paid` is what the customer paid of it today.
    """

    part: str
    sku: str | None
    price: int
    paid: int
    gone: bool = False
    back: int = 0
    blocked: int = 0


@dataclass
class Shelf:
    """Every piece on its own, the purse that all money comes from, and the customer's wallet."""

    purse: int
    wallet: int
    pieces: list[Piece] = field(default_factory=list)

    @classmethod
    def of(cls, sale: Checkout, money: SaleMoney) -> Shelf:
        """What was picked, piece by piece."""
        picked = sale.selection
        shelf = cls(money.received, money.captured)
        paid = picked.credit.deposit if picked.credit else PRICES["fern"]
        shelf.pieces.append(Piece("handset", "fern", PRICES["fern"], paid))
        for one in picked.accessories:
            shelf.pieces.append(Piece("accessories", one, PRICES[one], PRICES[one]))
        shelf.pieces += [Piece("tariff", picked.tariff, 0, 0)] if picked.tariff else []
        shelf.pieces += [Piece("credit", None, 0, 0)] if picked.credit else []
        return shelf

    def of_line(self, part: str, sku: str | None) -> list[Piece]:
        """The pieces of a line; none where they are of several."""
        found = [one for one in self.pieces if one.part == part and sku in (None, one.sku)]
        return found if len({one.sku for one in found}) == 1 else []

    def takes(self, kind: str, line: WantedLine) -> bool:
        """Whether a case about this one line fits."""
        found = self.of_line(line.part, line.sku) if line.part in ABOUT[kind] else []
        here = [one for one in found if kind == "refund" or not one.gone]
        number = len(here) if line.quantity is None else line.quantity
        if not here or any(one.blocked for one in found) or not 0 < number <= len(here):
            return False
        each = here[0].paid if kind == "refund" else here[0].price
        rest = each * len(found) - sum(one.back for one in found)
        most = max(min(each * number, rest), 0)
        amount = most if line.amount is None else line.amount
        purse = min(self.purse, self.wallet) if kind == "refund" else self.purse
        return 0 <= amount <= most and amount <= purse and (kind != "refund" or amount > 0)

    def take(self, case: CaseRequest, *, over: bool) -> None:
        """Put a case on its pieces."""
        self.purse -= case.amount
        self.wallet -= case.amount
        for line in case.lines:
            found = self.of_line(line.part, line.sku)
            found[0].back += line.amount
            if case.kind != "refund":
                for one in [one for one in found if not one.gone][: line.quantity]:
                    one.gone = True
            if line.part == "handset" and case.kind == "return":
                found = found + self.of_line("credit", None)
                for one in found:
                    one.gone = True
            if not over:
                for one in found:
                    one.blocked += 1


def money_of(sale: Checkout, share: float) -> SaleMoney:
    """What came in: all of it, or only a part so far."""
    credit = sale.package.credit
    return SaleMoney(
        captured=int(sale.quote.due_today * share),
        financed=credit.amount if credit and share > 0.5 else 0,
        started={"completed": SOLD},
    )


def terms_of(kind: CaseKind) -> CaseTerms:
    """The retailer opens it at any time; a refund goes back to the customer's payment alone."""
    bound: CaseBound = "payment" if kind == "refund" else "received"
    return CaseTerms(kind=kind, by=("retailer",), up_to=bound)


def tried(sale: Checkout, money: SaleMoney, kind: CaseKind, wish: CaseWish) -> CaseRequest | None:
    """The case, or None where it is refused."""
    try:
        return opening(sale, money, terms_of(kind), wish, NOW)
    except CaseRefused:
        return None


wishes = st.tuples(
    st.sampled_from(KINDS), lines, st.sampled_from(["open", "completed", "completed", "canceled"])
)


@settings(max_examples=150, deadline=None)
@given(selections, st.sampled_from([1.0, 0.6, 0.0]), st.lists(wishes, max_size=8))
def test_a_case_is_opened_exactly_where_a_count_of_pieces_has_room_for_it(
    picked: Selection, share: float, history: list[Any]
) -> None:
    """Piece by piece and penny by penny: no more comes back than was bought and came in."""
    sale = a_sale(picked)
    money = money_of(sale, share)
    shelf = Shelf.of(sale, money)
    for kind, line, outcome in history:
        case = tried(sale, money, kind, CaseWish(by="retailer", lines=(line,)))
        assert (case is not None) == shelf.takes(kind, line), (kind, line)
        if case is None:
            continue
        sale = with_case(sale, case, outcome)
        if outcome != "canceled":
            shelf.take(case, over=outcome == "completed")
    counted = [run.opened for run in sale.runs.values() if run.canceled is None]
    assert sum(case.amount for case in counted) <= money.received
    for line in {(one.part, one.sku) for one in shelf.pieces}:
        of = shelf.of_line(*line)
        assert sum(one.back for one in of) <= sum(one.price for one in of)


@settings(max_examples=60, deadline=None)
@given(selections, st.lists(wishes, max_size=5), st.sampled_from(KINDS))
def test_what_is_said_to_be_allowed_is_and_one_more_is_not(
    picked: Selection, history: list[Any], kind: CaseKind
) -> None:
    """Each line that a refusal names can be opened as it is named; a penny or a piece more not."""
    sale = a_sale(picked)
    money = money_of(sale, 1.0)
    for of, line, outcome in history:
        case = tried(sale, money, of, CaseWish(by="retailer", lines=(line,)))
        sale = with_case(sale, case, outcome) if case else sale
    for line in allowed(sale, money, terms_of(kind), NOW).lines:
        named = WantedLine(part=line.part, sku=line.sku, quantity=line.quantity, amount=line.amount)
        case = tried(sale, money, kind, CaseWish(by="retailer", lines=(named,)))
        assert case is not None
        assert case.amount == line.amount
        for more in ({"quantity": line.quantity + 1}, {"amount": line.amount + 1}):
            larger = WantedLine(part=line.part, sku=line.sku, **{"quantity": line.quantity} | more)
            assert tried(sale, money, kind, CaseWish(by="retailer", lines=(larger,))) is None


@settings(max_examples=60, deadline=None)
@given(selections, st.integers(0, 80_000), st.sampled_from([1.0, 0.6]))
def test_a_sum_is_shared_out_to_the_penny(picked: Selection, amount: int, share: float) -> None:
    """A refund of a sum is that sum, never more of a line than it cost; or it is refused."""
    sale = a_sale(picked)
    money = money_of(sale, share)
    case = tried(sale, money, "refund", CaseWish(by="retailer", amount=amount))
    assert (case is not None) == (0 < amount <= money.captured)
    if case is not None:
        assert case.amount == amount == sum(line.amount for line in case.lines)
        assert all(0 < line.amount <= PRICES[line.sku or ""] * line.quantity for line in case.lines)


@given(st.integers(0, 60), st.integers(0, 40), st.sampled_from(get_args(CaseKind)))
def test_the_window_closes_after_its_last_day(within: int, after: int, kind: CaseKind) -> None:
    """Counted in days of the market: the one it starts on is day 0."""
    terms = CaseTerms(kind=kind, by=("retailer",), within=timedelta(days=within))
    at = SOLD.astimezone(NOW.tzinfo).replace(hour=23, minute=59) + timedelta(days=after)
    possible = allowed(a_sale(FINANCED), SaleMoney(started={"completed": SOLD}), terms, at)
    assert possible.until is not None
    assert (at < possible.until) == (after <= within)
