"""The shelves of the stand-in shops can be looked at and filled."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from unshackled.sdk.standin_goods import AMPLE, RARE, shelves, stock


def _web(units: dict[str, int]) -> httpx.AsyncClient:
    app = Starlette(routes=[shelves(units)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop.example")


async def test_units_can_be_set_and_read() -> None:
    """What is put is there, and the rest stays."""
    units = stock()
    async with _web(units) as web:
        put = await web.put("/_stock", json={RARE: 100})
        assert put.json() == (await web.get("/_stock")).json()
    assert (units[RARE], units["handset-mid"]) == (100, AMPLE)


@pytest.mark.parametrize("wished", [{"nothing": 1}, {RARE: -1}, {RARE: "many"}, {RARE: True}, []])
async def test_nonsense_changes_nothing_and_is_told_what_is_allowed(wished: Any) -> None:
    """An unknown SKU, a negative or a non-number is a 422 that lists the SKUs."""
    units = stock()
    async with _web(units) as web:
        answer = await web.put("/_stock", json=wished)
        assert (await web.put("/_stock", content=b"{")).status_code == 422
    assert answer.status_code == 422
    assert RARE in answer.json()["allowed"]
    assert units == stock()
