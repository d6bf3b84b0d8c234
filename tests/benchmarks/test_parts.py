"""Every part of `python -m benchmarks` runs: one unit of each, in this process where that is fair.

The core, the store and a whole checkout on PostgreSQL have files of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from benchmarks import engine, featureless, pricing, provider, shoppers, start
from benchmarks.by_hand import by_httpx, flow
from benchmarks.report import Row, document, table
from benchmarks.service import service
from tests.benchmarks.test_shoppers import Shop
from tests.own_logging import own_logging
from unshackled.adapter_registry import find
from unshackled.outbound.in_process import in_process
from unshackled.testing.sandbox import sandbox

BACKENDS = "http://127.0.0.1:8090"


class Recorded(httpx.AsyncBaseTransport):
    """The stand-in backends in this process; `calls` has the path and the fields of each body."""

    def __init__(self) -> None:
        self._wire = in_process(sandbox(find()))
        self.calls: list[tuple[str, frozenset[str]]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.append((request.url.path, frozenset(orjson.loads(request.content))))
        return await self._wire.handle_async_request(request)


@pytest.fixture(autouse=True)
def apart() -> Iterator[None]:
    """The benchmark's way with log lines ends with the test."""
    with own_logging():
        yield


def test_each_of_the_priced_plans_has_a_price() -> None:
    """In the first round and in the last that is measured: a refusal would cost less."""
    for round_ in (0, pricing.ROUNDS):
        pricing.price_all(round_)


async def test_ten_effects_are_durable_and_those_that_are_made_by_hand(tmp_path: Path) -> None:
    """The measured flow completes, paid for, with the same calls as it is compared with."""
    ours, theirs = Recorded(), Recorded()
    store = f"sqlite:///{tmp_path}/bench.db"
    built = service(backends=BACKENDS, store=store, transport=ours, lines=BytesIO())
    await built.components.store.open()
    try:
        await engine.checkouts(built)()
        checkout = await built.components.store.load("chk_bench0")
    finally:
        await built.components.engine.close()
        await built.components.providers.close()
        await built.components.store.close()
    async with httpx.AsyncClient(transport=theirs, base_url=BACKENDS) as client:
        await flow(by_httpx(client))
    assert checkout is not None
    assert checkout.completed_at is not None
    assert len(ours.calls) == 10
    assert sorted(map(repr, ours.calls)) == sorted(map(repr, theirs.calls))


@pytest.mark.parametrize("call", provider.WAYS)
async def test_a_call_to_a_provider_is_answered_and_made_again_by_hand(
    call: str, tmp_path: Path
) -> None:
    """Each row of the single calls, ours and the same request without us."""
    wire = in_process(sandbox(find()))
    tap = provider.Tapped(wire)
    asked = {"call": call, "backends": BACKENDS}
    async with provider.ours(asked, str(tmp_path), tap, BytesIO()) as play:
        await play()
    assert tap.last is not None
    async with httpx.AsyncClient(transport=wire) as client:
        await provider.again(tap.last, provider.by_httpx(client))()


async def test_the_featureless_application_serves_a_whole_checkout(tmp_path: Path) -> None:
    """As many requests, calls and writes as the service is compared with."""
    calls = Recorded()
    client = httpx.AsyncClient(transport=calls, base_url=BACKENDS)
    api = featureless.application(
        nullcontext(by_httpx(client)), featureless.sqlite(tmp_path / "plain.db")
    )
    async with client, api.router.lifespan_context(api):
        shop: Any = Shop(api)
        await shoppers.featureless(shop)
        await shop.web.aclose()
    assert len(calls.calls) == 8


def test_the_measured_start_builds_the_service(tmp_path: Path) -> None:
    """What is timed as a start imports, proves and builds, and says its CPU."""
    assert start.cpu(start.BUILD.format(flows=start.FLOWS, proofs=str(tmp_path))) > 0
    assert list(tmp_path.iterdir())


def test_results_are_a_table_and_a_document() -> None:
    """A figure beside what it is compared with, its ratio and whether the budget is met."""
    row = Row(what="calls", measured=3.0, unit="ms", against="by hand", compared=2.0, bar=1.2)
    assert table([row]).splitlines()[1].split()[-3:] == ["1.2", "x", "missed"]
    kept = document([row], 1.0)["results"][0]
    assert (kept["ratio"], kept["verdict"]) == (1.5, "missed")
