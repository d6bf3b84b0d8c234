"""Event logs of whole lives of checkouts, as the real engine wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.flow.plans import credit_plan
from unshackled.authoring.flow_walks import ID, SimulatedCheckout, outcomes
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.store.stored_records import EventRow
from unshackled.testing.backends import Script

BEGIN = datetime(2026, 11, 22, 23, 59, 58, tzinfo=UTC)


async def life(*script: Script, operation: str = "", acts: int | None = None) -> list[EventRow]:
    """One customer; `operation` goes as scripted. With `acts` they cancel after so many."""
    one = SimulatedCheckout(credit_plan())
    one.backends.script(operation, *script)
    await one.begin()
    if acts is None:
        await one.live()
    else:
        for _ in range(acts):
            await one._act(await one.standing())  # noqa: SLF001 - the customer's single steps
        with suppress(Rejected):
            await one.ask(c.Cancel(code="changed_mind", by="customer"))
    return list(await one.store.events(ID, after=None, limit=10_000))


async def lives() -> list[list[EventRow]]:
    """Everything that can happen to one call of each step, and customers who leave."""
    found = [await life()]
    for step in credit_plan().steps.values():
        operation = step.definition.operation
        for _, script in outcomes(step):
            found.append(await life(*script, operation=operation.key if operation else ""))
    found += [await life(acts=acts) for acts in range(7)]
    return [named(f"chk_{number}", log) for number, log in enumerate(found)]


def named(checkout: str, log: Sequence[EventRow]) -> list[EventRow]:
    """The same log of another checkout."""
    return [replace(event, checkout=checkout) for event in log]


def event(
    type_: str, index: int, *, after: float = 0, checkout: str = "chk_1", **data: Any
) -> EventRow:
    """One event by hand, `after` so many seconds."""
    return EventRow(
        checkout=checkout,
        retailer="northstar",
        version=index + 1,
        index=0,
        type=type_,
        at=BEGIN + timedelta(seconds=after),
        data=data,
    )


def begun(*steps: str, **more: Any) -> EventRow:
    """A checkout's first event."""
    said = {
        "flow": "handset",
        "digest": "sha256:1",
        "steps": list(steps),
        "package": {"handset": {"price": 71_800}, "credit": {"amount": 66_900}, "tariff": None},
        "quote": {"due_today": 4_900, "total_payable": 73_700, "trade_in_estimate": 12_000},
    }
    return event("checkout.created.v1", 0, **{**said, **more})
