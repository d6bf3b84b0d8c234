"""A retailer's server with state, that verifies by the public Standard Webhooks library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from unshackled.events.webhooks.webhook_consumer import WebhookConsumer
from unshackled.events.webhooks.webhook_message import secret_of
from unshackled.events.webhooks.webhook_sender import WebhookSender
from unshackled.store.memory import MemoryStore
from unshackled.store.port import Store
from unshackled.store.side_tables.deliveries import Reply
from unshackled.store.side_tables.endpoints import Endpoint
from unshackled.store.stored_records import EventRow
from unshackled.testing.virtual_clock import VirtualClock

URL = "https://shop.example/hooks"
SECRET = secret_of(b"a made-up secret of 32 bytes ...")


@dataclass(kw_only=True)
class Receiver:
    """Servers by address: what each got, and how each answers now."""

    clock: VirtualClock
    secrets: dict[str, str] = field(default_factory=dict)
    down: dict[str, Reply] = field(default_factory=dict)
    poison: set[str] = field(default_factory=set)
    slow: dict[str, float] = field(default_factory=dict)
    closed: bool = False
    attempts: list[tuple[datetime, str, str]] = field(default_factory=list)
    got: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one request; what is accepted was verified."""
        self.attempts.append((self.clock.now(), url, headers["webhook-id"]))
        await self.clock.sleep(self.slow.get(url, 0))
        if url in self.down:
            return self.down[url]
        if headers["webhook-id"] in self.poison:
            return Reply(status=500)
        event = OnClock(self.secrets.get(url, SECRET), self.clock).verify(body, dict(headers))
        assert event["id"] == headers["webhook-id"]
        self.got.setdefault(url, []).append(event)
        return Reply(status=204)

    async def close(self) -> None:
        """No more requests come."""
        self.closed = True

    def ids(self, url: str = URL) -> list[str]:
        """The events that a server accepted, in the order they came."""
        return [event["id"] for event in self.got.get(url, ())]


class OnClock(Webhook):
    """The public library, whose idea of now is our clock."""

    def __init__(self, secret: str, clock: VirtualClock) -> None:
        super().__init__(secret)
        self._clock = clock

    def _Webhook__verify_timestamp(self, header: str) -> datetime:  # noqa: N802 - overrides it
        at = datetime.fromtimestamp(float(header), tz=UTC)
        if abs(self._clock.now() - at) > timedelta(minutes=5):
            raise WebhookVerificationError("too old or too new")
        return at


class Site:
    """The webhooks of one store, on a clock of its own."""

    def __init__(self, store: Store | None = None) -> None:
        self.clock = VirtualClock()
        self.store = store or MemoryStore()
        self.receiver = Receiver(clock=self.clock)
        self.endpoints = self.store.tables.endpoints
        self.deliveries = self.store.tables.deliveries
        self.consumer = WebhookConsumer(self.store.tables, self.clock)
        self.sender = self.replica("one")

    def replica(self, owner: str) -> WebhookSender:
        """Another process that sends."""
        return WebhookSender(
            store=self.store,
            post=self.receiver,
            clock=self.clock,
            random=Random(7),
            owner=owner,
        )

    async def endpoint(self, name: str = "we_1", **given: Any) -> Endpoint:
        """A new endpoint of a retailer."""
        now = self.clock.now()
        made = Endpoint(
            **{"retailer": "northstar", "url": URL, "secret": SECRET, **given},
            id=name,
            created_at=now,
            updated_at=now,
        )
        assert await self.endpoints.add(made)
        return made

    async def happen(self, checkout: str, version: int, **given: Any) -> EventRow:
        """An event is consumed."""
        row = event(checkout, version, self.clock.now(), **given)
        await self.consumer.take(row)
        return row

    async def pass_time(self, span: timedelta, every: timedelta = timedelta(seconds=1)) -> None:
        """Let time pass, sending what is due."""
        end = self.clock.now() + span
        while self.clock.now() < end:
            await self.sender.round()
            await self.clock.advance(every)


def event(checkout: str, version: int, at: datetime, index: int = 0, **given: Any) -> EventRow:
    """An event of the log."""
    known = {"retailer": "northstar", "type": "step.passed.v1", "data": {"step": "contact"}}
    return EventRow(checkout=checkout, version=version, index=index, at=at, **{**known, **given})
