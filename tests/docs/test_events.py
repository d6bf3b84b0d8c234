"""docs/events.md is true: its example runs, its event is one of ours, its lists are complete."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

from tests.events.consumers import fill
from unshackled.domain.events.event_types import event_types
from unshackled.domain.records import replace
from unshackled.events.nats import STREAM, Broker, subject
from unshackled.store.cloudevent import unwrap
from unshackled.store.memory import MemoryStore
from unshackled.testing.servers import NatsServer

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "events.md").read_text()


def block(language: str) -> str:
    """The one code block in a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_event_that_is_shown_is_one_of_ours() -> None:
    """All its attributes agree with each other, and its subject and stream are named."""
    row = unwrap(json.loads(block("json")))
    assert f"`{subject(row)}`" in PAGE
    assert f"`{STREAM}`" in PAGE


def test_every_type_of_event_is_listed() -> None:
    """And none that is not there."""
    types = set(event_types())
    assert set(re.findall(r"`([a-z_]+\.[a-z_]+\.v\d+)`", PAGE)) == types


def test_every_log_event_is_explained() -> None:
    """Those that followers, deliveries and consumers write."""
    sources = "\n".join(path.read_text() for path in (ROOT / "src/unshackled/events").glob("*.py"))
    written = set(re.findall(r'"(events\.[a-z_]+)"', sources))
    assert written
    assert [one for one in written if f"`{one}`" not in PAGE] == []


async def test_the_example_consumes_sales(nats_server: NatsServer) -> None:
    """Run as it stands, against a real server."""
    store = MemoryStore()
    await store.open()
    await fill(store, "chk_a", "chk_b")
    rows = (await store.feed(after=None, limit=100)).rows
    sales = [replace(row, type="checkout.completed.v1") for row in rows[::2]]
    broker = Broker(nats_server.url)
    await broker.publish([*rows[1::2], *sales])
    await broker.close()
    example: dict[str, Any] = {}
    exec(block("python"), example)  # noqa: S102 - our own page
    got: asyncio.Queue[str] = asyncio.Queue()

    async def handle(event: dict[str, Any]) -> None:
        await got.put(event["id"])

    task = asyncio.create_task(example["consume"](nats_server.url, handle))
    seen = [await got.get() for _ in sales]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert sorted(seen) == sorted(row.id for row in sales)
