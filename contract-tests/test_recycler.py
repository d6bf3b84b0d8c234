"""The recycler keeps the contract."""

from __future__ import annotations

from typing import ClassVar

import pytest

from unshackled.sdk import Declined, Passed
from unshackled.sdk.ports import DeviceReturn, ValueDevice
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.samples import sample


class TestRecycler(AdapterContract):
    adapter = "recycler"
    refused_data: ClassVar = {
        "trade_in.value": [{"device": {"imei": "4901542"}}, {"device": {"imei": "490154203237519"}}]
    }
    settings: ClassVar = {"api_key": "demo-recycler-key"}

    async def value(self, bench: AdapterHarness, **device: str) -> object:
        """Value the sample device with some fields changed."""
        value = next(item for item in bench.operations if item.key == "trade_in.value")
        request = ValueDevice(device=sample(DeviceReturn, **device))
        return await bench.run(value, request=request)

    @pytest.mark.parametrize(
        ("imei", "code"),
        [
            ("990000862471853", "device_blocked"),
            ("490154203237519", "data_refused"),
        ],
        ids=["blocked", "wrong check digit"],
    )
    async def test_the_imei_is_checked(self, imei: str, code: str) -> None:
        """A blocked device and a mistyped IMEI decline, each with its code."""
        assert await self.value(self.bench(), imei=imei) == Declined(code=code)

    async def test_a_model_that_nobody_buys_declines(self) -> None:
        """The stand-in's example of an unwanted model is a plain decline."""
        assert await self.value(self.bench(), model="Unknown") == Declined(code="declined")

    async def test_the_grade_sets_the_price(self) -> None:
        """A worn device is worth less than a good one, and the amounts are minor units."""
        good = await self.value(self.bench(), grade="good")
        worn = await self.value(self.bench(), grade="worn")
        assert isinstance(good, Passed)
        assert isinstance(worn, Passed)
        assert (good.output.amount, worn.output.amount) == (12_000, 6_000)

    async def test_a_trade_in_cannot_arrive_after_its_cancellation(self) -> None:
        """A call that was held up and comes after its undo is turned away."""
        bench = self.bench()
        (accept,) = bench.effects
        request = await bench.prepare(accept)
        call = bench.call(accept)
        await bench.undo_by(accept, call.reference)
        assert await bench.send(accept, request, call) == Declined(code="declined")
        assert bench.done(accept, call) == 0
