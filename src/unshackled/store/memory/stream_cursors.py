"""Places of consumers in a broker's stream, in memory."""

from __future__ import annotations

from collections.abc import Mapping

from unshackled.errors import Conflict
from unshackled.store.memory.tables import Ping


class MemoryStreamCursors:
    """Places by the name of the consumer."""

    def __init__(self, ping: Ping) -> None:
        self._ping = ping
        self._places: dict[str, str] = {}

    async def place(self, name: str) -> str | None:
        """Where a consumer stands; None before its first event."""
        self._ping()
        return self._places.get(name)

    async def places(self) -> Mapping[str, str]:
        """Where each consumer stands."""
        self._ping()
        return dict(sorted(self._places.items()))

    async def move(self, name: str, *, expected: str | None, to: str) -> None:
        """Go on; raises `Conflict` when the consumer is not at `expected` any more."""
        self._ping()
        if self._places.get(name) != expected:
            raise Conflict(f"{name}: not at {expected} any more")
        self._places[name] = to
