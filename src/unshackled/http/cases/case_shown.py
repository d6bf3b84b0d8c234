"""A case as callers read it: derived from its run, as a checkout is from its snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from unshackled.domain.case_money import CaseMoney, InstalmentsRefund
from unshackled.domain.case_opening import allowed
from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import decode, encode
from unshackled.domain.records import Record
from unshackled.domain.runs import Run, RunView
from unshackled.flow.engine.progress import progress
from unshackled.flow.engine.runs.run_views import view
from unshackled.flow.engine.status import CustomerAction, standing
from unshackled.flow.plan.cases.later_charges import not_charged
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.sale_money import sale_money
from unshackled.http.checkouts.representation import action_of, message_of, missing, step_of
from unshackled.messages import say
from unshackled.ports.trade_in_rules import (
    DeviceRegraded,
    TradeInOutcome,
    still_owed,
    trade_in_news,
)

Json = Any
# Where a case of each kind is opened; what a flow opens by itself nobody asks for.
PATHS: Final = {
    "refund": "refunds",
    "return": "returns",
    "withdrawal": "withdrawals",
    "stop": "stops",
}
MONEY: Final = (
    "payment",
    "lender",
    "customer",
    "trade_in",
    "owed",
    "interest",
    "interest_by_day",
    "repay_by",
)


class SaleView(Record):
    """A completed checkout with its plan, as its cases are read at `now` by somebody.

    `by` is who reads: retailer or customer.
    """

    checkout: Checkout
    plan: Plan
    now: datetime
    by: str

    @property
    def href(self) -> str:
        """The address of its cases."""
        return f"/v1/checkouts/{self.checkout.id}/cases"


def may_end(run: Run, by: str) -> bool:
    """Whether somebody may end a case: the retailer each, a customer their own.

    What the sale opened itself settles what it owes: only an operator ends that, with a reason.
    """
    opener = run.opened.opened_by
    return opener != "flow" and by in ("retailer", opener)


def case_status(plan: Plan, run: Run) -> str:
    """`open`, `in_progress`, `completed` or `canceled`; see `Case`."""
    if run.canceled is not None:
        return "canceled"
    if run.completed_at is not None:
        return "completed"
    return "in_progress" if progress(plan, run.steps).pivot_sent else "open"


def case_body(sale: SaleView, plan: Plan, name: str) -> dict[str, Json]:
    """The whole case; `plan` is that of its run."""
    run, viewed = sale.checkout.runs[name], view(sale.checkout, name, sale.plan)
    found, href = standing(plan, viewed, sale.now), f"{sale.href}/{name}"
    actions = [one for one in found.next_actions if _offered(one, run, sale.by)]
    return {
        "case": name,
        "checkout": sale.checkout.id,
        "kind": run.opened.kind,
        "flow": {"name": run.flow, "title": plan.title, "digest": run.digest},
        "status": case_status(plan, run),
        "settled": found.settled,
        "version": sale.checkout.version,
        "reason": run.opened.reason,
        "opened_at": run.opened.opened_at,
        "opened_by": run.opened.opened_by,
        "completed_at": run.completed_at,
        "canceled": _end(run),
        "currency": run.opened.currency,
        "amount": run.opened.amount,
        "lines": [encode(line) for line in run.opened.lines],
        "money": _money(plan, viewed),
        "trade_in": _trade_in(plan, viewed),
        "steps": [step_of(plan, viewed, step) for step in plan.steps.values()],
        "next_actions": [action_of(href, one) for one in actions],
        "missing": missing(actions),
        "messages": [message_of(message) for message in found.messages],
        "continue_url": found.continue_url,
        "links": [
            {"rel": "self", "href": href},
            {"rel": "checkout", "href": f"/v1/checkouts/{sale.checkout.id}"},
            {"rel": "documents", "href": f"{href}/documents"},
        ],
    }


def case_row(sale: SaleView, plan: Plan, name: str) -> dict[str, Json]:
    """A case in a list."""
    run = sale.checkout.runs[name]
    return {
        "case": name,
        "kind": run.opened.kind,
        "status": case_status(plan, run),
        "settled": run.settled,
        "opened_at": run.opened.opened_at,
        "opened_by": run.opened.opened_by,
        "amount": run.opened.amount,
        "href": f"{sale.href}/{name}",
    }


def possible_cases(sale: SaleView, flows: tuple[Plan, ...]) -> Iterator[dict[str, Json]]:
    """What the reader may open now by these flows, which serve the sale."""
    money, at = sale_money(sale.plan, sale.checkout), sale.plan.local(sale.now)
    for flow in flows:
        terms = flow.case
        if terms is None or terms.kind not in PATHS or sale.by not in terms.by:
            continue
        found = allowed(sale.checkout, money, terms, at)
        if found.lines:
            yield {
                "kind": terms.kind,
                "flow": flow.name,
                "title": flow.title,
                **encode(found),
                "method": "POST",
                "href": f"/v1/checkouts/{sale.checkout.id}/{PATHS[terms.kind]}",
            }


def _offered(action: CustomerAction, run: Run, by: str) -> bool:
    """What is of a case; to end it is not for everybody."""
    return action.type != "cancel" or may_end(run, by)


def _end(run: Run) -> dict[str, Json] | None:
    ended = run.canceled
    return None if ended is None else {"code": ended.code, "by": ended.by, "at": ended.at}


def _trade_in(plan: Plan, viewed: RunView) -> dict[str, Json] | None:
    """What an old device turned out to be worth, and what follows; None before that."""
    regraded, outcome = (
        decode(shape, output) if output is not None else None
        for shape in (DeviceRegraded, TradeInOutcome)
        for output in [_output_of(plan, viewed, shape)]
    )
    if not isinstance(regraded, DeviceRegraded):
        return None
    end = outcome if isinstance(outcome, TradeInOutcome) else None
    news = trade_in_news(regraded, end)
    if end is not None and not_charged(plan, viewed.steps):
        news = (still_owed(end), *news[1:])
    return {
        "promised": regraded.promised,
        "worth": end.worth if end else regraded.worth,
        "ending": end.ending if end else None,
        "pay_out": end.pay_out if end else None,
        "charge": end.charge if end else None,
        "on_card": end.on_card if end else None,
        "settle": end.settle if end else None,
        "content": " ".join(say(viewed.locale, *one) for one in news) or None,
    }


def _output_of(plan: Plan, viewed: RunView, shape: type) -> dict[str, Json] | None:
    """What a step gave that gives this fact."""
    names = [one.name for one in plan.steps.values() if one.definition.output is shape]
    return next((found for name in names if (found := viewed.output(name)) is not None), None)


def _money(plan: Plan, viewed: RunView) -> dict[str, Json] | None:
    """What the case moves, as the rules of its flow worked it out."""
    for step in plan.steps.values():
        shape = step.definition.output
        works = shape is not None and issubclass(shape, CaseMoney)
        output = viewed.output(step.name) if works else None
        if output is not None:
            instalments = _output_of(plan, viewed, InstalmentsRefund) or {}
            return {name: instalments.get(name, output.get(name)) for name in MONEY}
    return None
