"""Credit ends by refunds at Klarna and at Divido's lenders, a part of it or all."""

from __future__ import annotations

import dataclasses
from typing import Any

import httpx
import pytest

from unshackled.domain.case import CaseRequest
from unshackled.domain.case_money import CaseMoney
from unshackled.ports import all_operations
from unshackled.sdk import (
    Absent,
    Declined,
    Followed,
    InDoubt,
    Passed,
    Redirect,
    Refused,
    Undecided,
)
from unshackled.sdk.ports import CreditEnded
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled.testing.samples import CREDIT, sample
from unshackled_adapters import divido, klarna_payments
from unshackled_adapters.divido import fake as platform
from unshackled_adapters.divido import mapping as divido_mapping
from unshackled_adapters.klarna_payments import fake as klarna

ACTIVATE = all_operations()["credit.activate"]
END = all_operations()["credit.end"]


class Lender(AdapterHarness):
    """A lender that lent 669.00, and whose customer agrees to all of it."""

    choice = "approve"

    async def finish(self, operation: Any, call: Any, outcome: Any) -> Any:
        """Agree on the lender's page, then ask."""
        assert isinstance(outcome, Redirect)
        app = httpx.ASGITransport(app=self.stand_in.app())
        async with httpx.AsyncClient(transport=app) as browser:
            await browser.post(outcome.url, data={"choice": self.choice})
        await self.stand_in.settle()
        return await self.look_up(operation, dataclasses.replace(call, handle=outcome.handle))

    async def of(self, amount: int | None, *, kind: Any = "return", **call: Any) -> Any:
        """An end of so much of the credit; of all of it where the case says no sum."""
        money = None if amount is None else CaseMoney(lender=amount, currency="GBP")
        case = dataclasses.replace(sample(CaseRequest), kind=kind)
        request = dataclasses.replace(await self.prepare(END), money=money, case=case)
        self.asked = request, self.call(END, **call)
        return await self.send(END, *self.asked)

    @property
    def given(self) -> list[int]:
        """The sums that went back to the lender, by its own book."""
        return [one["amount"] for one in self.stand_in.done(END.key)]


class Divido(Lender):
    """The same at Divido's page."""

    choice = "complete"


async def at_klarna() -> Lender:
    """An order at Klarna that was captured."""
    settings = klarna_payments.Settings.model_validate(
        {
            "base_url": BASE_URL,
            "username": "PK0_standin",
            "password": "made-up",
            "callback_secret": "made-up-callback-secret",
        }
    )
    stand_in = klarna.make(review_takes=0.0)
    lender = Lender(adapter=klarna_payments.ADAPTER, stand_in=stand_in, settings=settings)
    await lender.run(ACTIVATE)
    return lender


async def at_divido() -> Lender:
    """An application at Divido that was activated."""
    settings = divido.Settings.model_validate(
        {
            "base_url": BASE_URL,
            "api_key": "made-up",
            "shared_secret": "demo-only-divido-shared-secret",
            "plans": {CREDIT.plan: "F00000000-24"},
        }
    )
    stand_in = platform.make(decide_after=0.0)
    lender = Divido(adapter=divido.ADAPTER, stand_in=stand_in, settings=settings)
    await lender.run(ACTIVATE)
    return lender


LENDERS = pytest.mark.parametrize("lends", [at_klarna, at_divido])


@LENDERS
async def test_a_credit_ends_in_parts_and_no_further(lends: Any) -> None:
    """Each part is told with the sum and currency of the lender; beyond the rest it is declined."""
    lender = await lends()
    agreement = lender.history[ACTIVATE.key].outcome.output.agreement
    first = await lender.of(10_000)
    made = CreditEnded(agreement=agreement, currency="GBP", lender=10_000)
    assert first == Passed(output=made)
    assert await lender.of(56_901) == Declined(code="already_refunded")
    assert isinstance(await lender.of(56_900), Passed)
    assert await lender.of(1) == Declined(code="already_refunded")
    assert lender.given == [10_000, 56_900]


@LENDERS
async def test_a_case_without_a_sum_ends_what_is_left(lends: Any) -> None:
    """Where no rule worked one out, all that is not refunded goes back."""
    lender = await lends()
    await lender.of(10_000)
    await lender.of(None)
    assert lender.given == [10_000, 56_900]


@LENDERS
async def test_a_withdrawal_is_the_customers_to_declare(lends: Any) -> None:
    """Neither has an operation for it: a person says so, and nothing is sent."""
    lender = await lends()
    before = len(lender.tape.exchanges)
    with pytest.raises(Refused, match="declared at the lender"):
        await lender.of(66_900, kind="withdrawal")
    assert len(lender.tape.exchanges) == before


@LENDERS
async def test_a_lost_end_is_found_and_never_made_twice(lends: Any) -> None:
    """By our reference in what the lender lists; sending it again says the same or is in doubt."""
    lender = await lends()
    lender.stand_in.play("lost_answer", END.key, times=1)
    with pytest.raises(InDoubt):
        await lender.of(66_900)
    found = await lender.look_up(END, lender.asked[1])
    assert found.output.lender == 66_900
    again = dataclasses.replace(lender.asked[1], attempt=2)
    assert await lender.send(END, lender.asked[0], again) == found
    assert lender.given == [66_900]
    unknown = dataclasses.replace(lender.asked[1], reference="A" * 26)
    assert await lender.look_up(END, unknown) == Absent()


@LENDERS
async def test_an_end_that_the_lender_would_not_have_is_declined(lends: Any) -> None:
    """With its own code kept; nothing goes back."""
    lender = await lends()
    lender.stand_in.play("decline", END.key)
    told = await lender.of(10_000)
    assert told == Declined(code="declined")
    assert told.vendor_code in {"REFUND_NOT_ALLOWED", "FAILED"}
    assert lender.given == []


@LENDERS
async def test_the_agreement_is_found_without_our_own_output(lends: Any) -> None:
    """By what the application said, or by what the call follows; else it is refused."""
    lender = await lends()
    request = dataclasses.replace(await lender.prepare(END), activated=None, decision=None)
    decided = lender.history["credit.apply"]
    for output in (decided.outcome.output, lender.history[ACTIVATE.key].outcome.output):
        sale = Followed(reference=decided.call.reference, handle=None, output=output)
        call = lender.call(END, follows=sale)
        own = dataclasses.replace(request, money=CaseMoney(lender=100, currency="GBP"))
        assert isinstance(await lender.send(END, own, call), Passed)
    with pytest.raises(Refused, match="not known"):
        await lender.send(END, request, lender.call(END, follows=None))


@LENDERS
async def test_an_agreement_that_the_lender_has_not_is_declined(lends: Any) -> None:
    """It says so in its own form."""
    lender = await lends()
    request = await lender.prepare(END)
    other = dataclasses.replace(lender.history[ACTIVATE.key].outcome.output, agreement="gone")
    told = await lender.send(
        END, dataclasses.replace(request, activated=other, decision=None), lender.call(END)
    )
    assert told == Declined(code="agreement_not_found")


async def test_what_is_beyond_may_be_what_an_earlier_try_took() -> None:
    """Divido has no keys: where its list is behind, a second try is in doubt, not declined."""
    lender = await at_divido()
    lender.stand_in.play("lost_answer", END.key, times=1)
    with pytest.raises(InDoubt):
        await lender.of(66_900)
    application = lender.stand_in.state["applications"]["app-000001"]
    listed, application.refunds = application.refunds, []
    again = dataclasses.replace(lender.asked[1], attempt=2)
    with pytest.raises(Undecided, match="not known by which"):
        await lender.send(END, lender.asked[0], again)
    application.refunds = listed
    assert isinstance(await lender.send(END, lender.asked[0], again), Passed)
    assert lender.given == [66_900]


async def test_klarna_answers_a_repeated_end_by_its_key() -> None:
    """A resend within a day repeats the first answer, whatever the order shows by then."""
    lender = await at_klarna()
    first = await lender.of(66_900)
    assert await lender.send(END, *lender.asked) == first
    assert lender.given == [66_900]


@pytest.mark.parametrize("status", ["FAILED", "ERROR", "PENDING", "COMPLETED"])
def test_only_a_failed_refund_of_divido_is_declined(status: str) -> None:
    """Any other status says that the platform took it in."""
    refund = {"id": "r-1", "amount": 1_900.0, "status": status}
    told = divido_mapping.ended("app-1", "GBP", refund)
    if status in divido_mapping.NOT_REFUNDED:
        assert told == Declined(code="declined")
    else:
        wanted = CreditEnded(agreement="app-1", currency="GBP", lender=1_900)
        assert told == Passed(output=wanted)
        with pytest.raises(ValueError, match="currency"):
            divido_mapping.ended("app-1", None, refund)
