"""The identity service keeps the contract, and its own promises."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

import pytest

from unshackled.ports.operation import Operation
from unshackled.sdk import Call, Declined, Passed, Pending, Redirect
from unshackled.sdk.ports import Contact
from unshackled.sdk.standin import StandIn
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.samples import request_for, sample
from unshackled_adapters.kyc.fake import make


class KycBench(AdapterHarness):
    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """Wait for the reviewer, then ask."""
        await self.stand_in.settle()
        return await self.look_up(operation, call)


class TestKyc(AdapterContract):
    adapter = "kyc"
    refused_data: ClassVar = {
        "identity.verify": [
            {"contact": {"family_name": "Sm1th"}},
            {"contact": {"date_of_birth": date(2999, 1, 1)}},
            {"address": {"postcode": ""}},
        ]
    }
    settings: ClassVar = {
        "api_key": "key_made_up",
        "callback_secret": "demo-only-kyc-callback-secret",
    }
    bench_type = KycBench

    def stand_in(self) -> StandIn:
        return make(decide_after=0.0)

    async def run_with_callback(self, bench: AdapterHarness, operation: Operation) -> None:
        """Have a person look at the check: its result comes by callback."""
        bench.stand_in.play("refer", operation.key)
        await bench.run(operation)

    @pytest.mark.parametrize(
        ("family_name", "code", "callbacks"),
        [
            ("Fraud", "identity_not_verified", 0),
            ("Sanction", "sanctions_hit", 0),
            ("SlowFraud", "identity_not_verified", 1),
            ("SlowSanction", "sanctions_hit", 1),
        ],
    )
    async def test_a_family_name_picks_its_decline(
        self, family_name: str, code: str, callbacks: int
    ) -> None:
        """What a check is rejected for becomes our code, at once or after a while."""
        bench = self.bench()
        operation = bench.effects[0]
        who = sample(Contact, family_name=family_name)
        outcome = await bench.run(operation, request=request_for(operation, facts=(who,)))
        assert outcome == Declined(code=code)
        assert len(bench.callbacks) == callbacks
        assert bench.stand_in.ledger == []

    async def test_a_check_in_progress_passes_later(self) -> None:
        """A check in progress is pending until it is concluded, and passes then."""
        bench = self.bench()
        operation = bench.effects[0]
        who = sample(Contact, family_name="Slow")
        call, request = bench.call(operation), request_for(operation, facts=(who,))
        assert isinstance(await bench.send(operation, request, call), Pending)
        await bench.stand_in.settle()
        assert isinstance(await bench.look_up(operation, call), Passed)
