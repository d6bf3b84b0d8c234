"""POST /ops/bulk: one action on many checkouts; first tried out, then done on what was found."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import digest
from unshackled.domain.runs import run_view
from unshackled.http.body import parse, read_object
from unshackled.http.context import ApiContext
from unshackled.http.ops import actions
from unshackled.http.ops.audit import request_body
from unshackled.http.ops.case_targets import parts_of, written
from unshackled.http.ops.execution import (
    Action,
    AuditScope,
    audited,
    books,
    need_clean,
    needs_second,
    outcome_of,
    part,
    put_request,
)
from unshackled.http.ops.needs import AttentionFilter, AttentionPage, collect
from unshackled.http.ops.ops_schemas import BulkDone, BulkRequest, OperatorRequest
from unshackled.http.problems import Problem, field_error
from unshackled.http.responses import answer
from unshackled.http.route_documents import (
    BODY,
    CHECKED,
    answers,
    second_person_response,
    secured,
    takes,
)
from unshackled.steps import FieldError
from unshackled.store.side_tables.operator_requests import BulkSelection

MOST: Final = 1_000
AT_ONCE: Final = 8
TIME: Final = timedelta(seconds=20)
SELECTION_LIFETIME: Final = timedelta(hours=24)
FILTER: Final = ("retailer", "livemode", "state", "step", "provider", "code", "older_than")
Target = tuple[str, str, str]


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.post(
        "/ops/bulk",
        tags=["operations"],
        operation_id="actInBulk",
        summary="Retry, skip or cancel many",
        responses={
            **answers(
                200,
                BulkDone,
                "What was found, or done.",
                problems=(*CHECKED, *BODY, "selection_unknown"),
            ),
            **second_person_response(OperatorRequest),
        },
        openapi_extra={**takes(BulkRequest), **secured("operator")},
        response_model=None,
    )
    async def bulk(request: Request) -> Response:
        """A dry run (the default) finds at most 1,000 and answers with a digest of them.

        The same request with `dry_run: false` and that digest acts on those, as far as each still
        stands as it did. What was not reached in time is done by sending it again.
        """
        operator = await context.guard.operator(request)
        body = parse(BulkRequest, await read_object(request))
        need_clean(body)
        asked = body.model_dump(include={"action", *FILTER})
        if body.dry_run:
            return answer(await _try_out(context, asked))
        if body.digest is None:
            raise _needed("digest", "is needed: that of the dry run")
        action = Action(
            name="bulk",
            operator=operator.id,
            reason=body.reason,
            evidence=body.evidence,
            subject=body.digest,
            retailer=body.retailer or "",
            body=asked,
            detail={key: value for key, value in asked.items() if value is not None},
        )
        return await _ask(context, action)


async def _ask(context: ApiContext, action: Action) -> Response:
    async with audited(context, action) as trail:
        if needs_second(context, action):
            await _selection(context, action)
            request = await put_request(context, action, trail)
            return answer(request_body(request), 202)
        return answer(await carry_out(context, action, trail))


async def _try_out(context: ApiContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Find them, and remember what was found."""
    now, (_, requests) = context.services.clock.now(), books(context)
    age = request["older_than"]
    exact = {name: request[name] for name in FILTER if name != "older_than"}
    older_than = timedelta(seconds=age) if age is not None else None
    found = await collect(context, AttentionFilter(**exact, older_than=older_than))
    targets = _targets(found, request["action"])
    chosen = targets[:MOST]
    selection = BulkSelection(digest=digest(request, chosen), at=now, asked=request, targets=chosen)
    await requests.keep(selection, forget=now - SELECTION_LIFETIME)
    return {
        "dry_run": True,
        "digest": selection.digest,
        "matched": len(chosen),
        "more": found.truncated or len(targets) > MOST,
        "items": [_item(target, None) for target in chosen],
    }


def _targets(page: AttentionPage, action: str) -> list[Target]:
    """(checkout, step, how it stands) each; a cancel is about the purchase or a case as a whole."""
    wholes = action == "cancel"
    pairs = {
        (one.checkout.id, written(need.run, "" if wholes else need.step)): one.checkout
        for one in page.stuck
        for need in one.needs
    }
    return [(checkout, step, _stands(held, step)) for (checkout, step), held in pairs.items()]


def _stands(checkout: Checkout, target: str) -> str:
    """How a step stands, of the purchase or of a case."""
    case, step = parts_of(target)
    seen = checkout if case is None else run_view(checkout, case, {}, {})
    return actions.how_it_stands(seen, step)


async def _selection(context: ApiContext, action: Action) -> BulkSelection:
    """What the dry run found; a problem when this is not what was tried out."""
    _, requests = books(context)
    known = await requests.selection(action.subject)
    old = known is not None and known.at < context.services.clock.now() - SELECTION_LIFETIME
    if known is None or old or dict(known.asked) != dict(action.body):
        raise Problem(
            "selection_unknown", "There was no dry run of this within a day with that digest."
        )
    return known


async def carry_out(context: ApiContext, action: Action, trail: AuditScope) -> Mapping[str, Any]:
    """Act on what the dry run found, some at once, as long as there is time."""
    selection = await _selection(context, action)
    begun = context.services.clock.now()
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(target: Target) -> Mapping[str, Any]:
        async with turns:
            if context.services.clock.now() - begun > TIME:
                return _item(target, "not_reached")
            return await _one(context, action, trail, target)

    items: Sequence[Mapping[str, Any]] = await asyncio.gather(*map(one, selection.targets))
    return {
        "dry_run": False,
        "digest": selection.digest,
        "matched": len(items),
        "more": any(item["outcome"] == "not_reached" for item in items),
        "items": items,
    }


async def _one(
    context: ApiContext, action: Action, trail: AuditScope, target: Target
) -> Mapping[str, Any]:
    checkout, step, seen = target
    found = await context.services.engine.read(checkout)
    if found is None or _stands(found, step) != seen:
        return _item(target, "moved")
    mine = part(action, trail, subject=checkout, step=step, retailer=found.retailer)
    try:
        async with audited(context, mine):
            await actions.carry_out(context, mine)
    # One checkout's failure is told beside the others' success.
    except Exception as error:  # noqa: BLE001
        return _item(target, *outcome_of(error))
    return _item(target, "done")


def _item(target: Target, outcome: str | None, code: str = "") -> Mapping[str, Any]:
    case, step = parts_of(target[1])
    return {"checkout": target[0], "step": step, "case": case, "outcome": outcome, "code": code}


def _needed(path: str, says: str) -> Problem:
    error = FieldError(path=path, code="missing", message=says)
    return Problem("invalid_input", "Some fields are wrong.", errors=[field_error(error)])
