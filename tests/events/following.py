"""A process to be killed: relays a database's log to NATS and notes what its consumer takes.

python following.py DATABASE URL FILE
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from unshackled.events.event_flow import FollowerDeps, event_flow
from unshackled.store.sqlite import SqliteStore
from unshackled.store.stored_records import EventRow
from unshackled.system_clock import SystemClock
from unshackled.testing.known_keys import KEYS


@dataclass
class Notes:
    """A consumer that writes an id a line."""

    file: Path
    name: str = "notes"

    async def take(self, event: EventRow) -> None:
        """Write the line, at once."""
        with self.file.open("a") as lines:
            lines.write(f"{event.id}\n")


async def main(database: str, url: str, file: str) -> None:
    """Follow until somebody kills us; a successor under the same name need not wait."""
    store = SqliteStore(Path(database), keys=KEYS)
    await store.open()
    parts = FollowerDeps(store=store, clock=SystemClock(), owner="one after the other")
    event_flow(url, [Notes(Path(file))], parts).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
