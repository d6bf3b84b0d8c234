"""Subject access: all that is stored about a person, of one checkout or of all of theirs."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.http.auth.credentials import Caller
from unshackled.http.body import parse, read_object
from unshackled.http.checkouts.copy_answers import copies_at
from unshackled.http.checkouts.privacy_schemas import (
    SubjectAccess,
    SubjectExport,
    SubjectExportPage,
)
from unshackled.http.checkouts.read import checkout_page
from unshackled.http.checkouts.searches import person
from unshackled.http.checkouts.subject_export import export_of
from unshackled.http.context import ApiContext
from unshackled.http.ops.execution import Action, audited
from unshackled.http.responses import answer
from unshackled.http.route_documents import BODY, CHECKED, answers, secured, takes

SCOPE = "personal:read"
WHY = "subject access"


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route of one checkout."""

    @app.get(
        "/v1/checkouts/{checkout}/export",
        tags=["personal data"],
        operation_id="exportCheckout",
        summary="Read all that is stored about the customer",
        responses=answers(200, SubjectExport, "By category.", problems=(*CHECKED, "scope_missing")),
        openapi_extra=secured("secret"),
        response_model=None,
    )
    async def export(request: Request, checkout: str) -> Response:
        """Who read it, and when, is in the audit log."""
        caller = await context.guard.retailer(request, SCOPE)
        await context.guard.own(caller, checkout)
        async with audited(context, _reading(caller, checkout)):
            found = await context.load(checkout)
            plans = context.services.engine.plans_of(found)
            copies = await copies_at(context, found)
            return answer(export_of(plans, found, context.services.clock.now(), copies))


def install_person(app: FastAPI, context: ApiContext) -> None:
    """Add the route of a person."""

    @app.post(
        "/v1/subject-access",
        tags=["personal data"],
        operation_id="exportPerson",
        summary="Read all that is stored about a person",
        responses=answers(
            200,
            SubjectExportPage,
            "A page of their checkouts, each by category.",
            problems=(*CHECKED, *BODY, "scope_missing"),
        ),
        openapi_extra={**takes(SubjectAccess), **secured("secret")},
        response_model=None,
    )
    async def access(request: Request) -> Response:
        """By what they are found by, as `searchCheckouts` does; it changes nothing."""
        caller = await context.guard.retailer(request, SCOPE)
        wanted = parse(SubjectAccess, await read_object(request))
        only = person(wanted, context.country(caller.retailer))
        async with audited(context, _reading(caller, "search", *wanted.terms)):
            page = await checkout_page(
                context,
                caller.account,
                status=None,
                cursor=wanted.cursor,
                limit=wanted.limit,
                only=only,
            )
            items = []
            for row in page.rows:
                found = await context.load(row.checkout.id)
                plans = context.services.engine.plans_of(found)
                copies = await copies_at(context, found)
                items.append(export_of(plans, found, context.services.clock.now(), copies))
            return answer({"items": items, "next_cursor": page.next})


def _reading(caller: Caller, subject: str, *kinds: str) -> Action:
    """The entry of the audit log: which key read what; what was searched by, never the value."""
    return Action(
        name="export",
        operator=f"key {caller.id}",
        reason=WHY,
        subject=subject,
        retailer=caller.account,
        detail={"searched_by": list(kinds)} if kinds else {},
    )
