"""What requests and answers look like. Requests are checked by these; answers are only described.

Amounts are integers in minor units of the `currency` beside them; times are RFC 3339 in UTC.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from unshackled.domain.normal import digits
from unshackled.domain.package import Selection
from unshackled.domain.personal import Personal
from unshackled.domain.states import State
from unshackled.flow.engine.status import Status
from unshackled.http.checkouts.action_schemas import Message, NextAction
from unshackled.http.checkouts.dispatch_shown import DispatchRef
from unshackled.http.checkouts.fulfilment import Line
from unshackled.http.checkouts.handoff_schemas import Handoff, ResultLink, ShopPage
from unshackled.http.checkouts.payment_dates_shown import PaymentScheduleShown
from unshackled.http.checkouts.prices_shown import Quote
from unshackled.http.described import Described


class Body(Described):
    """A request body: unknown keys are refused, nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class OldDeviceNumber(Body):
    """The number of the old device that a stored quote takes in trade."""

    imei: Personal[Annotated[str, AfterValidator(digits)]] = Field(
        description="15 digits: dial *#06# to see it", examples=["49-015420-323751-8"]
    )


class CreateCheckout(Body):
    """Begin a checkout, of a package or of a stored quote."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": ["flow", "package"]}, {"required": ["quote_id"]}],
        }
    )

    flow: str | None = Field(
        default=None,
        description="The name of one of the retailer's flows. By default the one of the quote.",
        max_length=64,
    )
    package: Selection | None = Field(
        default=None, description="What is bought, by SKU and code; not beside `quote_id`."
    )
    quote_id: str | None = Field(
        default=None,
        max_length=64,
        description="A stored quote: package and price are taken from it as they stand, while it"
        " is valid.",
    )
    trade_in: OldDeviceNumber | None = Field(
        default=None,
        description="Beside a `quote_id` whose package takes an old device: its number, which no"
        " quote has.",
    )
    customer_ref: str | None = Field(
        default=None, min_length=1, max_length=128, description="Your own customer number."
    )
    return_url: str | None = Field(
        default=None,
        max_length=2000,
        description="Where the browser goes back to: one of the retailer's return URLs, "
        "a query may be added. By default the first of them.",
    )
    locale: str | None = Field(
        default=None,
        pattern=r"^[a-z]{2}-[A-Z]{2}$",
        description="What the customer is told in: English or German. By default the retailer's.",
    )


class ChangeCheckout(Body):
    """A JSON merge patch (RFC 7396) of the checkout; only its package can be changed."""

    package: dict[str, Any] = Field(
        description="What changes of the selection: null removes a part, e.g. {credit: null}."
    )


class CompleteCheckout(Body):
    """The customer's yes."""

    quote_id: str = Field(max_length=64, description="The id of the quote that was shown.")


class CancelCheckout(Body):
    """Why it ends."""

    reason: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")] = "canceled"


class FlowRef(Described):
    """The flow that a checkout is pinned to."""

    name: str
    title: str
    digest: str


class Step(Described):
    """How one step stands; `submitted` only for steps that a customer does."""

    name: str
    kind: str
    does: str
    state: State
    code: str | None
    provider: str | None
    updated_at: datetime | None
    submitted: bool = False


class MissingField(Described):
    """A required field that was not sent yet."""

    path: str
    conditional: bool


class Total(Described):
    """A sum with its type.

    Those of a part add up to `due_today`. A month's price that rises has a row for each rise, from
    which month of the contract and which stated day.
    """

    type: Literal[
        "due_today",
        "handset",
        "accessories",
        "delivery",
        "settlement",
        "trade_in",
        "per_month",
        "total_payable",
        "trade_in_estimate",
    ]
    amount: int
    part: str | None = None
    months: int | None = None
    from_month: int | None = None
    starts: date | None = None
    title: str | None = None


class Link(Described):
    """An address by what it is to this resource."""

    rel: str
    href: str


class OrderRef(Described):
    """The order in the retailer's order management."""

    number: str | None
    placed_at: datetime


class DeliveryRef(Described):
    """When the parcel comes."""

    slot: str | None
    starts: datetime | None
    ends: datetime | None
    price: int | None


class TradeInRef(Described):
    """An old device that is taken: the number for its parcel, and its value."""

    number: str | None
    amount: int | None


class Reference(Described):
    """The number under which somebody else keeps it."""

    number: str | None


class Fulfilment(Described):
    """What a completed checkout came to so far, of each kind as many as there are."""

    lines: list[Line]
    deliveries: list[DeliveryRef]
    trade_ins: list[TradeInRef]
    credit_agreements: list[Reference]
    mandates: list[Reference]


class QueueRef(Described):
    """A place in the waiting room. Nothing is begun, and nothing expires, before it is its turn."""

    state: Literal["waiting", "admitted", "lapsed"] = Field(
        description="`admitted`: it is the customer's turn. `lapsed`: they did not use it, and take"
        " another place by the action `queue`."
    )
    position: int = Field(description="How many are let in until it is its turn, itself included.")
    admit_at: datetime = Field(description="When the checkout begins, by itself.")
    wait_seconds: int = Field(description="From now until then.")
    use_by: datetime | None = Field(description="The turn is over where nothing is sent by then.")


CONFIDENTIAL = (
    "For the customer, and for a secret key with the scope checkouts:read; null for all others"
)


class Checkout(Described):
    """One customer's attempt to buy one package."""

    id: str
    retailer: str
    livemode: bool = Field(description="False: begun with a test key, at sandboxes.")
    customer_ref: str | None = Field(
        default=None, description=f"The retailer's own customer number. {CONFIDENTIAL}."
    )
    flow: FlowRef
    status: Status
    settled: bool = Field(
        description="False while somebody is at work: a provider, a person or we."
    )
    version: int = Field(description="Goes up with each change; the ETag.")
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    erased_at: datetime | None = Field(
        default=None, description="When everything personal was erased."
    )
    currency: str
    locale: str
    selection: dict[str, Any]
    package: dict[str, Any]
    quote: Quote
    steps: list[Step]
    next_actions: list[NextAction]
    missing: list[MissingField]
    messages: list[Message]
    totals: list[Total]
    continue_url: str | None = Field(description="A provider's page where the customer goes on.")
    order: OrderRef | None
    payment_schedules: list[PaymentScheduleShown] = Field(
        default=[], description="When what is paid later is collected, as soon as it is known."
    )
    dispatch: DispatchRef | None = Field(
        default=None, description="Null while nothing is known of it."
    )
    fulfilment: Fulfilment | None = Field(
        default=None, description=f"{CONFIDENTIAL}, and before the order."
    )
    links: list[Link]
    from_quote: str | None = Field(
        default=None, description="The stored quote that it was begun from."
    )
    result: ResultLink | None = Field(
        default=None,
        description="For the customer of a checkout that has ended: the way back to the shop.",
    )
    queue: QueueRef | None = Field(
        default=None,
        description="Its place in the waiting room, where it has to wait; null once it is used.",
    )


class CreatedCheckout(Checkout):
    """A new checkout, with what brings the customer to it."""

    customer_token: str = Field(description="For this checkout alone; shown this once.")
    handoff: Handoff = Field(description="Where to send the customer's browser.")


class CheckoutRow(Described):
    """A row of a list."""

    id: str
    livemode: bool
    customer_ref: str | None = None
    flow: str
    status: Status
    version: int
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    currency: str
    totals: list[Total]
    order: OrderRef | None = None
    href: str


class CheckoutPage(Described):
    """A page of checkouts, newest first."""

    items: list[CheckoutRow]
    next_cursor: str | None


class HistoryEvent(Described):
    """Something that happened; nothing personal is in `data`."""

    id: str
    type: str
    at: datetime
    version: int
    livemode: bool
    data: dict[str, Any]


class EventPage(Described):
    """A page of events, oldest first."""

    items: list[HistoryEvent]
    next_cursor: str | None


class Received(Described):
    """How many messages of a callback were taken."""

    received: int


class Health(Described):
    """Whether a part answers."""

    status: Literal["ok"]
    checks: dict[str, Literal["ok"]] = Field(default={})


class WrongField(Described):
    """A wrong field; what was sent is never repeated."""

    path: str
    code: str
    message: str
    allowed: list[str] = Field(default=[])


class Problem(Described):
    """Problem details (RFC 9457); `type` is a path that the server documents."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str
    message: str | None = Field(
        default=None,
        description="For the customer, in the checkout's locale; what is for developers has none.",
    )
    errors: list[WrongField] = Field(default=[])
    allowed: list[str] = Field(default=[])
    trace_id: str | None = None
    reason: str | None = Field(default=None, description="Which of the reasons of its type it is.")
    shop: ShopPage | None = Field(
        default=None, description="Where the customer goes on whose link opens nothing."
    )


CHECKOUT_ANSWERS: tuple[type[BaseModel], ...] = (
    Checkout,
    CreatedCheckout,
    CheckoutPage,
    EventPage,
)
SERVICE_ANSWERS: tuple[type[BaseModel], ...] = (Received, Health)
CHECKOUT_REQUESTS: tuple[type[BaseModel], ...] = (
    CreateCheckout,
    ChangeCheckout,
    CompleteCheckout,
    CancelCheckout,
)
