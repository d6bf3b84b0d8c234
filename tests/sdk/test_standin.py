"""Stand-ins: switches, the ledger, and signed callbacks that are tried again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk import BadSignature, RawCallback
from unshackled.sdk.signature import verify
from unshackled.sdk.standin import Mode, StandIn, answer

SECRET = SecretStr("made-up")


@pytest.fixture
def bank() -> StandIn:
    """A bank that takes one kind of order, told the mode of each call."""
    stand_in = StandIn(name="bank")

    @stand_in.route("/orders", "bank.order")
    async def order(request: Request, mode: Mode | None) -> Response:
        stand_in.record("bank.order", "R1", amount=5)
        return answer({"mode": mode}, 201)

    return stand_in


async def send(stand_in: StandIn, times: int = 1) -> list[int]:
    transport = httpx.ASGITransport(app=stand_in.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://bank.example") as client:
        return [(await client.post("/orders")).status_code for _ in range(times)]


@pytest.mark.parametrize(
    ("mode", "status", "done"),
    [
        ("error", 500, 0),
        ("unavailable", 429, 0),
        ("refuse", 400, 0),
        ("malformed", 201, 1),
        ("decline", 201, 1),
    ],
)
async def test_a_switch_strikes_before_or_after_the_work(
    bank: StandIn, mode: Mode, status: int, done: int
) -> None:
    """Refusals and errors do nothing; a garbled answer hides work that was done."""
    bank.play(mode, "bank.order")
    assert await send(bank) == [status]
    assert len(bank.done("bank.order", "R1")) == done


async def test_a_lost_answer_hides_work_that_was_done(bank: StandIn) -> None:
    """The answer breaks off after its head, and the order is in the ledger."""
    bank.play("lost_answer")
    with pytest.raises(AssertionError):
        await send(bank)
    assert bank.done("bank.order") == [{"effect": "bank.order", "reference": "R1", "amount": 5}]


async def test_a_wrong_answer_has_other_numbers() -> None:
    """The work is done, and the numbers of a field, or all, are one higher than they are."""
    shop = StandIn(name="shop")

    @shop.route("/goods", "goods.list")
    async def goods(request: Request, mode: Mode | None) -> Response:
        return answer({"items": [{"price": 718.5, "units": 3, "sku": "a", "sold": True}]})

    async def price(**how: Any) -> Any:
        shop.scenarios.clear()
        shop.play("wrong", **how)
        transport = httpx.ASGITransport(app=shop.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as web:
            return (await web.post("/goods")).json()["items"][0]

    assert await price(field="price") == {"price": 719.5, "units": 3, "sku": "a", "sold": True}
    assert await price() == {"price": 719.5, "units": 4, "sku": "a", "sold": True}


async def test_a_switch_can_count_down(bank: StandIn) -> None:
    """A switch with `times` strikes so often and is gone."""
    bank.play("error", "bank.order", times=2)
    assert await send(bank, 3) == [500, 500, 201]
    assert bank.scenarios == []


async def test_a_switch_can_strike_a_share(bank: StandIn) -> None:
    """A rate strikes that share of the calls, the same calls every time."""
    bank.play("error", "bank.order", rate=0.3)
    failed = (await send(bank, 200)).count(500)
    assert 40 <= failed <= 80


async def test_a_switch_of_another_operation_does_not_strike(bank: StandIn) -> None:
    """Only the operation that is named, or all."""
    bank.play("error", "bank.refund")
    assert await send(bank) == [201]


async def test_callbacks_are_signed_over_time_and_body(bank: StandIn) -> None:
    """What is sent verifies with the same secret, and with no other."""
    sent: list[tuple[str, bytes, Mapping[str, str]]] = []

    async def keep(url: str, body: bytes, headers: Mapping[str, str]) -> None:
        sent.append((url, body, headers))

    bank.deliver = keep
    bank.send_callback("https://us.example/cb", {"reference": "R1"}, SECRET)
    await bank.settle()
    ((url, body, headers),) = sent
    raw = RawCallback(body=body, headers=headers, received_at=datetime.now(UTC))
    verify(raw, SECRET)
    assert (url, orjson.loads(body)) == ("https://us.example/cb", {"reference": "R1"})
    with pytest.raises(BadSignature, match="does not match"):
        verify(raw, SecretStr("another"))
    late = RawCallback(body=body, headers=headers, received_at=raw.received_at + timedelta(hours=1))
    with pytest.raises(BadSignature, match="older or newer"):
        verify(late, SECRET)
