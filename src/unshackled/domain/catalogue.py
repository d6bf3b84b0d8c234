"""What a retailer sells: handsets, tariffs, credit plans, accessories, trade-in guide prices.

Every amount is an integer in minor units (pence, cents) of the catalogue's one currency.
A wrong value raises `ValueError` naming the field and what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeVar

from unshackled.domain.annuity import least_amount
from unshackled.domain.codec import digest
from unshackled.domain.facts import Fact, added
from unshackled.domain.money import require_currency
from unshackled.domain.records import Record, declared

Product = Literal["fixed_sum_loan", "deferred_payment"]
Grade = Literal["pristine", "good", "worn", "broken"]

# What is never below 0: amounts, and the age from which on something is sold.
NUMBERS = frozenset(
    {"price", "monthly", "min_deposit", "min_amount", "max_amount", "value", "min_age"}
)


def _refuse_negative(item: object) -> None:
    shape: Any = type(item)
    for field in declared(shape):
        value = getattr(item, field.name)
        if field.name in NUMBERS and value is not None and value < 0:
            raise ValueError(f"{field.name}: {value} is below 0")


class Handset(Record, Fact):
    """A device at its cash price; `vat` names the rate that the price carries, None for none.

    `min_age` is the age from which on it is sold, in whole years.
    """

    sku: str
    title: str
    price: int
    colour: str | None = None
    storage: str | None = None
    image: str | None = None
    vat: str | None = added(None)
    min_age: int | None = added(None)

    def __post_init__(self) -> None:
        _refuse_negative(self)


class PriceRise(Record, Fact):
    """An in-contract rise, stated in pounds and pence: from `starts` a month costs this."""

    starts: date
    monthly: int

    def __post_init__(self) -> None:
        _refuse_negative(self)


class Tariff(Record, Fact):
    """An airtime contract; `data_gb` `None` is unlimited, empty `handsets` go with any or none.

    `vat` names the rate that its prices carry, None for none.
    `min_age` is the age from which on it is sold, in whole years.
    """

    sku: str
    title: str
    monthly: int
    term_months: int
    data_gb: int | None = None
    price_rises: tuple[PriceRise, ...] = ()
    handsets: tuple[str, ...] = ()
    vat: str | None = added(None)
    min_age: int | None = added(None)

    def __post_init__(self) -> None:
        _refuse_negative(self)
        if self.term_months < 1:
            raise ValueError(f"term_months: {self.term_months} is below 1")

    def monthly_on(self, day: date) -> int:
        """What a month costs on a day, the stated rises included."""
        latest = self.rise_on(day)
        return latest.monthly if latest else self.monthly

    def rise_on(self, day: date) -> PriceRise | None:
        """The stated rise that counts on a day; None before the first."""
        latest: PriceRise | None = None
        for rise in self.price_rises:
            if rise.starts <= day and (latest is None or latest.starts < rise.starts):
                latest = rise
        return latest

    def fits(self, handset: Handset) -> bool:
        """Whether it is sold with this handset."""
        return not self.handsets or handset.sku in self.handsets


class CreditPlan(Record, Fact):
    """A way to pay a handset over time; `apr_percent` is the yearly rate, `0` interest-free.

    `min_age` is the age from which on it is sold, in whole years.
    """

    code: str
    title: str
    months: int
    apr_percent: Decimal
    min_deposit: int = 0
    min_amount: int = 100
    max_amount: int | None = None
    product: Product = "fixed_sum_loan"
    trade_in_reduces_credit: bool = False
    min_age: int | None = added(None)

    def __post_init__(self) -> None:
        _refuse_negative(self)
        if self.months < 1:
            raise ValueError(f"months: {self.months} is below 1")
        if self.min_amount < self.months:
            raise ValueError(
                f"min_amount: {self.min_amount} is below one minor unit for each of "
                f"{self.months} months"
            )
        if not self.apr_percent.is_finite() or self.apr_percent < 0:
            raise ValueError(f"apr_percent: {self.apr_percent} is not 0 or more")

    @property
    def least(self) -> int:
        """The smallest loan: the lender's, or the first that can be cut into fair payments."""
        return max(self.min_amount, least_amount(self.months, self.apr_percent))

    def deposits_on(self, reduced: int) -> tuple[int, int] | None:
        """The smallest and the largest deposit on a price, a trade-in taken off where it counts.

        None where no deposit brings the credit inside the plan's bounds.
        """
        above = 0 if self.max_amount is None else reduced - self.max_amount
        least, most = max(self.min_deposit, above), reduced - self.least
        return (least, most) if least <= most else None


class Accessory(Record, Fact):
    """A case, a charger: paid today; empty `handsets` go with any or none; `vat` as a handset's."""

    sku: str
    title: str
    price: int
    handsets: tuple[str, ...] = added(())
    vat: str | None = added(None)

    def __post_init__(self) -> None:
        _refuse_negative(self)

    def fits(self, handset: Handset) -> bool:
        """Whether it is sold with this handset."""
        return not self.handsets or handset.sku in self.handsets


class TradeInPrice(Record, Fact):
    """The guide price of an old device in a grade; inspection may lower it."""

    model: str
    grade: Grade
    value: int

    def __post_init__(self) -> None:
        _refuse_negative(self)


Item = TypeVar("Item", Handset, Tariff, Accessory)


def _by_sku(items: Iterable[Item], sku: str) -> Item | None:
    return next((item for item in items if item.sku == sku), None)


def _refuse_twins(field: str, names: list[str]) -> None:
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise ValueError(f"{field}: {', '.join(twins)} given more than once")


class Catalogue(Record, Fact):
    """One retailer's offer in one currency; SKUs and plan codes are unique."""

    currency: str
    version: str
    handsets: tuple[Handset, ...] = ()
    tariffs: tuple[Tariff, ...] = ()
    credit_plans: tuple[CreditPlan, ...] = ()
    accessories: tuple[Accessory, ...] = ()
    trade_ins: tuple[TradeInPrice, ...] = ()

    def __post_init__(self) -> None:
        require_currency(self.currency)
        _refuse_twins("handsets", [item.sku for item in self.handsets])
        _refuse_twins("tariffs", [item.sku for item in self.tariffs])
        _refuse_twins("credit_plans", [item.code for item in self.credit_plans])
        _refuse_twins("accessories", [item.sku for item in self.accessories])
        _refuse_twins("trade_ins", [f"{item.model} {item.grade}" for item in self.trade_ins])

    @property
    def digest(self) -> str:
        """`sha256:…` of everything in it."""
        return digest(self)

    def handset(self, sku: str) -> Handset | None:
        """The handset with this SKU."""
        return _by_sku(self.handsets, sku)

    def tariff(self, sku: str) -> Tariff | None:
        """The tariff with this SKU."""
        return _by_sku(self.tariffs, sku)

    def accessory(self, sku: str) -> Accessory | None:
        """The accessory with this SKU."""
        return _by_sku(self.accessories, sku)

    def credit_plan(self, code: str) -> CreditPlan | None:
        """The credit plan with this code."""
        return next((plan for plan in self.credit_plans if plan.code == code), None)

    def trade_in(self, model: str, grade: str) -> TradeInPrice | None:
        """The guide price of an old device."""
        found = (item for item in self.trade_ins if (item.model, item.grade) == (model, grade))
        return next(found, None)


class Freshness(Record):
    """How long ago a catalogue was read; until when it is fresh, and until when it may be served.

    All three count from the reading; the words are those of RFC 5861.
    """

    age: timedelta
    fresh: timedelta
    stale: timedelta
