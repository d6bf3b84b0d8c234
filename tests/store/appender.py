"""A process that appends until it is killed, and says each time what was acknowledged.

Each version of a checkout has `EVENTS` events and one reference, `<checkout>.<version>`.
"""

import asyncio
import os
import sys
from pathlib import Path

from unshackled.store.sqlite import SqliteStore
from unshackled.testing.known_keys import KEYS
from unshackled.testing.made_up_checkouts import change_of, checkout_of, next_of

EVENTS = 3
WRITERS = 8


async def stream(store: SqliteStore, name: str) -> None:
    """Append one version after the other to one checkout."""
    checkout = checkout_of(name, bucket=1)
    while True:
        reference = f"{name}.{checkout.version}"
        await store.append(change_of(checkout, events=EVENTS, references=[reference]))
        os.write(1, f"{name} {checkout.version}\n".encode())
        checkout = next_of(checkout, bucket=checkout.version + 1)


async def main(path: Path) -> None:
    """Several checkouts at once, so that they share transactions."""
    store = SqliteStore(path, keys=KEYS)
    await store.open()
    await asyncio.gather(*(stream(store, f"chk_{number}") for number in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
