"""`collect: first_payment`: the day on which the customer begins to pay back."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from unshackled.domain.facts import Fact
from unshackled.domain.form import FormEntry, FormFault, Given, Json
from unshackled.domain.records import Record


class PaymentDate(FormEntry):
    """One of the days on offer, which the form that is due names; of stored ones any day."""

    def schema(self) -> dict[str, Json]:
        """A day as ISO 8601 writes it."""
        return {
            "type": "string",
            "format": "date",
            "minLength": 10,
            "maxLength": 10,
            "description": "the day of the first payment, one of those that the lender offers",
        }

    def read(self, sent: Json, given: Given) -> Json:
        """The same day; raises `FormFault` for any other."""
        if not isinstance(sent, str):
            raise FormFault("not_text")
        if sent not in given.days_on_offer:
            raise FormFault("day_not_offered", allowed=list(given.days_on_offer))
        return sent


class FirstPayment(Record, Fact):
    """When the customer wants to begin to pay back; the lender's default where left out."""

    first_payment_date: Annotated[date, PaymentDate()]
