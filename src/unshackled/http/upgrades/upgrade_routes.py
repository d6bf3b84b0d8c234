"""POST and GET /v1/upgrades/eligibility: may a customer upgrade, and what does it come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain import form
from unshackled.domain.codec import decode
from unshackled.domain.customer import DeviceReturn, ExistingAgreement
from unshackled.domain.form import Given, Refusal
from unshackled.flow.language.spec import Retailer
from unshackled.http.auth.credentials import Caller
from unshackled.http.body import parse, read_object
from unshackled.http.checkouts.create import locale_of, plan_of, wrong_field
from unshackled.http.context import ApiContext
from unshackled.http.problems import Problem, field_error, not_found
from unshackled.http.responses import answer
from unshackled.http.route_documents import BODY, CHECKED, answers, secured, takes
from unshackled.http.sandboxes import require_sandbox
from unshackled.http.upgrades.eligibility_service import (
    PATH,
    UpgradeRequest,
    answered,
    eligibility_resource,
    read_eligibility,
    store_eligibility,
)
from unshackled.http.upgrades.upgrade_flow import upgrade_flow
from unshackled.http.upgrades.upgrade_schemas import LOCALE, AskUpgrade, UpgradeAnswer
from unshackled.steps.collect import field_errors

SERVERS_ONLY: Final = (
    "Only a server asks about upgrades, with its secret key: with a publishable key, which every"
    " visitor of a page has, anybody could ask for balances by the numbers of agreements."
)
Locale = Annotated[
    str | None,
    Query(pattern=LOCALE, description="What it is told in. By default the retailer's."),
]


def _answers() -> Mapping[int | str, Mapping[str, Any]]:
    """201 for a new answer, 200 for one that was there, and the problems."""
    problems = (
        *CHECKED,
        *BODY,
        "scope_missing",
        "no_sandbox",
        "unsupported_locale",
        "too_many_requests",
        "upgrade_unavailable",
    )
    new = answers(
        201, UpgradeAnswer, "Yes or no, stored.", problems=problems, headers=("Location",)
    )
    return {200: {**new[201], "description": "The same was asked for a moment ago."}, **new}


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""

    @app.post(
        PATH,
        status_code=201,
        tags=["upgrades"],
        operation_id="askUpgrade",
        summary="May a customer upgrade?",
        responses={status: dict(one) for status, one in _answers().items()},
        openapi_extra={**takes(AskUpgrade), **secured("secret")},
        response_model=None,
    )
    async def ask(request: Request) -> Response:
        """Yes, what settles the old agreement, who pays it and until when; or why not, from when.

        Asked of the lender and of the buyer of devices now, by the programme of the flow. An API
        key may ask 60 times in a minute.
        """
        caller = await _server(context, request)
        body = parse(AskUpgrade, await read_object(request))
        retailer = context.tenant(caller.retailer)
        locale = locale_of(body.locale, retailer)
        wanted = _request(context, retailer, caller, body, locale)
        row = await answered(context.services, retailer, caller, wanted)
        new = await store_eligibility(context.services, row)
        status, headers = 201 if new else 200, {"Location": f"{PATH}/{row.id}"}
        shown = eligibility_resource(row, context.services.clock.now(), locale)
        return answer(shown, status, headers=headers)

    @app.get(
        PATH + "/{eligibility}",
        tags=["upgrades"],
        operation_id="getUpgrade",
        summary="Read an answer about an upgrade",
        responses=answers(
            200,
            UpgradeAnswer,
            "The answer as it was stored, valid or expired.",
            problems=(*CHECKED, "scope_missing", "invalid_input", "unsupported_locale"),
        ),
        openapi_extra=secured("secret"),
        response_model=None,
    )
    async def read(request: Request, eligibility: str, locale: Locale = None) -> Response:
        """By a secret key of its retailer, of the same mode; until 7 days after its validity."""
        caller = await _server(context, request)
        words = locale_of(locale, context.tenant(caller.retailer))
        row = await read_eligibility(context.services, caller.account, eligibility)
        if row is None:
            raise not_found()
        return answer(eligibility_resource(row, context.services.clock.now(), words))


async def _server(context: ApiContext, request: Request) -> Caller:
    """A retailer's own server; a page is told why not."""
    caller = await context.guard.retailer(request, "checkouts:write", publishable=True)
    if caller.kind != "secret":
        raise Problem("credentials_of_wrong_kind", SERVERS_ONLY, allowed=["secret key"])
    return caller


def _request(
    context: ApiContext, retailer: Retailer, caller: Caller, body: AskUpgrade, locale: str
) -> UpgradeRequest:
    """What is asked, checked as the steps of the flow would check it."""
    steps = upgrade_flow(plan_of(context, retailer, body.flow))
    if steps is None:
        upgrading = tuple(
            name
            for name in retailer.flows
            if upgrade_flow(plan_of(context, retailer, name)) is not None
        )
        raise wrong_field("flow", "no_upgrade_flow", "is not a flow that upgrades", upgrading)
    providers = [
        name
        for one in (steps.standing, steps.valuation)
        for name in (one.policy.providers if one.policy else ())
    ]
    require_sandbox(retailer, providers, livemode=caller.livemode)
    now = retailer.local(context.services.clock.now())
    given = Given(today=now.date(), country=context.country(retailer.id), now=now)
    existing = _read(ExistingAgreement, {"agreement": body.agreement}, given, "", locale)
    device = _read(DeviceReturn, body.device, given, "device.", locale)
    return UpgradeRequest(flow=body.flow, steps=steps, existing=existing, device=device)


def _read(model: Any, sent: Mapping[str, Any], given: Given, path: str, locale: str) -> Any:
    """A form of the flow, as a submission of it is read."""
    found = form.read(model, sent, given)
    if not isinstance(found, Refusal):
        return decode(model, found)
    errors = [
        {**field_error(one, one.allowed), "path": f"{path}{one.path}"}
        for one in field_errors(found.findings, locale)
    ]
    raise Problem("invalid_input", "Some fields are wrong.", errors=errors)
