"""Refunds and payouts at the stand-in payment provider, and its own book of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from unshackled.domain.records import replace
from unshackled.ports import all_operations
from unshackled.sdk import Declined, Passed, Pending, RawCallback
from unshackled.sdk.ports import BankAccount, CaseMoney
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled.testing.contract.base import Suite
from unshackled.testing.samples import sample
from unshackled_adapters.psp.fake import make

OPS = all_operations()
CHARGE, REFUND, PAYOUT = (OPS[f"payment.{name}"] for name in ("charge", "refund_amount", "payout"))


class Psp(AdapterHarness):
    """A sale, and what goes back of it."""

    async def give(self, amount: int) -> Any:
        """Refund so much of the sale."""
        money = CaseMoney(payment=amount, currency="GBP")
        request = replace(await self.prepare(REFUND), money=money)
        call = self.call(REFUND)
        return await self.send(REFUND, request, call), call

    async def pay_out(self, account: BankAccount | None) -> Any:
        """Pay the value of a device to an account, or to the payment of the sale."""
        request = replace(await self.prepare(PAYOUT), account=account)
        return await self.send(PAYOUT, request, self.call(PAYOUT))


class Sold(Suite):
    adapter = "psp"


@pytest.fixture
def psp() -> Psp:
    adapter = Sold().declared()
    secrets = {"api_key": "key_made_up", "webhook_secret": "demo-only-psp-webhook-secret"}
    settings = adapter.settings.model_validate({"base_url": BASE_URL, **secrets})
    return Psp(adapter=adapter, stand_in=make(), settings=settings)


async def test_a_refund_that_takes_its_time_is_told_by_webhook(psp: Psp) -> None:
    """Pending first, and the same outcome by webhook, twice, and by look-up."""
    await psp.run(CHARGE)
    psp.stand_in.play("refer", REFUND.key)
    outcome, call = await psp.give(1_900)
    assert isinstance(outcome, Pending)
    await psp.stand_in.settle()
    found = await psp.look_up(REFUND, call)
    assert isinstance(found, Passed)
    assert found.output.amount == 1_900
    (sent,) = psp.callbacks
    raw = RawCallback(body=sent.body, headers=sent.headers, received_at=datetime.now(UTC))
    read = psp.adapter.callback
    assert read is not None
    for _ in range(2):
        (notice,) = read(psp.settings, raw)
        assert (notice.reference, notice.outcome) == (call.reference, found)


async def test_refunds_that_wait_count_already(psp: Psp) -> None:
    """Two that are under way never come to more than the payment."""
    await psp.run(CHARGE)
    psp.stand_in.play("refer", REFUND.key, times=1)
    outcome, _ = await psp.give(6_000)
    assert isinstance(outcome, Pending)
    assert (await psp.give(801))[0] == Declined(code="already_refunded")
    assert isinstance((await psp.give(800))[0], Passed)
    await psp.stand_in.settle()
    assert psp.stand_in.moved("customer", "payment") == 0


async def test_an_undo_gives_back_what_is_left(psp: Psp) -> None:
    """After a refund of a part the whole is the customer's again, and not more."""
    await psp.run(CHARGE)
    await psp.give(1_900)
    await psp.undo(CHARGE, psp.history[CHARGE.key])
    assert psp.stand_in.moved("customer", "payment") == 0
    assert [one["amount"] for one in psp.stand_in.book] == [6_800, 1_900, 4_900]


async def test_a_card_takes_nothing_back_after_eighteen_months(psp: Psp) -> None:
    """What is owed then is paid out."""
    await psp.run(CHARGE)
    later = datetime.now(UTC) + timedelta(days=541)
    psp.stand_in.now = lambda: later
    assert (await psp.give(1_900))[0] == Declined(code="refund_too_late")
    assert isinstance(await psp.pay_out(sample(BankAccount)), Passed)
    assert psp.stand_in.book[-1]["amount"] == 12_000


async def test_a_payout_goes_to_an_account_or_to_the_payment(psp: Psp) -> None:
    """An account that is closed is declined; without one the sale's payment is named."""
    closed = sample(BankAccount, account_number="00000000")
    assert await psp.pay_out(closed) == Declined(code="invalid_bank_account")
    assert psp.stand_in.done("payment.payout") == []
    assert isinstance(await psp.pay_out(None), Passed)
    (paid,) = psp.stand_in.done("payment.payout")
    assert (paid["amount"], paid["currency"]) == (12_000, "GBP")
