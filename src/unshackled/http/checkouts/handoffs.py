"""POST /v1/handoffs/{token}/redeem: the retailer's customer arrives."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.http.auth.authenticator import COOKIE
from unshackled.http.auth.tokens import SAME_BROWSER, TOKEN_LIFETIME
from unshackled.http.checkouts.checkout_schemas import RedeemedHandoff
from unshackled.http.context import ApiContext
from unshackled.http.responses import answer
from unshackled.http.route_documents import answers

BROWSER: Final = "unshackled_browser"


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.post(
        "/v1/handoffs/{token}/redeem",
        tags=["customers"],
        operation_id="redeemHandoff",
        summary="Open a checkout in this browser",
        responses=answers(
            200,
            RedeemedHandoff,
            "The customer's token, also as an HttpOnly cookie for this checkout alone.",
            problems=("handoff_ended",),
            headers=("Set-Cookie",),
        ),
        openapi_extra={"security": []},
        response_model=None,
    )
    async def redeem(request: Request, token: str) -> Response:
        """Once; again within 60 seconds only by the same browser."""
        found = await context.tokens.redeem(token, request.cookies.get(BROWSER))
        href = f"/v1/checkouts/{found.checkout}"
        response = answer({"checkout": found.checkout, "customer_token": found.token, "href": href})
        safe: dict[str, Any] = {
            "httponly": True,
            "samesite": "lax",
            "secure": context.services.public_url.startswith("https:"),
        }
        lifetime = int(TOKEN_LIFETIME.total_seconds())
        response.set_cookie(COOKIE, found.token, max_age=lifetime, path=href, **safe)
        same = int(SAME_BROWSER.total_seconds())
        response.set_cookie(BROWSER, found.browser, max_age=same, path="/v1/handoffs", **safe)
        return response
