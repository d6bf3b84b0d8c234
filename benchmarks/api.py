"""The whole service over HTTP. `python -m benchmarks.api '{"backends": <url>}'`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import run
from benchmarks.serve import address, listening, serve
from benchmarks.service import service
from unshackled.app import Service
from unshackled.clock import SystemClock
from unshackled.demo import demo_keys


async def keys(built: Service) -> None:
    """Put an API key into the store, before the service opens it."""
    await built.store.open()
    for key in demo_keys(built.book.retailers, SystemClock().now()):
        await built.store.put_key(key)
    await built.store.close()


def main() -> None:
    """Serve until stopped."""
    asked, listener = json.loads(sys.argv[1]), listening()
    with TemporaryDirectory() as folder:
        built = service(
            backends=asked["backends"],
            store=Path(folder) / "bench.db",
            address=address(listener),
        )
        run(keys(built))
        serve(built.api, listener)


if __name__ == "__main__":
    main()
