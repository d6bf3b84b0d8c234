"""Overhears what is published on the broker: also what its stream drops as a repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from nats.aio.client import Client
from nats.aio.msg import Msg

from unshackled.events.nats import SUBJECTS


@dataclass(kw_only=True)
class Listener:
    """How often each event was published, as far as it was heard: not while the broker was away."""

    heard: Counter[str] = field(default_factory=Counter)

    @property
    def repeats(self) -> int:
        """Publications of what had been published before; there may have been more."""
        return self.heard.total() - len(self.heard)

    @asynccontextmanager
    async def listening(self, url: str) -> AsyncIterator[None]:
        """Listen meanwhile, again after each time that the broker was away."""
        client = Client()
        await client.connect(
            [url], error_cb=_ignored, reconnect_time_wait=1, max_reconnect_attempts=-1
        )
        try:
            await client.subscribe(SUBJECTS, cb=self._hear)
            yield
        finally:
            await client.close()

    async def _hear(self, message: Msg) -> None:
        self.heard[(message.headers or {}).get("Nats-Msg-Id", "")] += 1


async def _ignored(error: Exception) -> None:
    """The broker is away: that is what this is about."""
