"""Goods that are promised for later are not charged before they leave, where a law says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.plan.parsed_step import ParsedStep
from unshackled.flow.plan.plan import FromLiteral
from unshackled.flow.plan.resolved_flow import ResolvedFlow

RESERVE: Final = "stock.reserve"
DISPATCH: Final = "orders.dispatch"
TAKES: Final = ("payment.charge", "payment.capture")


def charged_on_dispatch(layout: ResolvedFlow, report: Diagnostics) -> None:
    """Where the market's law has it, what takes money waits until the goods are on their way."""
    market = layout.market
    if market is None or layout.partial or not _promises(layout):
        return
    if not any(rules.goods_charged_on_dispatch for rules in market.periods):
        return
    for step in _calling(layout, *TAKES):
        before = [layout.sketches[name] for name in layout.dag.ancestors[step.name]]
        if not any(_operation(one) == DISPATCH for one in before):
            message = (
                f"{step.name}: is charged before the goods leave, and {market.code} forbids that of"
                " goods on pre-order or back order (goods_charged_on_dispatch): hold the sum with"
                " `payment.authorise`, wait with `orders.dispatch`, and take it after that with"
                " `payment.capture`"
            )
            report.add(step.node.mark, "charged_before_dispatch", message)


def _promises(layout: ResolvedFlow) -> bool:
    """Whether it sells what is not there yet."""
    return any(
        layout.sources.get(step.name, {}).get("promise") == FromLiteral(value=True)
        for step in _calling(layout, RESERVE)
    )


def _calling(layout: ResolvedFlow, *operations: str) -> Iterator[ParsedStep]:
    return (step for step in layout if _operation(step) in operations)


def _operation(step: ParsedStep) -> str | None:
    operation = step.definition.operation
    return None if operation is None else operation.key
