"""The suite of the side tables finds a store that breaks one of its promises."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from unshackled.domain.records import replace
from unshackled.store.memory import MemoryStore
from unshackled.store.memory.deliveries import MemoryDeliveries
from unshackled.store.memory.report_counts import MemoryReportCounts
from unshackled.store.side_tables.deliveries import DeliveryRecord
from unshackled.store.side_tables.message_log import MessageState
from unshackled.testing.table_suites import SideTablePromises

Method = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A table of which one method does something else, and the promise that must notice."""

    table: str
    method: str
    instead: Method
    promise: str
    given: tuple[Any, ...] = ()


async def forgets_tries(self: Any, letter: Any) -> None:
    """What is known already is written over."""
    self._rows[letter.id] = letter


async def always(self: Any, *_: Any, **__: Any) -> bool:
    """As if nobody had decided before."""
    return True


async def moves_anyway(self: Any, name: str, *, expected: str | None, to: str) -> None:
    """Without a comparison."""
    self._places[name] = to


async def begins_again(self: Any, message: Any) -> None:
    """Though another process did."""
    self._rows[message.event, message.template] = replace(message, doubted=False)


async def believes_the_last(self: Any, message: Any, state: Any, *, at: Any, **_: Any) -> None:
    """Whatever is known."""
    row = self._rows[message.event, message.template]
    self._change(row, state=state, last_at=at)


async def reports_on_anything(self: Any, message: Any, *, at: Any, code: str) -> None:
    """Also where there is no doubt."""
    row = self._rows[message.event, message.template]
    self._change(row, state=MessageState.DECLINED, code=code, last_at=at)


async def counts_again(self: Any, moves: Any, counts: Any) -> None:
    """Without looking at where the journeys stand."""
    self._journeys.update((new.checkout, new) for _, new in moves)
    self._counts.update(counts if moves else {})


async def writes_by_halves(self: Any, moves: Any, counts: Any) -> None:
    """What comes before a conflict stays."""
    for move in moves:
        await MemoryReportCounts.put(self, [move], {})
    self._counts.update(counts if moves else {})


async def adds_without_end(self: Any, endpoint: Any, *, most: int = 0) -> bool:
    """However many there are."""
    return self._rows.setdefault(endpoint.id, endpoint) is endpoint


async def changes_anyway(self: Any, endpoint: Any, *, expected: datetime) -> None:
    """Though it was changed since."""
    self._rows[endpoint.id] = endpoint


async def leaves_deliveries(self: Any, endpoint: str) -> None:
    """Only the endpoint goes."""
    self._rows.pop(endpoint, None)


async def sends_at_random(
    self: Any, endpoint: str, now: datetime, limit: int
) -> Sequence[DeliveryRecord]:
    """All that is due, whatever waits before it."""
    due = [one for one in self._waiting(endpoint) if one.next_at <= now]
    return sorted(due, key=lambda one: (one.next_at, one.id))[:limit]


async def notes_twice(self: Any, tried: Any, *noted: Any) -> None:
    """Also what somebody else noted meanwhile."""
    _, state, next_at, _ = noted
    self._put(self._rows[tried.id], state=state, attempts=tried.attempts + 1, next_at=next_at)


async def leaves_letters(self: Any, endpoint: str, *, now: datetime, **asked: Any) -> int:
    """They stay open though their events are queued."""
    letters, self._letters = self._letters, type(self._letters)(lambda: None)
    queued = await MemoryDeliveries.replay(self, endpoint, now=now, **asked)
    self._letters = letters
    return queued


async def ends_again(self: Any, entry: str, outcome: str, *, at: datetime, code: str = "") -> None:
    """The last outcome stays."""
    if entry in self._rows:
        self._rows[entry] = replace(self._rows[entry], ended_at=at, outcome=outcome, code=code)


async def decides_late(self: Any, request: str, state: str, by: str, *, now: datetime) -> bool:
    """After its time too."""
    row = self._rows.get(request)
    if row is None or row.state != "waiting":
        return False
    self._rows[request] = replace(row, state=state, decided_by=by, decided_at=now)
    return True


async def keeps_what_was_asked(self: Any, request: str, state: str, *, code: str = "") -> None:
    """The parameters stay readable."""
    self._rows[request] = replace(self._rows[request], state=state, code=code)


async def sets_anyway(self: Any, entry: Any) -> None:
    """Whatever version stands there."""
    self._rows[entry.retailer, entry.kind, entry.name] = replace(entry, version=entry.version + 1)


async def counts_the_last(self: Any, counts: Any, at: datetime) -> None:
    """Nothing adds up."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    self._rows.update({(hour, one.pair, one.field, one.verdict): one for one in counts})


async def keeps_the_last(self: Any, retailer: str, kept: Any) -> None:
    """Though it is older."""
    self._rows[retailer] = kept


async def prunes_nothing(self: Any, *, before: datetime, limit: int) -> int:
    """It only says so."""
    return 0


async def makes_two_of_a_number(self: Any, key: Any) -> bool:
    """Both processes believe that theirs is the key."""
    return self._rows.setdefault(key.id, key) is key


async def rewraps_anyway(self: Any, key: Any, *, expected: bytes) -> bool:
    """Though another process did."""
    self._rows[key.id] = key
    return True


async def forgets_the_mark(self: Any, subject: str, *, now: datetime) -> bool:
    """As if there had never been a key."""
    return self._rows.pop(subject, None) is not None


async def brings_keys_back(self: Any, keys: Any) -> int:
    """Also where they were deleted."""
    self._rows.update((after.subject, after) for _, after in keys)
    return len(keys)


def mutant(table: str, method: str, instead: Method, promise: str, *given: Any) -> Mutant:
    """In a line."""
    return Mutant(table=table, method=method, instead=instead, promise=promise, given=given)


ONCE = "test_the_same_letter_again_adds_its_tries"
SURE = "test_what_is_known_for_sure_stays"
REPORT = "test_a_report_that_it_was_not_sent_ends_a_doubt"
ONE_KEY = "test_an_account_has_one_key_of_a_number"
REWRAPPED = "test_data_keys_are_rewrapped_as_they_were_read"
EVENT_ONCE = "test_an_event_counts_once"
SENT, DOUBT = MessageState.SENT, MessageState.IN_DOUBT
MUTANTS = (
    mutant("dead_letters", "add", forgets_tries, ONCE),
    mutant("dead_letters", "close", always, "test_an_open_letter_is_decided_once"),
    mutant("stream_cursors", "move", moves_anyway, "test_one_of_two_who_move_a_place_wins"),
    mutant("messages", "begin", begins_again, "test_a_message_is_begun_once"),
    mutant("messages", "end", believes_the_last, SURE, SENT, DOUBT, SENT),
    mutant("messages", "declined", reports_on_anything, REPORT, SENT),
    mutant("messages", "prune", prunes_nothing, "test_old_messages_at_their_end_are_pruned"),
    mutant("reports", "put", counts_again, EVENT_ONCE),
    mutant("reports", "put", writes_by_halves, EVENT_ONCE),
    mutant("endpoints", "add", adds_without_end, "test_an_account_has_at_most_so_many"),
    mutant("endpoints", "change", changes_anyway, "test_a_change_replaces_what_was_read"),
    mutant("endpoints", "remove", leaves_deliveries, "test_an_endpoint_goes_with_its_deliveries"),
    mutant("deliveries", "heads", sends_at_random, "test_the_first_of_each_checkout_may_be_sent"),
    mutant("deliveries", "record", notes_twice, "test_an_attempt_is_noted_once"),
    mutant("deliveries", "replay", leaves_letters, "test_what_happened_in_a_span_is_queued_again"),
    mutant("audit_log", "end", ends_again, "test_an_entry_comes_back_as_it_was"),
    mutant("requests", "decide", decides_late, "test_a_request_ends_with_its_time"),
    mutant("requests", "close", keeps_what_was_asked, "test_a_request_is_decided_once"),
    mutant("routing_settings", "put", sets_anyway, "test_one_of_two_who_set_the_same_wins"),
    mutant("parity", "add", counts_the_last, "test_counts_add_up"),
    mutant("retailer_keys", "add", makes_two_of_a_number, ONE_KEY),
    mutant("retailer_keys", "rewrap", rewraps_anyway, "test_a_key_is_rewrapped_as_it_was_read"),
    mutant("data_keys", "delete", forgets_the_mark, "test_a_deleted_data_key_leaves_a_mark"),
    mutant("data_keys", "rewrap", brings_keys_back, REWRAPPED),
    mutant("catalogues", "put", keeps_the_last, "test_the_newest_catalogue_is_kept"),
)


@pytest.mark.parametrize("broken", MUTANTS, ids=lambda one: f"{one.table}.{one.instead.__name__}")
async def test_a_table_that_breaks_its_promise_is_found(broken: Mutant) -> None:
    """Its promise fails with it, and is kept without it."""
    for with_it in (False, True):
        store = MemoryStore()
        await store.open()
        if with_it:
            table = getattr(store.tables, broken.table)
            table.__class__ = type("Broken", (type(table),), {broken.method: broken.instead})
        promise = getattr(SideTablePromises(), broken.promise)
        if not with_it:
            await promise(store.tables, *broken.given)
            continue
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            await promise(store.tables, *broken.given)
