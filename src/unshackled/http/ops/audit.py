"""GET /ops/audit: who did what, when and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import FastAPI, Query
from pydantic import AwareDatetime
from starlette.requests import Request
from starlette.responses import Response

from unshackled.http.checkouts.read import wrong_cursor
from unshackled.http.context import ApiContext
from unshackled.http.ops.execution import books
from unshackled.http.ops.ops_schemas import AuditPage, Outcome
from unshackled.http.responses import answer
from unshackled.http.route_documents import CHECKED, answers, secured
from unshackled.store.side_tables.audit_log import AuditRecord
from unshackled.store.side_tables.operator_requests import ApprovalRequest

Name = Annotated[str | None, Query(max_length=100)]
Moment = Annotated[AwareDatetime | None, Query(description="RFC 3339, with its zone.")]


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.get(
        "/ops/audit",
        tags=["operations"],
        operation_id="listAudit",
        summary="Read the audit log, newest first",
        responses=answers(200, AuditPage, "A page.", problems=(*CHECKED, "invalid_input")),
        openapi_extra=secured("operator"),
        response_model=None,
    )
    async def listing(
        request: Request,
        *,
        operator: Name = None,
        action: Name = None,
        retailer: Name = None,
        subject: Name = None,
        part_of: Name = None,
        outcome: Annotated[Outcome | None, Query()] = None,
        since: Moment = None,
        until: Moment = None,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Response:
        """Every action of an operator, those that were refused too. Nothing is ever removed."""
        await context.guard.operator(request)
        wanted = {
            "operator": operator,
            "action": action,
            "retailer": retailer,
            "subject": subject,
            "part_of": part_of,
            "outcome": outcome,
        }
        audit, _ = books(context)
        try:
            page = await audit.page(wanted, since=since, until=until, after=cursor, limit=limit)
        except ValueError:
            raise wrong_cursor() from None
        return answer(
            {"items": [entry_body(one) for one in page.entries], "next_cursor": page.next}
        )


def entry_body(entry: AuditRecord) -> dict[str, Any]:
    """An entry as JSON."""
    return asdict(entry)


def request_body(request: ApprovalRequest) -> dict[str, Any]:
    """A request as JSON, without the parameters: an output may be about a customer."""
    hidden = ("seen", "body")
    return {name: value for name, value in asdict(request).items() if name not in hidden}
