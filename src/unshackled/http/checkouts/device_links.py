"""POST …/device-links: the customer goes on at another device."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.http.body import parse, read_object
from unshackled.http.checkouts.handoff_links import handoff_url, issued_for
from unshackled.http.checkouts.handoff_schemas import DeviceLink, NewDeviceLink
from unshackled.http.context import ApiContext
from unshackled.http.responses import answer
from unshackled.http.route_documents import BODY, CHECKED, answers, secured, takes
from unshackled.messages import say
from unshackled.rendering import qr_code


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.post(
        "/v1/checkouts/{checkout}/device-links",
        status_code=201,
        tags=["customers"],
        operation_id="createDeviceLink",
        summary="Go on at another device",
        responses=answers(
            201,
            DeviceLink,
            "The link, also as a QR code.",
            problems=(*CHECKED, *BODY, "origin_not_allowed", "checkout_canceled"),
        ),
        openapi_extra={
            **takes(NewDeviceLink, required=False),
            **secured("customer", "cookie"),
        },
        response_model=None,
    )
    async def link(request: Request, checkout: str) -> Response:
        """Opens this checkout in one browser, within 5 minutes; this device goes on as before."""
        await context.guard.customer(request, checkout)
        parse(NewDeviceLink, await read_object(request))
        found = await context.load(checkout)
        issued = await issued_for(context, found, "device")
        url = handoff_url(context, found, issued.secret)
        picture = qr_code.text_svg(
            url,
            title=say(found.locale, "device_qr_title"),
            description=say(found.locale, "device_qr_description"),
        )
        told = {"url": url, "expires_at": issued.expires_at, "qr_svg": picture.decode()}
        return answer(told, 201)
