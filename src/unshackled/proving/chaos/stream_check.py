"""The event stream against the event log: every event, once by its id, in order per checkout."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Container, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from nats.aio.client import Client
from nats.errors import TimeoutError as NothingCame
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from unshackled.events.nats import STREAM
from unshackled.store.cloudevent import loads
from unshackled.store.port import Store
from unshackled.store.stored_records import EventRow

PORTION: Final = 500
SHOWN: Final = 5


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What comparing log and stream showed; `repeats` are ids that the stream holds again."""

    events: int
    published: int
    repeats: int
    lost: Sequence[str]
    unknown: Sequence[str]
    changed: Sequence[str]
    disordered: Sequence[str]

    def complaints(self, where: str = "the stream") -> Iterator[str]:
        """Every broken promise in one line each."""
        for what, ids in (
            (f"in the log and not in {where}", self.lost),
            (f"in {where} and not in the log", self.unknown),
            (f"another in {where} than in the log", self.changed),
            (f"in {where} behind a later event of its checkout", self.disordered),
        ):
            if ids:
                more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
                yield f"{what}: {', '.join(ids[:SHOWN])}{more}"


def compare(
    log: Sequence[EventRow], stream: Sequence[EventRow], replayed: Container[str] = ()
) -> Compared:
    """The whole log against the whole stream, as it was stored.

    What an operator `replayed` may come behind later events: it was out of the way meanwhile.
    """
    logged: Mapping[str, EventRow] = {one.id: one for one in log}
    times = Counter(one.id for one in stream)
    newest: dict[str, tuple[int, int]] = {}
    seen: set[str] = set()
    disordered = []
    for one in stream:
        if one.id in seen:
            continue
        seen.add(one.id)
        place = (one.version, one.index)
        if place <= newest.get(one.checkout, (-1, -1)) and one.id not in replayed:
            disordered.append(one.id)
        newest[one.checkout] = max(place, newest.get(one.checkout, place))
    return Compared(
        events=len(logged),
        published=len(times),
        repeats=len(stream) - len(times),
        lost=sorted(logged.keys() - times.keys()),
        unknown=sorted(times.keys() - logged.keys()),
        changed=sorted({one.id for one in stream if logged.get(one.id, one) != one}),
        disordered=disordered,
    )


async def whole_log(store: Store) -> list[EventRow]:
    """Every event of the log."""
    rows: list[EventRow] = []
    cursor = None
    while True:
        feed = await store.feed(after=cursor, limit=PORTION)
        rows += feed.rows
        if not feed.rows:
            return rows
        cursor = feed.cursor


@asynccontextmanager
async def _jetstream(url: str) -> AsyncIterator[JetStreamContext]:
    client = Client()
    await client.connect([url])
    try:
        yield client.jetstream()
    finally:
        await client.close()


async def _state(stream: JetStreamContext) -> tuple[int, int]:
    """How many messages there are, and the number of the last."""
    try:
        state = (await stream.stream_info(STREAM)).state
    except NotFoundError:
        return 0, 0
    return state.messages, state.last_seq


async def behind(store: Store, url: str) -> list[str]:
    """Each of our consumers that has not taken every message, in a line."""
    async with _jetstream(url) as stream:
        _, last = await _state(stream)
    found = []
    for name, place in (await store.tables.stream_cursors.places()).items():
        left = last - int(place.partition("@")[0])
        if left > 0:
            found.append(f"consumer {name} is {left} messages behind")
    return found


async def whole_stream(url: str) -> list[EventRow]:
    """Every message of the stream, in its order, repeats included."""
    rows: list[EventRow] = []
    async with _jetstream(url) as stream:
        total, _ = await _state(stream)
        if not total:
            return rows
        config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE)
        pull = await stream.pull_subscribe("", stream=STREAM, config=config)
        while len(rows) < total:
            try:
                messages = await pull.fetch(PORTION, timeout=2)
            except NothingCame:
                break
            rows += [loads(message.data) for message in messages]
    return rows
