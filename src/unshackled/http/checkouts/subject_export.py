"""All that is stored about a person in one checkout, as they may ask for it (GDPR, Article 15).

By category: what it is for, where it is from, who was given it, and until when it is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.domain.documents.signed_copy import SignedCopy
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.engine.status import status_of
from unshackled.flow.plan.personal_data.data_purposes import purposes_of
from unshackled.flow.plan.personal_data.retention_law import look_at, order_duties
from unshackled.flow.plan.personal_data.search_terms import order_number
from unshackled.flow.plan.plan import FromCheckout, FromSale, FromStep, Plan, PlannedStep

Json = Any
FORMAT: Final = "subject-access.v1"
CUSTOMER: Final = "customer"
RETAILER: Final = "retailer"
# What everything is for, until the order is placed or given up.
PURCHASE: Final = "purchase"


def export_of(
    plans: CheckoutPlans, checkout: Checkout, now: datetime, copies: Sequence[SignedCopy] = ()
) -> dict[str, Json]:
    """The document of one checkout with its cases; `copies` are those that signers returned."""
    plan = plans.sale
    status, settled = status_of(plan, checkout, now)
    href = f"/v1/checkouts/{checkout.id}"
    return {
        "format": FORMAT,
        "written_at": now,
        "checkout": checkout.id,
        "retailer": checkout.retailer,
        "livemode": checkout.livemode,
        "flow": plan.title,
        "status": status,
        "settled": settled,
        "created_at": checkout.created_at,
        "updated_at": checkout.updated_at,
        "locale": checkout.locale,
        "order": order_number(plan, checkout),
        "erased_at": checkout.erasure.at if checkout.erasure is not None else None,
        "categories": [
            *_categories(plans, checkout, now, copies),
            *_of_cases(plans, checkout, now),
        ],
        "links": [
            {"rel": "documents", "href": f"{href}/documents"},
            {"rel": "events", "href": f"{href}/events"},
        ],
    }


def _of_cases(plans: CheckoutPlans, checkout: Checkout, now: datetime) -> Iterator[dict[str, Json]]:
    """The same of every case that was opened on it."""
    ends = retention_ends(plans.sale, checkout, now)
    for name in checkout.runs:
        plan, view = plans.of(checkout, name), plans.view_of(checkout, name)
        for step in plan.steps.values():
            for one in _of_step(plan, view, step, ends, ()):
                kept_until = _latest(ends, one["purposes"], plans.sale, checkout)
                yield {**one, "case": name, "kept_until": kept_until}


def _categories(
    plans: CheckoutPlans, checkout: Checkout, now: datetime, copies: Sequence[SignedCopy]
) -> Iterator[dict[str, Json]]:
    plan = plans.sale
    ends = retention_ends(plan, checkout, now)
    private = checkout.private
    purchase = {
        "customer_ref": private.customer_ref,
        "return_url": private.return_url,
        "selection": encode(checkout.selection),
        "package": encode(checkout.package),
        "quote": encode(checkout.quote),
    }
    yield {
        "category": PURCHASE,
        "step": None,
        "purposes": [PURCHASE, *ends],
        "source": CUSTOMER,
        "recipients": _given_all(plan, checkout),
        "kept_until": _latest(ends, tuple(ends), plan, checkout),
        "data": purchase,
    }
    for step in plan.steps.values():
        mine = [one for one in copies if one.step == step.name]
        later = _given_later(plans, checkout, step)
        for one in _of_step(plan, checkout, step, ends, mine):
            yield {**one, "recipients": sorted({*one["recipients"], *later})}


def _of_step(
    plan: Plan,
    checkout: Checkout,
    step: PlannedStep,
    ends: Mapping[str, datetime | None],
    copies: Sequence[SignedCopy],
) -> Iterator[dict[str, Json]]:
    """What the customer told in a step, and what its provider answered."""
    private, name, state = checkout.private, step.name, checkout.steps[step.name]
    known = purposes_of(checkout, step)
    purposes = [reason for reason in ends if reason in known]
    base = {
        "category": step.definition.detail,
        "step": name,
        "purposes": [PURCHASE, *purposes],
        "recipients": _given(plan, checkout, name),
        "kept_until": _latest(ends, purposes, plan, checkout),
    }
    told = private.inputs.get(name)
    if told is not None:
        yield {**base, "source": CUSTOMER, "data": told}
    parts: dict[str, Json] = {
        "output": checkout.output(name),
        "options": private.offers.get(name),
        "request": private.requests.get(name),
        "page": private.links.get(name),
        "returned": private.returns.get(name),
        "declines": [encode(one) for one in private.declines.get(name, ())] or None,
        "documents": [encode(one) for one in private.documents if one.step == name] or None,
        "undo": _undone(checkout, name) or None,
        "signed_copies": [encode(one) for one in copies] or None,
    }
    answered = {key: value for key, value in parts.items() if value is not None}
    if told is not None and answered.get("output") == told:
        del answered["output"]
    if answered:
        yield {**base, "source": state.provider or RETAILER, "data": answered}


def _undone(checkout: Checkout, step: str) -> list[Json]:
    """What is known of effects of a step that are being taken back."""
    known = checkout.private.undos
    return [known[key] for key, one in checkout.undos.items() if one.step == step and key in known]


def _given(plan: Plan, checkout: Checkout, step: str) -> list[str]:
    """The providers that were sent what a step holds: those whose requests are made of it."""
    takers = (
        other
        for other in plan.steps.values()
        if other.name == step or any(_reads(source, step) for source in other.sources.values())
    )
    return sorted({name for taker in takers for name in asked_providers(checkout, taker)})


def _given_later(plans: CheckoutPlans, checkout: Checkout, step: PlannedStep) -> Iterator[str]:
    """The providers that were sent what a step of the sale gave once more, in a case."""
    for name in checkout.runs:
        view = plans.view_of(checkout, name)
        for taker in plans.of(checkout, name).steps.values():
            facts = [one.fact for one in taker.sources.values() if isinstance(one, FromSale)]
            if any(plans.sale.output_steps.get(fact) == step.name for fact in facts):
                yield from asked_providers(view, taker)


def _given_all(plan: Plan, checkout: Checkout) -> list[str]:
    """The providers that were sent the package, the price or the customer's number."""
    takers = (
        step
        for step in plan.steps.values()
        if any(isinstance(source, FromCheckout) for source in step.sources.values())
    )
    return sorted({name for taker in takers for name in asked_providers(checkout, taker)})


def _reads(source: object, step: str) -> bool:
    return isinstance(source, FromStep) and source.step == step


def asked_providers(checkout: Checkout, step: PlannedStep) -> set[str]:
    """Who was asked for a step, in this attempt or before; nobody where nothing was sent."""
    if step.definition.operation is None:
        return set()
    state = checkout.steps[step.name]
    served = state.provider is not None and (state.sent or state.output is not None)
    present = {state.provider or ""} if served else set()
    earlier = {one.provider for one in checkout.past.values() if one.step == step.name}
    return {*present, *state.tried, *earlier}


def retention_ends(plan: Plan, checkout: Checkout, now: datetime) -> dict[str, datetime | None]:
    """What keeps data of an order, and until when each does; nothing without an order."""
    return {duty.reason: duty.until for duty in order_duties(plan, checkout, now)}


def _latest(
    ends: Mapping[str, datetime | None],
    purposes: Collection[str],
    plan: Plan,
    checkout: Checkout,
) -> datetime | None:
    """When the last purpose ends, or when the clock looks next; None while it is open."""
    found = [at for reason in purposes if (at := ends.get(reason)) is not None]
    return max(found) if found else look_at(plan, checkout)
