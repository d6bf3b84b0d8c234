"""The carrier keeps the contract."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

import pytest

from unshackled.sdk import Declined
from unshackled.sdk.ports import Address, FindSlots
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.samples import sample


class TestCarrier(AdapterContract):
    adapter = "carrier"
    settings: ClassVar = {"api_key": "demo-carrier-key"}

    async def test_nobody_goes_to_one_place(self) -> None:
        """The stand-in's example of a place without service declines."""
        bench = self.bench()
        (slots,) = bench.operations
        request = FindSlots(address=sample(Address, postcode="ZE3 9ZZ"))
        assert await bench.run(slots, request=request) == Declined(code="not_deliverable")

    @pytest.mark.parametrize("currency", ["GBP", "JPY", "KWD"])
    async def test_prices_arrive_in_minor_units(self, currency: str) -> None:
        """Whatever its decimals, a price of 499 minor units is one, and free is free."""
        bench = self.bench(currency=currency)
        (slots,) = bench.operations
        outcome = await bench.run(slots)
        assert {slot.price for slot in outcome.output.options} == {0, 499}

    async def test_slots_lie_ahead(self) -> None:
        """Every slot is after its offer ends, ends after it starts, and has its own id."""
        bench = self.bench()
        bench.stand_in.now = lambda: datetime(2026, 11, 20, 10, tzinfo=UTC)
        (slots,) = bench.operations
        outcome = await bench.run(slots)
        options = outcome.output.options
        assert all(outcome.valid_until < slot.starts < slot.ends for slot in options)
        assert len({slot.id for slot in options}) == len(options) == 12
