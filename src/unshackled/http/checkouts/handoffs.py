"""POST /v1/handoffs/redeem: the retailer's customer arrives.

The secret comes in the body: whatever stands in a path or a query is in every log on the way.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.account import retailer_of
from unshackled.domain.checkout import Checkout
from unshackled.http.auth.authenticator import source_of
from unshackled.http.auth.cookies import COOKIE, CookieRules, cookie_text, mark_name
from unshackled.http.auth.origins import require_embedding, require_origin
from unshackled.http.auth.tokens import (
    MARK_LIFETIME,
    TOKEN_LIFETIME,
    Redeemed,
    issued_at,
    standing_of,
)
from unshackled.http.body import parse, read_object
from unshackled.http.checkouts.handoff_links import handoff_of, issued_for, with_way_on
from unshackled.http.checkouts.handoff_schemas import NewHandoff, RedeemedHandoff, RedeemHandoff
from unshackled.http.context import ApiContext
from unshackled.http.problems import Problem
from unshackled.http.responses import answer
from unshackled.http.route_documents import BODY, CHECKED, answers, secured, takes
from unshackled.store.stored_records import StoredToken

REDEEM: Final = "/v1/handoffs/redeem"
PROBLEMS: Final = (
    *BODY,
    "origin_not_allowed",
    "handoff_unknown",
    "handoff_expired",
    "handoff_used",
    "handoff_used_elsewhere",
    "checkout_finished",
)


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.post(
        REDEEM,
        tags=["customers"],
        operation_id="redeemHandoff",
        summary="Open a checkout in this browser",
        responses=answers(
            200,
            RedeemedHandoff,
            "The checkout; its customer's credential as an HttpOnly cookie for this checkout"
            " alone, or as a token where that was asked for.",
            problems=PROBLEMS,
            headers=("Set-Cookie",),
        ),
        openapi_extra={**takes(RedeemHandoff), "security": []},
        response_model=None,
    )
    async def redeem(request: Request) -> Response:
        """Once; again within 60 seconds only by the same browser."""
        body = parse(RedeemHandoff, await read_object(request))
        stored = await context.tokens.find_handoff(body.secret)
        _require_place(request, context, body, stored)
        checkout = None if stored is None else await context.services.engine.read(stored.checkout)
        if stored is None or checkout is None:
            raise Problem("handoff_unknown", "There is no link with this secret.")
        browser = request.cookies.get(mark_name(stored.token_hash))
        _require_open(context, stored, checkout, browser)
        redeemed = await context.tokens.redeem(stored, browser)
        if redeemed is None:
            raise with_way_on(context, checkout, _used_elsewhere())
        return _opened(context, stored, redeemed, body)


def install_creation(app: FastAPI, context: ApiContext) -> None:
    """Add the route by which the retailer's server makes another one."""

    @app.post(
        "/v1/checkouts/{checkout}/handoffs",
        status_code=201,
        tags=["checkouts"],
        operation_id="createHandoff",
        summary="Make another handoff",
        responses=answers(
            201,
            NewHandoff,
            "The handoff.",
            problems=(*CHECKED, "scope_missing", "checkout_canceled"),
        ),
        openapi_extra=secured("secret"),
        response_model=None,
    )
    async def hand_off(request: Request, checkout: str) -> Response:
        """A new handoff, after the first was lost, used or has expired."""
        caller = await context.guard.retailer(request, "checkouts:write")
        await context.guard.own(caller, checkout)
        found = await context.recent(checkout)
        issued = await issued_for(context, found, "handoff")
        return answer({"handoff": handoff_of(context, found, issued)}, 201)


def _require_place(
    request: Request, context: ApiContext, body: RedeemHandoff, stored: StoredToken | None
) -> None:
    """A problem unless it is asked for from a page that may have the credential.

    A cookie is set for our own page only, a token is for apps and for the retailer's pages.
    """
    by_cookie = body.credential == "cookie"
    retailer = context.services.book.retailers.get(retailer_of(stored.retailer) if stored else "")
    origins = retailer.origins if retailer is not None else ()
    ours = context.services.public_origin
    require_origin(
        source_of(request, by_cookie=by_cookie), "customer", ours=ours, registered=origins
    )
    if body.embedded and stored is not None:
        require_embedding(origins)


def _require_open(
    context: ApiContext, stored: StoredToken, checkout: Checkout, browser: str | None
) -> None:
    """A problem with the way on unless the link opens this browser."""
    standing = standing_of(stored, browser, context.services.clock.now())
    problem: Problem | None = None
    if standing == "used_elsewhere":
        problem = _used_elsewhere()
    elif standing == "used":
        detail = "This browser opened the link before."
        problem = Problem("handoff_used", detail, checkout=checkout.id)
    elif standing == "expired":
        problem = Problem("handoff_expired", "The link has expired.")
    elif stored.redeemed_at is None and (outcome := _ended_before(stored, checkout)):
        detail = "The checkout ended before the link was used."
        problem = Problem("checkout_finished", detail, outcome=outcome)
    if problem is not None:
        raise with_way_on(context, checkout, problem)


def _ended_before(stored: StoredToken, checkout: Checkout) -> str | None:
    """How a checkout ended that the link was still for; one made for an order shows it."""
    if checkout.canceled is not None:
        return "canceled"
    ended = checkout.completed_at
    return "completed" if ended is not None and issued_at(stored) < ended else None


def _used_elsewhere() -> Problem:
    return Problem("handoff_used_elsewhere", "Another browser opened the link.")


def _opened(
    context: ApiContext, stored: StoredToken, redeemed: Redeemed, body: RedeemHandoff
) -> Response:
    """The answer with its cookies: the customer's, and the mark of this browser."""
    href = f"/v1/checkouts/{stored.checkout}"
    told: dict[str, Any] = {
        "checkout": stored.checkout,
        "href": href,
        "expires_at": redeemed.expires_at,
    }
    at = urlsplit(context.services.public_url)
    rules = CookieRules(secure=at.scheme == "https", embedded=body.embedded)
    mark = mark_name(stored.token_hash), redeemed.browser, f"{at.path}/v1/handoffs", MARK_LIFETIME
    cookies = [mark]
    if body.credential == "bearer":
        told["customer_token"] = redeemed.token
    else:
        cookies.append((COOKIE, redeemed.token, at.path + href, TOKEN_LIFETIME))
    response = answer(told)
    for name, value, path, lifetime in cookies:
        text = cookie_text(name, value, path=path, lifetime=lifetime, rules=rules)
        response.headers.append("Set-Cookie", text)
    return response
