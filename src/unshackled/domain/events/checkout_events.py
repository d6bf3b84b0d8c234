"""What happens to a checkout as a whole, in the past tense."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from msgspec.structs import replace

from unshackled.domain.checkout import Cancellation, Checkout, Private, StepState
from unshackled.domain.events.event import Event
from unshackled.domain.facts import added
from unshackled.domain.package import Package, Selection
from unshackled.domain.personal import Personal
from unshackled.domain.quote import Quote
from unshackled.domain.waiting_room import QueuePlace

Json = Any


class CheckoutCreated(Event):
    """A customer began."""

    type: ClassVar[str] = "checkout.created.v1"
    id: str
    retailer: str
    flow: str
    digest: str
    currency: str
    locale: str
    bucket: int
    expires_at: datetime
    selection: Selection
    package: Package
    quote: Quote
    steps: tuple[str, ...]
    trace: str | None = None
    customer_ref: Personal[str] | None = None
    return_url: Personal[str] | None = None
    livemode: bool = added(True)  # noqa: FBT003 - the field's default
    from_quote: str | None = added(None)
    queue: QueuePlace | None = added(None)

    def begin(self, at: datetime) -> Checkout:
        """The first snapshot."""
        return Checkout(
            id=self.id,
            retailer=self.retailer,
            flow=self.flow,
            digest=self.digest,
            currency=self.currency,
            locale=self.locale,
            bucket=self.bucket,
            created_at=at,
            updated_at=at,
            expires_at=self.expires_at,
            selection=self.selection,
            package=self.package,
            quote=self.quote,
            trace=self.trace,
            steps={name: StepState(updated_at=at) for name in self.steps},
            private=Private(customer_ref=self.customer_ref, return_url=self.return_url),
            livemode=self.livemode,
            from_quote=self.from_quote,
            queue=self.queue,
        )


class PackageChanged(Event):
    """The customer changed the package, and it has a new quote."""

    type: ClassVar[str] = "package.changed.v1"
    selection: Selection
    package: Package
    quote: Quote

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """Selection, package and quote change together."""
        return replace(checkout, selection=self.selection, package=self.package, quote=self.quote)


class QuoteRenewed(Event):
    """The quote had expired: the same price for longer, or (`repriced`) a new one."""

    type: ClassVar[str] = "quote.renewed.v1"
    package: Package
    quote: Quote
    repriced: bool

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The quote is replaced."""
        return replace(checkout, package=self.package, quote=self.quote)


class ExpiryMoved(Event):
    """The clock of expiry was set, stopped (`paused_at`) or started again."""

    type: ClassVar[str] = "checkout.expiry_moved.v1"
    expires_at: datetime
    paused_at: datetime | None

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """Only the clock changes."""
        return replace(checkout, expires_at=self.expires_at, paused_at=self.paused_at)


class CheckoutCanceled(Event):
    """It ended without an order; `by` is customer, retailer, clock, flow or operator."""

    type: ClassVar[str] = "checkout.canceled.v1"
    code: str
    by: str

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The cancellation is final."""
        return replace(checkout, canceled=Cancellation(code=self.code, by=self.by, at=at))


class CheckoutCompleted(Event):
    """The pivot passed: from here on everything is finished, nothing taken back."""

    type: ClassVar[str] = "checkout.completed.v1"
    pivot: str
    total_due_today: int
    currency: str

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """Completed, once."""
        return replace(checkout, completed_at=at)


class OperatorDecided(Event):
    """A named person decided, and why; `evidence` is a text or an address that shows it.

    `action` is resolve (with its `verdict`), retry, skip or cancel (of all, so without a `step`).
    """

    type: ClassVar[str] = "operator.decided.v1"
    step: str | None
    action: str = "resolve"
    verdict: str | None = None
    reason: str
    operator: str
    evidence: str | None = None


class InputReceived(Event):
    """The customer sent the data of a step; it counts once what the step needs is settled."""

    type: ClassVar[str] = "input.received.v1"
    step: str
    data: Personal[Mapping[str, Json]]

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The data lies in the personal part."""
        return checkout.with_private("inputs", self.step, self.data)
