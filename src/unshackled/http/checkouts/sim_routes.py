"""GET …/sim/qr.svg: the activation code of an eSIM as a picture that a phone reads."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.http.checkouts.fulfilment import line_of
from unshackled.http.context import ApiContext
from unshackled.http.problems import not_found
from unshackled.http.route_documents import CHECKED, CUSTOMER_OR_SERVER, answers, secured
from unshackled.messages import say
from unshackled.rendering import qr_code

SVG: Final = "image/svg+xml"
# Whoever has it has the line: it is kept nowhere on the way.
KEPT_NOWHERE: Final = {"Cache-Control": "private, no-store", "Vary": "Authorization, Cookie"}


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.get(
        "/v1/checkouts/{checkout}/sim/qr.svg",
        tags=["checkouts"],
        operation_id="readSimQrCode",
        summary="Read the QR code of an eSIM",
        responses=qr_answers(*CHECKED, "scope_missing", "origin_not_allowed"),
        openapi_extra=secured(*CUSTOMER_OR_SERVER),
        response_model=None,
    )
    async def read(request: Request, checkout: str) -> Response:
        """Its activation code works once; 404 before the line is live, and of a card."""
        await context.guard.checkout(request, checkout, "checkouts:read")
        return qr_answer(context, await context.load(checkout))


def qr_answers(*problems: str) -> dict[int | str, dict[str, Any]]:
    """The answers of a route of a QR code."""
    found = answers(200, None, "The QR code.", problems=problems)
    found[200]["content"] = {SVG: {"schema": {"type": "string", "contentMediaType": SVG}}}
    return found


def qr_answer(context: ApiContext, checkout: Checkout) -> Response:
    """The picture, with words for who cannot see it; the same 404 where there is none."""
    plan = context.services.engine.plans.by_digest(checkout.digest)
    line = line_of(plan, checkout)
    code = None if line is None else line.get("activation_code")
    if line is None or not code:
        raise not_found()
    picture = qr_code.qr_svg(
        code,
        title=say(checkout.locale, "sim_qr_title", {"number": line.get("msisdn")}),
        description=say(checkout.locale, "sim_qr_description"),
    )
    headers = {**KEPT_NOWHERE, "Content-Security-Policy": qr_code.POLICY}
    return Response(picture, 200, headers, SVG)
