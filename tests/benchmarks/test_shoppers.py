"""The measured customer buys, and a checkout asks PostgreSQL no more often than its budget says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import asyncpg
import httpx
import pytest

from benchmarks.api import prepare
from benchmarks.replicas import STATEMENTS_BAR
from benchmarks.service import service
from benchmarks.shoppers import Json, Wrong, ours
from tests.own_logging import own_logging
from unshackled.adapter_registry import find
from unshackled.outbound.in_process import in_process
from unshackled.testing.sandbox import sandbox
from unshackled.testing.servers import PostgresServer

BACKENDS = "http://127.0.0.1:8090"
OURS = "http://127.0.0.1:1"
# One statement in the server's log, to the end of its first words.
STATEMENT = re.compile(r"LOG:  (?:execute|statement)[^:]*:\s+((?:[\w(]+,?\s+){3})")
# Asked by the clock, whoever buys, or by the driver about types.
ELSEWHERE = (
    "WITH due",
    "WITH RECURSIVE",
    "SELECT current_setting",
    "SELECT set_config",
    "SELECT id,",
)
LEASES = ("INSERT INTO leases", "DELETE FROM leases")


class Shop:
    """Sends the benchmark's requests to an application in this process."""

    def __init__(self, api: Any) -> None:
        self.web = httpx.AsyncClient(transport=httpx.ASGITransport(app=api), base_url=OURS)

    async def ask(self, kind: str, method: str, path: str, **more: Any) -> Json:
        """One request and its JSON."""
        answer = await self.web.request(method, path, **more)
        if not answer.is_success:
            raise Wrong(f"{method} {path}: {answer.text}")
        return answer.json()


@pytest.fixture
def apart() -> Iterator[None]:
    """The benchmark's way with log lines ends with the test."""
    with own_logging():
        yield


@pytest.mark.usefixtures("apart")
async def test_a_whole_checkout_stays_within_its_budget_of_statements(
    postgres: PostgresServer, postgres_url: str
) -> None:
    """Appends, tokens, one look at the key, one load: more is a regression, found here at once."""
    transport: Any = in_process(sandbox(find()))
    built = service(backends=BACKENDS, store=postgres_url, transport=transport, lines=BytesIO())
    await prepare(built, events=False)
    link: Any = await asyncpg.connect(postgres_url)
    name = postgres_url.rpartition("/")[2].partition("?")[0]
    await link.execute(f"ALTER DATABASE {name} SET log_statement = 'all'")
    await link.close()
    async with built.lifespan():
        shop: Any = Shop(built.api)
        await ours(shop)
        counts = []
        for _ in range(2):
            before = len(postgres.log.read_text())
            await ours(shop)
            said = STATEMENT.findall(postgres.log.read_text()[before:])
            counts.append(sum(not one.startswith((*ELSEWHERE, *LEASES)) for one in said))
        await shop.web.aclose()
    # A create, 15 more appends, 2 tokens written and 1 read, 1 look at the key, 1 load.
    assert 20 <= min(counts) <= STATEMENTS_BAR
