"""The sandbox over real sockets, as `unshackled sandbox` serves it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from unshackled.adapter_registry import AdapterRegistry, find
from unshackled.outbound import HttpClient
from unshackled.sdk import InDoubt, Passed
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.sandbox import sandbox


@pytest.fixture
async def base_url() -> AsyncIterator[str]:
    """The address of a sandbox with one shop."""
    app = sandbox(AdapterRegistry(modules={"commerce": find().modules["commerce"]}))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving


async def test_a_lost_answer_is_a_doubt_that_resolves(base_url: str) -> None:
    """Over a socket, too, the work is done, the answer breaks off, and the look-up finds it."""
    adapter = find().load("commerce")
    http = HttpClient("commerce", f"{base_url}/commerce")
    control = HttpClient("sandbox", base_url)
    settings = adapter.settings.model_validate({"base_url": base_url, "api_key": "demo"})
    bench = AdapterHarness(
        adapter=adapter, stand_in=find().stand_in("commerce"), settings=settings, http=http
    )
    try:
        reserve = next(one for one in bench.effects if one.key == "stock.reserve")
        request, call = await bench.prepare(reserve), bench.call(reserve)
        switch = {"mode": "lost_answer", "operation": reserve.key, "times": 1}
        await control.request("POST", "/_scenario", json=switch)
        with pytest.raises(InDoubt):
            await bench.send(reserve, request, call)
        assert isinstance(await bench.look_up(reserve, call), Passed)
        told = (await control.request("GET", "/_ledger")).json()["ledger"]
        assert [entry["reference"] for entry in told] == [call.reference]
    finally:
        await http.aclose()
        await control.aclose()
