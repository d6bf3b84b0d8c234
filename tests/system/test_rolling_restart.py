"""A server that is stopped while backends are slow: whoever waits is answered, nothing is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from tests.system.world import SystemHarness

ROOT = Path(__file__).parents[2]
SLOW_SECONDS = 12
PACKAGE = {"handset": "handset-mid", "tariff": "sim-50gb"}


async def test_who_waits_when_the_server_is_stopped_is_answered(tmp_path: Path) -> None:
    """SIGTERM under slow backends: requests get what is committed, streams end, no traceback."""
    world = SystemHarness(folder=tmp_path, seed=5)
    world.server.environ = {
        **world.server.environ,
        "UNSHACKLED_FLOWS": str(ROOT / "flows"),
        "UNSHACKLED_LATENCY_BUDGET": "15",
        "UNSHACKLED_DRAIN": "1",
    }
    async with world:
        first = await begin(world, "one")
        assert first.status_code == 201
        async with httpx.AsyncClient(base_url=world.sandbox.url) as web:
            slow = {"mode": "slow", "rate": 1.0, "seconds": SLOW_SECONDS}
            (await web.post("/_scenario", json=slow)).raise_for_status()
        stream = asyncio.ensure_future(follow(world, first.json()))
        waiting = [asyncio.ensure_future(begin(world, f"waiting-{n}")) for n in range(5)]
        await asyncio.sleep(1)
        assert [one.result().text for one in waiting if one.done()] == []
        end = asyncio.ensure_future(asyncio.to_thread(world.server.stop))
        answers = await asyncio.gather(*waiting)
        assert [one.status_code for one in answers] == [201] * 5
        assert [stock_of(one) for one in answers] == ["running"] * 5
        assert await stream > 0
        await end
        assert "Traceback" not in (tmp_path / "server.log").read_text()


async def begin(world: SystemHarness, key: str) -> httpx.Response:
    """Begin a checkout whose stock is asked for at once."""
    return await world.web.post(
        "/v1/checkouts",
        json={"flow": "handset-on-credit", "package": PACKAGE},
        headers={
            "Authorization": "Bearer sk_northstar_demo-northstar_demo-only-secret",
            "Idempotency-Key": key,
        },
    )


async def follow(world: SystemHarness, checkout: dict[str, str]) -> int:
    """How many bytes a stream brings until the server ends it."""
    headers = {"Authorization": f"Bearer {checkout['customer_token']}"}
    url = f"/v1/checkouts/{checkout['id']}/stream"
    async with world.web.stream("GET", url, headers=headers, timeout=60) as answer:
        return sum([len(chunk) async for chunk in answer.aiter_bytes()])


def stock_of(answer: httpx.Response) -> str:
    """The state of the step that holds the goods."""
    states: dict[str, str] = {one["name"]: one["state"] for one in answer.json()["steps"]}
    return states["stock"]
