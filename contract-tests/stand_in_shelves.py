"""The shelves of a stand-in shop, set as an operator of a demo sets them."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from unshackled.sdk.standin import StandIn


async def stocked(stand_in: StandIn, wished: Mapping[str, int | str]) -> None:
    """Units by SKU, or the day that some arrive on and none are left until then."""
    transport = httpx.ASGITransport(app=stand_in.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as web:
        (await web.put("/_stock", json=dict(wished))).raise_for_status()
