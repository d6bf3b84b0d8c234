"""What the lists of the catalogue look like; amounts are in minor units of their `currency`."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel

from unshackled.domain.catalogue import Accessory, Grade, Handset, Tariff
from unshackled.flow.plan.credit_offers import OfferedCreditPlan
from unshackled.http.described import Described


class Handsets(Described):
    """Devices at their cash price."""

    currency: str
    version: str
    items: list[Handset]


class Tariffs(Described):
    """Airtime contracts."""

    currency: str
    version: str
    items: list[Tariff]


class CreditPlans(Described):
    """Ways to pay a handset over time."""

    currency: str
    version: str
    items: list[OfferedCreditPlan]


class Accessories(Described):
    """What goes with a handset, or by itself; paid today."""

    currency: str
    version: str
    items: list[Accessory]


class GradeValue(Described):
    """What an old device in this condition is expected to be worth; inspection may lower it."""

    grade: Grade
    value: int


class TradeInModel(Described):
    """An old device that is taken, with its guide price in each grade."""

    model: str
    grades: list[GradeValue]


class TradeIns(Described):
    """Old devices that are taken."""

    currency: str
    version: str
    items: list[TradeInModel]


CATALOGUES: Final[tuple[type[BaseModel], ...]] = (
    Handsets,
    Tariffs,
    CreditPlans,
    Accessories,
    TradeIns,
)
