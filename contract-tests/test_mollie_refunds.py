"""Refunds of sums at Mollie: handed to the bank in batches, told by the payment's webhook."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from unshackled.domain.case_money import CaseMoney
from unshackled.outbound import HttpClient
from unshackled.ports import all_operations
from unshackled.sdk import (
    Absent,
    Declined,
    Followed,
    Notice,
    NotUndone,
    Passed,
    Pending,
    RawCallback,
    Refused,
    Undecided,
)
from unshackled.sdk.ports import AmountRefunded
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled_adapters import mollie
from unshackled_adapters.mollie import mapping, refunds
from unshackled_adapters.mollie.client import Client, Payment, receive
from unshackled_adapters.mollie.fake import make
from unshackled_adapters.mollie.settings import Settings

CHARGE = all_operations()["payment.charge"]
CAPTURE = all_operations()["payment.capture"]
REFUND = all_operations()["payment.refund_amount"]
SETTINGS = Settings.model_validate({"base_url": BASE_URL, "api_key": "test_madeUpKeyOfNobody"})


class Account(AdapterHarness):
    """An account that sold for 68.00 to a customer who pays at once."""

    async def finish(self, operation: Any, call: Any, outcome: Any) -> Any:
        """Pay at the checkout, where there is one."""
        mollies = self.stand_in.state["mollie"]
        if outcome.handle in mollies.payments:
            mollies.pay(mollies.payments[outcome.handle])
        return await self.look_up(operation, call)

    async def of(self, amount: int, **facts: Any) -> Any:
        """What becomes of a refund of so much."""
        money = CaseMoney(payment=amount, currency="GBP")
        request = dataclasses.replace(await self.prepare(REFUND), money=money, **facts)
        self.asked = request, self.call(REFUND)
        outcome = await self.send(REFUND, *self.asked)
        waits = isinstance(outcome, Pending)
        return await self.look_up(REFUND, self.asked[1]) if waits else outcome

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


async def sold(sale: Any = CHARGE) -> Account:
    """An account with one sale."""
    account = Account(adapter=mollie.ADAPTER, stand_in=make(), settings=SETTINGS)
    await account.run(sale)
    await account.told()
    return account


async def test_parts_go_back_until_nothing_is_left() -> None:
    """Beyond what remains the amount is refused by its field."""
    account = await sold()
    first = await account.of(1_900)
    assert (first.output.amount, first.output.currency) == (1_900, "GBP")
    beyond = await account.of(4_901)
    assert beyond == Declined(code="already_refunded")
    assert beyond.vendor_code == "amount"
    assert isinstance(await account.of(4_900), Passed)
    assert await account.of(1) == Declined(code="already_refunded")
    assert [one["amount"] for one in account.stand_in.done(REFUND.key)] == [1_900, 4_900]


async def test_a_captured_hold_is_given_back_of() -> None:
    """By the number of the payment that was held, which its capture has too."""
    account = await sold(CAPTURE)
    made = account.history[CAPTURE.key]
    captured = made.outcome.output
    await account.of(1_900, charged=None, captured=captured)
    sale = Followed(reference=made.call.reference, handle=made.handle, output=captured)
    ours = dataclasses.replace(account.asked[1], follows=sale)
    assert isinstance(await account.look_up(REFUND, ours), Passed)
    (entry,) = account.stand_in.done(REFUND.key)
    assert entry["amount"] == 1_900


async def test_a_refund_waits_for_the_batch() -> None:
    """Pending until it is with the customer, then told by the webhook of the payment."""
    account = await sold()
    account.stand_in.play("refer", REFUND.key)
    outcome = await account.of(1_900)
    assert isinstance(outcome, Pending)
    made = AmountRefunded(refund=str(outcome.handle), amount=1_900, currency="GBP")
    ours = account.asked[1].reference
    told = [one for one in await account.told() if one.reference == ours]
    assert told == [Notice(reference=ours, outcome=Passed(output=made))]


async def test_a_refund_that_comes_back_is_told_by_its_own_reference() -> None:
    """It is declined after all, the payment's undo is not spoken of, and it can go back anew."""
    account = await sold()
    first = await account.of(6_800)
    await account.told()
    payment = account.history[CHARGE.key].outcome.output.payment
    account.stand_in.state["mollie"].break_refund(payment, first.output.refund)
    notices = await account.told()
    ours = account.asked[1].reference
    assert Notice(reference=ours, outcome=Declined(code="declined")) in notices
    assert not any(isinstance(one.outcome, NotUndone) for one in notices)
    assert isinstance(await account.of(6_800), Passed)


async def test_an_undo_does_not_take_a_refund_of_a_sum_for_its_own() -> None:
    """It gives back what is left, under its own reference."""
    account = await sold()
    await account.of(1_900)
    await account.undo(CHARGE, account.history[CHARGE.key])
    (entry,) = account.stand_in.done("payment.refund")
    assert entry["amount"] == 4_900


async def test_an_unknown_refund_is_absent() -> None:
    """The payment has its refunds: one that is not among them never happened."""
    account = await sold()
    await account.of(1_900)
    assert await account.look_up(REFUND, account.call(REFUND, reference="A" * 26)) == Absent()


async def test_a_list_that_goes_on_proves_nothing() -> None:
    """More refunds of one payment than Mollie tells at once are a doubt, not an absence."""
    account = await sold()
    await account.of(1_900)
    here = "https://api.mollie.example/v2/payments/tr_0000000001/refunds?from=re_1"
    listed = {"_embedded": {"refunds": []}, "_links": {"next": {"href": here, "type": "text"}}}
    wire = httpx.MockTransport(lambda _: httpx.Response(200, json=listed))
    longer = Payment(Client(SETTINGS, HttpClient("mollie", BASE_URL, transport=wire)))
    unknown = account.call(REFUND, reference="A" * 26)
    with pytest.raises(Undecided, match="too many"):
        await longer.look_up(REFUND.key, unknown)


@pytest.mark.parametrize(
    ("error", "code"),
    [({"field": "amount"}, "already_refunded"), ({"field": "description"}, None), ({}, None)],
)
async def test_only_its_amount_makes_a_refund_a_decline(
    error: dict[str, str], code: str | None
) -> None:
    """Any other 422 is about our request, and refused."""
    told = {"status": 422, "title": "Unprocessable Entity", "detail": "no", "_links": {}} | error
    wire = httpx.MockTransport(lambda _: httpx.Response(422, json=told))
    account = await sold()
    request, call = await account.prepare(REFUND), account.call(REFUND)
    port = Payment(Client(SETTINGS, HttpClient("mollie", BASE_URL, transport=wire)))
    if code is None:
        with pytest.raises(Refused, match="422"):
            await port.refund_amount(request, call)
    else:
        assert await port.refund_amount(request, call) == Declined(code=code)


@pytest.mark.parametrize("handle", [None, "tr_0000000001", "cpt_00000000011"])
async def test_a_payment_whose_number_is_gone_is_found(handle: str | None) -> None:
    """By its own number, else by our reference among the newest; a capture's number is none."""
    account = await sold()
    request = dataclasses.replace(await account.prepare(REFUND), charged=None)
    call = account.call(REFUND)
    assert call.follows is not None
    bare = dataclasses.replace(call.follows, output=None, handle=handle)
    again = dataclasses.replace(call, follows=bare)
    await account.send(REFUND, request, again)
    assert isinstance(await account.look_up(REFUND, again), Passed)
    with pytest.raises(Refused, match="not known"):
        await account.send(REFUND, request, dataclasses.replace(call, follows=None))


@pytest.mark.parametrize("status", sorted(refunds.WAITING | mapping.UNREFUNDED | {"refunded"}))
def test_every_status_has_its_outcome(status: str) -> None:
    """Under way is pending, not given back is declined, and only with the customer it passed."""
    refund = {"id": "re_1", "status": status, "amount": {"currency": "EUR", "value": "5.95"}}
    found = refunds.outcome(refund)
    expected = Pending if status in refunds.WAITING else Declined
    assert isinstance(found, Passed if status == "refunded" else expected)
    with pytest.raises(ValueError, match="status"):
        refunds.outcome(refund | {"status": "done"})
