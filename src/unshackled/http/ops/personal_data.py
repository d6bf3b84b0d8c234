"""/ops of people: find someone's checkouts, erase their data, read what is stored of them.

What somebody is searched by is in no audit log and in no request that waits for a second person:
those have the ids that were found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.account import account_of
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.http.body import parse, read_object
from unshackled.http.checkouts.copy_answers import copies_at
from unshackled.http.checkouts.privacy_schemas import SubjectExport
from unshackled.http.checkouts.read import checkout_page
from unshackled.http.checkouts.searches import person
from unshackled.http.checkouts.subject_export import export_of
from unshackled.http.context import ApiContext
from unshackled.http.ops.audit import request_body
from unshackled.http.ops.execution import (
    Action,
    audited,
    need_clean,
    needs_second,
    outcome_of,
    put_request,
)
from unshackled.http.ops.ops_schemas import OperatorAction, OperatorRequest
from unshackled.http.ops.personal_data_schemas import (
    ErasePerson,
    ErasurePage,
    FindPerson,
    PersonCheckouts,
)
from unshackled.http.problems import not_found
from unshackled.http.responses import answer
from unshackled.http.route_documents import (
    BODY,
    CHECKED,
    answers,
    second_person_response,
    secured,
    takes,
)
from unshackled.store.stored_records import Page

MOST: Final = 100  # checkouts that one request erases
LOOKED: Final = "looked for a person"


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""
    _finding(app, context)
    _erasing(app, context)
    _exporting(app, context)


def _finding(app: FastAPI, context: ApiContext) -> None:
    @app.post(
        "/ops/people/search",
        tags=["operations"],
        operation_id="findPerson",
        summary="Find a person's checkouts, newest first",
        responses=answers(200, PersonCheckouts, "A page.", problems=(*CHECKED, *BODY)),
        openapi_extra={**takes(FindPerson), **secured("operator")},
        response_model=None,
    )
    async def find(request: Request) -> Response:
        """By e-mail, phone, IMEI, customer or order number; written down without the value."""
        operator = await context.guard.operator(request)
        body = parse(FindPerson, await read_object(request))
        action = _action("find", operator.id, body, LOOKED, subject=body.retailer)
        async with audited(context, action):
            page = await _found(context, body, body.limit, body.cursor)
            items = [
                {
                    "checkout": row.checkout.id,
                    "retailer": row.checkout.retailer,
                    "livemode": row.checkout.livemode,
                    "flow": row.checkout.flow,
                    "status": row.status,
                    "created_at": row.checkout.created_at,
                    "updated_at": row.checkout.updated_at,
                }
                for row in page.rows
            ]
            return answer({"items": items, "next_cursor": page.next})


def _erasing(app: FastAPI, context: ApiContext) -> None:
    @app.post(
        "/ops/people/erase",
        tags=["operations"],
        operation_id="erasePerson",
        summary="Erase a person's data, as far as nothing keeps it",
        responses={
            **answers(200, ErasurePage, "What came of each.", problems=(*CHECKED, *BODY)),
            **second_person_response(OperatorRequest),
        },
        openapi_extra={**takes(ErasePerson), **secured("operator")},
        response_model=None,
    )
    async def erase(request: Request) -> Response:
        """Of one checkout, or of at most 100 that a search finds; what may not go says why."""
        operator = await context.guard.operator(request)
        body = parse(ErasePerson, await read_object(request))
        need_clean(body)
        found, more = await _targets(context, body)
        action = _action(
            "erase",
            operator.id,
            body,
            body.reason,
            subject=body.checkout or body.retailer,
            checkouts=found,
            more=more,
        )
        async with audited(context, action) as trail:
            if body.checkout is not None and not found:
                raise not_found()
            if needs_second(context, action):
                return answer(request_body(await put_request(context, action, trail)), 202)
            return answer(await carry_out(context, action))


def _exporting(app: FastAPI, context: ApiContext) -> None:
    @app.post(
        "/ops/checkouts/{checkout}/export",
        tags=["operations"],
        operation_id="exportByOperator",
        summary="Read all that is stored about a customer",
        responses=answers(200, SubjectExport, "By category.", problems=(*CHECKED, *BODY)),
        openapi_extra={**takes(OperatorAction), **secured("operator")},
        response_model=None,
    )
    async def export(request: Request, checkout: str) -> Response:
        """To answer a request of theirs: with a reason, in the audit log."""
        operator = await context.guard.operator(request)
        body = parse(OperatorAction, await read_object(request))
        need_clean(body)
        found = await context.services.engine.read(checkout)
        action = Action(
            name="export",
            operator=operator.id,
            reason=body.reason,
            evidence=body.evidence,
            subject=checkout,
            retailer=found.account if found is not None else "",
        )
        async with audited(context, action):
            if found is None:
                raise not_found()
            plans = context.services.engine.plans_of(found)
            copies = await copies_at(context, found)
            return answer(export_of(plans, found, context.services.clock.now(), copies))


def _action(
    name: str,
    operator: str,
    body: FindPerson | ErasePerson,
    reason: str,
    *,
    subject: str,
    **more: Any,
) -> Action:
    """What is written down: what was searched by, never its value."""
    detail = {"searched_by": list(body.terms), **more}
    return Action(
        name=name,
        operator=operator,
        reason=reason,
        evidence=body.evidence if isinstance(body, ErasePerson) else None,
        subject=subject,
        retailer=account_of(body.retailer, livemode=body.livemode),
        body=detail,
        detail=detail,
    )


async def _targets(context: ApiContext, body: ErasePerson) -> tuple[list[str], bool]:
    """The ids to erase, and whether there are more; those of another account are not there."""
    if body.checkout is None:
        page = await _found(context, body, MOST, None)
        return [row.checkout.id for row in page.rows], page.next is not None
    found = await context.services.engine.read(body.checkout)
    mine = found is not None and found.account == account_of(body.retailer, livemode=body.livemode)
    return [body.checkout] if mine else [], False


async def _found(
    context: ApiContext, body: FindPerson | ErasePerson, limit: int, cursor: str | None
) -> Page:
    account = account_of(body.retailer, livemode=body.livemode)
    only = person(body, context.country(body.retailer))
    return await checkout_page(context, account, status=None, cursor=cursor, limit=limit, only=only)


async def carry_out(context: ApiContext, action: Action) -> Mapping[str, Any]:
    """Erase one after the other; what keeps one of them keeps no other."""
    items = [await _one(context, action, str(one)) for one in action.body["checkouts"]]
    return {"items": items, "more": bool(action.body["more"])}


async def _one(context: ApiContext, action: Action, checkout: str) -> Mapping[str, Any]:
    command = c.EraseByOperator(
        reason=action.reason, operator=action.operator, evidence=action.evidence
    )
    try:
        await context.services.engine.command(checkout, command)
    except Rejected as refused:
        duties = refused.details.get("duties", [])
        return _item(checkout, "needed" if duties else "refused", refused.code, duties)
    # One checkout's failure is told beside the others' success.
    except Exception as error:  # noqa: BLE001
        return _item(checkout, *outcome_of(error))
    return _item(checkout, "erased")


def _item(checkout: str, outcome: str, code: str = "", duties: Any = ()) -> Mapping[str, Any]:
    return {"checkout": checkout, "outcome": outcome, "code": code, "duties": list(duties)}
