"""Events that a broker refused and that come late: the reports count as if all had come in turn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from tests.events.reports.lives import life
from tests.events.reports.test_consumer import everything, opened
from unshackled.domain.events.checkout_events import CheckoutCreated
from unshackled.domain.records import replace
from unshackled.events.reports.report_consumer import ReportsConsumer
from unshackled.store.side_tables.report_counts import Counts
from unshackled.store.stored_records import EventRow, StoredFlow


class Logged:
    """A log with these events."""

    def __init__(self, log: Sequence[EventRow]) -> None:
        self.log = log

    async def flow(self, _digest: str) -> StoredFlow | None:
        return None

    async def events(
        self, checkout: str, *, after: tuple[int, int] | None, limit: int
    ) -> Sequence[EventRow]:
        later = [
            one
            for one in self.log
            if one.checkout == checkout and (one.version, one.index) > (after or (-1, -1))
        ]
        return later[:limit]


async def counted(log: Sequence[EventRow], come: Sequence[EventRow]) -> list[Counts]:
    """What is counted when the events of a log come like that."""
    store = await opened()
    consumer = ReportsConsumer(store.tables.reports, Logged(log))
    for one in come:
        await consumer.take(one)
    return await everything(store.tables.reports)


async def test_a_beginning_that_comes_late_counts_and_so_does_the_rest() -> None:
    """Nobody waits for it: what came before it is there, and it changes nothing any more."""
    log = await life()
    late = [one for one in log if one.type == CheckoutCreated.type]
    come = [*(one for one in log if one not in late), *late]
    assert await counted(log, come) == await counted(log, log)


async def test_any_event_before_another_version_may_come_late() -> None:
    """Whatever was refused between two events that came is read from the log."""
    log = await life()
    whole = await counted(log, log)
    follows = {(one.checkout, one.version, one.index - 1) for one in log}
    for late in (one for one in log if (one.checkout, one.version, one.index) in follows):
        come = [*(one for one in log if one != late), late]
        assert await counted(log, come) == whole, late.type


async def test_a_checkout_of_long_ago_is_not_counted_again() -> None:
    """Its journey was forgotten: what a provider says months later begins no new one."""
    log = await life()
    late = replace(log[-1], at=log[-1].at + timedelta(days=90))
    assert not any(await counted(log, [late]))
