"""What webhook endpoints and their deliveries promise in every store."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from unshackled.domain.records import replace
from unshackled.errors import Conflict
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.dead_letters import DISCARDED, REPLAYED
from unshackled.store.side_tables.deliveries import DeliveryRecord, Reply, consumer_of
from unshackled.store.side_tables.endpoints import Endpoint, OldSecret
from unshackled.testing.samples import NOW
from unshackled.testing.table_suites.letters_suite import letter_of

MINUTE = timedelta(minutes=1)
LATER = NOW + timedelta(hours=1)


def endpoint_of(number: int = 1, **given: Any) -> Endpoint:
    """An endpoint of northstar, each made a minute after the one before."""
    at = NOW + number * MINUTE
    known = {"retailer": "northstar", "url": "https://shop.example/hooks", "secret": "whsec_made"}
    made = {"id": f"we_{number}", "created_at": at, "updated_at": at}
    return Endpoint(**{**known, **made, **given})


def delivery_of(checkout: str = "chk_1", version: int = 1, **given: Any) -> DeliveryRecord:
    """A delivery to `we_1` that is due."""
    endpoint = given.get("endpoint", "we_1")
    event = f"{checkout}-{version}-0"
    known = {
        "id": f"{endpoint}:{event}",
        "endpoint": endpoint,
        "retailer": "northstar",
        "event": event,
        "checkout": checkout,
        "version": version,
        "index": 0,
        "type": "step.passed.v1",
        "at": NOW + version * MINUTE,
        "body": '{"id": "ä"}',
        "next_at": NOW,
        "created_at": NOW,
    }
    return DeliveryRecord(**{**known, **given})


class EndpointPromises:
    """Endpoints: a bounded number for each account, changed by compare-and-swap."""

    async def test_an_endpoint_comes_back_as_it_was(self, tables: SideTables) -> None:
        """With its types and old secrets; an id that is taken is not added."""
        whole = endpoint_of(
            types=("step.*", "checkout.completed.v1"),
            description="orders",
            old_secrets=(OldSecret(secret="whsec_old", until=LATER),),
            failures=3,
            failing_since=NOW,
            hold_until=LATER,
            made_of="sha256:1",
        )
        assert await tables.endpoints.add(whole)
        assert await tables.endpoints.get("we_1") == whole
        assert not await tables.endpoints.add(endpoint_of())
        assert await tables.endpoints.get("we_1") == whole
        assert await tables.endpoints.get("we_none") is None

    async def test_an_account_has_at_most_so_many(self, tables: SideTables) -> None:
        """Though all come at once; another account has its own."""
        added = await asyncio.gather(
            *(tables.endpoints.add(endpoint_of(number), most=5) for number in range(12))
        )
        assert added.count(True) == 5
        assert len(await tables.endpoints.of("northstar")) == 5
        assert await tables.endpoints.add(endpoint_of(90, retailer="orbit"), most=5)

    async def test_endpoints_are_listed_the_oldest_first(self, tables: SideTables) -> None:
        """Whole, or page by page without a gap; a cursor that no page gave is refused."""
        endpoints, after, found = tables.endpoints, None, []
        for number in (3, 1, 2):
            await endpoints.add(endpoint_of(number))
        await endpoints.add(endpoint_of(4, retailer="orbit"))
        assert [one.id for one in await endpoints.of("northstar")] == ["we_1", "we_2", "we_3"]
        for _ in range(2):
            page = await endpoints.page("northstar", after=after, limit=2)
            found += [one.id for one in page.endpoints]
            after = page.next
        assert (found, after) == (["we_1", "we_2", "we_3"], None)
        with pytest.raises(ValueError, match="cursor"):
            await endpoints.page("northstar", after="!", limit=2)

    async def test_a_change_replaces_what_was_read(self, tables: SideTables) -> None:
        """Of two who read the same one wins; account, origin and birth stay."""
        endpoints, old = tables.endpoints, endpoint_of(made_of="sha256:1")
        await endpoints.add(old)
        new = replace(old, url="https://new.example/", types=("step.*",), updated_at=LATER)
        ends = await asyncio.gather(
            *(endpoints.change(new, expected=old.updated_at) for _ in range(2)),
            return_exceptions=True,
        )
        assert [type(end) for end in ends if end is not None] == [Conflict]
        other = replace(new, retailer="orbit", made_of="sha256:2", created_at=LATER)
        await endpoints.change(other, expected=LATER)
        assert await endpoints.get("we_1") == new
        with pytest.raises(Conflict):
            await endpoints.change(endpoint_of(2), expected=NOW)

    async def test_health_is_noted(self, tables: SideTables) -> None:
        """A failed round counts, a success begins anew; one is disabled once."""
        endpoints, known = tables.endpoints, endpoint_of()
        await endpoints.add(known)
        await endpoints.failed(known, NOW, LATER)
        ill = replace(known, failures=1, failing_since=NOW, hold_until=LATER)
        assert await endpoints.get("we_1") == ill
        await endpoints.well(ill, NOW)
        assert await endpoints.get("we_1") == replace(known, hold_until=NOW)
        assert await endpoints.disable("we_1", "gone", LATER)
        assert not await endpoints.disable("we_1", "failing", LATER)
        assert not await endpoints.disable("we_none", "gone", LATER)
        disabled = replace(known, hold_until=NOW, state="disabled", why="gone", updated_at=LATER)
        assert await endpoints.get("we_1") == disabled

    async def test_those_with_something_due_are_ready(self, tables: SideTables) -> None:
        """By their ids; not those that are disabled, on hold, or have nothing due."""
        endpoints, deliveries = tables.endpoints, tables.deliveries
        for number in (5, 1, 2, 3, 4):
            await endpoints.add(endpoint_of(number))
            due = NOW if number != 4 else LATER
            await deliveries.add(delivery_of(endpoint=f"we_{number}", next_at=due))
        await endpoints.disable("we_2", "asked", NOW)
        await endpoints.failed(endpoint_of(3), NOW, LATER)
        assert [one.id for one in await endpoints.ready(NOW)] == ["we_1", "we_5"]
        ready = await endpoints.ready(LATER)
        assert [one.id for one in ready] == ["we_1", "we_3", "we_4", "we_5"]

    async def test_an_endpoint_goes_with_its_deliveries(self, tables: SideTables) -> None:
        """Those of others stay."""
        for number in (1, 2):
            await tables.endpoints.add(endpoint_of(number))
            await tables.deliveries.add(delivery_of(endpoint=f"we_{number}"))
        await tables.endpoints.remove("we_1")
        await tables.endpoints.remove("we_1")
        assert await tables.endpoints.get("we_1") is None
        assert await tables.deliveries.get("we_1:chk_1-1-0") is None
        assert await tables.deliveries.heads("we_1", NOW, 9) == []
        assert await tables.deliveries.get("we_2:chk_1-1-0") is not None


class DeliveryPromises:
    """Deliveries: in order per checkout, each attempt noted once."""

    async def test_the_first_of_each_checkout_may_be_sent(self, tables: SideTables) -> None:
        """If it is due, in the order of its time; what is there already stays as it is."""
        deliveries = tables.deliveries
        early, late = NOW - MINUTE, NOW + MINUTE
        await deliveries.add()
        await deliveries.add(
            delivery_of("chk_1", 2),
            delivery_of("chk_1", 1),
            delivery_of("chk_2", 1, next_at=early),
            delivery_of("chk_3", 1, next_at=late),
            delivery_of("chk_3", 2),
            delivery_of("chk_4", 1, endpoint="we_2"),
        )
        await deliveries.add(delivery_of("chk_1", 1, body="other"), delivery_of("chk_5", 1))
        heads = await deliveries.heads("we_1", NOW, 9)
        assert [one.event for one in heads] == ["chk_2-1-0", "chk_1-1-0", "chk_5-1-0"]
        assert heads[1] == delivery_of("chk_1", 1)
        assert len(await deliveries.heads("we_1", NOW, 2)) == 2

    async def test_an_attempt_is_noted_once(self, tables: SideTables) -> None:
        """Whoever tried the same is too late; what arrived leaves its turn to the next."""
        deliveries = tables.deliveries
        await deliveries.add(delivery_of("chk_1", 1), delivery_of("chk_1", 2))
        tried = delivery_of("chk_1", 1)
        failed, fine = Reply(error="ReadTimeout"), Reply(status=204)
        await deliveries.record(tried, failed, "pending", LATER, NOW)
        await deliveries.record(tried, fine, "delivered", NOW, NOW)
        again = replace(tried, attempts=1, next_at=LATER, error="ReadTimeout", tried_at=NOW)
        assert await deliveries.get(tried.id) == again
        assert await deliveries.heads("we_1", NOW, 9) == []
        await deliveries.record(again, fine, "delivered", LATER, LATER)
        done: dict[str, Any] = {"state": "delivered", "attempts": 2, "status": 204, "error": None}
        arrived = replace(again, **done, tried_at=LATER, delivered_at=LATER)
        assert await deliveries.get(tried.id) == arrived
        await deliveries.record(arrived, failed, "dead", LATER, LATER)
        assert await deliveries.get(tried.id) == arrived
        assert [one.event for one in await deliveries.heads("we_1", NOW, 9)] == ["chk_1-2-0"]

    async def test_what_happened_in_a_span_is_queued_again(self, tables: SideTables) -> None:
        """By checkout and state where asked; the open letters of what is queued are closed."""
        deliveries, letters = tables.deliveries, tables.dead_letters
        for number, state in enumerate(("delivered", "dead", "skipped", "pending"), 1):
            await deliveries.add(delivery_of("chk_1", number, state=state, attempts=4))
        await deliveries.add(delivery_of("chk_2", 2, state="dead"))
        consumer = consumer_of("we_1")
        buried = letter_of(1, consumer=consumer)
        dead = replace(buried, event=replace(buried.event, version=2))
        delivery = replace(buried, event=replace(buried.event, version=4))
        gone = replace(buried, event=replace(buried.event, version=9))
        for one in (dead, delivery, gone):
            await letters.add(one)
        await letters.close(delivery.id, DISCARDED, at=NOW)
        span: dict[str, Any] = {"since": NOW + MINUTE, "until": NOW + 4 * MINUTE, "now": LATER}
        asked: dict[str, Any] = {**span, "checkout": "chk_1", "states": ("dead", "skipped")}
        assert await deliveries.replay("we_1", **asked) == 2
        assert await deliveries.replay("we_1", **asked) == 0
        queued = await deliveries.get(delivery_of("chk_1", 2).id)
        assert queued == delivery_of("chk_1", 2, next_at=LATER)
        states = [await letters.get(one.id) for one in (dead, delivery, gone)]
        assert [one and one.state for one in states] == [REPLAYED, DISCARDED, "open"]
        assert await deliveries.replay("we_1", **span) == 2
        assert await deliveries.replay("we_2", **span) == 0

    async def test_one_is_queued_again_and_what_waits_is_made_due(self, tables: SideTables) -> None:
        """What is queued stays as it is; what is due already keeps its place."""
        deliveries = tables.deliveries
        early = NOW - MINUTE
        await deliveries.add(
            delivery_of("chk_1", state="delivered", attempts=2, delivered_at=NOW),
            delivery_of("chk_2", next_at=LATER, attempts=3),
            delivery_of("chk_3", next_at=early),
        )
        for checkout in ("chk_1", "chk_2"):
            await deliveries.again(delivery_of(checkout).id, NOW)
        await deliveries.again("we_1:none", NOW)
        assert await deliveries.get(delivery_of("chk_1").id) == delivery_of("chk_1")
        assert [one.checkout for one in await deliveries.heads("we_1", NOW, 9)] == [
            "chk_3",
            "chk_1",
        ]
        await deliveries.resume("we_1", NOW)
        heads = await deliveries.heads("we_1", NOW, 9)
        assert [one.checkout for one in heads] == ["chk_3", "chk_1", "chk_2"]
        assert heads[2].attempts == 3

    async def test_pages_of_deliveries_have_no_gap(self, tables: SideTables) -> None:
        """The newest event first; by state and by checkout."""
        deliveries, after, found = tables.deliveries, None, []
        for version in range(5):
            state = "dead" if version % 2 else "pending"
            await deliveries.add(delivery_of(f"chk_{version % 2}", version, state=state))
        while True:
            page = await deliveries.page("we_1", after=after, limit=2)
            found += [one.version for one in page.deliveries]
            after = page.next
            if after is None:
                break
        assert found == [4, 3, 2, 1, 0]
        dead = await deliveries.page("we_1", state="dead", after=None, limit=9)
        assert [one.version for one in dead.deliveries] == [3, 1]
        none = await deliveries.page("we_1", state="dead", checkout="chk_0", after=None, limit=9)
        assert none.deliveries == []
        with pytest.raises(ValueError, match="cursor"):
            await deliveries.page("we_1", after="!", limit=2)

    async def test_old_deliveries_are_pruned(self, tables: SideTables) -> None:
        """At most `limit`; what is pending never is."""
        deliveries = tables.deliveries
        for version, state in enumerate(("delivered", "dead", "skipped", "pending")):
            await deliveries.add(delivery_of(version=version, state=state))
        assert await deliveries.prune(before=NOW, limit=9) == 0
        assert await deliveries.prune(before=LATER, limit=2) == 2
        assert await deliveries.prune(before=LATER, limit=9) == 1
        page = await deliveries.page("we_1", after=None, limit=9)
        assert [one.state for one in page.deliveries] == ["pending"]
