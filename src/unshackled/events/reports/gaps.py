"""Events that were not handed over: what a broker refused comes late, the log has it at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Protocol

from unshackled.domain.events.checkout_events import CheckoutCreated
from unshackled.store.side_tables.journeys import Journey
from unshackled.store.stored_records import EventRow

PAGE: Final = 200
# A journey is forgotten days after its checkout ended: only a younger one is begun in the middle.
YOUNG: Final = timedelta(days=1)


class Log(Protocol):
    """The event log; a store is one."""

    async def events(
        self, checkout: str, *, after: tuple[int, int] | None, limit: int
    ) -> Sequence[EventRow]:
        """A checkout's events after (version, index), in order."""
        ...


def is_next(journey: Journey | None, event: EventRow) -> bool:
    """Whether nothing can be missing before an event: it follows at once, or was taken before."""
    if journey is None:
        return event.type == CheckoutCreated.type
    version, index = journey.position
    here = (event.version, event.index)
    return here <= journey.position or here in ((version, index + 1), (version + 1, 0))


async def with_missing(log: Log, journey: Journey | None, event: EventRow) -> list[EventRow]:
    """The event behind those of its checkout that are in the log and were not handed over."""
    found, here = list[EventRow](), (event.version, event.index)
    after = None if journey is None else journey.position
    while True:
        page = await log.events(event.checkout, after=after, limit=PAGE)
        found += [one for one in page if (one.version, one.index) < here]
        last = (page[-1].version, page[-1].index) if page else here
        if last >= here or len(page) < PAGE:
            break
        after = last
    if journey is None and not _begins_young(found, event):
        return [event]
    return [*found, event]


def _begins_young(rows: Sequence[EventRow], event: EventRow) -> bool:
    began = rows[0] if rows else event
    return began.type == CheckoutCreated.type and event.at - began.at < YOUNG
