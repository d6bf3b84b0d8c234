"""/ops/routes, /ops/providers and /ops/parity: who serves, moved while selling."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.account import is_live, retailer_of
from unshackled.domain.records import Record
from unshackled.flow.language.policy import Policy
from unshackled.http.body import parse, read_object
from unshackled.http.context import ApiContext
from unshackled.http.ops.audit import request_body
from unshackled.http.ops.execution import Action, audited, need_clean, needs_second, put_request
from unshackled.http.ops.ops_schemas import OperatorAction, OperatorBody, OperatorRequest
from unshackled.http.ops.routing_schemas import (
    Maintenance,
    OpsProvider,
    OpsRoute,
    ParityReport,
    ProviderOfRoute,
    RouteList,
    SplitRoute,
)
from unshackled.http.problems import Problem, field_error, not_found
from unshackled.http.responses import answer
from unshackled.http.route_documents import (
    BODY,
    CHECKED,
    answers,
    second_person_response,
    secured,
    takes,
)
from unshackled.routing import changes
from unshackled.routing.router import Router
from unshackled.settings import ON_ROUTES
from unshackled.steps import FieldError
from unshackled.store.side_tables.routing_settings import ProviderSettings, RouteSettings

PROBLEMS: Final = (*CHECKED, *BODY, "conflict")


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""
    _reading(app, context)
    _parity(app, context)
    for act in _ACTS:
        _acting(app, context, act)


def _reading(app: FastAPI, context: ApiContext) -> None:
    @app.get(
        "/ops/routes",
        tags=["operations"],
        operation_id="listRoutes",
        summary="List routes with their shares and shadows",
        responses=answers(200, RouteList, "Every route.", problems=CHECKED),
        openapi_extra=secured("operator"),
        response_model=None,
    )
    async def listing(
        request: Request, *, retailer: Annotated[str | None, Query(max_length=64)] = None
    ) -> Response:
        """What operators set is that of all replicas; what was measured is this process's."""
        await context.guard.operator(request)
        router = router_of(context)
        await router.settings.refresh()
        wanted = [
            one
            for one in router.routes()
            if retailer in (None, one.retailer, retailer_of(one.retailer))
        ]
        items = [route_body(router, one.retailer, one.policy) for one in wanted]
        return answer({"items": items})


def _parity(app: FastAPI, context: ApiContext) -> None:
    @app.get(
        "/ops/parity",
        tags=["operations"],
        operation_id="readParity",
        summary="Report how alike shadows answer, field by field",
        responses=answers(200, ParityReport, "Every pair.", problems=CHECKED),
        openapi_extra=secured("operator"),
        response_model=None,
    )
    async def report(
        request: Request,
        *,
        retailer: Annotated[str | None, Query(max_length=64)] = None,
        hours: Annotated[int, Query(ge=1, le=24 * 90)] = 24,
    ) -> Response:
        """Counts of all replicas, by whole hours; a replica adds its own every few seconds."""
        await context.guard.operator(request)
        router = router_of(context)
        await router.flush()
        since = context.services.clock.now() - timedelta(hours=hours)
        found = await router.parity.report(since)
        items = [
            {
                **_plain(one.pair),
                "livemode": is_live(one.pair.retailer),
                "agreed": one.agreed,
                "differed": one.differed,
                "failed": one.failed,
                "skipped": one.skipped,
                "fields": [_plain(field) for field in one.fields],
            }
            for one in found
            if retailer in (None, one.pair.retailer, retailer_of(one.pair.retailer))
        ]
        return answer({"since": since, "items": items})


class _Act(Record):
    """One thing that can be done to a route or a provider."""

    name: str
    operation: str
    summary: str
    says: str
    takes: type[OperatorBody] = OperatorAction


_ACTS: Final = (
    _Act(
        name="split",
        operation="splitRoute",
        summary="Move the shares of a split",
        says="Who is not named keeps its share; the first provider has the rest. It counts for "
        "checkouts that have not begun with one of them.",
        takes=SplitRoute,
    ),
    _Act(
        name="kill",
        operation="killProvider",
        summary="Close a provider on a route",
        says="Nothing is sent to it on this route any more; what stands there is done again "
        "elsewhere.",
        takes=ProviderOfRoute,
    ),
    _Act(
        name="restore",
        operation="restoreProvider",
        summary="Open a closed provider",
        says="It is asked again after an outage of the others; a share it gets by `split`.",
        takes=ProviderOfRoute,
    ),
    _Act(
        name="disable",
        operation="disableProvider",
        summary="Take a provider out",
        says="It is not picked for anything; what was begun there is looked up and taken back.",
    ),
    _Act(
        name="enable",
        operation="enableProvider",
        summary="Put a provider back",
        says="It is picked again, and its windows of maintenance are forgotten.",
    ),
    _Act(
        name="maintain",
        operation="maintainProvider",
        summary="Plan a maintenance",
        says="It is not picked from `begins` to `ends`.",
        takes=Maintenance,
    ),
)


def _acting(app: FastAPI, context: ApiContext, act_: _Act) -> None:
    name, model = act_.name, act_.takes
    kind, shape = ("routes", OpsRoute) if name in ON_ROUTES else ("providers", OpsProvider)
    good = answers(200, shape, "How it stands after it.", problems=PROBLEMS)

    @app.post(
        f"/ops/{kind}/{{retailer}}/{{subject}}/{name}",
        tags=["operations"],
        operation_id=act_.operation,
        summary=act_.summary,
        description=act_.says,
        responses={**good, **second_person_response(OperatorRequest)},
        openapi_extra={**takes(model), **secured("operator")},
        response_model=None,
    )
    async def act(request: Request, retailer: str, subject: str) -> Response:
        operator = await context.guard.operator(request)
        body = parse(model, await read_object(request))
        need_clean(body)
        asked = body.model_dump(exclude={"reason", "evidence"})
        action = Action(
            name=name,
            operator=operator.id,
            reason=body.reason,
            evidence=body.evidence,
            subject=subject,
            retailer=retailer,
            body=asked,
            detail=asked,
        )
        async with audited(context, action) as trail:
            await _checked(context, action)
            if needs_second(context, action):
                return answer(request_body(await put_request(context, action, trail)), 202)
            return answer(await carry_out(context, action))


async def _checked(context: ApiContext, action: Action) -> RouteSettings | ProviderSettings:
    """What the settings would be; a problem where it may not be done."""
    router = router_of(context)
    await router.settings.refresh()
    try:
        if action.name in ON_ROUTES:
            return _route_after(router, action, _policy(router, action))
        return _provider_after(context, router, action)
    except ValueError as error:
        wrong = FieldError(
            path=_FIELDS.get(action.name, "$"), code="not_allowed", message=str(error)
        )
        raise Problem(
            "invalid_input", "Some fields are wrong.", errors=[field_error(wrong)]
        ) from None


_FIELDS: Final[Mapping[str, str]] = {
    "split": "shares",
    "kill": "provider",
    "restore": "provider",
    "maintain": "ends",
}


def _policy(router: Router, action: Action) -> Policy:
    policy = router.policies.get((action.retailer, action.subject))
    if policy is None:
        raise not_found()
    return policy


def _route_after(router: Router, action: Action, policy: Policy) -> RouteSettings:
    now = router.settings.route(action.retailer, action.subject)
    shares, body = router.shares(action.retailer, policy), action.body
    if action.name == "split":
        return changes.split(policy, now, shares, body["shares"])
    if action.name == "kill":
        return changes.kill(policy, now, shares, body["provider"])
    return changes.restore(policy, now, body["provider"])


def _provider_after(context: ApiContext, router: Router, action: Action) -> ProviderSettings:
    if not router.knows(action.retailer, action.subject):
        raise not_found()
    now = router.settings.provider(action.retailer, action.subject)
    if action.name == "disable":
        return ProviderSettings(disabled=True, windows=now.windows)
    if action.name == "enable":
        return ProviderSettings()
    begins, ends = _moment(action.body["begins"]), _moment(action.body["ends"])
    return changes.maintain(now, begins=begins, ends=ends, at=context.services.clock.now())


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time needs an offset, e.g. 2026-11-22T02:00:00Z")
    return at


async def carry_out(context: ApiContext, action: Action) -> Mapping[str, Any]:
    """Set it, as it was asked for; a conflict where another operator was first."""
    router = router_of(context)
    settings = await _checked(context, action)
    kind: Any = "route" if action.name in ON_ROUTES else "provider"
    entry = router.settings.entry(action.retailer, kind, action.subject)
    await router.settings.put(entry, settings, by=action.operator, reason=action.reason)
    if kind == "route":
        return route_body(router, action.retailer, _policy(router, action))
    return _provider_body(router, action.retailer, action.subject)


def router_of(context: ApiContext) -> Router:
    """The process's router."""
    router = context.services.router
    if router is None:
        raise not_found()
    return router


def route_body(router: Router, retailer: str, policy: Policy) -> dict[str, Any]:
    """A route as JSON."""
    entry = router.settings.entry(retailer, "route", policy.route)
    shares = router.shares(retailer, policy) if policy.how == "split" else {}
    closed = router.settings.route(retailer, policy.route).closed
    shadow = policy.shadow
    return {
        "retailer": retailer,
        "livemode": is_live(retailer),
        "route": policy.route,
        "how": policy.how,
        "providers": [
            {
                "provider": name,
                "share": shares.get(name),
                "closed": name in closed,
                "out": router.settings.out(retailer, name),
                "measured": [
                    {
                        "operation": operation,
                        "success_rate": round(score.rate, 4),
                        "calls": score.calls,
                    }
                    for operation, score in router.measures.rates_of(retailer, name)
                ],
            }
            for name in policy.providers
        ],
        "shadow": shadow
        and {
            "candidate": shadow.candidate,
            "running": router.shadows.running(retailer, policy.route),
        },
        "changed_at": entry.changed_at,
        "changed_by": entry.changed_by or None,
        "reason": entry.reason or None,
    }


def _provider_body(router: Router, retailer: str, provider: str) -> dict[str, Any]:
    entry, settings = (
        router.settings.entry(retailer, "provider", provider),
        router.settings.provider(retailer, provider),
    )
    return {
        "retailer": retailer,
        "livemode": is_live(retailer),
        "provider": provider,
        "disabled": settings.disabled,
        "windows": [{"begins": one.begins, "ends": one.ends} for one in settings.windows],
        "changed_at": entry.changed_at,
        "changed_by": entry.changed_by or None,
        "reason": entry.reason or None,
    }


def _plain(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}
