"""Klarna's adapter keeps the contract, and its own promises."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx
import orjson
import pytest

from unshackled.ports import all_operations
from unshackled.ports.operation import Operation
from unshackled.sdk import (
    Absent,
    BadSignature,
    Call,
    Declined,
    InDoubt,
    Notice,
    Passed,
    Pending,
    RawCallback,
    Redirect,
    Refused,
)
from unshackled.sdk.ports import Address, Contact
from unshackled.sdk.standin import StandIn
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import RETURN_URL, AdapterHarness, Callback
from unshackled.testing.samples import request_for, sample
from unshackled_adapters.klarna_payments import mapping
from unshackled_adapters.klarna_payments.client import KlarnaCredit, receive
from unshackled_adapters.klarna_payments.fake import make

QUOTE = all_operations()["credit.quote"]
APPLY = all_operations()["credit.apply"]
ACTIVATE = all_operations()["credit.activate"]


def raw(callback: Callback, **changes: Any) -> RawCallback:
    """A notice of Klarna's as it arrives."""
    arrived = {"body": callback.body, "headers": callback.headers, "url": callback.url}
    return RawCallback(**{"received_at": datetime.now(UTC), **arrived, **changes})


class KlarnaBench(AdapterHarness):
    choice = "approve"

    @property
    def klarna(self) -> KlarnaCredit:
        """The client."""
        client: Any = self.ports["credit"]
        made: KlarnaCredit = client
        return made

    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """Choose on Klarna's page, wait for a review, then ask about the page."""
        if isinstance(outcome, Redirect):
            await self.visit(outcome)
        await self.stand_in.settle()
        return await self.ask(call, outcome.handle)

    async def visit(self, outcome: Redirect) -> None:
        """Go to the page and choose."""
        app = httpx.ASGITransport(app=self.stand_in.app())
        async with httpx.AsyncClient(transport=app) as browser:
            page = await browser.get(outcome.url)
            answer = await browser.post(outcome.url, data={"choice": self.choice})
        assert self.through is not None or "669.00" in page.text
        assert (answer.status_code, answer.headers["location"]) == (303, RETURN_URL)

    async def ask(self, call: Call, handle: str | None) -> Any:
        """Look an application up by its page."""
        return await self.look_up(APPLY, dataclasses.replace(call, handle=handle))

    async def start(self, family_name: str = "Featherstone") -> tuple[Call, Redirect]:
        """Apply as somebody; the customer is not yet at the page."""
        who = sample(Contact, family_name=family_name)
        quoted = await self.run(QUOTE)
        call = self.call(APPLY)
        outcome = await self.send(APPLY, request_for(APPLY, facts=(who, quoted.output)), call)
        assert isinstance(outcome, Redirect)
        return call, outcome

    async def notices(self) -> list[Notice]:
        """What every notice of Klarna's so far came to."""
        await self.stand_in.settle()
        return [one for sent in self.callbacks for one in await receive(self.klarna, raw(sent))]


class TestKlarnaPayments(AdapterContract):
    """The suite. What it says of references is said of pages here: Klarna knows no reference."""

    adapter = "klarna_payments"
    settings: ClassVar = {
        "username": "K0000_made_up",
        "password": "made_up_password",
        "callback_secret": "made_up_secret",
    }
    bench_type = KlarnaBench
    signs_time = False

    def stand_in(self) -> StandIn:
        return make(review_takes=0.0)

    def forged(self, raw: RawCallback) -> Iterator[RawCallback]:
        """Klarna signs nothing: what was forged lacks the token in the address."""
        yield dataclasses.replace(raw, url=raw.url.partition("?")[0])
        yield dataclasses.replace(raw, url=raw.url[:-1] + "x")

    async def test_a_lost_answer_is_found_by_our_reference(self) -> None:
        """A lost activation is found; a lost application is nothing, for nobody has its page.

        The page's address was in the answer: so nobody can agree there, and the next application
        makes the one order.
        """
        bench = klarna()
        call = await self._lose(bench, APPLY, absent=True)
        assert await bench.look_up(APPLY, call) == Absent()
        assert bench.stand_in.ledger == []
        assert isinstance(await bench.run(APPLY), Passed)
        call = await self._lose(bench, ACTIVATE, absent=True)
        assert isinstance(await bench.look_up(ACTIVATE, call), Passed)
        effects = [entry["effect"] for entry in bench.stand_in.ledger]
        assert effects == [APPLY.key, ACTIVATE.key]

    async def test_undoing_needs_the_reference_alone(self) -> None:
        """An application is undone by its page's number, which is kept with the reference.

        Where the answer was lost there is neither, and nothing to undo.
        """
        bench = klarna()
        await bench.run(APPLY)
        made = bench.history[APPLY.key]
        await bench.undo_by(APPLY, made.call.reference, handle=made.handle)
        assert self._undone(bench, APPLY) == [made.call.reference]
        lost = klarna()
        call = await self._lose(lost, APPLY)
        await lost.undo_by(APPLY, call.reference)
        assert lost.stand_in.ledger == []


def klarna(**how: Any) -> KlarnaBench:
    """A fresh bench."""
    bench = TestKlarnaPayments().bench(**how)
    assert isinstance(bench, KlarnaBench)
    return bench


class TestThePage:
    """What the customer does at Klarna's."""

    async def test_who_agrees_has_an_order(self) -> None:
        """Klarna places the order itself; its number is the application's."""
        bench = klarna()
        outcome = await bench.run(APPLY)
        assert isinstance(outcome, Passed)
        assert outcome.output.lender == "Klarna"
        assert outcome.valid_until is not None
        (placed,) = bench.stand_in.ledger
        assert (placed["application"], placed["amount"]) == (outcome.output.application, 66_900)

    async def test_agreeing_twice_is_agreeing_once(self) -> None:
        """A second click on the page changes nothing."""
        bench = klarna()
        call, outcome = await bench.start()
        await bench.visit(outcome)
        await bench.visit(outcome)
        assert isinstance(await bench.ask(call, outcome.handle), Passed)
        assert len(bench.stand_in.ledger) == 1

    async def test_a_refusal_closes_the_page(self) -> None:
        """Who is refused could try again there: the page is closed, so that refused stays so."""
        bench = klarna()
        call, outcome = await bench.start("Decline")
        assert await bench.finish(APPLY, call, outcome) == Declined(code="credit_declined")
        await bench.visit(outcome)
        assert await bench.ask(call, outcome.handle) == Declined(code="declined")
        assert bench.stand_in.ledger == []

    async def test_who_cancels_ends_it(self) -> None:
        """Cancelling at Klarna's is final."""
        bench = klarna()
        bench.choice = "cancel"
        assert await bench.run(APPLY) == Declined(code="declined")

    async def test_who_goes_back_may_come_again(self) -> None:
        """The back button leaves the page open, with its number."""
        bench = klarna()
        call, outcome = await bench.start()
        app = httpx.ASGITransport(app=bench.stand_in.app())
        async with httpx.AsyncClient(transport=app) as browser:
            await browser.post(outcome.url, data={"choice": "back"})
        found = await bench.ask(call, outcome.handle)
        assert isinstance(found, Redirect)
        assert (found.handle, found.expires) == (outcome.handle, outcome.expires)

    async def test_a_page_ends_after_two_days(self) -> None:
        """A page that is over is a decline, and undoing it is done."""
        bench = klarna()
        call, outcome = await bench.start()
        bench.stand_in.now = lambda: datetime.now(UTC) + timedelta(days=2)
        assert await bench.ask(call, outcome.handle) == Declined(code="declined")
        await bench.undo_by(APPLY, call.reference, handle=outcome.handle)

    async def test_an_open_page_is_closed_by_the_undo(self) -> None:
        """After the undo the customer can agree to nothing."""
        bench = klarna()
        call, outcome = await bench.start()
        await bench.undo_by(APPLY, call.reference, handle=outcome.handle)
        assert await bench.finish(APPLY, call, outcome) == Declined(code="declined")
        assert bench.stand_in.ledger == []

    async def test_a_customer_who_is_faster_is_undone_all_the_same(self) -> None:
        """Where the page was completed before it could be closed, its order is cancelled."""
        bench = klarna()
        call, outcome = await bench.start()
        await bench.visit(outcome)
        await bench.undo_by(APPLY, call.reference, handle=outcome.handle)
        assert len(bench.stand_in.done("credit.withdraw", call.reference)) == 1
        assert await bench.ask(call, outcome.handle) == Declined(code="declined")

    async def test_klarna_may_not_lend_for_this(self) -> None:
        """Without the category there is no offer, and nobody is sent anywhere."""
        bench = klarna()
        bench.stand_in.play("decline", QUOTE.key)
        assert await bench.run(QUOTE) == Declined(code="credit_declined")


class TestReview:
    """Klarna looks at suspicious orders for up to a day."""

    async def test_an_order_under_review_is_pending(self) -> None:
        """It counts when Klarna says so, and keeps its page's number until then."""
        bench = klarna()
        bench.stand_in = make(review_takes=None)
        bench.__post_init__()
        call, outcome = await bench.start("Refer")
        held = Pending(poll_after=timedelta(minutes=10), handle=outcome.handle)
        assert await bench.finish(APPLY, call, outcome) == held

    @pytest.mark.parametrize(
        ("family_name", "kind"), [("Refer", Passed), ("ReferDecline", Declined)]
    )
    async def test_the_end_of_a_review_is_told(self, family_name: str, kind: type) -> None:
        """The notice names the order alone; Klarna is asked, and the outcome is ours."""
        bench = klarna()
        call, outcome = await bench.start(family_name)
        await bench.visit(outcome)
        told = await bench.notices()
        assert {notice.reference for notice in told} == {call.reference}
        assert isinstance(told[-1].outcome, kind)

    async def test_an_order_that_was_refused_is_a_decline(self) -> None:
        """A review that ends badly leaves no credit."""
        bench = klarna()
        call, outcome = await bench.start("ReferDecline")
        assert await bench.finish(APPLY, call, outcome) == Declined(code="credit_declined")
        assert bench.stand_in.ledger == []


class TestNotices:
    """Klarna signs nothing: the address has a token, and Klarna is asked."""

    async def test_only_addresses_of_ours_count(self) -> None:
        """Without the token, with another's, or with nothing to ask about, it is refused."""
        bench = klarna()
        call, outcome = await bench.start()
        await bench.visit(outcome)
        await bench.stand_in.settle()
        last = bench.callbacks[-1]
        (notice,) = await receive(bench.klarna, raw(last))
        assert notice.reference == call.reference
        other = last.url.replace(call.reference, "A" * 26)
        wrong = (
            raw(last, url=other),
            raw(last, body=b"half"),
            raw(last, body=b"[]"),
            raw(last, body=b"{}"),
            raw(last, body=b'{"order_id": "../../sessions"}'),
        )
        for one in wrong:
            with pytest.raises(BadSignature):
                await receive(bench.klarna, one)

    async def test_a_notice_about_another_order_is_refused(self) -> None:
        """The order that a notice names must be of the reference that its address names."""
        bench = klarna()
        for _ in range(2):
            _, outcome = await bench.start()
            await bench.visit(outcome)
        await bench.stand_in.settle()
        first, second = bench.callbacks[1], bench.callbacks[-1]
        with pytest.raises(BadSignature):
            await receive(bench.klarna, raw(first, body=second.body))

    async def test_an_old_notice_tells_what_is_true_now(self) -> None:
        """A notice that comes again, late, after the order was cancelled, tells that."""
        bench = klarna()
        call, outcome = await bench.start()
        await bench.visit(outcome)
        assert [type(one.outcome) for one in await bench.notices()] == [Passed, Passed]
        await bench.undo_by(APPLY, call.reference, handle=outcome.handle)
        again = raw(bench.callbacks[-1], received_at=datetime.now(UTC) + timedelta(days=1))
        (notice,) = await receive(bench.klarna, again)
        assert notice.outcome == Declined(code="declined")

    async def test_a_customer_on_the_page_is_no_outcome(self) -> None:
        """That somebody opened the page says nothing yet; that they cancelled does."""
        bench = klarna()
        _, outcome = await bench.start()
        app = httpx.ASGITransport(app=bench.stand_in.app())
        async with httpx.AsyncClient(transport=app) as browser:
            await browser.get(outcome.url)
            assert await bench.notices() == []
            await browser.post(outcome.url, data={"choice": "cancel"})
        assert {one.outcome for one in await bench.notices()} == {Declined(code="declined")}

    async def test_klarna_out_of_order_is_asked_again(self) -> None:
        """A notice that cannot be asked about is no verdict: Klarna sends it again."""
        bench = klarna()
        _, outcome = await bench.start()
        await bench.visit(outcome)
        await bench.stand_in.settle()
        bench.stand_in.play("error", "order.read")
        with pytest.raises(InDoubt):
            await receive(bench.klarna, raw(bench.callbacks[-1]))


class TestOrders:
    """Captures and cancellations."""

    async def test_a_capture_takes_the_whole_order_once(self) -> None:
        """The whole amount is captured, and again after the key's day changes nothing."""
        bench = klarna()
        assert isinstance(await bench.run(ACTIVATE), Passed)
        made = bench.history[ACTIVATE.key]
        bench.stand_in.state.clear()
        again = await bench.send(ACTIVATE, made.request, made.call)
        assert again == bench.history[ACTIVATE.key].outcome
        assert [one["amount"] for one in bench.stand_in.done(ACTIVATE.key)] == [66_900]

    async def test_a_captured_order_is_not_cancelled(self) -> None:
        """An undo that comes too late is refused: a person must look."""
        bench = klarna()
        await bench.run(ACTIVATE)
        with pytest.raises(Refused):
            await bench.undo(APPLY, bench.history[APPLY.key])

    async def test_an_activation_whose_decision_was_lost_is_looked_up_by_its_page(self) -> None:
        """The page's number leads to the order where the decision does not."""
        bench = klarna()
        await bench.run(ACTIVATE)
        call = bench.history[ACTIVATE.key].call
        assert call.follows is not None
        bare = dataclasses.replace(call.follows, output=None)
        found = await bench.look_up(ACTIVATE, dataclasses.replace(call, follows=bare))
        assert isinstance(found, Passed)
        nothing = dataclasses.replace(bare, handle=None)
        assert await bench.look_up(ACTIVATE, dataclasses.replace(call, follows=nothing)) == Absent()

    def test_a_key_is_a_uuid_of_version_5(self) -> None:
        """Klarna wants its idempotency keys so; the same reference is the same key."""
        key = mapping.idempotency_key("A" * 26)
        assert (key[14], key) == ("5", mapping.idempotency_key("A" * 26))
        assert key != mapping.idempotency_key("B" * 26)


class TestWhatIsSent:
    """What goes over the wire when."""

    @pytest.mark.parametrize(
        ("country", "currency"), [("GB", "GBP"), ("IE", "EUR"), ("SE", "SEK"), ("HU", "HUF")]
    )
    async def test_amounts_are_minor_units_everywhere(self, country: str, currency: str) -> None:
        """What is asked is what is ordered, in the country's own currency."""
        bench = klarna(currency=currency)
        home = sample(Address, country=country)
        quoted = await bench.run(QUOTE, request=request_for(QUOTE, facts=(home,)))
        request = request_for(APPLY, facts=(home, quoted.output))
        assert isinstance(await bench.run(APPLY, request=request), Passed)
        (placed,) = bench.stand_in.done(APPLY.key)
        assert (placed["amount"], placed["currency"]) == (66_900, currency)

    async def test_another_currency_is_refused(self) -> None:
        """Klarna lends in the country's own currency only."""
        bench = klarna(currency="EUR")
        with pytest.raises(Refused):
            await bench.run(QUOTE)

    async def test_nobody_is_named_before_the_application(self) -> None:
        """The session that asks whether Klarna lends at all has nothing personal."""
        bench = klarna()
        request, call = request_for(QUOTE), bench.call(QUOTE)
        sent = orjson.dumps(mapping.session(request, call)).decode()
        for word in (request.contact.email, request.contact.family_name, request.address.postcode):
            assert word not in sent
