"""The identity bureau keeps the contract."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import pytest

from unshackled.sdk import Absent, Declined, Passed, Pending
from unshackled.sdk.ports import Address, Contact, VerifyIdentity
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.samples import sample
from unshackled_adapters.legacy_kyc import mapping


class TestLegacyKyc(AdapterContract):
    adapter = "legacy_kyc"
    settings: ClassVar = {"password": "demo-bureau-password"}

    async def test_a_referral_is_pending_until_a_person_decides(self) -> None:
        """A referred check is Pending with the bureau's number; later the look-up passes."""
        bench = self.bench()
        (verify,) = bench.effects
        request, call = await bench.prepare(verify), bench.call(verify)
        bench.stand_in.play("refer", verify.key, times=1)
        outcome = await bench.send(verify, request, call)
        assert outcome == Pending(poll_after=timedelta(seconds=30), handle="TM00000001")
        assert bench.done(verify, call) == 0
        start = bench.stand_in.now()
        bench.stand_in.now = lambda: start + timedelta(seconds=4)
        assert isinstance(await bench.look_up(verify, call), Passed)
        assert bench.done(verify, call) == 1

    @pytest.mark.parametrize(
        ("name", "code"),
        [("Fraud", "identity_not_verified"), ("Sanction", "sanctions_hit")],
    )
    async def test_a_name_picks_the_outcome(self, name: str, code: str) -> None:
        """The stand-in's names decline with the code of their reason."""
        bench = self.bench()
        (verify,) = bench.effects
        contact = sample(Contact, family_name=name)
        request = VerifyIdentity(contact=contact, address=sample(Address))
        assert await bench.run(verify, request=request) == Declined(code=code)

    async def test_another_reference_is_absent(self) -> None:
        """A look-up finds only the check under its own reference."""
        bench = self.bench()
        (verify,) = bench.effects
        await bench.run(verify)
        assert await bench.look_up(verify, bench.call(verify)) == Absent()

    @pytest.mark.parametrize(
        "result",
        [
            "<Decision>PASS</Decision><Band>9</Band>",
            "<Decision>MAYBE</Decision><Band>2</Band>",
            "<Band>2</Band>",
        ],
    )
    def test_an_unknown_result_is_no_outcome(self, result: str) -> None:
        """A band or decision that we do not know is never taken for a pass."""
        body = f"<TrueMatch><Result><CheckNo>1</CheckNo>{result}</Result></TrueMatch>"
        with pytest.raises(ValueError, match=r": (unknown|missing)$"):
            mapping.outcome(body.encode(), timedelta(seconds=1))

    def test_an_unknown_reason_is_the_default_decline(self) -> None:
        """A reason outside the table declines with the default."""
        body = (
            b"<TrueMatch><Result><CheckNo>1</CheckNo><Decision>FAIL</Decision>"
            b"<Reason>Q77</Reason></Result></TrueMatch>"
        )
        assert mapping.outcome(body, timedelta(seconds=1)) == Declined(code=mapping.DEFAULT_DECLINE)
