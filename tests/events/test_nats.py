"""JetStream for real: order, de-duplication, and a broker that is killed on the way."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from datetime import timedelta

import nats
import pytest
from nats.js.api import ConsumerConfig, StreamConfig

from tests.events.consumers import Ledger, fill, in_order
from unshackled.domain.records import replace
from unshackled.errors import BrokerRefused, BrokerUnavailable
from unshackled.events.dead_letter_service import DeadLetterService
from unshackled.events.event_flow import EventFlow, FollowerDeps, event_flow
from unshackled.events.follow import PollingPolicy
from unshackled.events.nats import STREAM, Broker
from unshackled.events.sources import RELAY
from unshackled.store.cloudevent import loads
from unshackled.store.memory import MemoryStore
from unshackled.store.side_tables.dead_letters import REPLAYED
from unshackled.system_clock import SystemClock
from unshackled.testing.made_up_checkouts import change_of, checkout_of
from unshackled.testing.servers import NatsServer, free_port

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
async def store() -> MemoryStore:
    """An open store."""
    store = MemoryStore()
    await store.open()
    return store


async def until(true: Callable[[], bool]) -> None:
    """Wait for what must come; the test's own limit ends it otherwise."""
    while not true():  # noqa: ASYNC110 - another process decides
        await asyncio.sleep(0.02)


async def stored(server: NatsServer) -> list[str]:
    """The ids of what the stream holds, in its order, read by the plain client."""
    client = await nats.connect(server.url)
    stream = client.jetstream()
    info = await stream.stream_info(STREAM)
    found = [
        loads((await stream.get_msg(STREAM, number)).data or b"").id
        for number in range(info.state.first_seq, info.state.last_seq + 1)
    ]
    await client.close()
    return found


def flow_of(
    server: NatsServer, store: MemoryStore, *consumers: Ledger, owner: str = "a"
) -> EventFlow:
    """Relay and consumers of one process."""
    parts = FollowerDeps(store=store, clock=SystemClock(), owner=owner)
    return event_flow(server.url, consumers, parts)


async def test_a_consumer_gets_every_event_once_and_in_order(
    nats_server: NatsServer, store: MemoryStore
) -> None:
    """From the log through the stream, with several checkouts side by side."""
    ids = await fill(store, "chk_a", "chk_b", "chk_c", versions=40)
    ledger, other = Ledger("ledger"), Ledger("other")
    flow = flow_of(nats_server, store, ledger, other)
    flow.start()
    await until(lambda: len(ledger.taken) >= len(ids) and len(other.taken) >= len(ids))
    ids += await fill(store, "chk_d")
    flow.wake()
    await until(lambda: len(ledger.taken) >= len(ids) and len(other.taken) >= len(ids))
    await flow.close()
    for one in (ledger, other):
        assert sorted(one.taken) == sorted(ids)
        assert in_order(one.taken)
    assert sorted(await stored(nats_server)) == sorted(ids)


async def test_a_message_is_a_cloudevent_by_itself(
    nats_server: NatsServer, store: MemoryStore
) -> None:
    """Subject, headers and body are what docs/events.md promises to other systems."""
    await fill(store, "chk_a", versions=1, events=1)
    (row,) = (await store.feed(after=None, limit=10)).rows
    traced = replace(row, type="checkout.created.v1", data={"trace": TRACE})
    broker = Broker(nats_server.url)
    await broker.publish([traced])
    message = await (await broker.stream()).get_msg(STREAM, 1)
    await broker.close()
    assert message.subject == "unshackled.events.northstar.checkout.created.v1"
    headers = message.headers or {}
    assert headers["Content-Type"] == "application/cloudevents+json"
    assert headers["Nats-Msg-Id"] == "chk_a-1-0"
    assert headers["traceparent"] == TRACE
    assert loads(message.data or b"") == traced


async def test_publishing_again_after_a_crash_stores_nothing_twice(
    nats_server: NatsServer, store: MemoryStore
) -> None:
    """Killed between publishing and moving the cursor: the stream knows the ids."""
    ids = await fill(store, "chk_a", "chk_b")
    rows = (await store.feed(after=None, limit=100)).rows
    broker = Broker(nats_server.url)
    await broker.publish(rows[:5])
    await broker.close()
    flow = flow_of(nats_server, store)
    await flow.followers[0].round()
    await flow.close()
    found = await stored(nats_server)
    assert sorted(found) == sorted(ids)
    assert in_order(found)


async def test_nothing_overtakes_what_the_broker_refused(
    nats_server: NatsServer, store: MemoryStore
) -> None:
    """A publication ends before its refused event; once it is taken all are stored, in order."""
    client = await nats.connect(nats_server.url)
    stream = client.jetstream()
    small = StreamConfig(name=STREAM, subjects=["unshackled.events.>"], max_msg_size=2000)
    await stream.add_stream(small)
    ids = await fill(store, "chk_a", "chk_b", versions=3)
    rows = list((await store.feed(after=None, limit=100)).rows)
    number = ids.index("chk_a-2-0")
    rows[number] = replace(rows[number], data={"long": "x" * 3000})
    broker = Broker(nats_server.url)
    for _ in range(2):
        with pytest.raises(BrokerRefused):
            await broker.publish(rows)
    found = await stored(nats_server)
    assert [one for one in found if one.startswith("chk_a")] == ["chk_a-1-0", "chk_a-1-1"]
    assert len(found) == 2 + 6
    await stream.update_stream(small.evolve(max_msg_size=-1))
    await broker.publish(rows)
    found = await stored(nats_server)
    assert sorted(found) == sorted(ids)
    assert in_order(found)
    await broker.close()
    await client.close()


async def test_one_customer_stops_nobody(nats_server: NatsServer, store: MemoryStore) -> None:
    """Whatever NATS will not have of a checkout is a dead letter; the others' events go on.

    Too large for the server by far, by its headers alone, or not for any subject.
    """
    client = await nats.connect(nats_server.url)
    largest = client.max_payload
    await client.close()
    checkout = checkout_of("chk_a", steps=1)
    change = change_of(checkout, events=5)
    bodies = [{}, {"x": "y" * 10 * largest}, {"x": "y" * (largest - 500)}, {}, {}]
    types = ["a.v1", "b.v1", "c.v1", "bad type.*", "e.v1"]
    rows = [
        replace(row, data=data, type=type_)
        for row, data, type_ in zip(change.events, bodies, types, strict=True)
    ]
    await store.append(replace(change, events=rows))
    others = await fill(store, "chk_b", "chk_c")
    for owner in ("before", "after a restart"):
        flow = flow_of(nats_server, store, owner=owner)
        assert await flow.followers[0].round() <= PollingPolicy().poll
        await flow.followers[0].leave()
        await flow.close()
    found = await stored(nats_server)
    assert sorted(found) == sorted([*others, rows[0].id, rows[4].id])
    letters = (await store.tables.dead_letters.page(consumer=RELAY)).letters
    assert sorted(letter.event.id for letter in letters) == [row.id for row in rows[1:4]]


async def test_a_consumer_that_crashed_goes_on_in_order(
    nats_server: NatsServer, store: MemoryStore
) -> None:
    """What was fetched and never acknowledged comes again, before anything newer."""
    await fill(store, "chk_a", versions=10)
    ledger = Ledger(poison=set())
    first = flow_of(nats_server, store, ledger)
    relay, consumer = first.followers
    await relay.round()
    ledger.away = 100  # fetched, not taken, not acknowledged
    await consumer.round()
    ids = await fill(store, "chk_b", versions=10)
    await relay.round()
    await consumer.leave()
    ledger.away = 0
    second = flow_of(nats_server, store, ledger, owner="b")
    _, successor = second.followers
    while len(ledger.taken) < 20 + len(ids):
        await successor.round()
    assert len(set(ledger.taken)) == len(ledger.taken)
    assert in_order(ledger.taken)
    await first.close()
    await second.close()


async def test_a_sleeper_that_wakes_up_takes_nothing(
    nats_server: NatsServer, store: MemoryStore
) -> None:
    """Its lease is another's now, who also has the durable consumer."""
    ids = await fill(store, "chk_a", versions=10)
    ledger = Ledger()
    sleeper, awake = (flow_of(nats_server, store, ledger, owner=owner) for owner in "ab")
    await sleeper.followers[0].round()
    ledger.away = 1
    await sleeper.followers[1].round()
    lease = "follow:consumer:ledger"
    await store.end_lease(lease, "a")
    await awake.followers[1].round()
    assert ledger.taken == ids
    sleeper.followers[1]._held_until = None  # noqa: SLF001 - its own watch says: renew
    assert await sleeper.followers[1].round() == timedelta(seconds=5)
    assert ledger.taken == ids
    await sleeper.close()
    await awake.close()


async def test_poison_is_a_dead_letter_until_it_is_replayed(
    nats_server: NatsServer, store: MemoryStore
) -> None:
    """The events behind it are not held up."""
    ids = await fill(store, "chk_a", "chk_b")
    ledger = Ledger(poison={ids[3]})
    flow = flow_of(nats_server, store, ledger)
    flow.start()
    await until(lambda: len(ledger.taken) == len(ids) - 1)
    await flow.close()
    letters = store.tables.dead_letters
    (letter,) = (await letters.page()).letters
    assert letter.event.id == ids[3]
    ledger.poison.clear()
    desk = DeadLetterService(letters, [ledger], SystemClock())
    assert (await desk.replay(letter.id)).state == REPLAYED
    assert sorted(ledger.taken) == sorted(ids)


async def test_a_broker_that_is_killed_loses_nothing(
    nats_server: NatsServer, store: MemoryStore
) -> None:
    """Killed and started again, twice, while events are made: all arrive, in order."""
    ledger = Ledger()
    flow = flow_of(nats_server, store, ledger)
    flow.start()
    ids: list[str] = []
    for number in range(2):
        before = len(ids)
        ids += await fill(store, *(f"chk_{number}{name}" for name in "abcd"), versions=20)
        flow.wake()
        await until(lambda before=before: len(ledger.taken) > before)  # type: ignore[misc]
        nats_server.kill()
        ids += await fill(store, *(f"chk_{number}{name}" for name in "efgh"), versions=20)
        await asyncio.sleep(0.3)
        nats_server.start()
    await until(lambda: set(ledger.taken) >= set(ids))
    await flow.close()
    assert sorted(set(ledger.taken)) == sorted(ids)
    assert in_order(ledger.taken)
    found = await stored(nats_server)
    assert sorted(found) == sorted(ids)
    assert in_order(found)


async def test_a_broker_that_is_not_there_is_unavailable(store: MemoryStore) -> None:
    """Neither its address nor its password is in the error; the follower waits."""
    url = f"nats://user:h1dden@127.0.0.1:{free_port()}"
    with pytest.raises(BrokerUnavailable) as caught:
        await Broker(url).publish((await store.feed(after=None, limit=1)).rows)
    assert "h1dden" not in str(caught.value)
    flow = event_flow(url, [], FollowerDeps(store=store, clock=SystemClock(), owner="a"))
    await fill(store, "chk_a")
    assert await flow.followers[0].round() > timedelta(0)
    assert dict(flow.lags())[RELAY] > 0
    await flow.close()


async def test_a_stream_that_was_deleted_is_made_again(
    nats_server: NatsServer, store: MemoryStore
) -> None:
    """What was in it is gone, but all that comes now is consumed: its numbers begin at 1 again."""
    ledger = Ledger()
    flow = flow_of(nats_server, store, ledger)
    relay, consumer = flow.followers
    first = await fill(store, "chk_a", versions=10)
    await relay.round()
    await consumer.round()
    client = await nats.connect(nats_server.url)
    await client.jetstream().delete_stream(STREAM)
    second = await fill(store, "chk_b", versions=30)
    for one in itertools.islice(itertools.cycle([relay, consumer]), 8):
        await one.round()
    assert ledger.taken == [*first, *second]
    await client.close()
    await flow.close()


async def test_a_stream_of_the_operators_own_stays_as_it_is(
    nats_server: NatsServer, store: MemoryStore
) -> None:
    """We make it where there is none; replicas, limits and storage are theirs to choose."""
    client = await nats.connect(nats_server.url)
    stream = client.jetstream()
    theirs = StreamConfig(name=STREAM, subjects=["unshackled.events.>"], max_msgs=5)
    await stream.add_stream(theirs)
    ids = await fill(store, "chk_a", versions=5)
    flow = flow_of(nats_server, store)
    await flow.followers[0].round()
    assert (await stream.stream_info(STREAM)).config.max_msgs == 5
    assert await stored(nats_server) == ids[-5:]
    await client.close()
    await flow.close()


async def test_a_message_that_is_no_event_is_passed_over(
    nats_server: NatsServer, store: MemoryStore
) -> None:
    """Somebody else's, on our subject: it holds nobody up."""
    ids = await fill(store, "chk_a")
    ledger = Ledger()
    flow = flow_of(nats_server, store, ledger)
    await flow.followers[0].round()
    client = await nats.connect(nats_server.url)
    await client.jetstream().publish("unshackled.events.northstar.nonsense", b"?")
    ids += await fill(store, "chk_b")
    await flow.followers[0].round()
    for _ in range(3):
        await flow.followers[1].round()
    assert ledger.taken == ids
    info = await client.jetstream().consumer_info(STREAM, "unshackled-ledger")
    assert (info.num_pending, info.num_ack_pending) == (0, 0)
    await client.close()
    await flow.close()


async def test_a_gap_is_noticed_and_filled(nats_server: NatsServer, store: MemoryStore) -> None:
    """Messages that went to somebody else, as to a connection that broke, are asked for again."""
    ids = await fill(store, "chk_a")
    ledger = Ledger()
    flow = flow_of(nats_server, store, ledger)
    relay, consumer = flow.followers
    await relay.round()
    await consumer.round()
    client = await nats.connect(nats_server.url)
    pull = await client.jetstream().pull_subscribe_bind(consumer="unshackled-ledger", stream=STREAM)
    ids += await fill(store, "chk_b")
    await relay.round()
    assert len(await pull.fetch(2)) == 2
    for _ in range(4):
        await consumer.round()
    assert ledger.taken == ids
    await client.close()
    await flow.close()


async def test_a_durable_consumer_that_was_deleted_is_made_again(
    nats_server: NatsServer, store: MemoryStore
) -> None:
    """Our place is in the store: nothing is lost, nothing comes again."""
    ids = await fill(store, "chk_a")
    ledger = Ledger()
    flow = flow_of(nats_server, store, ledger)
    relay, consumer = flow.followers
    await relay.round()
    await consumer.round()
    client = await nats.connect(nats_server.url)
    stream = client.jetstream()
    await stream.delete_consumer(STREAM, "unshackled-ledger")
    await stream.add_consumer(STREAM, ConsumerConfig(durable_name="unshackled-ledger"))
    ids += await fill(store, "chk_b")
    await relay.round()
    for _ in range(4):
        await consumer.round()
    assert ledger.taken == ids
    await client.close()
    await flow.close()
