"""What a case moves, and between whom: money goes back the way it came."""

from __future__ import annotations

from datetime import date

from unshackled.domain.facts import Fact
from unshackled.domain.records import Record


class CaseMoney(Record, Fact):
    """What a case moves, in minor units of `currency`; none of it is below zero.

    `payment` goes from the retailer to the customer, back to the payment that it came from.
    `lender` goes from the retailer to the lender, of what that financed. `customer` goes from the
    lender to the customer: instalments that were paid of it. `trade_in` goes from the retailer to
    the customer: the value of a device that is not given back itself.
    On withdrawal from credit `owed` goes from the customer to the lender by `repay_by`: the capital
    and `interest`, which is part of it.
    """

    payment: int = 0
    lender: int = 0
    customer: int = 0
    interest: int = 0
    owed: int = 0
    currency: str
    trade_in: int = 0
    repay_by: date | None = None
