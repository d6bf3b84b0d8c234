"""One endpoint's turn: post what is due to it, in order per checkout, and note what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Final

from unshackled.domain.clock import Clock
from unshackled.events.webhooks import delivery_rules as rules
from unshackled.events.webhooks.http_post import Post
from unshackled.events.webhooks.webhook_message import PING, headers_of
from unshackled.store.cloudevent import loads
from unshackled.store.port import Store
from unshackled.store.side_tables.dead_letters import LetterRecord
from unshackled.store.side_tables.deliveries import DeliveryRecord, Reply, consumer_of
from unshackled.store.side_tables.endpoints import Endpoint, Why
from unshackled.telemetry import get_logger

log = get_logger(__name__)

LEASE: Final = timedelta(seconds=60)
AT_ONCE: Final = 16
BATCHES: Final = 20


class EndpointDelivery:
    """Sends to one endpoint at a time, under its lease."""

    def __init__(
        self, *, store: Store, post: Post, clock: Clock, random: Random, owner: str
    ) -> None:
        self._store = store
        self._endpoints = store.tables.endpoints
        self._deliveries = store.tables.deliveries
        self._letters = store.tables.dead_letters
        self._post = post
        self._clock = clock
        self._random = random
        self._owner = owner

    async def take(self, endpoint: str) -> int:
        """Send batch after batch until nothing is due, it fails, or others shall have a turn.

        Returns how many attempts were made.
        """
        made = 0
        if not await self._deliveries.heads(endpoint, self._clock.now(), 1):
            return made
        try:
            for _ in range(BATCHES):
                batch = await self._batch(endpoint)
                if not batch:
                    break
                made += batch
        finally:
            await self._store.end_lease(consumer_of(endpoint), self._owner)
        return made

    async def _batch(self, name: str) -> int:
        now = self._clock.now()
        lease = consumer_of(name)
        if not await self._store.lease(lease, self._owner, now=now, until=now + LEASE):
            return 0
        endpoint = await self._endpoints.get(name)
        if endpoint is None or endpoint.state == "disabled":
            return 0
        if endpoint.hold_until is not None and endpoint.hold_until > now:
            return 0
        most = rules.at_once(endpoint.failures, AT_ONCE)
        heads = await self._deliveries.heads(name, now, most)
        if heads:
            tasks = [self._send(endpoint, head) for head in heads]
            # All have ended before one's failure counts: none may go on behind the next batch.
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            replies = [one for one in ended if isinstance(one, Reply)]
            if replies:
                await self._judge(endpoint, replies)
            for one in ended:
                if isinstance(one, BaseException):
                    raise one
        return len(heads)

    async def _send(self, endpoint: Endpoint, delivery: DeliveryRecord) -> Reply:
        now = self._clock.now()
        body = delivery.body.encode()
        headers = headers_of(endpoint.secrets_at(now), delivery.event, body, now)
        reply = await self._post(endpoint.url, headers, body)
        await self._note(delivery, reply)
        return reply

    async def _note(self, delivery: DeliveryRecord, reply: Reply) -> None:
        now = self._clock.now()
        if rules.succeeded(reply):
            await self._deliveries.record(delivery, reply, "delivered", now, now)
            return
        wait = rules.wait_after(delivery.attempts + 1, self._random)
        if wait is None:
            await self._bury(delivery, reply)
            await self._deliveries.record(delivery, reply, "dead", now, now)
        else:
            await self._deliveries.record(delivery, reply, "pending", now + wait, now)

    async def _bury(self, delivery: DeliveryRecord, reply: Reply) -> None:
        if delivery.type == PING:
            return
        letter = LetterRecord(
            consumer=consumer_of(delivery.endpoint),
            event=loads(delivery.body),
            error=reply.error or f"Status{reply.status}",
            detail="",
            tries=delivery.attempts + 1,
            first_at=delivery.created_at,
            last_at=self._clock.now(),
        )
        await self._letters.add(letter)
        log.error("webhooks.given_up", endpoint=delivery.endpoint, event_id=delivery.event)

    async def _judge(self, endpoint: Endpoint, replies: Sequence[Reply]) -> None:
        """What a batch says of the endpoint: one success is enough to be well."""
        now = self._clock.now()
        hold = now + max(map(rules.asked_for, replies))
        if any(reply.status == rules.GONE for reply in replies):
            await self._disable(endpoint, "gone")
        elif any(map(rules.succeeded, replies)):
            if endpoint.failures or endpoint.failing_since or hold > now:
                await self._endpoints.well(endpoint, hold)
        else:
            since = endpoint.failing_since or now
            waits = [rules.hold_after(endpoint.failures + 1, one, self._random) for one in replies]
            await self._endpoints.failed(endpoint, since, now + max(waits))
            if rules.given_up(since, now):
                await self._disable(endpoint, "failing")

    async def _disable(self, endpoint: Endpoint, why: Why) -> None:
        if await self._endpoints.disable(endpoint.id, why, self._clock.now()):
            log.warning("webhooks.disabled", endpoint=endpoint.id, why=why)
