"""Who pays what to whom in an upgrade: of the settlement, and of what the old device is worth."""

from __future__ import annotations

from typing import Literal

from unshackled.domain.facts import Fact
from unshackled.domain.records import Record, replace
from unshackled.domain.upgrade import Programme

Ending = Literal["accepted", "sent_back", "not_returned"]


class UpgradeShares(Record, Fact):
    """A settlement and a device's value, each in its parts; minor units, none below 0.

    The settlement is `device + customer + retailer + new_credit`; the value is
    `device + price + pay_out + forfeit`: what it pays of the settlement, takes off what is due
    today, brings the customer, and leaves with the retailer.
    """

    settlement: int
    value: int
    device: int = 0
    customer: int = 0
    retailer: int = 0
    new_credit: int = 0
    price: int = 0
    pay_out: int = 0
    forfeit: int = 0

    @property
    def due_today(self) -> int:
        """What the upgrade adds to what the customer pays today; below 0 where it lowers that."""
        return self.customer - self.price


class AfterInspection(Record, Fact):
    """What is left to do once the device was inspected, or stayed away; minor units.

    `settle` is what the lender gets now; `pay_out` goes to the customer, `charge` comes from them.
    """

    shares: UpgradeShares
    settle: int = 0
    pay_out: int = 0
    charge: int = 0


def upgrade_shares(
    programme: Programme, settlement: int, value: int, due_today: int
) -> UpgradeShares:
    """The parts by the terms of a programme; `due_today` is that of the new package alone."""
    device, price = 0, 0
    if programme.trade_in_covers == "settlement":
        device = min(value, settlement)
    elif programme.trade_in_covers == "price":
        price = min(value, due_today)
    shares = UpgradeShares(settlement=settlement, value=value, device=device, price=price)
    left = {str(programme.left_paid_by): settlement - device}
    return _with_rest(programme, replace(shares, **left), due_today)


def _with_rest(programme: Programme, shares: UpgradeShares, due_today: int) -> UpgradeShares:
    """What becomes of the value that neither the settlement nor the price takes."""
    rest = shares.value - shares.device - shares.price
    if programme.trade_in_covers == "none" or programme.surplus == "forfeit":
        return replace(shares, forfeit=rest)
    credit = min(rest, due_today - shares.price) if programme.surplus == "credit" else 0
    return replace(shares, price=shares.price + credit, pay_out=rest - credit)


def settled_late(programme: Programme, ending: Ending) -> bool:
    """Whether the old agreement is settled once it is known what became of the device."""
    goes_on = ending != "accepted" and programme.not_returned == "agreement_goes_on"
    return programme.settles == "after_inspection" and not goes_on


def after_inspection(
    programme: Programme,
    agreed: UpgradeShares,
    value: int,
    due_today: int,
    *,
    ending: Ending = "accepted",
    settlement: int | None = None,
) -> AfterInspection:
    """What is left to do, with the `value` that was found; 0 where the device is not here.

    `agreed` are the parts of the order, `settlement` what settles the agreement now, where that is
    still to be done. A new credit stays as it was signed: what the device is worth less, the
    customer pays.
    """
    late = programme.settles == "after_inspection"
    if ending != "accepted" and programme.not_returned == "agreement_goes_on":
        final = UpgradeShares(settlement=0, value=0)
        return _balanced(agreed, final, settle=0)
    figure = agreed.settlement if settlement is None or not late else settlement
    final = _final(programme, agreed, figure, value, due_today)
    if ending != "accepted" and programme.not_returned == "settlement":
        final = replace(final, customer=final.customer + final.retailer, retailer=0)
    return _balanced(agreed, final, settle=figure if late else 0)


def most_charged(programme: Programme, agreed: UpgradeShares, due_today: int) -> int:
    """The most that may be left for the customer to pay: for a device worth nothing, or not here.

    By the figure of the order: where the agreement is settled later, another one may be more.
    """
    endings: tuple[Ending, ...] = ("accepted", "sent_back", "not_returned")
    return max(
        after_inspection(programme, agreed, 0, due_today, ending=one).charge for one in endings
    )


def _final(
    programme: Programme, agreed: UpgradeShares, figure: int, value: int, due_today: int
) -> UpgradeShares:
    """The parts as they are in the end."""
    if programme.left_paid_by != "new_credit":
        return upgrade_shares(programme, figure, value, due_today)
    signed = agreed.new_credit
    by_customer = replace(programme, left_paid_by="customer")
    rest = upgrade_shares(by_customer, figure - signed, value, due_today)
    return replace(rest, settlement=figure, new_credit=signed)


def _balanced(agreed: UpgradeShares, final: UpgradeShares, *, settle: int) -> AfterInspection:
    """What the customer has had and paid by the order, against what they should in the end."""
    balance = final.pay_out - final.due_today + agreed.due_today
    return AfterInspection(
        shares=final, settle=settle, pay_out=max(0, balance), charge=max(0, -balance)
    )
