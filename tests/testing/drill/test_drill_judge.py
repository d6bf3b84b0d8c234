"""The judge of a drill finds each promise that was broken, and no other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from unshackled.proving.drill.acts import ACTS, Drill, DrillPlan
from unshackled.proving.drill.drill_customers import DrillCustomers, RetryingClient, Visit
from unshackled.proving.drill.drill_environment import NEW_ADAPTER, OLD_ADAPTER, DrillEnvironment
from unshackled.proving.drill.drill_judge import DrillJudge
from unshackled.proving.drill.drill_report import report
from unshackled.testing.customer import Customer
from unshackled.testing.invariants import FinalCheckout

Json = Any
BROKEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
STEPS = {
    "stock": "stock.reserve",
    "deposit": "payment.charge",
    "order": "orders.place",
}


def pair(*fields: str, agreed: int = 5) -> Json:
    """A line of the parity report."""
    return {
        "live": "legacy-shop",
        "candidate": "tmf",
        "operation": "catalogue.browse",
        "agreed": agreed,
        "differed": len(fields),
        "failed": 0,
        "skipped": 0,
        "fields": [{"field": name, "differed": 1, "example": "1900 | 1901"} for name in fields],
    }


def entry(operator: str, action: str) -> Json:
    """A line of the audit log."""
    at = (BROKEN + timedelta(seconds=3)).isoformat()
    told = {"operator": operator, "action": action, "outcome": "done"}
    return {**told, "at": at, "reason": "tmf: 40.0 % errors of 20 (limit 25 %)"}


def checkout(number: int) -> Json:
    """A completed one."""
    return {
        "id": f"chk_{number}",
        "retailer": "northstar",
        "status": "completed",
        "settled": True,
        "version": 3,
        "order": {"number": "W1"},
        "package": {"handset": {"sku": "handset-mid"}},
        "totals": [{"type": "due_today", "amount": 4_900}],
        "steps": [
            {"name": name, "does": does, "state": "passed", "code": None, "provider": "x"}
            for name, does in STEPS.items()
        ],
    }


def books(number: int, shop: str) -> list[Json]:
    """What the backends have about it."""
    return [
        {"stand_in": shop, "effect": "stock.reserve", "reference": f"S{number}"},
        {"stand_in": shop, "effect": "stock.consume", "reference": f"S{number}"},
        {"stand_in": "psp", "effect": "payment.charge", "reference": f"P{number}", "amount": 4_900},
        {"stand_in": shop, "effect": "orders.place", "reference": f"O{number}"},
    ]


def good(folder: Path) -> DrillJudge:
    """A drill in which all went well: a customer in each act, the last one at the new shop."""
    stage = DrillEnvironment(folder=folder, seed=1)
    customers = DrillCustomers(line=RetryingClient(web=stage.web), random=Random(1), every=1)
    plan = DrillPlan(seed=1, folder=folder)
    drill = Drill(stage=stage, customers=customers, plan=plan, say=lambda _: None)
    judge = DrillJudge(stage=stage, drill=drill)
    for number, act in enumerate(ACTS):
        customer = Customer(api=customers.line, checkout=checkout(number), token="made up")
        customers.visits.append(
            Visit(customer=customer, act=act, regrets=False, begun=0.0, ended=1.0)
        )
        events = [
            {"id": f"chk-1-{i}", "type": "step.started.v1", "data": {"reference": f"{of}{number}"}}
            for i, of in enumerate("SPO")
        ]
        judge.observed.append(FinalCheckout(checkout=checkout(number), events=events))
        judge.ledger += books(number, NEW_ADAPTER if act == "100 %" else OLD_ADAPTER)
    seen = drill.facts
    seen.alarm_after, seen.alarm_share = 3.0, {"candidate": "tmf", "running": False}
    seen.gauge_dead, seen.gauge_alive = 0.0, 1.0
    seen.parity_before, seen.parity_fault = [pair()], [pair("catalogue.handsets.*.price")]
    seen.broken_at, seen.cut_back = BROKEN, entry("cut-back", "cut_back")
    seen.share_when_sick, seen.share_when_mended, seen.share_at_end = 0.0, 0.0, 100.0
    judge.audit = [entry("eve", "split") for _ in range(4)]
    judge.audit.insert(2, seen.cut_back)
    return judge


def broken(judge: DrillJudge) -> list[str]:
    """The promises that were broken."""
    return [one.text for one in judge.verdict() if not one.holds]


def test_a_good_drill_kept_every_promise(tmp_path: Path) -> None:
    """And its report says so, with the figures of each act."""
    judge = good(tmp_path)
    assert broken(judge) == []
    told = report(judge.drill, judge, 60.0)
    assert told.all_hold
    assert told.cut_back_after_seconds == 3.0
    assert (told.acts[0].old, told.acts[-1].new) == (1, 1)
    lines = list(told.lines())
    assert "10 of 10 promises kept" in lines[-1]
    assert any("100 %" in line and "0 : 1" in line for line in lines)


def _seen(**changes: Any) -> Callable[[DrillJudge], None]:
    def change(judge: DrillJudge) -> None:
        for name, value in changes.items():
            setattr(judge.drill.facts, name, value)

    return change


def _fails(judge: DrillJudge) -> None:
    judge.observed[3].checkout["status"] = "canceled"
    judge.observed[3].checkout["order"] = None
    judge.ledger[12:16] = []


def _charged_twice(judge: DrillJudge) -> None:
    judge.ledger.append({**judge.ledger[2]})


def _stock_elsewhere(judge: DrillJudge) -> None:
    judge.ledger[1]["stand_in"] = NEW_ADAPTER


def _still_at_the_old(judge: DrillJudge) -> None:
    for one in judge.ledger[-4:]:
        one["stand_in"] = OLD_ADAPTER


def _by_a_person(judge: DrillJudge) -> None:
    judge.drill.facts.cut_back["operator"] = "eve"


MISTAKES: tuple[tuple[str, Callable[[DrillJudge], None]], ...] = (
    ("no checkout failed", _fails),
    ("one order each", _charged_twice),
    ("the stock of each order", _stock_elsewhere),
    ("does not run is an alarm", _seen(alarm_after=None)),
    ("does not run is an alarm", _seen(alarm_share={"running": None})),
    ("does not run is an alarm", _seen(gauge_dead=None)),
    ("before the fault", _seen(parity_before=[pair("catalogue.currency")])),
    ("before the fault", _seen(parity_before=[pair(agreed=0)])),
    ("cut back by itself", _seen(cut_back=None)),
    ("cut back by itself", _seen(share_when_sick=50.0)),
    ("cut back by itself", _by_a_person),
    ("names the fault", _seen(parity_fault=[pair()])),
    ("moved forward again", _seen(share_when_mended=50.0)),
    ("every new order", _still_at_the_old),
    ("every new order", _seen(share_at_end=50.0)),
    ("four commands", lambda judge: judge.audit.append(entry("eve", "split"))),
    ("four commands", _seen(missing=["a cut-back"])),
    ("four commands", _seen(late=1)),
)


@pytest.mark.parametrize("number", range(len(MISTAKES)))
def test_each_broken_promise_is_told(tmp_path: Path, number: int) -> None:
    """One planted mistake, and the promise it breaks is named."""
    says, mistake = MISTAKES[number]
    judge = good(tmp_path)
    mistake(judge)
    found = broken(judge)
    assert any(says in text for text in found), found
    assert len(found) <= 2
    assert not report(judge.drill, judge, 60.0).all_hold
