"""The payment provider keeps the contract, and its own promises."""

from __future__ import annotations

from typing import Any, ClassVar

import httpx
import pytest

from unshackled.domain.records import replace
from unshackled.ports.operation import Operation
from unshackled.sdk import Absent, Call, Declined, Passed, Pending, Redirect, Refused
from unshackled.sdk.ports import PaymentMethod
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import RETURN_URL, AdapterHarness
from unshackled.testing.samples import request_for


class PspBench(AdapterHarness):
    choice = "approve"

    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """Choose on the hosted page, come back, then ask; or wait for what is under way."""
        if isinstance(outcome, Pending):
            await self.stand_in.settle()
            return await self.look_up(operation, call)
        assert isinstance(outcome, Redirect)
        app = httpx.ASGITransport(app=self.stand_in.app())
        async with httpx.AsyncClient(transport=app) as browser:
            page = await browser.get(outcome.url)
            answer = await browser.post(outcome.url, data={"choice": self.choice})
            again = await browser.post(outcome.url, json={"choice": "fail"})
        assert self.through or "£68.00" in page.text
        assert (answer.status_code, answer.headers["location"]) == (303, RETURN_URL)
        assert again.status_code == 303
        return await self.look_up(operation, call)


class TestPsp(AdapterContract):
    adapter = "psp"
    settings: ClassVar = {
        "api_key": "key_made_up",
        "webhook_secret": "demo-only-psp-webhook-secret",
    }
    bench_type = PspBench

    async def run_with_callback(self, bench: AdapterHarness, operation: Operation) -> None:
        """Have the customer authenticate: the outcome comes by webhook."""
        bench.stand_in.play("refer", operation.key)
        await bench.run(operation)

    async def pay(self, bench: AdapterHarness, token: str) -> Any:
        """Charge a test card and finish what its issuer asks."""
        operation = next(one for one in bench.effects if one.name == "charge")
        request = request_for(operation, facts=(PaymentMethod(token=token),))
        return await bench.run(operation, request=request)

    @pytest.mark.parametrize(
        ("token", "code"),
        [
            ("tok_declined", "card_declined"),
            ("tok_insufficient", "insufficient_funds"),
            ("no_such_card", "card_declined"),
        ],
    )
    async def test_a_test_card_picks_its_decline(self, token: str, code: str) -> None:
        """The issuer's response code becomes ours, and no money is taken."""
        bench = self.bench()
        assert await self.pay(bench, token) == Declined(code=code)
        assert bench.stand_in.ledger == []

    async def test_an_authenticated_payment_is_captured_once(self) -> None:
        """Approving on the issuer's page takes the money, and a second click changes nothing."""
        bench = self.bench()
        assert isinstance(await self.pay(bench, "tok_3ds"), Passed)
        assert [entry["amount"] for entry in bench.stand_in.ledger] == [6_800]
        await bench.stand_in.settle()
        assert len(bench.callbacks) == 1

    async def test_a_failed_authentication_is_a_decline(self) -> None:
        """Failing on the issuer's page takes nothing."""
        bench = self.bench()
        assert isinstance(bench, PspBench)
        bench.choice = "fail"
        assert await self.pay(bench, "tok_3ds") == Declined(code="authentication_failed")
        assert bench.stand_in.ledger == []

    async def test_a_payment_left_on_the_page_is_void(self) -> None:
        """Undoing while the customer is away voids the payment without moving money."""
        bench = self.bench()
        operation = next(one for one in bench.effects if one.name == "charge")
        request = request_for(operation, facts=(PaymentMethod(token="tok_3ds"),))
        call = bench.call(operation)
        assert isinstance(await bench.send(operation, request, call), Redirect)
        await bench.undo_by(operation, call.reference)
        assert isinstance(await bench.look_up(operation, call), Declined)
        assert bench.stand_in.done("payment.refund") == []

    async def test_a_charge_after_its_refund_is_declined(self) -> None:
        """A charge that arrives after its own refund takes nothing."""
        bench = self.bench()
        operation = next(one for one in bench.effects if one.name == "charge")
        request, call = await bench.prepare(operation), bench.call(operation)
        assert await bench.look_up(operation, call) == Absent()
        await bench.undo_by(operation, call.reference)
        assert isinstance(await bench.send(operation, request, call), Declined)
        assert bench.stand_in.ledger == []

    @pytest.mark.parametrize(("amount", "taken"), [(29, False), (30, True), (99_999_999, True)])
    async def test_the_declared_sums_are_those_that_are_taken(
        self,
        amount: int,
        taken: bool,
    ) -> None:
        """What packages are held against at the door is what the provider does."""
        bench = self.bench()
        operation = next(one for one in bench.effects if one.name == "charge")
        request = await bench.prepare(operation)
        request = replace(request, quote=replace(request.quote, due_today=amount))
        assert (amount in bench.adapter.amounts["payment.charge"]["GBP"]) is taken
        if taken:
            assert isinstance(await bench.run(operation, request=request), Passed)
        else:
            with pytest.raises(Refused):
                await bench.run(operation, request=request)
