"""What a message is filled with, read from the snapshot: personal, and never logged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal, TypeVar

from pydantic import ValidationError

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import decode
from unshackled.domain.customer import Contact
from unshackled.domain.events.case_events import CaseCanceled, CaseCompleted, CaseOpened
from unshackled.domain.events.step_events import StepDeclined
from unshackled.domain.events.waiting_events import PromiseMoved
from unshackled.domain.facts import CheckoutRef, Fact
from unshackled.domain.personal import fields_of
from unshackled.domain.run_records import Run
from unshackled.domain.schedule import PaymentSchedule
from unshackled.ports.mandate import MandateSetUp
from unshackled.ports.notification import SendNotification
from unshackled.ports.orders import OrderPlaced
from unshackled.ports.sim import SimActivated
from unshackled.ports.stock import StockReserved
from unshackled.ports.trade_in_rules import TradeInOutcome
from unshackled.store.stored_records import EventRow

Json = Any
F = TypeVar("F", bound=Fact)


NEWS: Final[Mapping[str, Literal["opened", "completed", "canceled"]]] = {
    CaseOpened.type: "opened",
    CaseCompleted.type: "completed",
    CaseCanceled.type: "canceled",
}


def letter_of(
    checkout: Checkout,
    resolved: Mapping[str, Json],
    template: str,
    event: EventRow | None = None,
) -> SendNotification | None:
    """The request; None while the customer's contact is not known, or once it was erased.

    `resolved` is the flow that the checkout is pinned to; its steps say where each fact lies. An
    `event` of a case brings that with it, one of a promise its day.
    """
    run = checkout.runs.get(str(event.data.get("run"))) if event is not None else None
    contact = _output(checkout, resolved, {"collect": "contact"}, Contact)
    if contact is None:
        return None
    return SendNotification(
        checkout=CheckoutRef(
            checkout=checkout.id,
            retailer=checkout.retailer,
            customer_ref=checkout.private.customer_ref,
        ),
        contact=contact,
        order=_output(checkout, resolved, {"call": "orders.place"}, OrderPlaced),
        template=template,
        schedule=_schedule(checkout, resolved),
        mandate=_output(checkout, resolved, {"call": "mandate.set_up"}, MandateSetUp),
        line=_output(checkout, resolved, {"call": "sim.activate"}, SimActivated),
        stock=_output(checkout, resolved, {"call": "stock.reserve"}, StockReserved),
        dispatch_on=_dispatch_on(event),
        case=run.opened if run is not None else None,
        case_news=NEWS.get(event.type) if event is not None and run is not None else None,
        not_charged=_not_charged(run, event),
    )


def _not_charged(run: Run | None, event: EventRow | None) -> TradeInOutcome | None:
    """What is left to pay for an old device, where a decline of that charge is told.

    The outcome is known by its shape: the case's flow may be one of years ago.
    """
    if run is None or event is None or event.type != StepDeclined.type:
        return None
    found = (_decoded(state.output, TradeInOutcome) for state in run.steps.values())
    outcome = next((one for one in found if one is not None), None)
    return outcome if outcome is not None and outcome.on_card else None


def _dispatch_on(event: EventRow | None) -> date | None:
    """The other day that an event says the order leaves on."""
    if event is None or event.type != PromiseMoved.type:
        return None
    return date.fromisoformat(str(event.data["day"]))


def _schedule(checkout: Checkout, resolved: Mapping[str, Json]) -> PaymentSchedule | None:
    found = (
        _output(checkout, resolved, {"rule": rule}, PaymentSchedule)
        for rule in ("payment_schedule", "tariff_schedule")
    )
    return next((one for one in found if one is not None), None)


def _output(
    checkout: Checkout, resolved: Mapping[str, Json], kind: Mapping[str, str], shape: type[F]
) -> F | None:
    for name, step in resolved["steps"].items():
        if name not in checkout.steps or not kind.items() <= step.items():
            continue
        found = _decoded(checkout.output(name), shape)
        if found is not None:
            return found
    return None


def _decoded(output: Mapping[str, Json] | None, shape: type[F]) -> F | None:
    """The fact in an output that may have more fields; what was erased cannot be read any more."""
    if output is None:
        return None
    kind: type = shape
    own = {name: output[name] for name in fields_of(kind) if name in output}
    try:
        return decode(shape, own)
    except ValidationError:
        return None
