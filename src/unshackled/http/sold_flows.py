"""Filters by flow: a retailer asks for a flow that it has or once had."""

from __future__ import annotations

from unshackled.domain.account import retailer_of
from unshackled.http.checkouts.create import wrong_field
from unshackled.http.context import ApiContext
from unshackled.store.side_tables.report_counts import ReportCounts


async def require_flow(
    context: ApiContext, reports: ReportCounts, account: str, flow: str | None
) -> None:
    """A problem for a flow that is neither sold nor was ever counted."""
    sold = context.tenant(retailer_of(account)).flows
    if flow is None or flow in sold:
        return
    known = sorted({*sold, *await reports.flows(account)})
    if flow not in known:
        raise wrong_field("query.flow", "unknown_flow", "is not one of yours", tuple(known))
