"""Refunds of sums at Adyen: taken in, then validated, and told by webhook only."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from unshackled.domain.case_money import CaseMoney
from unshackled.ports import all_operations
from unshackled.ports.operation import Operation
from unshackled.sdk import Declined, Notice, Passed, Pending, RawCallback, Refused, Undecided
from unshackled.sdk.ports import AmountRefunded
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled_adapters import adyen
from unshackled_adapters.adyen import mapping, refunds
from unshackled_adapters.adyen.books import HMAC_KEY, WEBHOOK_USER
from unshackled_adapters.adyen.client import callback
from unshackled_adapters.adyen.fake import make

CHARGE = all_operations()["payment.charge"]
CAPTURE = all_operations()["payment.capture"]
REFUND = all_operations()["payment.refund_amount"]
SETTINGS = adyen.Settings.model_validate(
    {
        "base_url": BASE_URL,
        "api_key": "AQEdemo_api_key",
        "merchant_account": "NorthstarECOM",
        "hmac_key": HMAC_KEY,
        "webhook_user": WEBHOOK_USER,
        "webhook_password": "demo-only-adyen-webhook-password",
    }
)


class Account(AdapterHarness):
    """An account that sold for 68.00, and asks for refunds `later`, once that is captured."""

    later = timedelta(hours=2)

    async def of(self, amount: int) -> list[Any]:
        """What the webhooks say of a refund of so much, in order."""
        request = dataclasses.replace(
            await self.prepare(REFUND), money=CaseMoney(payment=amount, currency="GBP")
        )
        self.stand_in.now = lambda: datetime.now(UTC) + self.later
        self.asked = request, self.call(REFUND)
        taken_in = await self.send(REFUND, *self.asked)
        assert isinstance(taken_in, Pending)
        assert taken_in.handle is not None
        return [
            one.outcome for one in await self.told() if one.reference == self.asked[1].reference
        ]

    async def finish(self, operation: Operation, call: Any, outcome: Any) -> Any:
        """A capture is told by webhook."""
        return [one for one in await self.told() if one.reference == call.reference][-1].outcome

    async def told(self) -> list[Notice]:
        """What the webhooks that have not been read yet say."""
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


async def sold(sale: Operation = CHARGE) -> Account:
    """An account with one sale."""
    account = Account(adapter=adyen.ADAPTER, stand_in=make(), settings=SETTINGS)
    await account.run(sale)
    await account.told()
    return account


def amounts(told: list[Any]) -> list[object]:
    """The sums that went back, and the vendor's codes of what did not."""
    return [one.output.amount if isinstance(one, Passed) else one.vendor_code for one in told]


async def test_parts_go_back_until_nothing_is_left() -> None:
    """What is beyond that is taken in all the same, and declined by its webhook."""
    account = await sold()
    for amount, came in ((1_900, 1_900), (4_901, "insufficient_balance"), (4_900, 4_900)):
        assert amounts(await account.of(amount)) == [came]
    (beyond,) = await account.of(1)
    assert beyond == Declined(code="already_refunded")
    assert [one["amount"] for one in account.stand_in.done(REFUND.key)] == [1_900, 4_900]


async def test_a_refund_is_told_with_the_sum_of_its_webhook() -> None:
    """Under Adyen's number of the refund, in the currency of the webhook."""
    account = await sold()
    (told,) = await account.of(1_900)
    number = account.stand_in.state["numbers"]
    made = AmountRefunded(refund=f"STANDINR{number:08d}", amount=1_900, currency="GBP")
    assert told == Passed(output=made)


async def test_what_is_not_captured_yet_is_not_given_back() -> None:
    """Within the delay before Adyen's own capture the refund is declined, with the reason kept."""
    account = await sold()
    account.later = timedelta(minutes=5)
    (told,) = await account.of(1_900)
    assert told == Declined(code="declined")
    assert told.vendor_code == "not_captured"
    assert account.stand_in.done(REFUND.key) == []


async def test_a_refund_that_the_scheme_sends_back_is_declined_after_all() -> None:
    """First it passed, then it came back, by its own reference; it can be given back anew."""
    account = await sold()
    account.stand_in.play("refer", REFUND.key, times=1)
    assert amounts(await account.of(6_800)) == [6_800, "REFUND_FAILED"]
    assert amounts(await account.of(6_800)) == [6_800]


async def test_a_captured_hold_is_given_back_of() -> None:
    """By the number of the payment, not of its capture."""
    account = await sold(CAPTURE)
    request = dataclasses.replace(await account.prepare(REFUND), charged=None)
    held = account.history["payment.authorise"].outcome.output.payment
    assert refunds.payment_of(request, account.call(REFUND)) == held
    assert amounts(await account.of(6_800)) == [6_800]


async def test_a_resend_is_the_first_refund() -> None:
    """Adyen keeps the key: the same request says the same, and gives nothing more."""
    account = await sold()
    await account.of(1_900)
    again = [await account.send(REFUND, *account.asked) for _ in range(2)]
    assert again[0] == again[1]
    assert len(account.stand_in.done(REFUND.key)) == 1


async def test_a_refund_cannot_be_asked_about() -> None:
    """Adyen has no look-up: the webhook tells."""
    account = await sold()
    await account.of(1_900)
    with pytest.raises(Undecided, match="webhook"):
        await account.look_up(REFUND, account.asked[1])


async def test_a_payment_whose_number_is_gone_is_refused() -> None:
    """Adyen cannot be asked for it by our reference; the handle of a capture is not its number."""
    account = await sold()
    request = dataclasses.replace(await account.prepare(REFUND), charged=None)
    call = account.call(REFUND)
    assert call.follows is not None
    bare = dataclasses.replace(call.follows, output=None, handle="STANDINC00000009")
    with pytest.raises(Refused, match="not known"):
        await account.send(REFUND, request, dataclasses.replace(call, follows=bare))


@pytest.mark.parametrize(
    ("event", "done", "code"),
    [
        ("REFUND_FAILED", True, "REFUND_FAILED"),
        ("REFUNDED_REVERSED", True, "REFUNDED_REVERSED"),
        ("REFUND_FAILED", False, None),
        ("CANCELLATION", True, None),
    ],
)
def test_only_events_of_refunds_speak_of_them(event: str, done: bool, code: str | None) -> None:
    """What came back is declined with the event's name; anything else says nothing."""
    found = refunds.outcome({"eventCode": event}, done=done)
    assert getattr(found, "vendor_code", None) == code


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("Insufficient balance on payment", "already_refunded"),
        ("  INSUFFICIENT BALANCE on payment: 0.00", "already_refunded"),
        ("Transaction hasn't been captured, refund not possible", "declined"),
        ("Something new", "declined"),
        ("", "declined"),
    ],
)
def test_a_reason_only_picks_the_code(reason: str, code: str) -> None:
    """It is free text that nobody signs: none of it is kept."""
    found = refunds.decline_of(reason)
    assert found == Declined(code=code)
    assert found.vendor_code in {"insufficient_balance", "not_captured", "REFUND"}


def test_a_refunds_reference_is_told_from_a_holds() -> None:
    """By what stands behind it."""
    for behind in ("", mapping.HOLD, mapping.REFUND):
        assert mapping.REFERENCE.fullmatch("A" * 26 + behind)
    assert not mapping.REFERENCE.fullmatch("A" * 26 + "-OTHER")
