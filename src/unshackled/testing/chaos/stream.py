"""The event stream against the event log: every event, once by its id, in order per checkout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nats.aio.client import Client
from nats.errors import TimeoutError as NothingCame
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from unshackled.events.cloudevent import loads
from unshackled.events.nats import STREAM
from unshackled.store.port import EventRow, Store

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

    def complaints(self) -> Iterator[str]:
        """Every broken promise in one line each."""
        for what, ids in (
            ("in the log and not in the stream", self.lost),
            ("in the stream and not in the log", self.unknown),
            ("another in the stream than in the log", self.changed),
            ("in the stream behind a later event of its checkout", self.disordered),
        ):
            if ids:
                more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
                yield f"{what}: {', '.join(ids[:SHOWN])}{more}"


def compare(log: Sequence[EventRow], stream: Sequence[EventRow]) -> Compared:
    """The whole log against the whole stream, as it was stored."""
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
        if place <= newest.get(one.checkout, (-1, -1)):
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


async def whole_stream(url: str) -> list[EventRow]:
    """Every message of the stream, in its order, repeats included."""
    client = Client()
    await client.connect([url])
    try:
        stream = client.jetstream()
        try:
            total = (await stream.stream_info(STREAM)).state.messages
        except NotFoundError:
            return []
        config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE)
        pull = await stream.pull_subscribe("", stream=STREAM, config=config)
        rows: list[EventRow] = []
        while len(rows) < total:
            try:
                messages = await pull.fetch(PORTION, timeout=2)
            except NothingCame:
                break
            rows += [loads(message.data) for message in messages]
        return rows
    finally:
        await client.close()
