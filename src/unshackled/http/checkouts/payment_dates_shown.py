"""When the customer pays what, as the answer about a checkout tells it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from unshackled.domain.checkout import Checkout
from unshackled.domain.payment_rules import NOTICE_DAYS
from unshackled.domain.schedule import PaymentSchedule
from unshackled.domain.states import State
from unshackled.flow.plan.plan import Plan
from unshackled.http.described import Described

Json = Any


class PaymentRow(Described):
    """One payment."""

    number: int
    due: date = Field(description="The working day on which it is collected.")
    amount: int = Field(description="Minor units of the checkout's currency.")


class PaymentScheduleShown(Described):
    """When a part of the package is paid."""

    part: Literal["credit", "tariff"]
    agreed_on: date = Field(description="The day of the agreement that it counts from.")
    first_payment: date = Field(
        description="The first payment as it was chosen, before any shift to a working day; the"
        " later ones are due on the same day of each month, or on its last one."
    )
    apr_percent: Decimal | None = Field(
        description="The APR of these dates, null without credit; that of the quote is of equal"
        " months."
    )
    notice_by: date = Field(
        description="The last working day for the advance notice of the first collection."
    )
    notice_working_days: int = Field(description="How long that notice is.")
    payments: list[PaymentRow]


def payment_schedules(plan: Plan, checkout: Checkout) -> list[dict[str, Json]]:
    """The schedules that the steps of a checkout made, in the order of the flow."""
    return [
        {"part": "credit", "apr_percent": None, "notice_working_days": NOTICE_DAYS, **output}
        for step in plan.steps.values()
        if step.definition.output is PaymentSchedule
        and checkout.steps[step.name].state is State.PASSED
        and (output := checkout.output(step.name)) is not None
    ]
