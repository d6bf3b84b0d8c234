"""The messages of the lender protocol about agreements that end; see `protocol_messages`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from unshackled.authoring.lender_check.protocol_messages import (
    Currency,
    Minor,
    Number,
    Reference,
    Text,
    WireMessage,
)


class EndingRequest(WireMessage):
    """End a live agreement: the customer withdraws from it, or what it paid for went back.

    `amount` is what the retailer gives back to you, and 0 on withdrawal. `requested_on` is the day
    of the customer's notice; days are those of `time_zone`.
    """

    client_reference: Reference
    reason: Literal["WITHDRAWAL", "CANCELLATION"]
    currency: Currency
    amount: Minor
    requested_on: date
    time_zone: Text = Field(description="IANA, e.g. `Europe/London`.")


class Ending(WireMessage):
    """Who pays whom because an agreement ended; `owed` has `interest` in it.

    On withdrawal the customer owes it by `repay_by`.
    """

    agreement: Number
    reason: Literal["WITHDRAWAL", "CANCELLATION"]
    currency: Currency
    from_retailer: Minor
    to_customer: Minor
    owed: Minor
    interest: Minor
    repay_by: date | None = None


class Statement(WireMessage):
    """What was paid of an agreement by the day `as_of`, and what is left.

    `paid` is all that was paid, in `instalments_paid` payments and beside them. It counts until
    `valid_until`.
    """

    agreement: Number
    currency: Currency
    as_of: date
    instalments_paid: Annotated[int, Field(ge=0)]
    paid: Minor
    arrears: Minor
    balance: Minor
    valid_until: AwareDatetime


class Repayment(WireMessage):
    """What a customer owes today of a credit that they withdrew from, or what they paid of it.

    `repay_before` is told while it is `DUE`, `repaid_on` once it is `REPAID`.
    """

    agreement: Number
    status: Literal["DUE", "REPAID"]
    currency: Currency
    amount: Minor
    interest: Minor
    repay_before: AwareDatetime | None = None
    repaid_on: date | None = None
