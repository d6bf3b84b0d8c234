"""Payouts at PayPal: to the account that paid, once, and told by webhook."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest

from unshackled.domain.case_money import CaseMoney
from unshackled.ports import all_operations
from unshackled.sdk import Declined, Notice, Passed, Pending, RawCallback, Refused, Undecided
from unshackled.sdk.ports import BankAccount, PaidOut
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled.testing.samples import sample
from unshackled_adapters import paypal
from unshackled_adapters.paypal import payouts
from unshackled_adapters.paypal.books import PAYER, WEBHOOK_ID
from unshackled_adapters.paypal.fake import make
from unshackled_adapters.paypal.webhooks import receive

CHARGE = all_operations()["payment.charge"]
PAYOUT = all_operations()["payment.payout"]
SETTINGS = paypal.Settings.model_validate(
    {
        "base_url": BASE_URL,
        "client_id": "client-standin",
        "client_secret": "secret-standin",
        "webhook_id": WEBHOOK_ID,
    }
)


class Account(AdapterHarness):
    """An account that sold to a customer who approves at once."""

    async def finish(self, operation: Any, call: Any, outcome: Any) -> Any:
        """PayPal hears the customer, then is asked."""
        books = self.stand_in.state["books"]
        books.approve(books.orders[str(outcome.handle)])
        return await self.look_up(operation, dataclasses.replace(call, handle=outcome.handle))

    async def pay(self, amount: int = 12_000, account: Any = None) -> Any:
        """A payout of so much."""
        money = CaseMoney(trade_in=amount, currency="GBP")
        request = dataclasses.replace(await self.prepare(PAYOUT), money=money, account=account)
        self.asked = request, self.call(PAYOUT)
        return await self.send(PAYOUT, *self.asked)

    async def told(self) -> list[Notice]:
        """What the webhooks that have not been read yet say."""
        await self.stand_in.settle()
        sent = list(self.callbacks)
        self.callbacks.clear()
        notices: list[Notice] = []
        for one in sent:
            now = datetime.now(UTC)
            raw = RawCallback(body=one.body, headers=one.headers, received_at=now)
            notices += await receive(self.client, raw)
        return notices


async def sold() -> Account:
    """An account with one sale."""
    account = Account(adapter=paypal.ADAPTER, stand_in=make(), settings=SETTINGS)
    await account.run(CHARGE)
    await account.told()
    return account


async def test_the_account_that_paid_is_paid() -> None:
    """With the sum that PayPal tells, and its webhook says the same."""
    account = await sold()
    outcome = await account.pay()
    made = PaidOut(payout=outcome.output.payout, amount=12_000, currency="GBP")
    assert outcome == Passed(output=made)
    (entry,) = account.stand_in.done(PAYOUT.key)
    assert (entry["amount"], entry["reference"]) == (12_000, account.asked[1].reference)
    assert await account.told() == [Notice(reference=account.asked[1].reference, outcome=outcome)]


async def test_a_repeated_batch_is_read_by_its_link() -> None:
    """Where PayPal forgot the request it still knows our number: nothing is paid twice."""
    account = await sold()
    first = await account.pay()
    account.stand_in.state["api"].documents.clear()
    assert await account.send(PAYOUT, *account.asked) == first
    assert len(account.stand_in.done(PAYOUT.key)) == 1


async def test_a_payout_waits_for_paypal() -> None:
    """Pending by the number of the batch until its webhook; asked by it, it says the same."""
    account = await sold()
    account.stand_in.play("refer", PAYOUT.key)
    outcome = await account.pay()
    assert isinstance(outcome, Pending)
    (notice,) = await account.told()
    assert isinstance(notice.outcome, Passed)
    asked = dataclasses.replace(account.asked[1], handle=outcome.handle)
    assert await account.look_up(PAYOUT, asked) == notice.outcome


async def test_a_payout_that_the_account_cannot_take_is_declined() -> None:
    """With PayPal's own error kept; nothing is paid."""
    account = await sold()
    account.stand_in.play("decline", PAYOUT.key)
    told = await account.pay()
    assert told == Declined(code="declined")
    assert told.vendor_code == "RECEIVER_ACCOUNT_LOCKED"
    assert account.stand_in.done(PAYOUT.key) == []


async def test_a_bank_account_is_none_of_paypals() -> None:
    """Refused before anything is sent: another provider must pay that."""
    account = await sold()
    await account.prepare(PAYOUT)
    before = len(account.tape.exchanges)
    with pytest.raises(Refused, match="PayPal accounts only"):
        await account.pay(account=sample(BankAccount))
    assert len(account.tape.exchanges) == before


async def test_an_order_that_does_not_say_who_paid_pays_nobody() -> None:
    """Neither as its payer nor as its source."""
    account = await sold()
    for order in account.stand_in.state["books"].orders.values():
        del order["payer"]
    with pytest.raises(Refused, match="not known"):
        await account.pay()
    assert payouts.payer_of({"payment_source": {"paypal": {"account_id": PAYER}}}) == PAYER
    assert payouts.payer_of({"payer": {"payer_id": PAYER}}) == PAYER


async def test_a_payout_is_not_found_by_our_reference_alone() -> None:
    """It is sent again, for thirty days; later a person looks."""
    account = await sold()
    await account.pay()
    with pytest.raises(Undecided, match="not found"):
        await account.look_up(PAYOUT, account.asked[1])


@pytest.mark.parametrize("status", sorted(payouts.WAITING | payouts.NOT_PAID | {"SUCCESS"}))
def test_every_status_has_its_outcome(status: str) -> None:
    """Under way is pending, not paid is declined with its word, and only paid has passed."""
    item = {
        "payout_item_id": "ITEM",
        "payout_batch_id": "BATCH",
        "transaction_status": status,
        "payout_item": {"amount": {"currency": "GBP", "value": "1.00"}},
    }
    found = payouts.item_outcome(item)
    expected = Pending if status in payouts.WAITING else Declined
    assert isinstance(found, Passed if status == "SUCCESS" else expected)
    if isinstance(found, Declined):
        assert found.vendor_code == status
    with pytest.raises(ValueError, match="transaction_status"):
        payouts.item_outcome(item | {"transaction_status": "NEW"})


@pytest.mark.parametrize("status", sorted(payouts.NO_BATCH))
def test_a_batch_that_paypal_denied_is_declined(status: str) -> None:
    """Before it has any items; one that PayPal has not begun with is pending."""
    header = {"payout_batch_id": "BATCH", "batch_status": status}
    told = payouts.outcome({"batch_header": header}, "BATCH", "A" * 26)
    assert told == Declined(code="declined")
    waits = payouts.outcome(
        {"batch_header": header | {"batch_status": "PENDING"}}, "BATCH", "A" * 26
    )
    assert waits == Pending(poll_after=payouts.POLL, handle="BATCH")
    with pytest.raises(ValueError, match="another batch"):
        payouts.outcome({"batch_header": header}, "OTHER", "A" * 26)


def test_only_items_of_ours_are_told() -> None:
    """Others are acknowledged and ignored, and events of batches are no payouts."""
    other = {"event_type": "PAYMENT.PAYOUTS-ITEM.SUCCEEDED", "resource": {"payout_item": {}}}
    assert payouts.notices(other) == ()
    assert payouts.notices(other | {"event_type": "PAYMENT.PAYOUTSBATCH.SUCCESS"}) is None
