"""PATCH of the package and PUT of a step: what a customer changes on the way."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Header
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.domain.package import Selection
from unshackled.domain.pricing import Priced
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.http.auth.credentials import Caller
from unshackled.http.body import PATCH_TYPES, parse, read_object, require_bounds
from unshackled.http.checkouts.checkout_schemas import ChangeCheckout
from unshackled.http.checkouts.checkout_schemas import Checkout as CheckoutAnswer
from unshackled.http.checkouts.prices import priced, refuse_unsold, refuse_untaken, renew
from unshackled.http.checkouts.results import result_of
from unshackled.http.context import ApiContext, expected
from unshackled.http.route_documents import (
    BODY,
    CHECKED,
    COMMAND,
    CUSTOMER_OR_SERVER,
    answers,
    secured,
    takes,
)
from unshackled.http.upgrades.chosen_upgrade import other_figure

IfMatch = Annotated[str | None, Header(description="The ETag that was read; 412 if it moved on.")]
STEP_BODY = {
    "requestBody": {
        "required": False,
        "description": "As the `schema` of the step's next action says.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""

    @app.patch(
        "/v1/checkouts/{checkout}",
        tags=["checkouts"],
        operation_id="changeCheckout",
        summary="Change the package",
        responses=answers(
            200,
            CheckoutAnswer,
            "The checkout with its new quote.",
            problems=(
                *CHECKED,
                *BODY,
                *COMMAND,
                "invalid_package",
                "part_not_sold",
                "part_required",
                "credit_already_decided",
                "catalogue_unavailable",
            ),
            headers=("ETag",),
        ),
        openapi_extra={**takes(ChangeCheckout, PATCH_TYPES), **secured(*CUSTOMER_OR_SERVER)},
        response_model=None,
    )
    async def change(request: Request, checkout: str, if_match: IfMatch = None) -> Response:
        """Price the changed selection; steps whose facts changed are done again."""
        caller = await context.guard.checkout(request, checkout, "checkouts:write")
        body = parse(ChangeCheckout, await read_object(request, PATCH_TYPES))
        expect, known = expected(request), await context.load(checkout)
        picked = _merged(known, body.package)
        lapsed = known.quote.expired(context.services.clock.now())
        if picked == known.selection and not (lapsed or other_figure(context.services, known)):
            return await _nothing(context.seen_by(caller), known, expect)
        plan = context.services.engine.plans.by_digest(known.digest)
        refuse_unsold(plan, picked, known.selection, locale=known.locale)
        found = await _priced(context, caller, known, picked)
        refuse_untaken(
            plan, context.tenant(caller.retailer), _whole(found, known), locale=known.locale
        )
        command = c.ChangePackage(selection=picked, package=found.package, quote=found.quote)
        done = await context.services.engine.command(checkout, command, expect=expect)
        return context.seen_by(caller).answer(done)

    @app.put(
        "/v1/checkouts/{checkout}/steps/{step}",
        tags=["checkouts"],
        operation_id="submitStep",
        summary="Send what a step asks for",
        responses=answers(
            200,
            CheckoutAnswer,
            "The checkout after it.",
            problems=(
                *CHECKED,
                *BODY,
                *COMMAND,
                "unknown_step",
                "step_not_due",
                "credit_already_decided",
            ),
            headers=("ETag",),
        ),
        openapi_extra={**STEP_BODY, **secured(*CUSTOMER_OR_SERVER)},
        response_model=None,
    )
    async def submit(
        request: Request, checkout: str, step: str, if_match: IfMatch = None
    ) -> Response:
        """Collected data may come in any order before the confirmation."""
        caller = await context.guard.checkout(request, checkout, "checkouts:write")
        body = await read_object(request)
        require_bounds(body)
        expect, known = expected(request), await context.recent(checkout)
        expect = await renew(context.services, known, expect, must=False)
        command = c.Submit(
            step=step,
            body=body,
            country=context.country(known.retailer),
            bank=context.services.bank,
        )
        done = await context.services.engine.command(checkout, command, expect=expect)
        found, seen = await _with_fresh_figure(context, done), context.seen_by(caller)
        return seen.answer(found, more=await result_of(seen, found))


async def _priced(
    context: ApiContext, caller: Caller, known: Checkout, picked: Selection
) -> Priced:
    """Another selection of a checkout at its price of now."""
    return await priced(
        context.services,
        context.tenant(caller.retailer),
        picked,
        livemode=caller.livemode,
        locale=known.locale,
        checkout=known,
    )


async def _with_fresh_figure(context: ApiContext, done: Checkout) -> Checkout:
    """The checkout at its price of now, where its lender asks for another figure than before."""
    if not other_figure(context.services, done):
        return done
    await renew(context.services, done, None, must=False)
    return await context.load(done.id)


async def _nothing(context: ApiContext, known: Checkout, expect: int | None) -> Response:
    """A patch that changes nothing: only If-Match is checked."""
    if expect is not None and expect != known.version:
        known = await context.services.engine.command(known.id, c.Tick(), expect=expect)
    return context.answer(known)


def _whole(priced: Priced, known: Checkout) -> Priced:
    """A price with what the steps of a checkout have brought beside its package."""
    old = known.quote
    quote = priced.quote.with_step_lines(old.step_lines, old.trade_in_surplus, of=known.id)
    return replace(priced, quote=quote)


def _merged(checkout: Checkout, patch: dict[str, Any]) -> Selection:
    """The selection after an RFC 7396 merge patch."""
    return parse(Selection, merge(encode(checkout.selection), patch), "package")


def merge(target: Any, patch: Any) -> Any:
    """RFC 7396: objects are merged, null removes, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    found = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merge(found.get(name), value)
    return found
