"""The ten effects as a flow: the real engine, SQLite with `synchronous=FULL`, real HTTP out.

`python -m benchmarks.engine '{"backends": <url>, "rounds": [[<times>, <at once>], ...]}'`
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.measure import cost_of, run
from benchmarks.service import RETAILER, service
from unshackled.app import Service
from unshackled.domain.codec import encode
from unshackled.domain.customer import PaymentMethod
from unshackled.domain.events.checkout_events import CheckoutCreated
from unshackled.domain.package import Selection
from unshackled.flow.engine import commands as c
from unshackled.system_clock import SystemClock
from unshackled.testing.samples import sample
from unshackled.testing.sold import sold_by

FLOW: Final = "ten-effects"
BUDGET: Final = timedelta(seconds=60)


class Lost(RuntimeError):
    """A checkout that did not end as it should."""


def checkouts(built: Service) -> Callable[[], Awaitable[None]]:
    """What plays one checkout: create it, send the card, ten effects, durable at every stage."""
    plan, numbers, clock = built.components.book.plan(RETAILER, FLOW), count(), SystemClock()
    card = encode(sample(PaymentMethod))
    package, quote = sold_by(plan, valid_until=clock.now() + timedelta(days=1))

    async def play() -> None:
        now, name = clock.now(), f"chk_bench{next(numbers)}"
        begin = CheckoutCreated(
            id=name,
            retailer=plan.retailer,
            flow=plan.name,
            digest=plan.digest,
            currency="GBP",
            locale="en-GB",
            bucket=1,
            expires_at=now + plan.expires_after,
            selection=Selection(handset="handset-mid"),
            package=package,
            quote=quote,
            steps=tuple(plan.steps),
        )
        await built.components.engine.create(begin)
        done = await built.components.engine.command(name, c.Submit(step="card", body=card))
        if done.completed_at is None:
            raise Lost(f"{name}: {[f'{n}={s.state}' for n, s in done.steps.items()]}")

    return play


async def rounds(asked: Any, folder: Path) -> list[Any]:
    """The cost of a checkout in each round; a short one before warms everything up."""
    built = service(backends=asked["backends"], store=f"sqlite:///{folder}/bench.db")
    built.components.engine.budget = BUDGET
    await built.components.store.open()
    await built.components.providers.warm()
    play = checkouts(built)
    try:
        await cost_of(play, times=10, at_once=5)
        return [
            asdict(await cost_of(play, times=times, at_once=at_once))
            for times, at_once in asked["rounds"]
        ]
    finally:
        await built.components.engine.close()
        await built.components.providers.close()
        await built.components.store.close()


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder:
        print(json.dumps(run(rounds(json.loads(sys.argv[1]), Path(folder)))))


if __name__ == "__main__":
    main()
