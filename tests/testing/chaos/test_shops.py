"""The retailers' server takes what is signed, once in a while only the second time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx

from unshackled.domain.records import replace
from unshackled.events.webhooks.webhook_message import headers_of, secret_of
from unshackled.proving.chaos.chaos_environment import RETAILERS
from unshackled.proving.chaos.shops import GROUP, Shops
from unshackled.store.cloudevent import dumps
from unshackled.store.stored_records import EventRow

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SECRET = secret_of(b"a made-up secret of 32 bytes ...")
FIRST = EventRow(
    checkout="chk_1",
    retailer="orbit",
    version=1,
    index=0,
    type="checkout.created.v1",
    at=NOW,
    data={},
)
LAST = replace(FIRST, version=9, type="checkout.completed.v1")
OTHER = replace(FIRST, version=2, type="step.passed.v1")


class Api:
    """Gives every retailer the same secret, and notes what each asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def request(
        self, method: str, url: str, *, json: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Only webhooks are asked for."""
        self.asked.append(json)
        return httpx.Response(201, json={"secret": SECRET})


class Dice(Random):
    """Strikes each event the first time."""

    def random(self) -> float:
        return 0.0


async def _posted(shops: Shops, event: EventRow, secret: str = SECRET) -> int:
    body = dumps(event)
    url = f"http://127.0.0.1:{shops.port}/{event.retailer}"
    async with httpx.AsyncClient() as web:
        headers = headers_of([secret], event.id, body, NOW)
        return (await web.post(url, content=body, headers=headers)).status_code


async def test_what_arrived_is_compared_with_what_there_was_to_tell() -> None:
    """In order, repeats dropped; events of other groups are not missed."""
    api, shops = Api(), Shops(random=Random(1))
    await shops.open(api)
    try:
        assert [one["types"] for one in api.asked] == [[f"{GROUP}*"]] * len(RETAILERS)
        assert [await _posted(shops, one) for one in (FIRST, FIRST, LAST)] == [204, 204, 204]
    finally:
        await shops.close()
    told = shops.compared([FIRST, OTHER, LAST])
    assert list(told.complaints("webhooks")) == []
    assert (told.events, told.published, told.repeats) == (2, 2, 1)
    assert list(shops.compared([FIRST, LAST, replace(FIRST, checkout="chk_2")]).lost) == [
        "chk_2-1-0"
    ]


async def test_a_forged_event_is_refused_and_a_struck_one_comes_again() -> None:
    """Neither is taken; the second try of a struck one is."""
    shops = Shops(random=Dice())
    await shops.open(Api())
    try:
        forged = await _posted(shops, FIRST, secret_of(b"somebody else's secret of 32 by."))
        assert (forged, shops.forged) == (400, 1)
        assert [await _posted(shops, FIRST) for _ in range(2)] == [500, 204]
    finally:
        await shops.close()
    assert [one.id for one in shops.arrived] == [FIRST.id]
