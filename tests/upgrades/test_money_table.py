"""The money table of upgrades: who pays what to whom, against the lender stand-in's own book.

The lender works its figures out by itself, and takes no minor unit less: what our rules answer is
sent to it as the adapter writes it.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

import orjson
import pytest

from unshackled.domain.customer import DeviceReturn
from unshackled.domain.package import CreditTerms, HandsetLine, PaysOff
from unshackled.domain.records import replace
from unshackled.domain.upgrade import Covers, PaidBy, Programme, SurplusUse
from unshackled.domain.upgrade_shares import UpgradeShares, upgrade_shares
from unshackled.markets import market_pack
from unshackled.ports.credit import AgreementStanding, SettleCredit, SettlementDue
from unshackled.ports.outcome import Declined, Outcome, Passed
from unshackled.ports.trade_in import DeviceValued
from unshackled.ports.upgrade_rules import UpgradeFacts, upgrade_eligibility
from unshackled.sdk import Call
from unshackled.sdk.standin import StandIn
from unshackled.sdk.standin_rest import StandInError, StandInRequest
from unshackled.testing.samples import NOW, sample
from unshackled_adapters.lender import bodies, mapping
from unshackled_adapters.lender.fake_agreements import Agreements

LONDON: Final = NOW.astimezone(ZoneInfo("Europe/London"))
RULES: Final = market_pack("GB").on(LONDON.date())
PACKAGE_DUE: Final = 8_000
ON: Final = (LONDON.date() + timedelta(days=28)).isoformat()
CALL: Final = Call(
    reference="A" * 26,
    checkout="chk_1",
    currency="GBP",
    locale="en-GB",
    callback_url="",
    return_url="",
)
PROGRAMMES: Final = [
    Programme(
        name="table",
        months=24,
        min_repayments=12,
        left_paid_by=left,
        trade_in_covers=covers,
        surplus=surplus,
    )
    for left, covers, surplus in product(get_args(PaidBy), get_args(Covers), get_args(SurplusUse))
]
# Settlement 30,000, 8,000 due today of the package. By what the trade-in covers, what it is worth
# (20,000, 30,000, 40,000), and what becomes of a surplus: what of the settlement the device pays,
# what it takes off today's payment, what the customer is paid out, what stays with the retailer.
TABLE: Final = """
settlement 20000 pay_out  20000     0     0     0
settlement 20000 credit   20000     0     0     0
settlement 20000 forfeit  20000     0     0     0
settlement 30000 pay_out  30000     0     0     0
settlement 30000 credit   30000     0     0     0
settlement 30000 forfeit  30000     0     0     0
settlement 40000 pay_out  30000     0 10000     0
settlement 40000 credit   30000  8000  2000     0
settlement 40000 forfeit  30000     0     0 10000
price      20000 pay_out      0  8000 12000     0
price      20000 credit       0  8000 12000     0
price      20000 forfeit      0  8000     0 12000
price      30000 pay_out      0  8000 22000     0
price      30000 credit       0  8000 22000     0
price      30000 forfeit      0  8000     0 22000
price      40000 pay_out      0  8000 32000     0
price      40000 credit       0  8000 32000     0
price      40000 forfeit      0  8000     0 32000
none       20000 pay_out      0     0     0 20000
none       20000 credit       0     0     0 20000
none       20000 forfeit      0     0     0 20000
none       30000 pay_out      0     0     0 30000
none       30000 credit       0     0     0 30000
none       30000 forfeit      0     0     0 30000
none       40000 pay_out      0     0     0 40000
none       40000 credit       0     0     0 40000
none       40000 forfeit      0     0     0 40000
"""
ROWS: Final = [line.split() for line in TABLE.strip().splitlines()]


class Desk:
    """The lender's agreements, as its adapter reaches them."""

    def __init__(self) -> None:
        self.stand_in = StandIn(name="lender")
        self.stand_in.now = lambda: NOW
        self.agreements = Agreements(stand_in=self.stand_in, take_up=_nothing)

    def standing(self, agreement: str) -> Outcome[AgreementStanding]:
        """How an agreement stands, with its figure."""
        request = _request({}, agreement=agreement, settle_on=ON)
        return mapping.standing(orjson.loads(self.agreements.standing(request).body))

    def settle(self, due: SettlementDue, *, less: int = 0) -> int:
        """Send what is due, or some minor units less; what the lender wrote down."""
        body = bodies.settlement(SettleCredit(settlement=due), CALL)
        request = _request({**body, "amount": body["amount"] - less}, agreement=due.agreement)
        self.agreements.settle(request)
        row = self.stand_in.ledger[-1]
        assert (row["effect"], row["agreement"]) == ("credit.settle", due.agreement)
        return int(row["amount"])


def _nothing(application: str) -> Any:
    raise StandInError(409, application)


def _request(data: dict[str, Any], **params: str) -> StandInRequest:
    return StandInRequest(data=data, params=params, key="k", base="", mode=None)


def _facts(standing: AgreementStanding, programme: Programme, value: int) -> UpgradeFacts:
    return UpgradeFacts(
        standing=standing,
        device=sample(DeviceReturn),
        valuation=DeviceValued(valuation="val_1", amount=value),
        programme=programme,
        handset=HandsetLine(sku="fern", title="Fern 7", price=PACKAGE_DUE),
        credit=_credit(standing, programme, value),
    )


def _credit(standing: AgreementStanding, programme: Programme, value: int) -> CreditTerms | None:
    """The new credit of those programmes that pay by it: it carries what the device leaves."""
    if programme.left_paid_by != "new_credit":
        return None
    figure = standing.settlement_figure or 0
    left = max(0, figure - value) if programme.trade_in_covers == "settlement" else figure
    old = PaysOff(
        agreement=standing.agreement, figure=figure, on=date.fromisoformat(ON), amount=left
    )
    return replace(sample(CreditTerms), deposit=PACKAGE_DUE, pays_off=old)


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
@pytest.mark.parametrize("left", get_args(PaidBy))
def test_the_table_says_where_every_minor_unit_goes(left: PaidBy, row: list[str]) -> None:
    """Of the settlement and of what the device is worth: the rest of the one is paid by `left`."""
    covers, value, surplus, device, price, pay_out, forfeit = row
    (programme,) = (
        one
        for one in PROGRAMMES
        if (one.left_paid_by, one.trade_in_covers, one.surplus) == (left, covers, surplus)
    )
    others = {"customer": 0, "retailer": 0, "new_credit": 0} | {left: 30_000 - int(device)}
    expected = UpgradeShares(
        settlement=30_000,
        value=int(value),
        device=int(device),
        price=int(price),
        pay_out=int(pay_out),
        forfeit=int(forfeit),
        **others,
    )
    assert upgrade_shares(programme, 30_000, int(value), PACKAGE_DUE) == expected


@pytest.mark.parametrize("kind", ["paid up", "in arrears", "at 9.9 % APR"])
@pytest.mark.parametrize("made", range(25))
def test_the_lender_gets_its_figure_whoever_pays(made: int, kind: str) -> None:
    """For every programme, and a device worth less, as much or more: open or not, and exact.

    The lender's own book has the figure, and a minor unit less is refused.
    """
    desk, digit = Desk(), {"paid up": 0, "in arrears": 3, "at 9.9 % APR": 4}[kind]
    for number, (programme, over) in enumerate(product(PROGRAMMES, (-1, 0, 1))):
        agreement = f"AGR-2{made:02}{number:02}{digit}"
        told = desk.standing(agreement)
        assert isinstance(told, Passed)
        figure = told.output.settlement_figure or 0
        value = max(0, figure + over * 5_000)
        verdict = upgrade_eligibility(_facts(told.output, programme, value), LONDON, RULES)
        refusal = _refusal(made, kind)
        if refusal:
            assert verdict == Declined(code=refusal)
            continue
        assert isinstance(verdict, Passed)
        due = verdict.output
        assert due.differs(None) is None
        _adds_up(due, figure, value)
        with pytest.raises(StandInError, match="settlement_too_small"):
            desk.settle(due, less=1)
        assert desk.settle(due) == figure


def _refusal(made: int, kind: str) -> str | None:
    if made < 12:
        return "too_few_repayments"
    if kind == "in arrears":
        return "in_arrears"
    return "agreement_settled" if made == 24 else None


def _adds_up(due: SettlementDue, figure: int, value: int) -> None:
    """Nobody pays twice and nobody keeps what is another's: per pair of parties."""
    shares = due.shares
    assert shares is not None
    assert shares.device + shares.customer + shares.retailer + shares.new_credit == figure
    assert shares.device + shares.price + shares.pay_out + shares.forfeit == value
    today = sum(line.due_today for line in due.quote_lines()) + PACKAGE_DUE
    assert 0 <= today == PACKAGE_DUE + shares.customer - shares.price
    # What comes to the retailer and goes from it, with the goods: its own share, and no more.
    comes = today + value + shares.new_credit
    goes = figure + shares.pay_out
    assert comes - goes == PACKAGE_DUE - shares.retailer + shares.forfeit
    assert (due.due, due.trade_in, due.surplus()) == (
        shares.customer,
        shares.device,
        shares.pay_out,
    )


def test_a_figure_that_is_not_ours_is_for_a_person() -> None:
    """One minor unit is rounding, two are not; no figure at all is not settled by ours alone."""
    told = Desk().standing("AGR-212004")
    assert isinstance(told, Passed)
    figure = told.output.settlement_figure
    assert figure is not None
    for shift, differs in ((0, False), (1, False), (-1, False), (2, True), (-2, True)):
        standing = replace(told.output, settlement_figure=figure + shift)
        verdict = upgrade_eligibility(_facts(standing, PROGRAMMES[0], 10_000), LONDON, RULES)
        assert isinstance(verdict, Passed)
        assert (verdict.output.differs(None) is not None) is differs, shift
    none = replace(told.output, settlement_figure=None, settles_on=None)
    verdict = upgrade_eligibility(_facts(none, PROGRAMMES[0], 10_000), LONDON, RULES)
    assert isinstance(verdict, Passed)
    assert "no settlement figure" in (verdict.output.differs(None) or "")
