"""What the lists of the catalogue look like; amounts are in minor units of their `currency`."""

from __future__ import annotations

from datetime import date
from typing import Final

from pydantic import BaseModel, Field

from unshackled.domain.catalogue import Accessory, Grade, Handset, Tariff
from unshackled.domain.stock_level import StockState
from unshackled.flow.plan.credit_offers import OfferedCreditPlan
from unshackled.http.checkouts.prices_shown import ShownExample
from unshackled.http.described import Described


class WouldFit(Described):
    """One choice that keeps it out: with one of `allowed` in its place, or without it, it fits.

    `allowed` are SKUs or codes, or a range of an amount or an age; empty where none was looked for.
    """

    parameter: str
    allowed: list[str]


class Excluded(Described):
    """What does not go with the choice, and why; `would_fit` is what would change that.

    `item` is its SKU, its code, or the model of an old device, which has a `grade` too.
    """

    item: str
    grade: Grade | None = None
    title: str
    code: str
    message: str
    would_fit: list[WouldFit]


class CatalogueList(Described):
    """What a retailer sells of one kind.

    `excluded` is there with `include=excluded`: the first of what does not go with the choice;
    `excluded_more` is how many there are beside them.
    """

    currency: str
    version: str
    excluded: list[Excluded] | None = Field(default=None, max_length=50)
    excluded_more: int | None = None


class Availability(Described):
    """How much there is: `low` is the last few, `back_order` is sent on the `promised` day.

    `unknown` is what nobody says now. Nothing is held by it.
    """

    state: StockState
    promised: date | None


class ListedHandset(Handset):
    """A device at its cash price, and how much of it there is.

    `vat` names the rate that the price carries; `min_age` is the age from which on it is sold.
    """

    availability: Availability


class ListedAccessory(Accessory):
    """A case, a charger, and how much of it there is; empty `handsets` go with any or none."""

    availability: Availability


class Handsets(CatalogueList):
    """Devices at their cash price."""

    items: list[ListedHandset]


class Tariffs(CatalogueList):
    """Airtime contracts."""

    items: list[Tariff]


class ShownCreditPlan(OfferedCreditPlan):
    """A way to pay a handset over time; `apr_percent` is the yearly rate, `0` interest-free.

    `min_amount` and `max_amount` are the credit that plan and providers give. `deposits` are those
    that the plan, what is chosen and the providers' limits allow, in order. Payments are cut to
    whole minor units: each is the level payment rounded half up, and the last absorbs what the
    rounding of the others leaves. Where that would put it more than 1 % (and more than one minor
    unit) away from the others, each is rounded down and the first ones are one minor unit higher.
    `min_age` is the age from which on it is sold, in whole years. `representative_example` is of
    the handset that is chosen, else of the dearest that the plan pays, with the deposit that is
    chosen, else the least.
    """

    representative_example: ShownExample | None


class CreditPlans(CatalogueList):
    """Ways to pay a handset over time, each with a representative example."""

    items: list[ShownCreditPlan]


class Accessories(CatalogueList):
    """What goes with a handset, or by itself; paid today."""

    items: list[ListedAccessory]


class GradeValue(Described):
    """What an old device in this condition is expected to be worth; inspection may lower it."""

    grade: Grade
    value: int


class TradeInModel(Described):
    """An old device that is taken, with its guide price in each grade."""

    model: str
    grades: list[GradeValue]


class TradeIns(CatalogueList):
    """Old devices that are taken."""

    items: list[TradeInModel]


CATALOGUES: Final[tuple[type[BaseModel], ...]] = (
    Handsets,
    Tariffs,
    CreditPlans,
    Accessories,
    TradeIns,
)
