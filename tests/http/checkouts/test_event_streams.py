"""Following a checkout by server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import pytest

from tests.http.world import ApiHarness
from unshackled.domain.records import replace
from unshackled.http.auth.authenticator import Authenticator
from unshackled.http.auth.credentials import read_key
from unshackled.http.auth.result_signer import ResultSigner
from unshackled.http.auth.tokens import Tokens
from unshackled.http.checkouts.event_streams import events
from unshackled.http.context import ApiContext
from unshackled.store.stored_records import Change


@pytest.fixture
async def quick() -> AsyncIterator[ApiHarness]:
    """An application whose streams say every 20 ms that they are still here."""
    found = ApiHarness(heartbeat=timedelta(milliseconds=20))
    await found.open()
    yield found
    await found.engine.close()


def context(world: ApiHarness) -> ApiContext:
    services = world.services
    signer = ResultSigner(services)
    return ApiContext(services, Authenticator(services), Tokens(services), signer)


def parsed(chunk: bytes) -> tuple[int, Any]:
    lines = dict(line.split(": ", 1) for line in chunk.decode().strip().split("\n"))
    assert lines["event"] == "checkout"
    return int(lines["id"]), json.loads(lines["data"])


async def next_event(stream: AsyncIterator[bytes]) -> tuple[int, Any]:
    async for chunk in stream:
        if not chunk.startswith(b":"):
            return parsed(chunk)
    raise AssertionError("the stream ended")


async def test_the_present_state_comes_first_and_then_each_change(world: ApiHarness) -> None:
    """Ids are versions and go up; the data is the resource."""
    customer = await world.customer()
    async with aclosing(events(context(world), customer.id, -1)) as stream:
        first, body = await next_event(stream)
        assert (first, body) == (customer.made["version"], await customer.read())
        await customer.put("contact")
        second, body = await next_event(stream)
        assert second > first
        assert body["id"] == customer.id


async def test_who_knows_the_present_version_gets_only_what_comes(world: ApiHarness) -> None:
    """After Last-Event-ID the same state is not sent again."""
    customer = await world.customer()
    async with aclosing(events(context(world), customer.id, customer.made["version"])) as stream:
        waiting = asyncio.ensure_future(next_event(stream))
        await customer.put("contact")
        version, _ = await waiting
    assert version > customer.made["version"]


async def test_a_silent_stream_shows_that_it_lives(quick: ApiHarness) -> None:
    """A comment comes when nothing else does."""
    customer = await quick.customer()
    async with aclosing(events(context(quick), customer.id, customer.made["version"])) as stream:
        assert (await anext(stream)).startswith(b":")


async def test_changes_of_other_processes_are_seen(quick: ApiHarness) -> None:
    """With each heartbeat the store is asked."""
    customer = await quick.customer()
    async with aclosing(events(context(quick), customer.id, customer.made["version"])) as stream:
        assert (await anext(stream)).startswith(b":")
        known = await quick.store.load(customer.id)
        assert known is not None
        await quick.store.append(
            Change(
                checkout=replace(known, version=known.version + 1),
                expected=known.version,
                events=[],
                status="incomplete",
                settled=True,
                wake_at=None,
            )
        )
        version, _ = await next_event(stream)
    assert version == customer.made["version"] + 1


async def test_the_stream_ends_with_the_checkout(world: ApiHarness) -> None:
    """After the last event the answer is complete; who has it all gets 204."""
    customer = await world.customer()
    await customer.cancel()
    whole = await customer.client.get(f"{customer.href}/stream")
    version, body = parsed(whole.content)
    assert whole.headers["Content-Type"].startswith("text/event-stream")
    assert (body["status"], body["settled"]) == ("canceled", True)
    again = await customer.client.get(
        f"{customer.href}/stream", headers={"Last-Event-ID": str(version)}
    )
    assert (again.status_code, again.content) == (204, b"")


async def test_a_stream_does_not_live_for_ever(quick: ApiHarness) -> None:
    """After its limit it ends, and the page opens another."""
    customer = await quick.customer()
    seen = customer.made["version"]
    async with aclosing(events(context(quick), customer.id, seen)) as stream:
        await anext(stream)
        await quick.clock.advance(timedelta(hours=2))
        assert [chunk async for chunk in stream] == []


async def test_a_stream_leaves_nothing_behind(world: ApiHarness) -> None:
    """Who leaves is not watched for any more."""
    customer = await world.customer()
    async with aclosing(events(context(world), customer.id, -1)) as stream:
        await next_event(stream)
        assert customer.id in world.engine.watchers
    assert customer.id not in world.engine.watchers


async def test_a_strange_last_event_id_counts_as_none(world: ApiHarness) -> None:
    """Whatever a browser sends back, the stream begins with the present state."""
    customer = await world.customer()
    await customer.cancel()
    for odd in (b"\xb2", b"-1", b"9" * 50, b"chk"):
        whole = await customer.client.get(
            f"{customer.href}/stream", headers=[(b"Last-Event-ID", odd)]
        )
        assert parsed(whole.content)[1]["status"] == "canceled"


async def test_streams_end_when_the_process_is_stopped(world: ApiHarness) -> None:
    """The customer's page opens it again elsewhere, from the version it knows."""
    customer = await world.customer()
    async with aclosing(events(context(world), customer.id, -1)) as stream:
        await next_event(stream)
        world.engine.leave()
        assert [chunk async for chunk in stream if not chunk.startswith(b":")] == []


async def test_a_stream_ends_with_its_credentials(quick: ApiHarness) -> None:
    """Nothing is told after a key was revoked: not the next change, and no sign of life."""
    customer = await quick.customer()
    counts = True

    async def may_see() -> bool:
        return counts

    async with aclosing(events(context(quick), customer.id, -1, may_see)) as stream:
        await next_event(stream)
        counts = False
        assert [chunk async for chunk in stream] == []


async def test_the_stream_of_a_revoked_key_is_closed(quick: ApiHarness) -> None:
    """As it was opened: by the key of a server."""
    customer = await quick.customer()
    known = read_key(quick.keys["northstar/secret"])
    assert known is not None
    stored = await quick.store.key(known.id)
    assert stored is not None
    seen = str(customer.made["version"])
    async with quick.server() as server:
        asked = server.get(f"{customer.href}/stream", headers={"Last-Event-ID": seen})
        opened = asyncio.ensure_future(asked)
        await asyncio.sleep(0.05)
        assert not opened.done()
        await quick.store.put_key(replace(stored, revoked_at=quick.clock.now()))
        answer = await asyncio.wait_for(opened, timeout=5)
    assert answer.text.replace(": still here", "").strip() == ""
