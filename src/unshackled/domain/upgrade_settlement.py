"""What settles the old agreement of an upgrade, as a step works it out."""

from __future__ import annotations

from datetime import date, datetime

from unshackled.domain.facts import Fact, added
from unshackled.domain.records import Record
from unshackled.domain.upgrade import Programme
from unshackled.domain.upgrade_shares import UpgradeShares


class UpgradeSettlement(Record, Fact):
    """What settles the old agreement: left to pay, rebate and trade-in, in minor units.

    `due` is what the customer pays towards it today; `trade_in` is what the device pays of it. What
    the device is worth beyond that and is paid to the customer is `worth_more`.

    `figure` is the lender's and reaches it whole, whoever pays it, and it stands by it until
    `figure_until`; `ours` is what we work out, and more than one minor unit between them is for a
    person to look at. Without a figure, of before lenders told one, the lender gets `due`. `shares`
    are the parts by the `programme`, with what is due today of the package alone.
    """

    agreement: str
    outstanding: int
    rebate: int
    trade_in: int
    due: int
    worth_more: int = added(0)
    figure: int | None = added(None)
    ours: int | None = added(None)
    settles_on: date | None = added(None)
    programme: Programme | None = added(None)
    shares: UpgradeShares | None = added(None)
    package_due: int = added(0)
    figure_until: datetime | None = added(None)

    @property
    def to_lender(self) -> int:
        """What the lender gets, to the minor unit."""
        return self.due if self.figure is None else self.figure
