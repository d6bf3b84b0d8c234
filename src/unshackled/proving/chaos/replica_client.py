"""The customers' line to the replicas: the same request again, at the next replica, until answered.

Every request of a customer may be repeated: by its Idempotency-Key, or because saying it twice is
saying it once.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from unshackled.proving.chaos.balancer import Balancer

RESENDS_FOR_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 0.3
ANSWER_WITHIN_SECONDS: Final = 8.0


@dataclass(kw_only=True)
class ReplicaClient:
    """Sends requests and counts what becomes of them; `down` tells what is away at the moment.

    Everybody waits while the `door` is shut.

    `attempts` counts by what became of each: `answered`, `refused` (503), `broken` (no answer),
    and the same with ` while down` behind it; `took` has the seconds of each answer.
    """

    balancer: Balancer
    down: Callable[[], bool]
    door: asyncio.Event
    attempts: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=100)
        self.web = httpx.AsyncClient(timeout=ANSWER_WITHIN_SECONDS, limits=limits)

    async def request(
        self, method: str, url: str, *, json: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """The first answer but 503; raises the last failure after `RESENDS_FOR_SECONDS`."""
        await self.door.wait()
        until = time.monotonic() + RESENDS_FOR_SECONDS
        while True:
            late = time.monotonic() > until
            try:
                answer = await self._ask(method, url, json, headers)
            except httpx.TransportError:
                if late:
                    raise
            else:
                if answer.status_code != 503 or late:
                    return answer
            await asyncio.sleep(PAUSE_SECONDS)

    async def _ask(
        self, method: str, url: str, json: Any, headers: Mapping[str, str] | None
    ) -> httpx.Response:
        replica, *_ = self.balancer.order()
        begun, down = time.monotonic(), self.down()
        try:
            answer = await self.web.request(
                method, f"{replica.url}{url}", json=json, headers=headers
            )
        except httpx.TransportError:
            self._count("broken", down=down)
            raise
        if answer.status_code == 503:
            self._count("refused", down=down)
        else:
            self._count("answered", down=down)
            self.took.append(time.monotonic() - begun)
        self.statuses[answer.status_code] += 1
        return answer

    def _count(self, what: str, *, down: bool) -> None:
        self.attempts[what] += 1
        if down or self.down():
            self.attempts[f"{what} while down"] += 1
