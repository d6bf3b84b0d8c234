"""GET /v1/reports/…: what the counts of a retailer's checkouts say, as JSON or as CSV."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import FastAPI, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.account import account_of, is_live
from unshackled.domain.codec import encode
from unshackled.domain.records import Record
from unshackled.events.reports import views
from unshackled.events.reports.histogram import RELATIVE_ERROR
from unshackled.events.reports.rows import (
    DeclineRow,
    DropOffRow,
    FallbackRow,
    FunnelRow,
    LatencyRow,
    RevenueRow,
)
from unshackled.http.auth.credentials import Caller
from unshackled.http.checkouts.create import wrong_field
from unshackled.http.context import ApiContext
from unshackled.http.negotiation import chosen
from unshackled.http.reports import report_schemas as schemas
from unshackled.http.reports.csv_text import csv_of
from unshackled.http.responses import JSON, answer
from unshackled.http.route_documents import CHECKED, answers, secured
from unshackled.http.sold_flows import require_flow
from unshackled.store.side_tables.report_counts import Counts, ReportQuery, Topic

SCOPE: Final = "reports"
LONGEST_DAYS: Final = 92
USUAL_DAYS: Final = 30
CSV: Final = "text/csv"
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
VARY: Final = {"Vary": "Accept"}


class ReportDefinition(Record):
    """One report: the counts it is made of, the shape of its rows, and how they are made."""

    name: str
    operation: str
    summary: str
    topic: Topic
    shape: type
    rows: Callable[[Counts], list[Any]]
    model: type[BaseModel]
    daily: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)


VIEWS: Final = (
    ReportDefinition(
        name="funnel",
        operation="reportFunnel",
        summary="How far checkouts came, by flow, step and provider",
        topic="funnel",
        shape=FunnelRow,
        rows=views.funnel,
        model=schemas.FunnelReport,
    ),
    ReportDefinition(
        name="drop-offs",
        operation="reportDropOffs",
        summary="Where checkouts ended without an order, who ended them and why",
        topic="funnel",
        shape=DropOffRow,
        rows=views.drop_offs,
        model=schemas.DropOffReport,
    ),
    ReportDefinition(
        name="declines",
        operation="reportDeclines",
        summary="What providers declined, by code",
        topic="answers",
        shape=DeclineRow,
        rows=views.declines,
        model=schemas.DeclineReport,
    ),
    ReportDefinition(
        name="fallbacks",
        operation="reportFallbacks",
        summary="Which provider answered in place of which",
        topic="answers",
        shape=FallbackRow,
        rows=views.fallbacks,
        model=schemas.FallbackReport,
    ),
    ReportDefinition(
        name="latency",
        operation="reportLatency",
        summary="Percentiles of how long providers, steps and checkouts took",
        topic="latency",
        shape=LatencyRow,
        rows=views.latency,
        model=schemas.LatencyReport,
        more={"relative_error": round(RELATIVE_ERROR, 4)},
    ),
    ReportDefinition(
        name="revenue",
        operation="reportRevenue",
        summary="Completed checkouts and what they are worth, by day",
        topic="revenue",
        shape=RevenueRow,
        rows=views.revenue,
        model=schemas.RevenueReport,
        daily=True,
    ),
)

_FORMAT: Final[dict[str, Any]] = {"format": "date"}
_FROM: Final = "The first day (UTC), e.g. 2026-11-01; by default 29 days before the last."
_TO: Final = f"The last day, included; by default today. At most {LONGEST_DAYS} days in all."
First = Annotated[
    str | None, Query(alias="from", description=_FROM, max_length=10, json_schema_extra=_FORMAT)
]
Last = Annotated[
    str | None, Query(alias="to", description=_TO, max_length=10, json_schema_extra=_FORMAT)
]
Mode = Annotated[
    bool | None,
    Query(description="Live or test checkouts; by default those of the key's own mode."),
]
FlowName = Annotated[str | None, Query(max_length=64, description="Only this flow.")]


def install(app: FastAPI, context: ApiContext) -> None:
    """Add a route for each report."""
    for view in VIEWS:
        app.get(
            f"/v1/reports/{view.name}",
            tags=["reports"],
            operation_id=view.operation,
            summary=view.summary,
            description=(view.shape.__doc__ or "").strip(),
            responses=_answers(view),
            openapi_extra=secured("secret"),
            response_model=None,
        )(_route(context, view))


def _answers(view: ReportDefinition) -> dict[int | str, dict[str, Any]]:
    problems = (*CHECKED, "scope_missing", "invalid_input", "not_acceptable")
    found = answers(200, view.model, "The report.", problems=problems)
    found[200]["content"][CSV] = {"schema": {"type": "string"}}
    return found


def _route(context: ApiContext, view: ReportDefinition) -> Callable[..., Awaitable[Response]]:
    async def report(
        request: Request,
        begin: First = None,
        end: Last = None,
        flow: FlowName = None,
        livemode: Mode = None,
    ) -> Response:
        caller = await context.guard.retailer(request, SCOPE)
        media = chosen(request, (JSON, CSV))
        account = _account(caller, livemode)
        asked = _asked(account, begin, end, context.services.clock.now().date())
        reports = context.services.store.tables.reports
        await require_flow(context, reports, account, flow)
        # Read before the counts, so that what it names is in them.
        as_of = await reports.as_of(account)
        counts = await reports.counts(asked, view.topic, daily=view.daily)
        mine = {key: n for key, n in counts.items() if flow in (None, key.flow)}
        rows = _as_flows_go(context, caller.retailer, view.rows(mine))
        if media == CSV:
            return _csv(view, asked, rows)
        said = {
            "report": view.name,
            "livemode": is_live(account),
            "from": asked.first,
            "to": asked.last,
            "flow": flow,
        }
        items = [encode(row) for row in rows]
        found = None if as_of is None else encode(as_of)
        return answer({**said, "as_of": found, **view.more, "items": items}, headers=VARY)

    return report


def _account(caller: Caller, livemode: bool | None) -> str:  # noqa: FBT001 - as it was asked
    """Whose counts are read: a live key's are live unless it asks for the test ones."""
    if livemode and not caller.livemode:
        says = "is not for a test key, which reads test counts only"
        raise wrong_field("query.livemode", "not_allowed", says, ("false",))
    wanted = caller.livemode if livemode is None else livemode
    return account_of(caller.retailer, livemode=wanted)


def _asked(account: str, begin: str | None, end: str | None, today: date) -> ReportQuery:
    last = _day("to", end) if end is not None else today
    first = _day("from", begin) if begin is not None else _before(last, USUAL_DAYS - 1)
    if first > last:
        says = "is after the last day"
        raise wrong_field("query.from", "after_to", says, (f"up to {last}",))
    if (last - first).days >= LONGEST_DAYS:
        earliest = _before(last, LONGEST_DAYS - 1)
        says = f"begins more than {LONGEST_DAYS} days, the last one included"
        raise wrong_field("query.from", "too_long", says, (f"{earliest} to {last}",))
    return ReportQuery(retailer=account, first=first.isoformat(), last=last.isoformat())


def _before(day: date, days: int) -> date:
    """So many days earlier, as far as there are days."""
    return day - timedelta(days=min(days, (day - date.min).days))


def _day(name: str, text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:  # looks like a day, and there is none
        pass
    says = "is no day"
    raise wrong_field(f"query.{name}", "wrong_day", says, ("YYYY-MM-DD",))


def _as_flows_go(context: ApiContext, retailer: str, rows: list[Any]) -> list[Any]:
    """Steps in the order of their flow as it is now; those it does not have any more come last."""
    if not rows or not hasattr(rows[0], "step"):
        return rows
    ranks: dict[tuple[str, str | None], int] = {}
    for flow in context.tenant(retailer).flows:
        steps: list[str | None] = [None, *context.services.book.plan(retailer, flow).steps]
        ranks |= {(flow, step): rank for rank, step in enumerate(steps)}
    return sorted(rows, key=lambda row: (row.flow, ranks.get((row.flow, row.step), len(ranks))))


def _csv(view: ReportDefinition, query: ReportQuery, rows: list[Any]) -> Response:
    mode = "" if is_live(query.retailer) else "test-"
    name = f"{mode}{view.name}-{query.first}-{query.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **VARY}
    return Response(csv_of(view.shape, rows), 200, headers, f"{CSV}; charset=utf-8; header=present")
