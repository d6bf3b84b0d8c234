"""Where a link to a checkout leads, and where a customer whose link opens nothing goes on."""

from __future__ import annotations

from typing import Any

from unshackled.domain.checkout import Checkout
from unshackled.http.auth.tokens import HandoffKind, IssuedHandoff
from unshackled.http.checkouts.return_urls import first_page, registered_page, with_checkout
from unshackled.http.context import ApiContext
from unshackled.http.problems import Problem
from unshackled.messages import why_not


def handoff_url(context: ApiContext, checkout: Checkout, secret: str) -> str:
    """The checkout page with the secret in its fragment, which browsers send to no server."""
    page = context.tenant(checkout.retailer).checkout_page or context.services.checkout_page
    page = page or f"{context.services.public_url}/checkout"
    return f"{page}#{secret}"


async def issued_for(context: ApiContext, checkout: Checkout, kind: HandoffKind) -> IssuedHandoff:
    """A new link to a checkout; a problem for one that was canceled, which nobody opens again."""
    if checkout.canceled is not None:
        raise Problem("checkout_canceled", "The checkout was canceled.")
    return await context.tokens.handoff(checkout, kind)


def handoff_of(context: ApiContext, checkout: Checkout, issued: IssuedHandoff) -> dict[str, Any]:
    """A link as the retailer's server reads it."""
    return {
        "url": handoff_url(context, checkout, issued.secret),
        "secret": issued.secret,
        "expires_at": issued.expires_at,
    }


def shop_of(context: ApiContext, checkout: Checkout) -> dict[str, Any]:
    """The retailer's name and page, where a new link is to be had.

    It is a page that the retailer registered, with the checkout's id: what the customer's own
    return URL says beside it is not for whoever holds an old link.
    """
    retailer = context.tenant(checkout.retailer)
    registered = retailer.return_urls
    page = registered_page(checkout.private.return_url or "", registered) or first_page(registered)
    page = page or next(iter(retailer.origins), None)
    return {"name": retailer.name, "url": with_checkout(page, checkout.id) if page else None}


def with_way_on(context: ApiContext, checkout: Checkout, problem: Problem) -> Problem:
    """Why a link opens nothing, with a sentence for the customer and the way on."""
    said = why_not(checkout.locale, problem.kind.code)
    problem.more |= {"message": said} if said is not None else {}
    problem.more |= {"shop": shop_of(context, checkout)}
    return problem
