"""POST /v1/checkouts: a customer begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import FastAPI, Header
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout, bucket_of
from unshackled.domain.events.checkout_events import CheckoutCreated
from unshackled.errors import Conflict
from unshackled.flow.language.spec import Retailer
from unshackled.flow.plan.plan import Plan
from unshackled.flow.runtime.runner import KeyTaken
from unshackled.http.auth.credentials import Caller
from unshackled.http.body import parse, read_object
from unshackled.http.checkouts.checkout_offer import offer_of
from unshackled.http.checkouts.checkout_schemas import CreateCheckout, CreatedCheckout
from unshackled.http.checkouts.handoff_links import handoff_of
from unshackled.http.checkouts.idempotency import Claim, claim
from unshackled.http.checkouts.prices import priced, refuse_unsold, refuse_untaken
from unshackled.http.checkouts.queue_places import queued
from unshackled.http.checkouts.return_urls import first_page, return_url_mistake
from unshackled.http.context import ApiContext
from unshackled.http.problems import Problem, field_error
from unshackled.http.route_documents import BODY, CHECKED, answers, secured, takes
from unshackled.http.sandboxes import reached, require_sandbox
from unshackled.messages import LANGUAGES
from unshackled.steps import FieldError
from unshackled.telemetry import current_traceparent

PROBLEMS = (
    *CHECKED,
    *BODY,
    "scope_missing",
    "idempotency_key_missing",
    "idempotency_key_reused",
    "malformed_header",
    "invalid_package",
    "part_not_sold",
    "part_required",
    "unsupported_locale",
    "catalogue_unavailable",
    "no_sandbox",
    "quote_expired",
)


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""

    @app.post(
        "/v1/checkouts",
        status_code=201,
        tags=["checkouts"],
        operation_id="createCheckout",
        summary="Begin a checkout",
        responses=answers(
            201, CreatedCheckout, "The checkout.", problems=PROBLEMS, headers=("ETag", "Location")
        ),
        openapi_extra={**takes(CreateCheckout), **secured("secret")},
        response_model=None,
    )
    async def create(
        request: Request,
        idempotency_key: Annotated[str | None, Header(max_length=255)] = None,
    ) -> Response:
        """Price the package, or take a stored quote as it stands, and begin.

        The same key again answers with what it made; the customer's token and the handoff are
        new in each answer.
        """
        caller = await context.guard.retailer(request, "checkouts:write")
        sent = await read_object(request)
        key = claim(request, caller, sent)
        body = parse(CreateCheckout, sent)
        earlier = await key.earlier(context.services.store) if key else None
        if earlier is not None:
            found = await context.load(earlier.resource)
            return await _answer(context.seen_by(caller), found, earlier.status)
        begin = await _begin(context, caller, body)
        begin = await queued(context.services.admission, begin, idempotency_key)
        return await _create(context.seen_by(caller), begin, key)


async def _create(context: ApiContext, begin: CheckoutCreated, key: Claim | None) -> Response:
    services = context.services
    record = key.record(begin.id, 201, services.clock) if key else None
    try:
        checkout = await services.engine.create(begin, idempotency=record)
    except (KeyTaken, Conflict):
        earlier = await key.earlier(services.store) if key else None
        if earlier is None:
            raise
        return await _answer(context, await context.load(earlier.resource), earlier.status)
    return await _answer(context, checkout, 201)


async def _answer(context: ApiContext, checkout: Checkout, status: int) -> Response:
    token, handoff = await context.tokens.both(checkout)
    more = {"customer_token": token, "handoff": handoff_of(context, checkout, handoff)}
    headers = {"Location": f"/v1/checkouts/{checkout.id}"}
    return context.answer(checkout, status, more=more, headers=headers)


async def _begin(context: ApiContext, caller: Caller, body: CreateCheckout) -> CheckoutCreated:
    services, retailer = context.services, context.tenant(caller.retailer)
    locale = locale_of(body.locale, retailer)
    offer = await offer_of(services, caller, retailer, body, locale)
    plan = plan_of(context, retailer, offer.flow)
    return_url = _return_url(retailer, body.return_url)
    require_sandbox(retailer, reached(retailer, plan), livemode=caller.livemode)
    refuse_unsold(plan, offer.selection, locale=locale)
    found = offer.priced or await priced(
        services, retailer, offer.selection, livemode=caller.livemode, locale=locale
    )
    refuse_untaken(plan, retailer, found, locale=locale)
    checkout = services.ids.checkout()
    return CheckoutCreated(
        id=checkout,
        retailer=retailer.id,
        flow=plan.name,
        digest=plan.digest,
        currency=retailer.currency,
        locale=locale,
        bucket=bucket_of(services.bucket_salt, body.customer_ref or checkout),
        expires_at=services.clock.now() + plan.expires_after,
        selection=offer.selection,
        package=found.package,
        quote=found.quote,
        steps=tuple(plan.steps),
        trace=current_traceparent(),
        customer_ref=body.customer_ref,
        return_url=return_url,
        livemode=caller.livemode,
        from_quote=offer.quote,
    )


def locale_of(request: str | None, retailer: Retailer) -> str:
    """The locale that was asked for, else the retailer's; a problem where it has no words."""
    if request is not None and request[:2] not in LANGUAGES:
        raise Problem(
            "unsupported_locale",
            "There are no sentences in this language: a locale begins with one of `allowed`.",
            allowed=LANGUAGES,
        )
    return request or retailer.locale


def plan_of(context: ApiContext, retailer: Retailer, flow: str) -> Plan:
    """A retailer's flow for new checkouts, or the problem that it has none so named."""
    try:
        return context.services.book.plan(retailer.id, flow)
    except KeyError:
        says = "is not a flow of this retailer"
        raise wrong_field("flow", "unknown_flow", says, retailer.flows) from None


def _return_url(retailer: Retailer, wanted: str | None) -> str | None:
    """The wanted address if it is registered, whatever its query; by default the first page."""
    if wanted is None:
        return first_page(retailer.return_urls)
    mistake = return_url_mistake(wanted, retailer.return_urls)
    if mistake is not None:
        raise wrong_field("return_url", *mistake, retailer.return_urls)
    return wanted


def wrong_field(path: str, code: str, says: str, allowed: tuple[str, ...]) -> Problem:
    """One wrong field, with what is allowed."""
    error: Mapping[str, Any] = field_error(FieldError(path=path, code=code, message=says), allowed)
    return Problem("invalid_input", "Some fields are wrong.", errors=[error])
