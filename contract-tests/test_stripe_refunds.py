"""Refunds of sums at Stripe: parts that add up, keys, what is told late, and what is declined."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest

from unshackled.domain.case_money import CaseMoney
from unshackled.ports import all_operations
from unshackled.ports.operation import Operation
from unshackled.sdk import (
    Absent,
    Declined,
    Notice,
    Passed,
    Pending,
    RawCallback,
    Refused,
    Undecided,
)
from unshackled.sdk.ports import AmountRefunded
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled_adapters import stripe
from unshackled_adapters.stripe import refunds
from unshackled_adapters.stripe.books import Books
from unshackled_adapters.stripe.client import callback
from unshackled_adapters.stripe.fake import make

CHARGE = all_operations()["payment.charge"]
CAPTURE = all_operations()["payment.capture"]
REFUND = all_operations()["payment.refund_amount"]
SETTINGS = stripe.Settings.model_validate(
    {
        "base_url": BASE_URL,
        "api_key": "sk_test_madeup",
        "webhook_secret": "demo-only-stripe-webhook-secret",
    }
)


class Account(AdapterHarness):
    """An account that sold for 68.00, by a card that is good."""

    async def prepare(self, operation: Operation) -> Any:
        """The samples, with a card that Stripe knows."""
        request = await super().prepare(operation)
        if "method" in {field.name for field in dataclasses.fields(request)}:
            card = dataclasses.replace(request.method, token="pm_card_visa")
            return dataclasses.replace(request, method=card)
        return request

    async def of(self, amount: int, **call: Any) -> Any:
        """A refund of so much; pending ones stay so."""
        request = dataclasses.replace(
            await self.prepare(REFUND), money=CaseMoney(payment=amount, currency="GBP")
        )
        self.asked = request, self.call(REFUND, **call)
        return await self.send(REFUND, *self.asked)

    async def told(self) -> list[Notice]:
        """What the events that have not been read yet say."""
        await self.stand_in.settle()
        now, sent = datetime.now(UTC), list(self.callbacks)
        self.callbacks.clear()
        return [
            notice
            for one in sent
            for notice in callback(
                self.settings, RawCallback(body=one.body, headers=one.headers, received_at=now)
            )
        ]

    @property
    def books(self) -> Books:
        """What the stand-in keeps."""
        books: Books = self.stand_in.state["books"]
        return books


async def sold() -> Account:
    """An account with one charge."""
    account = Account(adapter=stripe.ADAPTER, stand_in=make(), settings=SETTINGS)
    await account.run(CHARGE)
    await account.told()
    return account


def refunded(amount: int, number: int = 1) -> Passed[AmountRefunded]:
    """Stripe's refund of a number."""
    made = AmountRefunded(refund=f"re_standin{number:08d}", amount=amount, currency="GBP")
    return Passed(output=made)


async def test_parts_go_back_until_nothing_is_left() -> None:
    """More than is left is declined with the field that Stripe names, all of it with its code."""
    account = await sold()
    assert await account.of(1_900) == refunded(1_900)
    beyond = await account.of(4_901)
    assert beyond == Declined(code="already_refunded")
    assert beyond.vendor_code == "amount"
    assert await account.of(4_900) == refunded(4_900, 2)
    nothing = await account.of(1)
    assert nothing == Declined(code="already_refunded")
    assert nothing.vendor_code == "charge_already_refunded"
    assert [one["amount"] for one in account.stand_in.done(REFUND.key)] == [1_900, 4_900]


async def test_a_capture_is_given_back_of_as_a_charge_is() -> None:
    """What was held first has the same number of Stripe's."""
    account = Account(adapter=stripe.ADAPTER, stand_in=make(), settings=SETTINGS)
    captured = await account.run(CAPTURE)
    request = dataclasses.replace(
        await account.prepare(REFUND), charged=None, captured=captured.output
    )
    assert await account.send(REFUND, request, account.call(REFUND)) == refunded(1_900)


async def test_a_refund_waits_for_its_bank() -> None:
    """Pending until the event; a look-up by Stripe's number says the same then."""
    account = await sold()
    account.stand_in.play("refer", REFUND.key)
    outcome = await account.of(1_900)
    assert outcome == Pending(poll_after=refunds.POLL, handle="re_standin00000001")
    _, call = account.asked
    told = [(one.reference, one.outcome) for one in await account.told()]
    assert told[-1] == (call.reference, refunded(1_900))
    by_number = dataclasses.replace(call, handle=outcome.handle)
    assert await account.look_up(REFUND, by_number) == refunded(1_900)


async def test_a_refund_that_comes_back_is_told_by_its_own_reference() -> None:
    """It is declined after all, the payment's undo is not spoken of, and it can go back anew."""
    account = await sold()
    await account.of(6_800)
    await account.told()
    account.books.break_refund("re_standin00000001")
    _, call = account.asked
    (notice,) = await account.told()
    assert notice == Notice(reference=call.reference, outcome=Declined(code="declined"))
    assert getattr(notice.outcome, "vendor_code", None) == "declined"
    assert await account.look_up(REFUND, call) == Declined(code="declined")
    assert await account.of(6_800) == refunded(6_800, 2)


async def test_a_repeated_answer_is_not_believed() -> None:
    """Under its key Stripe repeats the first answer: what became of the refund since is asked."""
    account = await sold()
    await account.of(1_900)
    account.books.break_refund("re_standin00000001")
    assert await account.send(REFUND, *account.asked) == Declined(code="declined")
    assert len(account.stand_in.done(REFUND.key)) == 1


async def test_a_refund_is_found_behind_a_hundred_others() -> None:
    """The refunds of the payment are looked through page by page; an unknown one is absent."""
    account = await sold()
    await account.of(1)
    _, first = account.asked
    for _number in range(101):
        await account.of(1)
    assert await account.look_up(REFUND, first) == refunded(1)
    unknown = account.call(REFUND, reference="A" * 26)
    assert await account.look_up(REFUND, unknown) == Absent()


async def test_too_many_refunds_are_a_doubt() -> None:
    """Past two thousand nobody says that there is none."""
    account = await sold()
    await account.of(1)
    (one,) = account.books.refunds.values()
    for number in range(2_000):
        account.books.refunds[f"re_other{number}"] = {**one, "id": f"re_other{number}"} | {
            "metadata": {}
        }
    with pytest.raises(Undecided, match="too many refunds"):
        await account.look_up(REFUND, account.call(REFUND, reference="A" * 26))


async def test_a_payment_whose_number_is_gone_is_found_by_our_reference() -> None:
    """Where our own output was erased, and where nothing is left the call is refused."""
    account = await sold()
    request = dataclasses.replace(await account.prepare(REFUND), charged=None)
    call = account.call(REFUND)
    assert call.follows is not None
    bare = dataclasses.replace(call.follows, output=None, handle=None)
    assert await account.send(REFUND, request, dataclasses.replace(call, follows=bare)) == refunded(
        1_900
    )
    with pytest.raises(Refused, match="not known"):
        await account.send(REFUND, request, dataclasses.replace(call, follows=None))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": "charge_disputed"}, "declined"),
        ({"code": "charge_not_refundable"}, "declined"),
        ({"code": "amount_too_large", "param": "amount"}, "already_refunded"),
        ({"code": "balance_insufficient"}, None),
        ({"code": "parameter_invalid_integer", "param": "amount"}, None),
        ({"param": "metadata"}, None),
    ],
)
def test_what_is_about_us_is_no_decline(error: dict[str, str], code: str | None) -> None:
    """A dispute is a no; our balance, or a form of ours, is not the customer's matter."""
    found = refunds.decline_of(error)
    assert (found and found.code) == code


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_ended_badly_is_declined(status: str) -> None:
    """By its own reason where Stripe gives one, else by its status."""
    refund = {"id": "re_1", "object": "refund", "status": status, "failure_reason": None}
    found = refunds.outcome(refund)
    assert found == Declined(code="declined")
    assert getattr(found, "vendor_code", None) == status
    named = refunds.outcome(refund | {"failure_reason": "expired_or_canceled_card"})
    assert getattr(named, "vendor_code", None) == "expired_or_canceled_card"


@pytest.mark.parametrize("wrong", [{"status": "done"}, {"object": "charge"}])
def test_an_object_that_is_no_refund_is_not_read(wrong: dict[str, str]) -> None:
    """An unknown status and another object prove nothing."""
    refund = {"id": "re_1", "object": "refund", "status": "succeeded"} | wrong
    with pytest.raises(ValueError, match=next(iter(wrong))):
        refunds.outcome(refund)
