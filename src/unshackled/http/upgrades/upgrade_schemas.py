"""What is asked about an upgrade, and the answer: requests are checked by these."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from unshackled.domain.upgrade import Covers, PaidBy, SurplusUse
from unshackled.http.checkouts.checkout_schemas import Body, Link
from unshackled.http.described import Described

LOCALE = r"^[a-z]{2}-[A-Z]{2}$"


class AskUpgrade(Body):
    """Which agreement is to be upgraded, and the device that comes back for it."""

    flow: str = Field(max_length=64, description="A flow of the retailer that upgrades.")
    agreement: str = Field(max_length=64, description="The number of the agreement.")
    device: dict[str, Any] = Field(
        description="The old device as the flow's `device_return` takes it: `imei`, `model` and"
        " `grade`. Its number is checked and never stored."
    )
    locale: str | None = Field(
        default=None,
        pattern=LOCALE,
        description="What it is told in: English or German. By default the retailer's.",
    )


class UpgradeReason(Described):
    """Why an upgrade is not open."""

    code: str
    content: str = Field(description="The sentence for the customer.")
    opens: date | None = Field(
        description="The day of the repayment from which on it is open; null: no calendar tells."
    )
    closed: date | None = Field(description="The last day that it was open; null: it was not.")


class SettlementShown(Described):
    """What settles the old agreement: the lender's figure for a day."""

    figure: int = Field(description="What the lender gets, whoever pays it.")
    on: date
    valid_until: datetime | None = Field(description="Until when the lender takes it.")
    worked_out: int = Field(description="Our own sums of it.")
    agrees: bool = Field(
        description="Whether both are the same but for rounding; else a person looks at a checkout"
        " before anything is charged."
    )


class DeviceShown(Described):
    """What the old device is worth, and what that is set against; an inspection may change it."""

    model: str
    grade: str
    value: int
    covers: Covers
    settlement: int = Field(description="What it pays of the settlement.")
    price: int = Field(description="What it takes off what is due today, at most.")


class SurplusShown(Described):
    """What the device is worth beyond that."""

    amount: int
    becomes: SurplusUse


class LeftShown(Described):
    """What the device does not pay of the settlement, and who does."""

    amount: int
    paid_by: PaidBy


class UpgradeSentenceShown(Described):
    """A term of the upgrade, as the customer is told it."""

    code: str
    content: str


class UpgradeAnswer(Described):
    """Whether an upgrade is open: what it comes to and until when, or why not and from when."""

    id: str = Field(description="A package with it (`upgrade: {eligibility: <id>}`) is priced so.")
    livemode: bool
    eligible: bool
    status: Literal["valid", "expired"]
    created_at: datetime
    valid_until: datetime
    readable_until: datetime
    flow: str
    programme: str
    agreement: str
    currency: str
    reasons: list[UpgradeReason]
    settlement: SettlementShown | None
    device: DeviceShown | None
    left: LeftShown | None
    surplus: SurplusShown | None
    due_today: int | None = Field(
        description="What the customer pays today of the settlement; the package comes on top."
    )
    closes: date | None = Field(description="The last day on which the programme is open.")
    terms: list[UpgradeSentenceShown]
    links: list[Link]


UPGRADE_ANSWERS: tuple[type[BaseModel], ...] = (UpgradeAnswer,)
UPGRADE_REQUESTS: tuple[type[BaseModel], ...] = (AskUpgrade,)
