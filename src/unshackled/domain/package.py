"""What the customer picks (`Selection`) and what is priced (`Package`).

In a package every amount is an integer in minor units of the checkout's one currency.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from unshackled.domain.catalogue import Grade, Product
from unshackled.domain.facts import Fact, added
from unshackled.domain.normal import digits
from unshackled.domain.personal import Personal
from unshackled.domain.records import Record


class CreditChoice(Record, Fact):
    """A plan's code and what the customer pays of the handset today."""

    plan: str
    deposit: int = 0


class TradeInChoice(Record, Fact):
    """The old device the customer offers; its IMEI may be written with spaces and dashes."""

    imei: Personal[
        Annotated[
            str,
            AfterValidator(digits),
            Field(description="15 digits: dial *#06# to see it", examples=["49-015420-323751-8"]),
        ]
    ]
    model: str
    grade: Grade


class UpgradeChoice(Record, Fact):
    """An upgrade that was found open: the id of the answer, which has the settlement figure."""

    eligibility: str


class Selection(Record, Fact):
    """What the customer picked, by SKU and code; nothing here is priced or checked yet."""

    handset: str | None = None
    tariff: str | None = None
    credit: CreditChoice | None = None
    accessories: tuple[str, ...] = ()
    trade_in: TradeInChoice | None = None
    upgrade: UpgradeChoice | None = added(None)


class HandsetLine(Record, Fact):
    """The device and its cash price; `min_age` is the age in years from which on it is sold."""

    sku: str
    title: str
    price: int
    min_age: int | None = added(None)


class StatedRise(Record, Fact):
    """What a month costs from `from_month` of the contract on, for `months` months.

    `starts` is the day that the rise is stated for; the first month is number 1.
    """

    starts: date
    monthly: int
    from_month: int
    months: int


class TariffLine(Record, Fact):
    """The airtime contract; `total` is the whole term with the rises stated in it."""

    sku: str
    title: str
    monthly: int
    term_months: int
    data_gb: int | None
    total: int
    rises: tuple[StatedRise, ...] = added(())
    min_age: int | None = added(None)

    @property
    def months_before_rises(self) -> int:
        """How many months cost what the first one does."""
        return self.term_months - sum(rise.months for rise in self.rises)


class Instalments(Record, Fact):
    """`count` monthly payments: the first, the regular ones, and the last that absorbs rounding.

    `first_count` of them, from the first on, are `first`: more than one where so many payments are
    a minor unit higher, because one payment alone could not absorb the rounding.
    """

    count: int
    first: int
    regular: int
    last: int
    first_count: int = added(1)

    @property
    def amounts(self) -> tuple[int, ...]:
        """Every payment in order."""
        if self.count == 1:
            return (self.last,)
        regular = self.count - 1 - self.first_count
        return (*(self.first,) * self.first_count, *(self.regular,) * regular, self.last)


class PaysOff(Record, Fact):
    """An older agreement that a new credit pays off: its number and the lender's figure for a day.

    `amount` is what the credit carries of it; the rest comes from the old device.
    """

    agreement: str
    figure: int
    on: date
    amount: int


class CreditTerms(Record, Fact):
    """The credit agreement that is asked for.

    `total_payable` is the deposit and every instalment (FCA Handbook, "total amount payable");
    `apr_percent` is the published figure, to one decimal.
    """

    plan: str
    title: str
    product: Product
    amount: int
    deposit: int
    months: int
    apr_percent: Decimal
    instalments: Instalments
    total_payable: int
    min_age: int | None = added(None)
    pays_off: PaysOff | None = added(None)

    @property
    def for_goods(self) -> int:
        """What it pays of the goods: all but what pays an older agreement off."""
        return self.amount - (self.pays_off.amount if self.pays_off else 0)


class AccessoryLine(Record, Fact):
    """One accessory and its price."""

    sku: str
    title: str
    price: int


class Accessories(Record, Fact):
    """The accessories, one line a piece, and their sum."""

    lines: tuple[AccessoryLine, ...]
    total: int


class TradeInLine(Record, Fact):
    """The old device and what it is expected to be worth; inspection may lower it."""

    imei: Personal[str]
    model: str
    grade: Grade
    estimate: int


class UpgradeLine(Record, Fact):
    """The agreement that is upgraded from, under a programme: its settlement figure for a day."""

    eligibility: str
    programme: str
    agreement: str
    figure: int
    on: date


class Package(Record, Fact):
    """What is bought, priced; each part is its own contract and any may be absent."""

    handset: HandsetLine | None = None
    tariff: TariffLine | None = None
    credit: CreditTerms | None = None
    accessories: Accessories | None = None
    trade_in: TradeInLine | None = None
    upgrade: UpgradeLine | None = added(None)
