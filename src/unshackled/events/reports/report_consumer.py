"""The consumer that keeps the reports: an event counts once, however often it is taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from unshackled.domain.events.checkout_events import CheckoutCreated
from unshackled.errors import Conflict
from unshackled.events.reports.fold import Providers, fold
from unshackled.events.reports.gaps import Log, is_next, with_missing
from unshackled.lru_cache import LruCache
from unshackled.store.side_tables.journeys import Journey
from unshackled.store.side_tables.report_counts import CounterKey, ReportCounts
from unshackled.store.stored_records import EventRow, StoredFlow

Json = Any
# Two replicas fold the same checkout at once only while a lease moves from one to the other.
RACES: Final = 5
FLOWS_KEPT: Final = 500
# Only of open checkouts: some 6 KB of memory each.
JOURNEYS_KEPT: Final = 500


class ReportLog(Log, Protocol):
    """The event log, and resolved flows by digest; a store is both."""

    async def flow(self, digest: str) -> StoredFlow | None:
        """A resolved flow."""
        ...


class ReportsConsumer:
    """Folds events into their journeys and their counts, in one transaction.

    The compare-and-swap on the journey's position makes a second delivery, also one to another
    replica at the same time, change nothing. Where events of a checkout seem to be missing they are
    read from the log, so what comes late counts in its turn.
    """

    name = "reports"

    def __init__(self, reports: ReportCounts, source: ReportLog) -> None:
        self._reports = reports
        self._source = source
        self._providers = LruCache[str, Providers](FLOWS_KEPT)
        self._journeys = LruCache[str, Journey](JOURNEYS_KEPT)

    async def take(self, event: EventRow) -> None:
        """Fold one event; raises `Conflict` when others were faster again and again."""
        for left in reversed(range(RACES)):
            try:
                await self.take_all([event])
            except Conflict:
                if not left:
                    raise
            else:
                return

    async def take_all(self, events: Sequence[EventRow]) -> None:
        """Fold many in one transaction; raises `Conflict` where another was faster with one."""
        before: dict[str, Journey | None] = {}
        after: dict[str, Journey] = {}
        counts: Counter[CounterKey] = Counter()
        for event in events:
            name = event.checkout
            if name not in before:
                before[name] = self._journeys.get(name) or await self._reports.journey(name)
            journey = after.get(name, before[name])
            for one in await self._in_turn(journey, event):
                journey, added = fold(journey, one, await self._known(journey, one))
                counts.update(added)
            if journey is not None:
                after[name] = journey
        moves = [(before[name], new) for name, new in after.items() if new != before[name]]
        try:
            await self._reports.put(moves, counts)
        except Conflict:  # what is remembered is old
            for name in before:
                self._journeys.pop(name)
            raise
        for _, new in moves:
            self._remember(new)

    def _remember(self, journey: Journey) -> None:
        """Keep one that goes on; the compare-and-swap finds out when it is old."""
        if journey.ended:
            self._journeys.pop(journey.checkout)
        else:
            self._journeys.put(journey.checkout, journey)

    async def _in_turn(self, journey: Journey | None, event: EventRow) -> Sequence[EventRow]:
        if is_next(journey, event):
            return [event]
        return await with_missing(self._source, journey, event)

    async def _known(self, journey: Journey | None, event: EventRow) -> Providers:
        begins = journey is None and event.type == CheckoutCreated.type
        return await self._served_by(event.data["digest"]) if begins else {}

    async def _served_by(self, digest: str) -> Providers:
        """Who serves each step of a flow; remembered, because a digest never changes."""
        providers = self._providers.get(digest)
        if providers is None:
            stored = await self._source.flow(digest)
            providers = providers_of(stored.resolved) if stored else {}
            self._providers.put(digest, providers)
        return providers


def providers_of(resolved: Mapping[str, Json]) -> dict[str, tuple[str, ...]]:
    """Who serves each step of a resolved flow, the first one first."""
    found: dict[str, tuple[str, ...]] = {}
    for name, step in resolved.get("steps", {}).items():
        policy = step.get("provider")
        if isinstance(policy, str):
            found[name] = (policy,)
        elif isinstance(policy, Mapping):
            first = [policy["first"]] if "first" in policy else []
            found[name] = (*first, *policy.get("then", ()), *policy.get("waterfall", ()))
    return found
