"""Sending: in order per checkout, patient with what is down, none waiting for another."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.events.webhooks.receiver import SECRET, URL, Site, event
from unshackled.domain.records import replace
from unshackled.events.event_ports import Bulk
from unshackled.events.webhooks import LetterQueue, letter_queues
from unshackled.events.webhooks.delivery_rules import WAITS
from unshackled.events.webhooks.webhook_consumer import EndpointGone
from unshackled.events.webhooks.webhook_message import secret_of
from unshackled.store.memory import MemoryStore
from unshackled.store.memory.dead_letters import MemoryDeadLetters
from unshackled.store.memory.deliveries import MemoryDeliveries
from unshackled.store.memory.endpoints import MemoryEndpoints
from unshackled.store.side_tables.deliveries import DeliveryRecord, Reply
from unshackled.store.side_tables.endpoints import Endpoint, OldSecret

OTHER = "https://other.example/hooks"
HOUR = timedelta(hours=1)


class CountingEndpoints(MemoryEndpoints):
    """Counts how often an account's endpoints are read."""

    reads = 0

    async def of(self, retailer: str) -> Sequence[Endpoint]:
        self.reads += 1
        return await super().of(retailer)


class CountingDeliveries(MemoryDeliveries):
    """Counts how often something is queued, however much at once."""

    writes = 0

    async def add(self, *deliveries: DeliveryRecord) -> None:
        self.writes += 1
        await super().add(*deliveries)


class CountingStore(MemoryStore):
    """A store that counts what the consumer of webhooks asks of it."""

    def __init__(self) -> None:
        super().__init__()
        self.deliveries = CountingDeliveries(self._require_open, MemoryDeadLetters(lambda: None))
        self.endpoints = CountingEndpoints(self._require_open, self.deliveries)
        self.tables = replace(self.tables, endpoints=self.endpoints, deliveries=self.deliveries)


async def test_down_for_an_hour(site: Site) -> None:
    """All events of many checkouts arrive afterwards, verified, in order per checkout."""
    await site.endpoint()
    site.receiver.down[URL] = Reply(error="ConnectError")
    wanted: dict[str, list[str]] = {}
    for minute in range(60):
        for number in range(20):
            row = await site.happen(f"chk_{number}", minute + 1)
            wanted.setdefault(row.checkout, []).append(row.id)
        await site.pass_time(timedelta(minutes=1), every=timedelta(seconds=5))
    assert site.receiver.ids() == []
    assert len(site.receiver.attempts) < 60
    del site.receiver.down[URL]
    await site.pass_time(3 * HOUR, every=timedelta(seconds=30))
    arrived: dict[str, list[str]] = {}
    for one in site.receiver.got[URL]:
        arrived.setdefault(one["subject"], []).append(one["id"])
    assert arrived == wanted
    page = await site.deliveries.page("we_1", state="pending", after=None, limit=1)
    assert page.deliveries == []


async def test_each_event_once(site: Site) -> None:
    """An event that is taken twice is delivered once, and not again in later rounds."""
    await site.endpoint()
    row = await site.happen("chk_1", 1)
    await site.consumer.take(row)
    await site.sender.round()
    await site.consumer.take(row)
    await site.sender.round()
    assert [row.id] == site.receiver.ids()


async def test_many_at_once_are_queued_like_one_by_one() -> None:
    """Each endpoint gets what it wants, once and in order; a retailer's endpoints are read once."""
    store = CountingStore()
    await store.open()
    site = Site(store)
    await site.endpoint("we_1", types=("step.*",))
    await site.endpoint("we_3", url=OTHER, retailer="orbit")
    now = site.clock.now()
    ours = [event(f"chk_{number % 2}", number, now) for number in range(1, 9)]
    theirs = [event("chk_9", 1, now, retailer="orbit"), event("chk_9", 2, now, retailer="orbit")]
    consumer = site.consumer
    assert isinstance(consumer, Bulk)
    await consumer.take_all([*ours, *theirs])
    await consumer.take_all([*ours, *theirs])
    assert (store.endpoints.reads, store.deliveries.writes) == (4, 2), "two retailers, twice"
    await site.pass_time(timedelta(seconds=30))
    found = site.receiver.ids()
    for checkout in ("chk_0", "chk_1"):
        wanted = [one.id for one in ours if one.checkout == checkout]
        assert [one for one in found if one.startswith(f"{checkout}-")] == wanted
    assert site.receiver.ids(OTHER) == [one.id for one in theirs]
    assert len(found) == len(ours)


async def test_only_what_is_wanted(site: Site) -> None:
    """Types, groups of types and retailers decide who gets an event."""
    await site.endpoint("we_1", types=("step.*",))
    await site.endpoint("we_2", url=OTHER, types=("checkout.completed.v1",))
    await site.endpoint("we_3", url="https://orbit.example/", retailer="orbit")
    await site.happen("chk_1", 1)
    await site.happen("chk_1", 2, type="checkout.completed.v1")
    await site.sender.round()
    assert {url: site.receiver.ids(url) for url in site.receiver.got} == {
        URL: ["chk_1-1-0"],
        OTHER: ["chk_1-2-0"],
    }


async def test_poison_holds_up_its_own_checkout_only(site: Site) -> None:
    """An event that is refused waits, the next of its checkout behind it; others go on."""
    await site.endpoint()
    site.receiver.poison.add("chk_1-1-0")
    for version in (1, 2):
        for checkout in ("chk_1", "chk_2"):
            await site.happen(checkout, version)
    await site.pass_time(timedelta(seconds=30))
    assert site.receiver.ids() == ["chk_2-1-0", "chk_2-2-0"]
    site.receiver.poison.clear()
    await site.pass_time(timedelta(minutes=6), every=timedelta(seconds=10))
    assert site.receiver.ids()[2:] == ["chk_1-1-0", "chk_1-2-0"]


async def test_given_up_is_a_dead_letter(site: Site) -> None:
    """After the whole schedule an event is dead, a letter says so, and the next one goes out."""
    await site.endpoint()
    site.receiver.poison.add("chk_1-1-0")
    await site.happen("chk_1", 1)
    await site.happen("chk_1", 2)
    await site.pass_time(timedelta(days=4), every=timedelta(minutes=5))
    tries = Counter(name for _, _, name in site.receiver.attempts)
    assert {"chk_1-1-0": len(WAITS), "chk_1-2-0": 1} == tries
    dead = await site.deliveries.get("we_1:chk_1-1-0")
    assert dead is not None
    assert ("dead", len(WAITS), 500) == (dead.state, dead.attempts, dead.status)
    letters = (await site.store.tables.dead_letters.page(consumer="webhooks:we_1")).letters
    assert [(one.event.id, one.error) for one in letters] == [("chk_1-1-0", "Status500")]


async def test_an_operator_sends_a_dead_letter_again(site: Site) -> None:
    """Its delivery is queued once more, also when it was forgotten; not for an endpoint gone."""
    await site.endpoint()
    site.receiver.poison.add("chk_1-1-0")
    row = await site.happen("chk_1", 1)
    await site.pass_time(timedelta(days=4), every=timedelta(minutes=5))
    site.receiver.poison.clear()
    queue = letter_queues(site.store.tables, site.clock)("webhooks:we_1")
    assert queue is not None
    await queue.take(row)
    await site.sender.round()
    await site.deliveries.prune(before=site.clock.now() + HOUR, limit=9)
    await queue.take(row)
    await site.sender.round()
    assert site.receiver.ids() == [row.id, row.id]
    assert letter_queues(site.store.tables, site.clock)("reports") is None
    with pytest.raises(EndpointGone):
        await LetterQueue("webhooks:we_2", site.store.tables, site.clock).take(row)


async def test_a_retailer_s_replay_closes_the_letter(site: Site) -> None:
    """What the retailer has sent again waits for no operator any more."""
    made = await site.endpoint()
    site.receiver.poison.add("chk_1-1-0")
    await site.happen("chk_1", 1)
    await site.pass_time(timedelta(days=4), every=timedelta(minutes=5))
    now = site.clock.now()
    await site.deliveries.replay("we_1", since=made.created_at, until=now, now=now)
    letter = await site.store.tables.dead_letters.get("webhooks:we_1:chk_1-1-0")
    assert letter is not None
    assert letter.state == "replayed"


async def test_a_store_that_is_away_is_waited_for(site: Site) -> None:
    """Rounds that meet no store send nothing and break nothing; later everything goes out."""
    await site.endpoint()
    row = await site.happen("chk_1", 1)
    await site.store.close()
    site.sender.start()
    await site.clock.advance(timedelta(minutes=1))
    await site.store.open()
    await site.clock.advance(timedelta(seconds=10))
    assert site.receiver.ids() == [row.id]


async def test_closing_breaks_off_what_takes_too_long(site: Site) -> None:
    """A server that never answers does not keep the process; the event is sent again later."""
    await site.endpoint()
    site.receiver.slow[URL] = 3600
    await site.happen("chk_1", 1)
    site.sender.start()
    await site.clock.advance(timedelta(seconds=2))
    await site.sender.close(within=timedelta(milliseconds=1))
    found = await site.deliveries.get("we_1:chk_1-1-0")
    assert found is not None
    assert (found.state, found.attempts) == ("pending", 0)
    assert site.receiver.closed


async def test_down_is_probed_by_one(site: Site) -> None:
    """A thousand checkouts do not hammer a server that is down: at most a batch, then probes."""
    await site.endpoint()
    site.receiver.down[URL] = Reply(status=503)
    for number in range(1000):
        await site.happen(f"chk_{number}", 1)
    await site.pass_time(timedelta(minutes=10))
    assert len(site.receiver.attempts) <= 16 + 10
    del site.receiver.down[URL]
    await site.pass_time(timedelta(minutes=6), every=timedelta(seconds=5))
    assert len(site.receiver.ids()) >= 1000 - 26


async def test_retry_after_is_obeyed(site: Site) -> None:
    """A busy server that names a time is left alone until then."""
    await site.endpoint()
    site.receiver.down[URL] = Reply(status=429, retry_after=1800)
    await site.happen("chk_1", 1)
    await site.pass_time(timedelta(minutes=29), every=timedelta(seconds=10))
    assert len(site.receiver.attempts) == 1


async def test_gone_disables_at_once(site: Site) -> None:
    """410 disables the endpoint; events after it are kept as skipped, and can be replayed."""
    before = await site.endpoint()
    site.receiver.down[URL] = Reply(status=410)
    await site.happen("chk_1", 1)
    await site.sender.round()
    found = await site.endpoints.get("we_1")
    assert found is not None
    assert (found.state, found.why) == ("disabled", "gone")
    await site.happen("chk_1", 2)
    await site.pass_time(HOUR, every=timedelta(minutes=1))
    assert len(site.receiver.attempts) == 1
    del site.receiver.down[URL]
    await site.endpoints.change(before, expected=found.updated_at)
    start, now = before.created_at, site.clock.now()
    assert await site.deliveries.replay("we_1", since=start, until=now, now=now) == 1
    await site.deliveries.resume("we_1", now)
    await site.sender.round()
    assert site.receiver.ids() == ["chk_1-1-0", "chk_1-2-0"]


async def test_days_of_failure_disable(site: Site) -> None:
    """Nothing delivered for five days: disabled as failing, and left alone."""
    await site.endpoint()
    site.receiver.down[URL] = Reply(error="ReadTimeout")
    for day in range(7):
        await site.happen("chk_1", day + 1)
        await site.happen(f"chk_of_day_{day}", 1)
        await site.pass_time(timedelta(days=1), every=timedelta(minutes=15))
    found = await site.endpoints.get("we_1")
    assert found is not None
    assert (found.state, found.why) == ("disabled", "failing")
    last = site.receiver.attempts[-1][0] - site.receiver.attempts[0][0]
    assert timedelta(days=5) <= last < timedelta(days=6)


async def test_rotation_signs_with_both(site: Site) -> None:
    """Until the old secret has expired a receiver verifies with either, later with the new one."""
    now = site.clock.now()
    new = secret_of(b"another made-up secret, 32 bytes")
    old = OldSecret(secret=SECRET, until=now + timedelta(hours=24))
    await site.endpoint(secret=new, old_secrets=(old,))
    for url_secret in (SECRET, new):
        site.receiver.secrets[URL] = url_secret
        await site.happen(f"chk_{len(site.receiver.ids())}", 1)
        await site.sender.round()
    assert len(site.receiver.ids()) == 2
    await site.clock.advance(timedelta(hours=25))
    await site.happen("chk_9", 1)
    await site.sender.round()
    assert len(site.receiver.ids()) == 3


async def test_a_slow_server_slows_no_other(site: Site) -> None:
    """While one endpoint takes its time, another gets everything."""
    await site.endpoint("we_1")
    await site.endpoint("we_2", url=OTHER)
    site.receiver.slow[URL] = 10
    for version in (1, 2, 3):
        await site.happen("chk_1", version)
    site.sender.start()
    await site.clock.advance(timedelta(seconds=3))
    assert (site.receiver.ids(URL), len(site.receiver.ids(OTHER))) == ([], 3)
    await site.clock.advance(timedelta(seconds=30))
    assert len(site.receiver.ids(URL)) == 3
    await site.sender.close()


async def test_one_replica_sends_to_an_endpoint(site: Site) -> None:
    """Two replicas at once: each event goes out once."""
    await site.endpoint()
    site.receiver.slow[URL] = 1
    for number in range(40):
        await site.happen(f"chk_{number}", 1)
    rounds = [asyncio.create_task(one.round()) for one in (site.sender, site.replica("two"))]
    await site.clock.advance(timedelta(seconds=60))
    await asyncio.gather(*rounds)
    assert (len(site.receiver.attempts), len(set(site.receiver.ids()))) == (40, 40)
