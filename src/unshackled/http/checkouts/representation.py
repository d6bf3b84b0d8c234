"""The checkout as callers read it: derived from the snapshot, with nothing that was collected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from unshackled.domain.checkout import Checkout, StepState
from unshackled.domain.codec import encode
from unshackled.domain.package import Package, Selection
from unshackled.domain.personal import split
from unshackled.flow.engine.neutral_codes import told_code
from unshackled.flow.engine.status import CustomerAction, ShownMessage, standing
from unshackled.flow.plan.personal_data.search_terms import order_number
from unshackled.flow.plan.plan import Plan, PlannedStep
from unshackled.http.checkouts.dispatch_shown import dispatch
from unshackled.http.checkouts.fulfilment import fulfilment
from unshackled.http.checkouts.payment_dates_shown import payment_schedules
from unshackled.http.checkouts.prices_shown import quote_body, totals
from unshackled.http.checkouts.queue_places import queue_body
from unshackled.messages import thing

Json = Any


def checkout_body(
    plan: Plan, checkout: Checkout, now: datetime, *, confidential: bool = False
) -> dict[str, Json]:
    """The resource; amounts are integers in minor units of `currency`.

    `confidential` adds whose it is and what it came to: for the customer, and for a retailer's
    server that may read checkouts.
    """
    found = standing(plan, checkout, now)
    came_to = fulfilment(plan, checkout) if confidential else None
    href = f"/v1/checkouts/{checkout.id}"
    return {
        "id": checkout.id,
        "retailer": checkout.retailer,
        "livemode": checkout.livemode,
        "customer_ref": checkout.private.customer_ref if confidential else None,
        "flow": {"name": checkout.flow, "title": plan.title, "digest": checkout.digest},
        "status": found.status,
        "settled": found.settled,
        "version": checkout.version,
        "created_at": checkout.created_at,
        "updated_at": checkout.updated_at,
        "expires_at": checkout.expires_at,
        "erased_at": _erased_at(checkout),
        "currency": checkout.currency,
        "locale": checkout.locale,
        "selection": split(Selection, encode(checkout.selection))[0],
        "package": package_body(checkout.package),
        "quote": quote_body(checkout.package, checkout.quote, checkout.locale),
        "steps": [step_of(plan, checkout, step) for step in plan.steps.values()],
        "next_actions": [
            {**action_of(href, action), "title": title_of(plan, checkout.locale, action)}
            for action in found.next_actions
        ],
        "missing": missing(found.next_actions),
        "messages": [message_of(message) for message in found.messages],
        "totals": totals(checkout.quote, checkout.locale),
        "continue_url": found.continue_url,
        "order": _order(plan, checkout),
        "payment_schedules": payment_schedules(plan, checkout),
        "dispatch": dispatch(plan, checkout),
        "fulfilment": came_to,
        "links": _links(href, checkout, came_to),
        "from_quote": checkout.from_quote,
        "result": None,
        "queue": queue_body(checkout, now) if checkout.queue is not None else None,
    }


def _erased_at(checkout: Checkout) -> datetime | None:
    """When everything personal was erased."""
    erasure = checkout.erasure
    return erasure.at if erasure is not None and erasure.whole else None


def package_body(package: Package) -> dict[str, Json]:
    """A priced package without the number of the old device."""
    return split(Package, encode(package))[0]


def step_of(plan: Plan, checkout: Checkout, step: PlannedStep) -> dict[str, Json]:
    """How a step stands, as customers and retailers read it."""
    state: StepState = checkout.steps[step.name]
    found: dict[str, Json] = {
        "name": step.name,
        "kind": step.definition.kind,
        "does": step.definition.detail,
        "state": state.state,
        "code": told_code(step, state),
        "provider": state.provider,
        "updated_at": state.updated_at,
    }
    if step.definition.action is not None:
        found["submitted"] = step.name in checkout.private.inputs
    return found


# Where a page finds what a part of the package may be exchanged for.
CHOICES: Final[Mapping[str, str]] = {
    "handset": "/v1/handsets",
    "tariff": "/v1/tariffs",
    "credit": "/v1/credit-plans",
    "accessories": "/v1/accessories",
    "trade_in": "/v1/trade-ins",
}


def action_of(href: str, action: CustomerAction) -> dict[str, Json]:
    """Something to do, and the request that does it; `href` is what it is a step of."""
    found: dict[str, Json] = {
        "id": action.id,
        "step": action.step,
        "type": action.type,
        "due": action.due,
        "conditional": action.conditional,
        "resolves": action.resolves,
        **_request(href, action),
    }
    more = {
        "schema": action.schema,
        "options": action.options,
        "document": _document(href, action.document),
        "changes": [{"part": part, "href": CHOICES[part]} for part in action.changes],
        "patches": action.patches,
    }
    return found | {name: value for name, value in more.items() if value}


def title_of(plan: Plan, locale: str, action: CustomerAction) -> str | None:
    """What an action of a step is about, in words; None for what is about the whole checkout."""
    if action.step is None:
        return None
    about = thing(locale, plan.steps[action.step].definition.detail)
    return about[:1].upper() + about[1:]


def _document(href: str, document: Json) -> Json:
    """What is shown with an action, and where it is whole: as a page, to print and to keep."""
    if not document:
        return None
    digest = str(document["digest"]).removeprefix("sha256:")
    return {**document, "href": f"{href}/documents/{digest}"}


def _request(href: str, action: CustomerAction) -> dict[str, Json]:
    """The request that does it."""
    if action.type == "redirect":
        return {"href": action.url}
    if action.type == "confirm":
        return {"method": "POST", "href": f"{href}/complete"}
    if action.type == "queue":
        return {"method": "POST", "href": f"{href}/queue"}
    if action.type == "cancel":
        return {"method": "POST", "href": f"{href}/cancel"}
    if action.type == "change_package":
        return {"method": "PATCH", "href": href}
    return {"method": "PUT", "href": f"{href}/steps/{action.step}"}


def missing(actions: Iterable[CustomerAction]) -> list[dict[str, Json]]:
    """Every required field that is not sent yet, of steps that may come too."""
    return [
        {"path": f"steps.{action.step}.{name}", "conditional": action.conditional}
        for action in actions
        if action.type == "submit" and action.schema is not None and not action.resolves
        for name in action.schema.get("required", ())
    ]


def message_of(message: ShownMessage) -> dict[str, Json]:
    """Something that the customer should know."""
    return {
        "type": message.type,
        "code": message.code,
        "severity": message.severity,
        "path": message.path,
        "content": message.content,
        "params": message.params,
        "actions": message.actions,
    }


def _order(plan: Plan, checkout: Checkout) -> dict[str, Json] | None:
    """The order, once the point of no return is passed."""
    if checkout.completed_at is None or plan.pivot is None:
        return None
    return {"number": order_number(plan, checkout), "placed_at": checkout.completed_at}


def _links(href: str, checkout: Checkout, came_to: Json) -> list[dict[str, str]]:
    found = [
        {"rel": "self", "href": href},
        {"rel": "stream", "href": f"{href}/stream"},
        {"rel": "events", "href": f"{href}/events"},
        {"rel": "documents", "href": f"{href}/documents"},
    ]
    if came_to and any(line["activation_code"] for line in came_to["lines"]):
        found.append({"rel": "sim_qr", "href": f"{href}/sim/qr.svg"})
    if checkout.completed_at is not None:
        found.append({"rel": "cases", "href": f"{href}/cases"})
        found += [{"rel": "case", "href": f"{href}/cases/{name}"} for name in checkout.runs]
    back = checkout.private.return_url
    return [*found, {"rel": "return", "href": back}] if back else found


def summary_body(plan: Plan, checkout: Checkout, status: str) -> dict[str, Json]:
    """A row of a list, for a retailer's server that may read checkouts."""
    return {
        "id": checkout.id,
        "livemode": checkout.livemode,
        "customer_ref": checkout.private.customer_ref,
        "flow": checkout.flow,
        "status": status,
        "version": checkout.version,
        "created_at": checkout.created_at,
        "updated_at": checkout.updated_at,
        "expires_at": checkout.expires_at,
        "currency": checkout.currency,
        "totals": totals(checkout.quote, checkout.locale),
        "order": _order(plan, checkout),
        "href": f"/v1/checkouts/{checkout.id}",
    }
