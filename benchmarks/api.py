"""The whole service over HTTP. `python -m benchmarks.api '{"backends": <url>}'`.

`store` and `broker` are URLs, by default a SQLite file of its own and `embedded:`. With `"events":
false` nobody follows the log: its leases belong to somebody who does nothing. `slower` says how
many times as long as usual everything takes: as much longer does whatever goes by the clock wait.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from tempfile import TemporaryDirectory

from benchmarks.measure import run
from benchmarks.serve import address, listening, serve
from benchmarks.service import service, stored_key
from unshackled.app import Service
from unshackled.domain.records import replace
from unshackled.system_clock import SystemClock


async def prepare(built: Service, *, events: bool) -> None:
    """Put an API key, and leases where events are not wanted, before the service opens it."""
    now = SystemClock().now()
    await built.components.store.open()
    await built.components.store.put_key(stored_key(now))
    for follower in () if events else built.components.consumers.events.followers:
        name, until = f"follow:{follower.name}", now + timedelta(days=1)
        if not await built.components.store.lease(name, "nobody", now=now, until=until):
            raise RuntimeError(f"somebody follows the log: {name}")
    await built.components.store.close()


def slow_down(built: Service, times: int) -> None:
    """Let requests wait, and let what looks for something to do look, as many times later."""
    engine = built.components.engine
    engine.budget *= times
    engine.poll *= times
    for follower in built.components.consumers.events.followers:
        pace = follower.pace
        follower.pace = replace(pace, gather=pace.gather * times, poll=pace.poll * times)


def main() -> None:
    """Serve until stopped."""
    asked, listener = json.loads(sys.argv[1]), listening()
    with TemporaryDirectory() as folder:
        built = service(
            backends=asked["backends"],
            store=asked.get("store") or f"sqlite:///{folder}/bench.db",
            address=address(listener),
            broker=asked.get("broker") or "embedded:",
        )
        slow_down(built, asked.get("slower", 1))
        run(prepare(built, events=asked.get("events", True)))
        serve(built.api, listener)


if __name__ == "__main__":
    main()
