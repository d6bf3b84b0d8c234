"""What a shop says of its shelves is what it reserves by; an adapter may leave it out."""

from __future__ import annotations

from typing import Any, Final

import httpx

from unshackled.domain.records import replace
from unshackled.ports.stock import (
    MOST_GOODS,
    AskAvailability,
    GoodsList,
    ReserveStock,
    StockAvailability,
)
from unshackled.sdk import Declined, Passed
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled.testing.contract.base import Suite
from unshackled.testing.samples import HANDSET

NOBODYS: Final = "sku-that-nobody-sells"
OPERATION: Final = "stock.availability"
# Where the shelves of a stand-in are set, see `unshackled.sdk.standin_goods`.
SHELVES: Final = "/_stock"


class Stocked(Suite):
    """Promises about how much of a product there is."""

    def _asks(self) -> AdapterHarness | None:
        """A bench of an adapter that can be asked."""
        bench = self.bench()
        return bench if any(one.key == OPERATION for one in bench.operations) else None

    async def _level(self, bench: AdapterHarness, *skus: str) -> dict[str, Any]:
        operation = next(one for one in bench.operations if one.key == OPERATION)
        request = AskAvailability(goods=GoodsList(skus=skus))
        outcome = await bench.run(operation, request=request)
        assert isinstance(outcome, Passed)
        assert isinstance(outcome.output, StockAvailability)
        return {one.sku: one for one in outcome.output.levels}

    async def test_every_product_that_is_asked_about_has_a_level(self) -> None:
        """One that nobody sells is unknown or out of stock, and hides no other."""
        if bench := self._asks():
            found = await self._level(bench, HANDSET.sku, NOBODYS)
            assert found[HANDSET.sku].state in ("in_stock", "low")
            assert NOBODYS not in found or found[NOBODYS].state in ("unknown", "out_of_stock")
            assert not bench.stand_in.done("stock.reserve")

    async def test_as_many_products_may_be_asked_about_as_the_port_says(self) -> None:
        """A hundred in one call are answered."""
        if bench := self._asks():
            others = (f"{NOBODYS}-{place}" for place in range(MOST_GOODS - 1))
            found = await self._level(bench, HANDSET.sku, *others)
            assert found[HANDSET.sku].state in ("in_stock", "low")

    async def test_what_is_out_of_stock_is_not_reserved(self) -> None:
        """An empty shelf is told, and a filled one again; a reservation agrees both times."""
        if bench := self._asks():
            reserve = next((one for one in bench.effects if one.key == "stock.reserve"), None)
            for units, states in ((0, ("out_of_stock",)), (1, ("in_stock", "low"))):
                if not await self.shelve(bench, HANDSET.sku, units):
                    return
                found = await self._level(bench, HANDSET.sku)
                assert found[HANDSET.sku].state in states
                if reserve is not None:
                    whole = await bench.prepare(reserve)
                    assert isinstance(whole, ReserveStock)
                    request = replace(whole, accessories=None)
                    outcome = await bench.run(reserve, request=request)
                    assert isinstance(outcome, Passed if units else Declined)

    async def test_a_promised_day_is_told_of_what_is_on_back_order(self) -> None:
        """Where the stand-in knows a day, it is that one; else the shelf is out of stock."""
        if bench := self._asks():
            if not await self.shelve(bench, HANDSET.sku, "2026-12-10"):
                return
            level = (await self._level(bench, HANDSET.sku))[HANDSET.sku]
            told = (level.state, level.promised and level.promised.isoformat())
            assert told in (("back_order", "2026-12-10"), ("out_of_stock", None))

    async def shelve(self, bench: AdapterHarness, sku: str, units: int | str) -> bool:
        """Put so many on the shelf, or none until a day; False where a stand-in has no shelves."""
        transport = httpx.ASGITransport(bench.stand_in.app())
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as web:
            answer = await web.put(SHELVES, json={sku: units})
            assert answer.status_code in (200, 404), answer.text
            return answer.status_code == 200
