"""What a store has begun and not finished yet, so that closing can wait for it."""

from __future__ import annotations

import asyncio


class UnderWay:
    """Counts what is inside of its `with` blocks."""

    def __init__(self) -> None:
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def __enter__(self) -> None:
        self._count += 1
        self._idle.clear()

    def __exit__(self, *raised: object) -> None:
        self._count -= 1
        if not self._count:
            self._idle.set()

    async def idle(self) -> None:
        """Until nothing is under way."""
        await self._idle.wait()
