"""Upgrade programmes as a retailer's file has them: `retailer.upgrades`, each by its name."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from unshackled.domain.catalogue import Grade
from unshackled.domain.upgrade import (
    Covers,
    NotReturned,
    PaidBy,
    Programme,
    Settles,
    Silence,
    SurplusUse,
)
from unshackled.flow.language.durations import Duration, written
from unshackled.flow.language.field_types import Model

DAY: Final = timedelta(days=1)


class UpgradeSpec(Model):
    """Who may upgrade early, and who pays what of the old agreement."""

    months: int = Field(ge=1, le=120, description="How long the agreements are that it is for.")
    min_repayments: int = Field(ge=0, le=120, description="Repayments made from which it is open.")
    window_months: int | None = Field(
        default=None,
        ge=1,
        le=120,
        description="How many months from then on; without it, to the end of the agreement.",
    )
    most_arrears: int = Field(default=0, ge=0, description="Minor units that may be overdue.")
    requires_return: bool = Field(default=True, description="Whether the old device comes back.")
    worst_grade: Grade | Literal["any"] = Field(
        default="worn", description="The lowest grade that is taken back."
    )
    left_paid_by: PaidBy = Field(
        default="customer",
        description="Who pays what the device does not: `new_credit` lends it to the customer.",
    )
    trade_in_covers: Covers = Field(
        default="settlement", description="What the device's value is set against."
    )
    surplus: SurplusUse = Field(
        default="pay_out",
        description="What becomes of its value beyond that: paid to the customer, taken off what is"
        " due today (and paid out where less is due), or lost.",
    )
    settles: Settles = Field(default="at_order", description="When the old agreement is paid off.")
    return_within: Duration = Field(
        default=timedelta(days=14), description="How long the customer has to send the device."
    )
    inspect_within: Duration = Field(
        default=timedelta(days=7),
        description="How long it takes to look at a device that came on the last day.",
    )
    answer_within: Duration = Field(
        default=timedelta(days=7), description="How long they have to answer a lower value."
    )
    silence: Silence = Field(
        default="accept", description="What counts where they do not answer it."
    )
    not_returned: NotReturned = Field(
        default="value",
        description="What a device costs the customer that does not come, or goes back to them: its"
        " promised value, the whole settlement, or only that the old agreement goes on.",
    )

    @model_validator(mode="after")
    def _holds(self) -> Self:
        self.programme("programme")
        for name in ("return_within", "inspect_within", "answer_within"):
            if getattr(self, name) % DAY:
                said = written(getattr(self, name))
                raise ValueError(f"{name}: {said} are no whole days: customers are told days")
        return self

    def programme(self, name: str) -> Programme:
        """The rules under their name; raises `ValueError` for terms that exclude each other."""
        said = {
            **dict(self),
            "worst_grade": None if self.worst_grade == "any" else self.worst_grade,
        }
        return Programme(name=name, **said)
