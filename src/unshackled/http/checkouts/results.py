"""What the customer takes back to the shop once a checkout has ended: a signed result.

It says what the webhook says, and whichever comes first counts. It is made anew by each read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.url_text import origin_of
from unshackled.flow.plan.personal_data.search_terms import order_number
from unshackled.flow.plan.plan import Plan
from unshackled.http.checkouts.return_urls import (
    first_page,
    return_url_mistake,
    usable,
    with_parameters,
)
from unshackled.http.context import ApiContext

LIFETIME: Final = timedelta(minutes=10)


async def result_of(context: ApiContext, checkout: Checkout) -> dict[str, Any]:
    """`{"result": {"url": …, "expires_at": …}}` for the customer of an ended checkout, else {}.

    There is none where the retailer has no page that the customer may go back to.
    """
    viewer = context.viewer
    if viewer is None or viewer.kind != "customer" or not has_ended(checkout):
        return {}
    page = page_back(checkout, context.tenant(checkout.retailer).return_urls)
    if page is None:
        return {}
    services = context.services
    plan = services.engine.plans.by_digest(checkout.digest)
    now = services.clock.now()
    facts = facts_of(plan, checkout)
    claims = claims_of(
        facts, issuer=services.public_url, page=page, at=now, unique=services.ids.short()
    )
    parameters = {"checkout": checkout.id, "result": await context.results.sign(claims)}
    return {"result": {"url": with_parameters(page, parameters), "expires_at": now + LIFETIME}}


def has_ended(checkout: Checkout) -> bool:
    """Whether there is an order, or there will never be one."""
    return checkout.canceled is not None or checkout.completed_at is not None


def page_back(checkout: Checkout, registered: tuple[str, ...]) -> str | None:
    """The checkout's return URL as long as it is registered, else the retailer's first page."""
    wanted = checkout.private.return_url
    if usable(wanted) and return_url_mistake(wanted, registered) is None:
        return wanted
    return first_page(registered)


def facts_of(plan: Plan, checkout: Checkout) -> dict[str, Any]:
    """How a checkout ended, with nothing personal: it goes through a browser."""
    canceled = checkout.canceled
    return {
        "sub": checkout.id,
        "status": "canceled" if canceled is not None else "completed",
        "canceled_by": canceled.by if canceled is not None else None,
        "order": order_number(plan, checkout),
        "retailer": checkout.retailer,
        "livemode": checkout.livemode,
    }


def claims_of(
    facts: Mapping[str, Any], *, issuer: str, page: str, at: datetime, unique: str
) -> dict[str, Any]:
    """The claims about one checkout, for the server of the page's origin alone, for 10 minutes."""
    return {
        "iss": issuer,
        "aud": origin_of(page),
        "jti": unique,
        "iat": int(at.timestamp()),
        "exp": int((at + LIFETIME).timestamp()),
        **facts,
    }
