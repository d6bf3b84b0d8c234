"""What becomes of a mandate of GoCardless after its bank took it says nothing of its set-up."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from unshackled.adapter_registry import find
from unshackled.domain.case import CaseRequest
from unshackled.ports import all_operations
from unshackled.ports.taking_back import take_back
from unshackled.sdk import Declined, Followed, Notice, Passed, RawCallback, Refused, Undecided
from unshackled.sdk.answers import READS_LAG
from unshackled.sdk.ports import CancelMandate, MandateCanceled
from unshackled.testing.bench import BASE_URL, CALLBACK_URL, AdapterHarness
from unshackled.testing.samples import sample
from unshackled_adapters.gocardless.books import BillingRequest, Books

SECRET = "demo-only-gocardless-webhook-secret"


class Account:
    """An account with one mandate of ours, whose webhooks come to us."""

    def __init__(self) -> None:
        shelf = find()
        adapter, stand_in = shelf.load("gocardless"), shelf.stand_in("gocardless")
        stand_in.state["webhook_url"] = CALLBACK_URL
        told = {"base_url": BASE_URL, "access_token": "live_made_up", "webhook_secret": SECRET}
        settings = adapter.settings.model_validate(told)
        self.bench = AdapterHarness(adapter=adapter, stand_in=stand_in, settings=settings)
        self.books: Books = stand_in.state["books"]
        self.reference = ""

    async def set_up(self) -> BillingRequest:
        """The customer has confirmed; the bank was not asked yet."""
        (operation,) = self.bench.effects
        call = self.bench.call(operation)
        await self.bench.send(operation, await self.bench.prepare(operation), call)
        self.reference = call.reference
        (made,) = self.books.requests.values()
        self.books.fulfil(made)
        await self.told()
        return made

    async def told(self) -> list[Notice]:
        """What the webhooks that have not been read yet say."""
        receive = self.bench.adapter.receive
        assert receive is not None
        await self.bench.stand_in.settle()
        notices: list[Notice] = []
        for sent in self.bench.callbacks:
            raw = RawCallback(body=sent.body, headers=sent.headers, received_at=datetime.now(UTC))
            notices += await receive(self.bench.ports["mandate"], raw)
        self.bench.callbacks.clear()
        return notices

    async def cancel(self, set_up: Any) -> None:
        """A case cancels the mandate of its sale, and has its number as receipt."""
        request = CancelMandate(case=sample(CaseRequest), mandate=set_up.output)
        sale = Followed(reference=self.reference, handle=None, output=set_up.output)
        call = self.bench.call(all_operations()["mandate.cancel"], follows=sale)
        done = await take_back(self.bench.ports["mandate"].cancel, request, call)
        assert done == Passed(output=MandateCanceled(mandate=set_up.output.mandate))


ENDS = ["failed", "cancelled", "expired", "consumed", "blocked", "suspended_by_payer"]


@pytest.mark.parametrize("status", ENDS)
async def test_a_mandate_that_was_active_may_end_without_a_word(status: str) -> None:
    """Months after the purchase: the webhook is taken, and says nothing of the set-up."""
    account = Account()
    made = await account.set_up()
    account.books.activate(made)
    (active,) = await account.told()
    assert isinstance(active.outcome, Passed)
    account.books.end(made, status, "mandate_cancelled")
    assert await account.told() == []


@pytest.mark.parametrize("status", ENDS)
async def test_a_mandate_that_never_was_active_is_declined(status: str) -> None:
    """The bank did not take it: our effect did not happen after all."""
    account = Account()
    made = await account.set_up()
    account.books.end(made, status, "bank_account_closed")
    declined = Declined(code="invalid_bank_account")
    assert await account.told() == [Notice(reference=account.reference, outcome=declined)]


async def test_a_late_word_of_the_request_is_no_news_either() -> None:
    """A webhook about the request that comes again after its mandate's end tells nothing."""
    account = Account()
    made = await account.set_up()
    account.books.activate(made)
    account.books.end(made, "cancelled", "mandate_cancelled")
    await account.told()
    account.books.tell(account.books.event("billing_requests", "fulfilled", made))
    assert await account.told() == []


async def test_a_mandate_that_cannot_be_cancelled_is_refused_in_the_end() -> None:
    """422 for a mandate that is not over is no undo; it may be over already and not show it yet."""
    account = Account()
    await account.set_up()
    (operation,) = account.bench.effects
    account.bench.stand_in.play("refuse", "mandate.cancel", status=422)
    undo = partial(account.bench.undo_by, operation, account.reference)
    now = datetime.now(UTC)
    with pytest.raises(Undecided):
        await undo(undecided_since=now)
    with pytest.raises(Refused):
        await undo(undecided_since=now - READS_LAG)


async def test_a_case_cancels_a_mandate_that_the_bank_took() -> None:
    """Months after the sale, by what the set-up told; once, and its webhook says nothing."""
    account = Account()
    made = await account.set_up()
    account.books.activate(made)
    (active,) = await account.told()
    for _ in range(2):
        await account.cancel(active.outcome)
    (cancelled,) = account.bench.stand_in.done("mandate.cancel")
    assert cancelled["reference"] == account.reference
    assert await account.told() == []


@pytest.mark.parametrize("status", ["cancelled", "failed", "expired"])
async def test_a_case_finds_a_mandate_that_is_over_already_cancelled(status: str) -> None:
    """The customer or their bank was faster: there is nothing left to cancel."""
    account = Account()
    made = await account.set_up()
    account.books.activate(made)
    (active,) = await account.told()
    account.books.end(made, status, "mandate_cancelled")
    await account.cancel(active.outcome)
    assert account.bench.stand_in.done("mandate.cancel") == []
