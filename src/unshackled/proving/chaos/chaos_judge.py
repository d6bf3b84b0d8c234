"""What is left when all is calm, against every promise."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from unshackled.proving.chaos import messages
from unshackled.proving.chaos.chaos_customers import ChaosCustomers, in_turn
from unshackled.proving.chaos.chaos_environment import (
    OPERATOR,
    RETAILERS,
    ChaosEnvironment,
    demo_key,
)
from unshackled.proving.chaos.shops import Shops
from unshackled.proving.chaos.stream_check import Compared, behind, compare, whole_log, whole_stream
from unshackled.proving.crowd import Shopper, complaints
from unshackled.store import open_store
from unshackled.store.port import Store
from unshackled.store.side_tables.dead_letters import OPEN
from unshackled.testing.invariants import FinalCheckout, violations
from unshackled.testing.known_keys import KEYS

Json = Any
PAGE: Final = 100
LETTERS: Final = 50
# A follower that died has a lease of 20 seconds, and who waits for it looks every 5 seconds.
GIVES_UP_AFTER_SECONDS: Final = 90.0
LOOKS_EVERY_SECONDS: Final = 1.0


@dataclass(kw_only=True)
class ChaosJudge:
    """Gathers and compares; `happened` counts events by type, `ends` checkouts by status."""

    stage: ChaosEnvironment
    customers: ChaosCustomers
    shops: Shops
    happened: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    letters: list[str] = field(default_factory=list)
    replayed: set[str] = field(default_factory=set)
    compared: Compared | None = None
    comparison: Compared | None = None
    caught_up_after: float = 0.0

    async def verdict(self) -> list[str]:
        """Every broken promise in one line each."""
        seen = await in_turn(self._observe, self.customers.shoppers)
        told = list(zip(self.customers.shoppers, seen, strict=True))
        pairs = [(shopper, one) for shopper, one in told if one is not None]
        observed = [one for _, one in pairs]
        self.ends.update(one.checkout["status"] for one in observed)
        self.happened.update(event["type"] for one in observed for event in one.events)
        ledger = await self.stage.ledger()
        found = violations(observed, ledger)
        found += [f"{shopper.customer.id} is lost" for shopper, one in told if one is None]
        for shopper, one in pairs:
            found += [f"{shopper.customer.id}: {what}" for what in complaints(shopper, one)]
        found += await self._strangers(observed)
        return [*found, *await self._events(observed)]

    async def _observe(self, shopper: Shopper) -> FinalCheckout | None:
        """A customer's checkout at the end; None where there is none any more."""
        answer = await shopper.customer.ask("GET")
        if answer.status_code == 404:
            return None
        checkout = answer.json()
        events: list[Json] = []
        path = f"{shopper.customer.href}/events?limit=200"
        where: str | None = path
        while where is not None:
            page = await self._get(checkout["retailer"], where)
            events += page["items"]
            full = len(page["items"]) == 200
            where = f"{path}&cursor={page['next_cursor']}" if full else None
        ledger = await self._get(checkout["retailer"], f"{shopper.customer.href}/ledger")
        return FinalCheckout(checkout=checkout, events=events, ledger=ledger)

    async def _strangers(self, observed: Sequence[FinalCheckout]) -> list[str]:
        """Checkouts that no customer knows: made twice for one Idempotency-Key."""
        known = {one.checkout["id"] for one in observed}
        found = []
        for retailer in RETAILERS:
            path = f"/v1/checkouts?limit={PAGE}"
            where: str | None = path
            while where is not None:
                page = await self._get(retailer, where)
                found += [row["id"] for row in page["items"] if row["id"] not in known]
                where = f"{path}&cursor={page['next_cursor']}" if page["next_cursor"] else None
        return [f"{stranger} belongs to nobody" for stranger in found]

    async def _events(self, observed: Sequence[FinalCheckout]) -> list[str]:
        """Wait while consumers come nearer: log, stream, reports, messages, dead letters."""
        begun = moved = time.monotonic()
        before: list[str] = []
        store = open_store(self.stage.database_url, keys=KEYS)
        await store.open()
        try:
            while True:
                found = await self._behind(store, observed)
                now = time.monotonic()
                before, moved = found, moved if found == before else now
                stands = now - moved > GIVES_UP_AFTER_SECONDS
                if not found or stands:
                    found = [*found, *await self._uneven(store)]
                self.caught_up_after = time.monotonic() - begun
                if not found or stands:
                    return found
                await asyncio.sleep(LOOKS_EVERY_SECONDS)
        finally:
            await store.close()

    async def _behind(self, store: Store, observed: Sequence[FinalCheckout]) -> list[str]:
        """What consumers have not done yet, or never will."""
        await self._replay()
        page = await store.tables.dead_letters.page(limit=LETTERS)
        self.letters = [f"{one.id}: {one.error} {one.detail}" for one in page.letters]
        references = frozenset(reference for one in observed for reference in one.references)
        written, ledger = await messages.written(store.tables.messages), await self.stage.ledger()
        return [
            *await behind(store, self.stage.broker.url),
            *await self._wrong_counts(expected_counts(observed)),
            *messages.complaints(written, references, ledger),
            *(f"dead letter {letter}" for letter in self.letters),
        ]

    async def _uneven(self, store: Store) -> list[str]:
        """Where the log differs from the stream, or from what the retailers were told."""
        log = await whole_log(store)
        self.compared = compare(log, await whole_stream(self.stage.broker.url), self.replayed)
        self.comparison = self.shops.compared(log, self.replayed)
        forged = (
            [f"{self.shops.forged} webhooks with a wrong signature"] if self.shops.forged else []
        )
        return [*self.compared.complaints(), *self.comparison.complaints("webhooks"), *forged]

    async def _replay(self) -> None:
        """As an operator: hand over again what a sick backend made a dead letter."""
        headers = {"Authorization": f"Bearer {OPERATOR}"}
        ask = self.customers.line.request
        page = (await ask("GET", "/ops/letters", headers=headers)).json()
        for letter in page["items"]:
            path = f"/ops/letters/{quote(letter['id'], safe='')}/replay"
            answer = await ask("POST", path, json={"reason": "it is well again"}, headers=headers)
            if answer.is_success and answer.json()["state"] != OPEN:
                self.replayed.add(letter["id"].rpartition(":")[2])

    async def _wrong_counts(self, wanted: Mapping[str, Json]) -> list[str]:
        """Where reports count something else than there is."""
        found = []
        for retailer in RETAILERS:
            funnel = await self._get(retailer, "/v1/reports/funnel")
            revenue = await self._get(retailer, "/v1/reports/revenue")
            flows = [row for row in funnel["items"] if row["step"] is None]
            counted = {
                "created": sum(row["reached"] for row in flows),
                "completed": sum(row["passed"] for row in flows),
                "sold": sum(row["checkouts"] for row in revenue["items"]),
                "due_today": sum(row["due_today"] for row in revenue["items"]),
            }
            if counted != wanted[retailer]:
                found.append(f"reports of {retailer} say {counted}, there are {wanted[retailer]}")
        return found

    async def _get(self, retailer: str, path: str) -> Json:
        headers = {"Authorization": f"Bearer {demo_key(retailer)}"}
        answer = await self.customers.line.request("GET", path, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()


def expected_counts(observed: Sequence[FinalCheckout]) -> dict[str, Json]:
    """What the reports of each retailer have to say."""
    wanted = {}
    for retailer in RETAILERS:
        all_of = [one.checkout for one in observed if one.checkout["retailer"] == retailer]
        done = [one for one in all_of if one["status"] == "completed"]
        wanted[retailer] = {
            "created": len(all_of),
            "completed": len(done),
            "sold": len(done),
            "due_today": sum(map(due_today, done)),
        }
    return wanted


def due_today(checkout: Json) -> int:
    """What the customer pays at once, in minor units."""
    return next(int(one["amount"]) for one in checkout["totals"] if one["type"] == "due_today")
