"""Refunds of sums at PayPal: parts of a capture, found by their order, told by webhook."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from unshackled.domain.case_money import CaseMoney
from unshackled.ports import all_operations
from unshackled.sdk import (
    Absent,
    Declined,
    Followed,
    Notice,
    Passed,
    Pending,
    RawCallback,
    Refused,
    Undecided,
)
from unshackled.sdk.ports import AmountRefunded
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled_adapters import paypal
from unshackled_adapters.paypal import refunds
from unshackled_adapters.paypal.books import WEBHOOK_ID, Failed
from unshackled_adapters.paypal.fake import make
from unshackled_adapters.paypal.webhooks import receive

CHARGE = all_operations()["payment.charge"]
CAPTURE = all_operations()["payment.capture"]
REFUND = all_operations()["payment.refund_amount"]
SETTINGS = paypal.Settings.model_validate(
    {
        "base_url": BASE_URL,
        "client_id": "client-standin",
        "client_secret": "secret-standin",
        "webhook_id": WEBHOOK_ID,
    }
)


class Account(AdapterHarness):
    """An account that sold for 68.00 to a customer who approves at once."""

    async def finish(self, operation: Any, call: Any, outcome: Any) -> Any:
        """PayPal hears the customer, then is asked."""
        books = self.stand_in.state["books"]
        books.approve(books.orders[str(outcome.handle)])
        return await self.look_up(operation, dataclasses.replace(call, handle=outcome.handle))

    async def of(self, amount: int, **facts: Any) -> Any:
        """A refund of so much; pending ones stay so."""
        money = CaseMoney(payment=amount, currency="GBP")
        request = dataclasses.replace(await self.prepare(REFUND), money=money, **facts)
        self.asked = request, self.call(REFUND)
        return await self.send(REFUND, *self.asked)

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
    account = Account(adapter=paypal.ADAPTER, stand_in=make(), settings=SETTINGS)
    await account.run(sale)
    await account.told()
    return account


async def test_parts_go_back_until_nothing_is_left() -> None:
    """Each way in which nothing, or not so much, is left is already refunded."""
    account = await sold()
    first = await account.of(1_900)
    assert (first.output.amount, first.output.currency) == (1_900, "GBP")
    beyond = await account.of(4_901)
    assert beyond == Declined(code="already_refunded")
    assert beyond.vendor_code == "REFUND_AMOUNT_EXCEEDED"
    assert isinstance(await account.of(4_900), Passed)
    nothing = await account.of(1)
    assert nothing.vendor_code == "CAPTURE_FULLY_REFUNDED"
    assert [one["amount"] for one in account.stand_in.done(REFUND.key)] == [1_900, 4_900]


async def test_a_charge_of_which_some_went_back_still_stands() -> None:
    """A look-up of it passes; only one that went back whole counts as declined."""
    account = await sold()
    made = account.history[CHARGE.key]
    await account.of(1_900)
    by_order = dataclasses.replace(made.call, handle=made.handle)
    assert isinstance(await account.look_up(CHARGE, by_order), Passed)
    await account.of(4_900)
    assert await account.look_up(CHARGE, by_order) == Declined(code="declined")


async def test_a_captured_hold_is_given_back_of_by_its_order() -> None:
    """What we keep of it is the number of the authorization: its order has the capture."""
    account = await sold(CAPTURE)
    made = account.history[CAPTURE.key]
    captured = made.outcome.output
    first = await account.of(1_900, charged=None, captured=captured)
    sale = Followed(reference=made.call.reference, handle=made.handle, output=captured)
    ours = dataclasses.replace(account.asked[1], follows=sale)
    assert first == await account.look_up(REFUND, ours)
    (entry,) = account.stand_in.done(REFUND.key)
    assert entry["payment"] == captured.payment


async def test_a_refund_waits_for_its_bank() -> None:
    """Pending until its webhook, which has the sum; a look-up by number or order says the same."""
    account = await sold()
    account.stand_in.play("refer", REFUND.key)
    outcome = await account.of(1_900)
    assert isinstance(outcome, Pending)
    _, call = account.asked
    made = AmountRefunded(refund=str(outcome.handle), amount=1_900, currency="GBP")
    told = [one for one in await account.told() if isinstance(one.outcome, Passed)]
    assert told == [Notice(reference=call.reference, outcome=Passed(output=made))]
    for handle in (outcome.handle, None):
        asked = dataclasses.replace(call, handle=handle)
        assert await account.look_up(REFUND, asked) == Passed(output=made)


async def test_a_refund_that_comes_back_is_told_by_its_own_reference() -> None:
    """It is declined after all, the payment's undo is not spoken of, and it can go back anew."""
    account = await sold()
    first = await account.of(6_800)
    await account.told()
    account.stand_in.state["refunds"].break_refund(first.output.refund)
    (notice,) = await account.told()
    wanted = Declined(code="declined")
    assert notice == Notice(reference=account.asked[1].reference, outcome=wanted)
    assert await account.look_up(REFUND, account.asked[1]) == wanted
    assert isinstance(await account.of(6_800), Passed)


async def test_a_refund_by_a_person_tells_nothing() -> None:
    """One that was made in PayPal's own pages has none of our references."""
    account = await sold()
    event = {
        "event_type": "PAYMENT.CAPTURE.REFUNDED",
        "resource": {"id": "REF", "status": "COMPLETED", "custom_id": "by hand"},
    }
    assert refunds.notices(event) is None
    assert refunds.notices(event | {"resource": {}}) is None
    assert orjson.dumps(account.stand_in.done(REFUND.key)) == b"[]"


async def test_an_unknown_refund_is_absent() -> None:
    """The order of the payment has its refunds: one that is not among them never happened."""
    account = await sold()
    await account.of(1_900)
    unknown = account.call(REFUND, reference="A" * 26)
    assert await account.look_up(REFUND, unknown) == Absent()


async def test_a_payment_whose_number_is_gone_is_found_by_its_order_or_the_reports() -> None:
    """And where nothing is left, the call is refused."""
    account = await sold()
    request, call = await account.prepare(REFUND), account.call(REFUND)
    assert call.follows is not None
    request = dataclasses.replace(request, charged=None)
    for handle in (call.follows.handle, None):
        bare = dataclasses.replace(call.follows, output=None, handle=handle)
        own = account.call(REFUND, follows=bare)
        assert isinstance(await account.send(REFUND, request, own), Passed)
    with pytest.raises(Refused, match="not known"):
        await account.send(REFUND, request, account.call(REFUND, follows=None))


async def test_a_capture_without_an_order_is_a_doubt() -> None:
    """Where PayPal does not say which order a capture belongs to, nobody says there is none."""
    account = await sold()
    await account.of(1_900)
    for capture in account.stand_in.state["books"].captures.values():
        capture["supplementary_data"], capture["links"] = {}, []
    with pytest.raises(Undecided, match="not found"):
        await account.look_up(REFUND, account.asked[1])


@pytest.mark.parametrize("issue", sorted(refunds.DECLINES))
async def test_an_issue_that_is_a_no_is_declined(issue: str) -> None:
    """With PayPal's own word kept; what is too late has a word of its own."""
    told = refunds.declined(issue)
    assert told is not None
    assert told.vendor_code == issue
    late = issue == "REFUND_TIME_LIMIT_EXCEEDED"
    assert (told.code == "refund_too_late") == late


@pytest.mark.parametrize(
    "issue", ["REFUND_FAILED_INSUFFICIENT_FUNDS", "PAYEE_ACCOUNT_RESTRICTED", "DECIMAL_PRECISION"]
)
async def test_what_is_about_us_is_refused(issue: str) -> None:
    """The retailer's balance, account or request is no no to the customer."""
    assert refunds.declined(issue) is None
    account = await sold()

    def broke(*_: Any) -> Any:
        raise Failed(422, issue)

    account.stand_in.state["refunds"].give_back = broke
    with pytest.raises(Refused, match=issue):
        await account.of(1_900)


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
def test_a_refund_that_ended_badly_is_declined(status: str) -> None:
    """With its status kept."""
    found = refunds.outcome({"id": "REF", "status": status})
    assert found == Declined(code="declined")
    assert getattr(found, "vendor_code", None) == status
    with pytest.raises(ValueError, match="status"):
        refunds.outcome({"id": "REF", "status": "NEW"})
