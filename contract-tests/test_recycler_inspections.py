"""What becomes of devices at the stand-in recycler: as described, worse, better, or never there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from unshackled.domain.records import replace
from unshackled.ports import all_operations
from unshackled.sdk import Declined, Passed, Pending
from unshackled.sdk.ports import DeviceReturn
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled.testing.contract.base import Suite
from unshackled.testing.samples import sample
from unshackled_adapters.recycler.fake import make

OPS = all_operations()
INSPECT = OPS["trade_in.inspect"]
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


class Recycler(AdapterHarness):
    """A device that was promised, and what is heard of it."""

    async def promise(self, imei: str, grade: Any = "good") -> int:
        """Value and accept a device now; what was promised for it."""
        self.stand_in.now = lambda: NOW
        device = sample(DeviceReturn, imei=imei, grade=grade)
        for key in ("trade_in.value", "trade_in.accept"):
            request = replace(await self.prepare(OPS[key]), device=device)
            await self.run(OPS[key], request=request)
        amount: int = self.history["trade_in.accept"].outcome.output.amount
        return amount

    async def ask(self, after: timedelta = timedelta()) -> Any:
        """Ask how it turned out, so long after the promise."""
        self.stand_in.now = lambda: NOW + after
        return await self.send(INSPECT, await self.prepare(INSPECT), self.call(INSPECT))

    async def control(self, imei: str, **data: Any) -> int:
        """Say what becomes of a device."""
        transport = httpx.ASGITransport(self.stand_in.app())
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as web:
            return (await web.post(f"/_inspections/{imei}", json=data)).status_code


class Trade(Suite):
    adapter = "recycler"


@pytest.fixture
def recycler() -> Recycler:
    adapter = Trade().declared()
    settings = adapter.settings.model_validate({"base_url": BASE_URL, "api_key": "key_made_up"})
    return Recycler(adapter=adapter, stand_in=make(), settings=settings)


def luhn(start: str) -> str:
    """An IMEI that begins like this, with its check digit."""
    body = f"{start:0<14}"
    total = 0
    for place, digit in enumerate(body):
        value = int(digit) * (1 + place % 2)
        total += value // 10 + value % 10
    return body + str(-total % 10)


@pytest.mark.parametrize(
    ("start", "grade", "turns_out"),
    [
        ("49", "good", "good"),
        ("95", "good", "worn"),
        ("95", "broken", "broken"),
        ("94", "good", "pristine"),
        ("94", "pristine", "pristine"),
    ],
)
async def test_a_device_is_worth_what_it_turns_out_to_be(
    recycler: Recycler, start: str, grade: str, turns_out: str
) -> None:
    """At the buyer's own guide price of what came; the retailer has that money, once."""
    promised = await recycler.promise(luhn(start), grade)
    outcome = await recycler.ask()
    assert isinstance(outcome, Passed)
    device = outcome.output
    assert (device.grade, device.estimate, device.currency) == (turns_out, promised, "GBP")
    assert (device.amount == promised) is (turns_out == grade)
    assert await recycler.ask() == outcome
    assert recycler.stand_in.moved("recycler", "retailer") == device.amount


async def test_a_device_that_never_comes_is_not_returned(recycler: Recycler) -> None:
    """It is waited for until the day that is told, and nothing is paid."""
    await recycler.promise(luhn("96"))
    waits = await recycler.ask(timedelta(days=27))
    assert isinstance(waits, Pending)
    assert waits.due_by == NOW + timedelta(days=28)
    assert await recycler.ask(timedelta(days=28)) == Declined(code="not_returned")
    assert recycler.stand_in.book == []


async def test_a_control_says_how_a_device_comes(recycler: Recycler) -> None:
    """In which condition, and after how many days; an unknown condition is refused."""
    imei = luhn("35")
    await recycler.promise(imei, "pristine")
    assert await recycler.control(imei, condition="E") == 422
    assert await recycler.control(imei, condition="D", after_days=3) == 200
    assert isinstance(await recycler.ask(timedelta(days=2)), Pending)
    outcome = await recycler.ask(timedelta(days=3))
    assert isinstance(outcome, Passed)
    assert (outcome.output.grade, outcome.output.inspected_at) == (
        "broken",
        NOW + timedelta(days=3),
    )
    assert await recycler.control(imei, arrives=False) == 200
    assert isinstance(await recycler.ask(timedelta(days=5)), Pending)
