"""What requests about cases look like, and what is answered.

Amounts are integers in minor units of the `currency` beside them; times are RFC 3339 in UTC.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from unshackled.domain.case import CaseKind
from unshackled.domain.case_opening import MOST_LINES, CaseReason
from unshackled.http.checkouts.action_schemas import Message, NextAction
from unshackled.http.checkouts.checkout_schemas import Body, FlowRef, Link, MissingField, Step
from unshackled.http.described import Described

CaseStatus = Literal["open", "in_progress", "completed", "canceled"]
MOST_PIECES: Final = 1_000
Amount = Annotated[int, Field(ge=0, le=10**12)]


class OpenedLine(Body):
    """A line of the sale that the case is to be about."""

    part: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")] = Field(
        description="As the list of cases says under `possible`, e.g. handset."
    )
    sku: str | None = Field(
        default=None, max_length=64, description="Needed where there are several of the part."
    )
    quantity: Annotated[int, Field(ge=1, le=MOST_PIECES)] | None = Field(
        default=None, description="How many of them. By default all that are left."
    )
    amount: Amount | None = Field(
        default=None,
        description="What goes back of it, no more than `possible` says. By default its price; "
        "only a server may name another.",
    )


class OpenedCase(Body):
    """What a case is to be about; without lines, everything that is possible."""

    flow: str | None = Field(
        default=None,
        max_length=64,
        description="Which of the retailer's flows for such cases, where there are several.",
    )
    lines: Annotated[list[OpenedLine], Field(max_length=MOST_LINES)] = Field(default=[])
    amount: Amount | None = Field(
        default=None,
        description="One sum for all lines together, taken from the first ones first; not beside "
        "amounts of lines. Only a server may name it.",
    )
    reason: CaseReason = Field(default="other", description="Why, for your own records.")


class CaseLineShown(Described):
    """A line of a case, or one that it could be about; `amount` is what goes back of it."""

    part: str
    sku: str | None
    quantity: int
    amount: int


class CaseMoneyShown(Described):
    """Who pays what to whom."""

    payment: int = Field(description="From the retailer to the customer, the way they paid.")
    lender: int = Field(description="From the retailer to the lender, of what that financed.")
    customer: int = Field(description="From the lender to the customer: instalments paid already.")
    trade_in: int = Field(description="From the retailer to the customer, for a device kept.")
    owed: int = Field(description="From the customer to the lender after a withdrawal.")
    interest: int = Field(description="The part of `owed` that is interest.")
    interest_by_day: str | None = Field(
        description="What each further day costs until it is paid: minor units, two decimals."
    )
    repay_by: date | None = Field(description="By when `owed` is to be paid.")


class CaseEnd(Described):
    """Why it ended without result, and who ended it."""

    code: str
    by: str
    at: datetime


class TradeInShown(Described):
    """What an old device turned out to be worth, and what is left to pay; minor units."""

    promised: int
    worth: int = Field(description="0 of a device that is not here, or goes back.")
    ending: Literal["accepted", "sent_back", "not_returned"] | None = Field(
        description="Null while the customer is asked about a lower value."
    )
    pay_out: int | None = Field(description="What the customer is paid.")
    charge: int | None = Field(description="What they are to pay.")
    on_card: int | None = Field(
        default=None,
        description="What of it the card of the order is charged, as they agreed; else 0.",
    )
    settle: int | None = Field(
        default=None, description="What the old agreement is paid off with now; 0 where it is not."
    )
    content: str | None = Field(description="The same in sentences for the customer.")


class Case(Described):
    """What happens to a completed checkout afterwards: a run of a flow of its own."""

    case: str = Field(description="Its name in the checkout, e.g. refund-1.")
    checkout: str
    kind: CaseKind
    flow: FlowRef
    status: CaseStatus = Field(
        description="`open` while it can be ended, `in_progress` once it cannot, `completed` when "
        "what it is for is done, `canceled` when it ended before."
    )
    settled: bool = Field(
        description="False while somebody is at work: a provider, a person or we."
    )
    version: int = Field(description="Of the whole checkout; the ETag.")
    reason: str
    opened_at: datetime
    opened_by: Literal["retailer", "customer", "operator", "flow"]
    completed_at: datetime | None
    canceled: CaseEnd | None
    currency: str
    amount: int = Field(description="What goes back: the sum of its lines.")
    lines: list[CaseLineShown]
    money: CaseMoneyShown | None = Field(description="As soon as it is known.")
    trade_in: TradeInShown | None = Field(
        description="Of a case about an old device, once that was looked at or did not come."
    )
    steps: list[Step]
    next_actions: list[NextAction]
    missing: list[MissingField]
    messages: list[Message]
    continue_url: str | None = Field(description="A provider's page where the customer goes on.")
    links: list[Link]


class CaseRow(Described):
    """A case in a list."""

    case: str
    kind: CaseKind
    status: CaseStatus
    settled: bool
    opened_at: datetime
    opened_by: Literal["retailer", "customer", "operator", "flow"]
    amount: int
    href: str


class PossibleCase(Described):
    """A case that the caller may open now."""

    kind: CaseKind
    flow: str
    title: str
    until: datetime | None = Field(description="From then on it cannot be opened any more.")
    amount: int = Field(description="No more than that goes back in all.")
    lines: list[CaseLineShown]
    method: Literal["POST"] = "POST"
    href: str


class CaseList(Described):
    """The cases of a checkout, oldest first, and those that the caller may open."""

    currency: str
    items: list[CaseRow]
    possible: list[PossibleCase]


CASE_ANSWERS: tuple[type[BaseModel], ...] = (Case, CaseList)
CASE_REQUESTS: tuple[type[BaseModel], ...] = (OpenedCase,)
