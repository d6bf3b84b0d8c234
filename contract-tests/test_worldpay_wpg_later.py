"""A refund that Worldpay took in, and that fails in the end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import unshackled_adapters.worldpay_wpg as package
from unshackled.ports import all_operations
from unshackled.sdk import NotUndone, RawCallback, Refused
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled_adapters.worldpay_wpg.client import receive
from unshackled_adapters.worldpay_wpg.fake import make

AUTHORISE = all_operations()["payment.authorise"]
CAPTURE = all_operations()["payment.capture"]
SETTINGS = package.Settings.model_validate(
    {
        "base_url": BASE_URL,
        "merchant_code": "NORTHSTAR",
        "username": "NORTHSTARXML",
        "password": "made-up-wpg-password",
    }
)


async def _given_back() -> AdapterHarness:
    """Held, captured, given back."""
    bench = AdapterHarness(adapter=package.ADAPTER, stand_in=make(), settings=SETTINGS)
    await bench.run(CAPTURE)
    await bench.undo(AUTHORISE, bench.history[AUTHORISE.key])
    await bench.stand_in.settle()
    return bench


def _failed(bench: AdapterHarness) -> RawCallback:
    """The notification that the refund failed."""
    body = bench.callbacks[-1].body.replace(b"SENT_FOR_REFUND", b"REFUND_FAILED")
    return RawCallback(body=body, headers={}, received_at=datetime.now(UTC))


async def test_it_is_told_once_an_inquiry_says_so_too() -> None:
    """Nothing signs a notification: what an inquiry does not know yet is sent again."""
    bench = await _given_back()
    told = _failed(bench)
    with pytest.raises(Refused, match="not know yet"):
        await receive(bench.client, told)
    (order,) = bench.stand_in.state["books"].orders.values()
    order.event = "REFUND_FAILED"
    (notice,) = await receive(bench.client, told)
    assert notice.reference == bench.history[AUTHORISE.key].call.reference
    assert notice.outcome == NotUndone(code="refund_failed")


async def test_it_can_be_given_back_again() -> None:
    """As an operator will ask for."""
    bench = await _given_back()
    (order,) = bench.stand_in.state["books"].orders.values()
    order.event = "REFUND_FAILED"
    await bench.undo(AUTHORISE, bench.history[AUTHORISE.key])
    assert order.event == "SENT_FOR_REFUND"
