"""What is left of a drill, promise by promise."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from unshackled.proving.drill.acts import ACTS, WRONG, Drill, fields
from unshackled.proving.drill.drill_customers import Visit
from unshackled.proving.drill.drill_environment import (
    KEY,
    NEW_ADAPTER,
    OLD_ADAPTER,
    DrillEnvironment,
)
from unshackled.testing.invariants import FinalCheckout, LedgerView, violations

Json = Any
AT_ONCE: Final = 8
PAGE: Final = 200
CUT_BACK: Final = "cut-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseResult:
    """One promise: what it is, whether it was kept, and how that showed."""

    text: str
    holds: bool
    shown: str = ""
    wrong: Sequence[str] = ()


@dataclass(kw_only=True)
class DrillJudge:
    """Gathers what is left, and compares; `happened` counts events by type."""

    stage: DrillEnvironment
    drill: Drill
    observed: list[FinalCheckout] = field(default_factory=list)
    ledger: list[Json] = field(default_factory=list)
    audit: list[Json] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)

    async def gather(self) -> None:
        """Read every checkout with its events, the backends' books, and the audit log."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(visit: Visit) -> FinalCheckout:
            async with gate:
                return await self._observe(visit)

        self.observed = await asyncio.gather(*map(one, self.drill.customers.visits))
        self.happened.update(event["type"] for one in self.observed for event in one.events)
        self.ledger = await self.stage.ledger()
        self.audit = await self.stage.audit()

    async def _observe(self, visit: Visit) -> FinalCheckout:
        customer = visit.customer
        checkout = (await customer.ask("GET")).json()
        events: list[Json] = []
        where: str | None = f"{customer.href}/events?limit={PAGE}"
        while where is not None:
            answer = await self.stage.web.get(where, headers={"Authorization": f"Bearer {KEY}"})
            page = answer.json()
            events += page["items"]
            more = len(page["items"]) == PAGE
            cursor = f"{customer.href}/events?limit={PAGE}&cursor={page['next_cursor']}"
            where = cursor if more else None
        answer = await self.stage.web.get(
            f"{customer.href}/ledger", headers={"Authorization": f"Bearer {KEY}"}
        )
        return FinalCheckout(checkout=checkout, events=events, ledger=answer.json())

    def verdict(self) -> Iterator[PromiseResult]:
        """Every promise of the drill."""
        yield self._completed()
        yield self._whole()
        yield self._together()
        yield self._alarm()
        yield self._clean()
        yield self._cut_back()
        yield self._named()
        yield self._stays()
        yield self._moved_over()
        yield self._as_told()

    # Customers

    def _completed(self) -> PromiseResult:
        """Each customer who wanted to buy has bought, and no operator had to help."""
        visits = self.drill.customers.visits
        wrong = [
            f"{one.customer.id} of {one.act!r} is {seen.checkout['status']}"
            for one, seen in zip(visits, self.observed, strict=True)
            if seen.checkout["status"] != ("canceled" if one.regrets else "completed")
        ]
        ends = Counter(one.checkout["status"] for one in self.observed)
        return PromiseResult(
            text="no checkout failed: whoever wanted to buy has bought, and nobody helped",
            holds=bool(visits) and not wrong and not self.drill.customers.failures,
            shown=", ".join(f"{count} {status}" for status, count in sorted(ends.items())),
            wrong=[*wrong, *self.drill.customers.failures],
        )

    def _whole(self) -> PromiseResult:
        wrong = violations(self.observed, self.ledger)
        paid = sum(one["amount"] for one in self.ledger if one["effect"] == "payment.charge")
        return PromiseResult(
            text="one order each, once; money, stock and books agree; nothing is stuck",
            holds=not wrong,
            shown=f"{len(self.ledger)} entries in the backends' books, {paid / 100:,.2f} GBP",
            wrong=wrong,
        )

    def _together(self) -> PromiseResult:
        wrong = [
            f"{one.checkout['id']}: stock and order at {sorted(found)}"
            for one, found in zip(self.observed, self.places(), strict=True)
            if one.checkout["status"] == "completed" and len(found) != 1
        ]
        moved = self.happened["route.moved.v1"]
        return PromiseResult(
            text="the stock of each order was at the shop that has the order",
            holds=not wrong,
            shown=f"{moved} checkouts moved as a whole to the other shop",
            wrong=wrong,
        )

    def places(self) -> list[frozenset[str]]:
        """The backends that have the order, or whose stock went into it, by checkout."""
        owners = {
            reference: number
            for number, one in enumerate(self.observed)
            for reference in one.references
        }
        entries: list[list[Json]] = [[] for _ in self.observed]
        for entry in self.ledger:
            if entry["reference"] in owners:
                entries[owners[entry["reference"]]].append(entry)
        return [_places(one) for one in entries]

    # The router

    def _alarm(self) -> PromiseResult:
        seen = self.drill.facts
        alarm = seen.alarm_share or {}
        after = f"{seen.alarm_after:.1f} s" if seen.alarm_after is not None else "never"
        kept = (
            seen.alarm_after is not None
            and alarm.get("running") is False
            and (seen.gauge_dead, seen.gauge_alive) == (0.0, 1.0)
        )
        return PromiseResult(
            text="a shadow that does not run is an alarm: log, metric and /ops/routes",
            holds=kept,
            shown=f"after {after}",
            wrong=[] if kept else [f"{alarm}, gauge {seen.gauge_dead} then {seen.gauge_alive}"],
        )

    def _clean(self) -> PromiseResult:
        report = self.drill.facts.parity_before
        wrong = [f"{one['operation']} {one['field']}: {one['example']}" for one in fields(report)]
        agreed = sum(one["agreed"] for one in report)
        return PromiseResult(
            text="before the fault both shops answered alike",
            holds=agreed > 0 and not wrong,
            shown=f"{agreed} answers compared, 0 differ" if not wrong else f"{len(wrong)} fields",
            wrong=wrong,
        )

    def _cut_back(self) -> PromiseResult:
        entry, after = self.drill.facts.cut_back, self.cut_back_after
        if entry is None or after is None:
            return PromiseResult(text="the candidate was cut back by itself", holds=False)
        by_itself = (entry["operator"], entry["outcome"]) == (CUT_BACK, "done")
        return PromiseResult(
            text="the candidate was cut back by itself, and the audit log says why",
            holds=by_itself and after >= 0 and self.drill.facts.share_when_sick == 0,
            shown=f"{after:.1f} s after the fault: {entry['reason']}",
        )

    @property
    def cut_back_after(self) -> float | None:
        """Seconds from the fault to the cut-back; None where there was none."""
        entry, broken = self.drill.facts.cut_back, self.drill.facts.broken_at
        if entry is None or broken is None:
            return None
        return round((datetime.fromisoformat(entry["at"]) - broken).total_seconds(), 1)

    def _named(self) -> PromiseResult:
        found = fields(self.drill.facts.parity_fault)
        shown = [
            f"{one['operation']}: {one['field']} ({one['example']})"
            for one in found
            if one["field"].endswith(WRONG)
        ]
        return PromiseResult(
            text="the parity report names the fault",
            holds=any(one["field"].endswith(WRONG) and one["example"] for one in found),
            shown="; ".join(shown[:2]),
        )

    def _stays(self) -> PromiseResult:
        share = self.drill.facts.share_when_mended
        return PromiseResult(
            text="nothing moved forward again until the operator said so",
            holds=share == 0,
            shown="" if share is None else f"mended, and still at {share:g} %",
        )

    def _moved_over(self) -> PromiseResult:
        counts = self.served()[ACTS[-1]]
        return PromiseResult(
            text="in the end every new order is at the new shop",
            holds=counts[NEW_ADAPTER] > 0
            and not counts[OLD_ADAPTER]
            and self.drill.facts.share_at_end == 100,
            shown=f"{counts[NEW_ADAPTER]} of {counts.total()} of the last act",
        )

    def _as_told(self) -> PromiseResult:
        acted = [(one["operator"], one["action"]) for one in self.audit]
        persons = [("eve", "split")] * 4
        wanted = [*persons[:2], (CUT_BACK, "cut_back"), *persons[2:]]
        missing = self.drill.facts.missing
        return PromiseResult(
            text="the whole move took four commands, all of them in the audit log",
            holds=acted == wanted and not missing and not self.drill.facts.late,
            shown=", ".join(f"{who} {what}" for who, what in acted),
            wrong=[*(f"never happened: {what}" for what in missing)],
        )

    def served(self) -> Mapping[str, Counter[str]]:
        """Whose order it became, of the completed checkouts that began in each act."""
        found: dict[str, Counter[str]] = {name: Counter() for name in ACTS}
        for visit, places in zip(self.drill.customers.visits, self.places(), strict=True):
            found[visit.act].update(places)
        return found


def _places(entries: Sequence[Json]) -> frozenset[str]:
    """Where an order stands, and where stock went into one."""
    books = LedgerView(entries=entries)
    orders = {one["stand_in"] for one in books.standing("orders.place")}
    consumed = {one["stand_in"] for one in entries if one["effect"] == "stock.consume"}
    return frozenset(orders | consumed)
