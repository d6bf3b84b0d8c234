"""Mollie keeps the contract of adapters, and what is its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import httpx
import pytest

from unshackled.ports.operation import Operation
from unshackled.sdk import (
    Absent,
    Call,
    Declined,
    InDoubt,
    Passed,
    Pending,
    RawCallback,
    Redirect,
)
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import AdapterHarness


class MollieBench(AdapterHarness):
    """A customer who pays at Mollie's checkout, and comes back."""

    choice = "pay"

    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """Choose on Mollie's page where there is one, then ask."""
        if isinstance(outcome, Redirect):
            app = httpx.ASGITransport(app=self.stand_in.app())
            async with httpx.AsyncClient(transport=app) as browser:
                await browser.post(outcome.url, data={"choice": self.choice})
        return await self.look_up(operation, call)


class TestMollie(AdapterContract):
    """Every promise of an adapter."""

    adapter = "mollie"
    settings: ClassVar = {"api_key": "test_madeUpKeyOfNobody"}
    bench_type = MollieBench
    signs_time = False

    def forged(self, raw: RawCallback) -> Iterator[RawCallback]:
        """Mollie signs nothing: what names no payment is refused."""
        for body in (b"", b"id=", b"id=../tr_1", b"\xff", b'{"id": "tr_1"}'):
            yield RawCallback(body=body, headers=raw.headers, received_at=raw.received_at)

    async def test_a_customer_may_leave(self) -> None:
        """Cancelling at the checkout is a decline, and a look-up and the webhook say so."""
        bench = _bench(self)
        bench.choice = "cancel"
        operation = _operation(bench, "payment.charge")
        assert await bench.run(operation) == Declined(code="declined")
        await bench.stand_in.settle()
        notices = await self.read_raw(bench, self.arrived(bench.callbacks[-1]))
        assert [notice.outcome for notice in notices] == [Declined(code="declined")]
        assert bench.stand_in.ledger == []

    async def test_a_webhook_tells_the_hold_and_its_capture(self) -> None:
        """After a capture one payment answers for two calls of ours."""
        bench = _bench(self)
        operation = _operation(bench, "payment.capture")
        await bench.run(operation)
        await bench.stand_in.settle()
        notices = await self.read_raw(bench, self.arrived(bench.callbacks[-1]))
        done = [entry["reference"] for entry in bench.stand_in.ledger]
        assert [notice.reference for notice in notices] == done
        assert len(notices) == 2
        assert all(isinstance(notice.outcome, Passed) for notice in notices)

    async def test_a_webhook_of_another_payment_says_nothing(self) -> None:
        """Mollie knows no such payment, or it is not ours: no notice, and no error."""
        bench = _bench(self)
        await bench.run(_operation(bench, "payment.charge"))
        await bench.stand_in.settle()
        raw = self.arrived(bench.callbacks[-1])
        stranger = RawCallback(
            body=b"id=tr_unknown", headers=raw.headers, received_at=raw.received_at
        )
        assert list(await self.read_raw(bench, stranger)) == []

    async def test_a_payment_under_way_is_not_undone(self) -> None:
        """What is pending cannot be cancelled and may still be paid: in doubt, not done."""
        bench = _bench(self)
        operation = _operation(bench, "payment.charge")
        call = bench.call(operation)
        bench.stand_in.play("refer", "payment.charge")
        outcome = await bench.run(operation, call=call)
        assert isinstance(outcome, Pending)
        with pytest.raises(InDoubt):
            await bench.undo_by(operation, call.reference)
        assert bench.stand_in.ledger == []

    async def test_a_hold_that_was_captured_is_given_back(self) -> None:
        """Voiding after the capture is a refund, once."""
        bench = _bench(self)
        await bench.run(_operation(bench, "payment.capture"))
        operation = _operation(bench, "payment.authorise")
        (held,) = bench.stand_in.done("payment.authorise")
        for _ in range(2):
            await bench.undo_by(operation, held["reference"])
        (given,) = bench.stand_in.done("payment.void")
        assert (given["amount"], given["currency"]) == (held["amount"], held["currency"])

    async def test_a_lost_payment_is_found_on_a_later_page(self) -> None:
        """Mollie's list is read page by page, newest first; where we stop, nothing is proven."""
        bench = _bench(self)
        operation = _operation(bench, "payment.charge")
        request = await bench.prepare(operation)
        lost = bench.call(operation)
        for call in [lost, *(bench.call(operation) for _ in range(250))]:
            await bench.send(operation, request, call)
        assert isinstance(await bench.look_up(operation, lost), Redirect)
        short = self.declared().settings.model_validate(
            self.settings | {"base_url": "http://mollie.example", "search_pages": 1}
        )
        bench = _bench(self, stand_in=bench.stand_in, settings=short)
        with pytest.raises(InDoubt):
            await bench.look_up(operation, lost)

    async def test_a_search_ends_where_payments_are_older_than_the_call(self) -> None:
        """A payment is not older than its first request: below that, absent is proven."""
        bench = _bench(self)
        operation = _operation(bench, "payment.charge")
        request = await bench.prepare(operation)
        for _ in range(251):
            await bench.send(operation, request, bench.call(operation))
        late = bench.stand_in.now() + timedelta(days=2)
        unsent = bench.call(operation, send_by=late)
        short = self.declared().settings.model_validate(
            self.settings | {"base_url": "http://mollie.example", "search_pages": 1}
        )
        bench = _bench(self, stand_in=bench.stand_in, settings=short)
        assert await bench.look_up(operation, unsent) == Absent()


def _bench(suite: TestMollie, **changes: Any) -> MollieBench:
    bench = suite.bench()
    assert isinstance(bench, MollieBench)
    return dataclasses.replace(bench, client=None, **changes) if changes else bench


def _operation(bench: AdapterHarness, key: str) -> Operation:
    return next(operation for operation in bench.operations if operation.key == key)
