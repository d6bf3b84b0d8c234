"""GET /ops/summary and /ops/checkouts: what needs a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.account import is_live, retailer_of
from unshackled.domain.states import EXPIRED
from unshackled.flow.engine.attention import AttentionItem
from unshackled.http.checkouts.read import wrong_cursor
from unshackled.http.context import ApiContext
from unshackled.http.ops.execution import books
from unshackled.http.ops.needs import AttentionFilter, AttentionRow, collect
from unshackled.http.ops.ops_schemas import Attention, OpsSummary, StuckPage
from unshackled.http.responses import answer
from unshackled.http.route_documents import CHECKED, answers, secured
from unshackled.store import encoding
from unshackled.store.side_tables.dead_letters import OPEN
from unshackled.store.side_tables.operator_requests import WAITING

MANY: Final = 1_000
DEAD: Final = "dead_letter"
Filter = Annotated[str | None, Query(max_length=64)]


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""

    @app.get(
        "/ops/summary",
        tags=["operations"],
        operation_id="summarizeOperations",
        summary="How much needs a person, by retailer",
        responses=answers(200, OpsSummary, "Counts.", problems=CHECKED),
        openapi_extra=secured("operator"),
        response_model=None,
    )
    async def summary(request: Request) -> Response:
        """For each retailer and state: how many steps, and since when the oldest one waits."""
        await context.guard.operator(request)
        return answer(await _summary(context))

    @app.get(
        "/ops/checkouts",
        tags=["operations"],
        operation_id="listStuckCheckouts",
        summary="Checkouts with steps that may need a person",
        responses=answers(200, StuckPage, "A page.", problems=(*CHECKED, "invalid_input")),
        openapi_extra=secured("operator"),
        response_model=None,
    )
    async def stuck(
        request: Request,
        *,
        retailer: Annotated[str | None, Query(max_length=64, description="By default all.")] = None,
        livemode: Annotated[bool | None, Query(description="By default both modes.")] = None,
        state: Annotated[Attention | None, Query(description="By default any.")] = None,
        step: Filter = None,
        provider: Filter = None,
        code: Filter = None,
        older_than: Annotated[int | None, Query(ge=0, le=10**8, description="Seconds.")] = None,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 100,
    ) -> Response:
        """Across retailers or of one; what waits longest comes first."""
        await context.guard.operator(request)
        age = timedelta(seconds=older_than) if older_than is not None else None
        wanted = AttentionFilter(
            retailer=retailer,
            livemode=livemode,
            state=state,
            step=step,
            provider=provider,
            code=code,
            older_than=age,
        )
        found, begin = await collect(context, wanted), _begin(cursor)
        rest = [one for one in found.stuck if begin is None or place(one) > begin]
        now, rows = context.services.clock.now(), rest[:limit]
        following = encoding.encode(*place(rows[-1])) if len(rest) > limit else None
        return answer(
            {
                "items": [stuck_body(one, now) for one in rows],
                "next_cursor": following,
                "truncated": found.truncated,
            }
        )


def place(stuck: AttentionRow) -> tuple[str, str]:
    """Where it stands in the list, as a cursor says it."""
    since, checkout = stuck.key
    return encoding.stamp(since), checkout


def _begin(cursor: str | None) -> tuple[str, str] | None:
    try:
        return encoding.decode(cursor) if cursor is not None else None
    except ValueError:
        raise wrong_cursor() from None


async def _summary(context: ApiContext) -> Mapping[str, Any]:
    now = context.services.clock.now()
    found = await collect(context, AttentionFilter())
    counts: dict[tuple[str, str], list[datetime]] = {}
    for one in found.stuck:
        for need in one.needs:
            counts.setdefault((one.checkout.account, need.state), []).append(need.since)
    letters = await context.services.store.tables.dead_letters.page(state=OPEN, limit=MANY)
    for letter in letters.letters:
        counts.setdefault((letter.event.retailer, DEAD), []).append(letter.first_at)
    _, requests = books(context)
    waiting = await requests.page(state=WAITING, now=now, limit=MANY)
    return {
        "at": now,
        "counts": [_count(*key, since, now) for key, since in sorted(counts.items())],
        "requests_waiting": len(waiting),
        "truncated": found.truncated or letters.next is not None,
    }


def _count(account: str, state: str, since: list[datetime], now: datetime) -> Mapping[str, Any]:
    return {
        "retailer": retailer_of(account),
        "livemode": is_live(account),
        "state": state,
        "count": len(since),
        "oldest_since": min(since),
        "oldest_age_seconds": _age(min(since), now),
    }


def _age(since: datetime, now: datetime) -> int:
    return max(int((now - since).total_seconds()), 0)


def stuck_body(stuck: AttentionRow, now: datetime) -> Mapping[str, Any]:
    """A checkout and its needs as JSON."""
    return {
        "checkout": stuck.checkout.id,
        "retailer": stuck.checkout.retailer,
        "livemode": stuck.checkout.livemode,
        "status": stuck.status,
        "steps": [_need(need, now) for need in stuck.needs],
    }


def _need(need: AttentionItem, now: datetime) -> Mapping[str, Any]:
    return {
        "step": need.step,
        "state": "ready" if need.state == EXPIRED else need.state,
        "code": need.code,
        "provider": need.provider,
        "reference": need.reference,
        "since": need.since,
        "age_seconds": _age(need.since, now),
        "case": need.run,
    }
