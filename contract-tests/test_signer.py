"""The signature service keeps the contract, and its own promises."""

from __future__ import annotations

from typing import Any, ClassVar

import httpx
import pytest

from unshackled.domain.documents.signed_copy import copy_fault
from unshackled.ports.operation import Operation
from unshackled.sdk import Call, Declined, NotSent, Passed, Pending, Redirect
from unshackled.sdk.ports import AgreementSigned
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import RETURN_URL, AdapterHarness


class SignerBench(AdapterHarness):
    choice = "sign"

    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """Choose on the signing page, come back, then ask."""
        assert isinstance(outcome, Redirect)
        app = httpx.ASGITransport(app=self.stand_in.app())
        async with httpx.AsyncClient(transport=app) as browser:
            page = await browser.get(outcome.url)
            answer = await browser.post(outcome.url, json={"choice": self.choice})
            again = await browser.post(outcome.url, data={"choice": "refuse"})
        assert "Consumer Credit Act 1974" in page.text
        assert (answer.status_code, answer.headers["location"]) == (303, RETURN_URL)
        assert again.status_code == 303
        return await self.look_up(operation, call)


class TestSigner(AdapterContract):
    adapter = "signer"
    settings: ClassVar = {
        "api_key": "key_made_up",
        "callback_secret": "demo-only-signer-callback-secret",
    }
    bench_type = SignerBench

    async def test_signing_once_is_enough(self) -> None:
        """The first choice on the page counts, and one callback tells it."""
        bench = self.bench()
        assert isinstance(await bench.run(bench.effects[0]), Passed)
        await bench.stand_in.settle()
        assert len(bench.callbacks) == 1
        assert len(bench.stand_in.done("agreement.sign")) == 1

    async def test_a_customer_may_refuse(self) -> None:
        """Refusing to sign is a decline, not a failure."""
        bench = self.bench()
        assert isinstance(bench, SignerBench)
        bench.choice = "refuse"
        assert await bench.run(bench.effects[0]) == Declined(code="signature_refused")
        assert bench.stand_in.ledger == []

    async def test_an_unsigned_envelope_is_void_without_a_trace(self) -> None:
        """Undoing while the customer is away closes the page and leaves nothing signed."""
        bench = self.bench()
        operation = bench.effects[0]
        call = bench.call(operation)
        outcome = await bench.send(operation, await bench.prepare(operation), call)
        assert isinstance(outcome, Redirect)
        await bench.undo_by(operation, call.reference)
        assert await bench.finish(operation, call, outcome) == Declined(code="declined")
        assert bench.stand_in.ledger == []

    async def test_what_was_signed_is_handed_out_as_a_file(self) -> None:
        """A PDF once it is signed, the same each time; before that there is none yet."""
        bench = self.bench()
        assert isinstance(bench, SignerBench)
        operation = bench.effects[0]
        call = bench.call(operation)
        outcome = await bench.send(operation, await bench.prepare(operation), call)
        assert isinstance(outcome, Redirect)
        port = bench.ports["agreement"]
        for envelope in (str(outcome.handle), "ENV-999999"):
            with pytest.raises(NotSent):
                await port.signed_copy(AgreementSigned(envelope=envelope), call)
        signed = await bench.finish(operation, call, outcome)
        files = [await port.signed_copy(signed.output, call) for _ in range(2)]
        assert files[0] == files[1]
        assert copy_fault(files[0].content, files[0].content_type) is None
        assert b"Fixed Sum Loan Agreement" in files[0].content
        assert files[0].content.endswith(b"%%EOF\n")
