"""Stripe's adapter keeps the contract, and its own promises."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx
import orjson
import pytest
from pydantic import SecretStr

from unshackled.ports import all_operations
from unshackled.ports.operation import Operation
from unshackled.sdk import (
    Absent,
    BadSignature,
    Call,
    Declined,
    InDoubt,
    Notice,
    NotUndone,
    Passed,
    Pending,
    RawCallback,
    Redirect,
    Refused,
)
from unshackled.sdk.ports import PaymentAuthorised, PaymentCaptured, PaymentMethod
from unshackled.sdk.signature import sign
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import RETURN_URL, AdapterHarness
from unshackled.testing.samples import request_for
from unshackled_adapters.stripe.books import Books
from unshackled_adapters.stripe.client import callback as receive

CHARGE = all_operations()["payment.charge"]
AUTHORISE = all_operations()["payment.authorise"]
CAPTURE = all_operations()["payment.capture"]
SECRET = "demo-only-stripe-webhook-secret"
CARD = PaymentMethod(token="pm_card_visa")


class StripeBench(AdapterHarness):
    """Pays with Stripe's test cards."""

    choice = "approve"
    card = CARD

    async def prepare(self, operation: Operation) -> Any:
        """The samples, with a token that Stripe knows."""
        request = await super().prepare(operation)
        has_card = "method" in {field.name for field in dataclasses.fields(request)}
        return dataclasses.replace(request, method=self.card) if has_card else request

    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """Choose on the issuer's page, come back, then ask."""
        assert isinstance(outcome, Redirect)
        app = httpx.ASGITransport(app=self.stand_in.app())
        async with httpx.AsyncClient(transport=app) as browser:
            page = await browser.get(outcome.url)
            answer = await browser.post(outcome.url, data={"choice": self.choice})
            await browser.post(outcome.url, json={"choice": "fail"})
        assert self.through or "£68.00" in page.text
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(RETURN_URL)
        back = dataclasses.replace(call, handle=outcome.handle)
        return await self.look_up(operation, back)

    async def notices(self) -> list[Notice]:
        """What every event so far said, in order."""
        await self.stand_in.settle()
        return [
            one
            for sent in self.callbacks
            for one in receive(
                self.settings,
                RawCallback(body=sent.body, headers=sent.headers, received_at=datetime.now(UTC)),
            )
        ]

    async def pay(self, token: str, operation: Operation = CHARGE) -> Any:
        """Pay with a test card, and finish what its issuer asks."""
        request = request_for(operation, facts=(PaymentMethod(token=token),))
        return await self.run(operation, request=request)

    @property
    def books(self) -> Books:
        """What the stand-in keeps."""
        books: Books = self.stand_in.state["books"]
        return books


class TestStripe(AdapterContract):
    """The suite."""

    adapter = "stripe"
    refused_data: ClassVar = {
        key: [{"method": {"token": "tok_of_nobody"}}]
        for key in ("payment.charge", "payment.authorise")
    }
    settings: ClassVar[Mapping[str, object]] = {
        "api_key": "sk_test_madeup",
        "webhook_secret": SECRET,
        "account": "acct_standin",
        "statement": "PHONES",
    }
    bench_type = StripeBench

    async def run_with_callback(self, bench: AdapterHarness, operation: Operation) -> None:
        """Keep what the call itself led to, not what was made before it."""
        request = await bench.prepare(operation)
        await bench.stand_in.settle()
        bench.callbacks.clear()
        await bench.run(operation, request=request)


def stripe(**how: Any) -> StripeBench:
    """A fresh bench."""
    bench = TestStripe().bench(**how)
    assert isinstance(bench, StripeBench)
    return bench


def signed(body: object, *, secret: str = SECRET, age: timedelta = timedelta()) -> RawCallback:
    """An event as Stripe signs it."""
    raw, now = orjson.dumps(body), datetime.now(UTC)
    headers = {"stripe-signature": sign(SecretStr(secret), raw, now - age)}
    return RawCallback(body=raw, headers=headers, received_at=now)


class TestPaying:
    """What becomes of a payment."""

    @pytest.mark.parametrize(
        ("token", "code"),
        [
            ("pm_card_visa_chargeDeclined", "card_declined"),
            ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
            ("pm_card_chargeDeclinedExpiredCard", "card_declined"),
            ("pm_card_chargeDeclinedProcessingError", "declined"),
            ("tok_no_such_thing", "card_declined"),
            ("ctoken_chargeDeclinedStolenCard", "card_declined"),
        ],
    )
    async def test_a_test_card_picks_its_decline(self, token: str, code: str) -> None:
        """A card error and an unknown token are declines with our code; no money is taken."""
        bench = stripe()
        assert await bench.pay(token) == Declined(code=code)
        assert bench.stand_in.ledger == []

    @pytest.mark.parametrize("operation", [CHARGE, AUTHORISE], ids=lambda one: one.key)
    async def test_an_authenticated_payment_is_taken_once(self, operation: Operation) -> None:
        """Approving on the issuer's page takes or holds the money; a second click does nothing."""
        bench = stripe()
        assert isinstance(await bench.pay("pm_card_authenticationRequired", operation), Passed)
        assert [(one["effect"], one["amount"]) for one in bench.stand_in.ledger] == [
            (operation.key, 6_800)
        ]
        assert [one.reference for one in await bench.notices()] == [
            bench.history[operation.key].call.reference
        ]

    async def test_a_failed_authentication_is_a_decline(self) -> None:
        """Failing on the issuer's page takes nothing, by look-up and by event."""
        bench = stripe()
        bench.choice = "fail"
        wanted = Declined(code="authentication_failed")
        assert await bench.pay("pm_card_authenticationRequired") == wanted
        assert [one.outcome for one in await bench.notices()] == [wanted]
        assert bench.stand_in.ledger == []

    async def test_a_step_that_needs_stripes_script_is_a_decline(self) -> None:
        """What cannot be shown as a plain redirect ends as a failed authentication."""
        bench = stripe()
        await bench.run(CHARGE)
        made = next(iter(bench.books.intents.values()))
        made |= {"status": "requires_action", "next_action": {"type": "use_stripe_sdk"}}
        handed = bench.call(CHARGE, handle=made["id"])
        assert await bench.look_up(CHARGE, handed) == Declined(code="authentication_failed")

    async def test_a_payment_left_on_the_page_is_canceled(self) -> None:
        """Undoing while the customer is away cancels; nothing is given back."""
        bench = stripe()
        request = request_for(CHARGE, facts=(PaymentMethod(token="pm_card_threeDSecure2Required"),))
        call = bench.call(CHARGE)
        away = await bench.send(CHARGE, request, call)
        assert isinstance(away, Redirect)
        await bench.undo_by(CHARGE, call.reference, handle=away.handle)
        asked = dataclasses.replace(call, handle=away.handle)
        assert await bench.look_up(CHARGE, asked) == Declined(code="declined")
        assert bench.stand_in.ledger == []

    async def test_a_payment_may_process_for_a_while(self) -> None:
        """A payment that is processing is asked about again."""
        bench = stripe()
        await bench.run(CHARGE)
        made = next(iter(bench.books.intents.values()))
        made["status"] = "processing"
        found = await bench.look_up(CHARGE, bench.history[CHARGE.key].call)
        assert isinstance(found, Pending)
        assert found.handle == made["id"]


class TestHolding:
    """Authorise before the order, capture after it."""

    async def test_a_hold_says_until_when_it_can_be_captured(self) -> None:
        """The end of a hold is the issuer's, a week away."""
        bench = stripe()
        outcome = await bench.run(AUTHORISE)
        assert isinstance(outcome, Passed)
        assert outcome.valid_until is not None
        assert timedelta(days=6) < outcome.valid_until - datetime.now(UTC) < timedelta(days=8)

    async def test_a_captured_hold_is_given_back_by_its_void(self) -> None:
        """A void after the capture refunds, once."""
        bench = stripe()
        await bench.run(CAPTURE)
        for known in (True, False):
            await bench.undo(AUTHORISE, bench.history[AUTHORISE.key], known=known)
        effects = [one["effect"] for one in bench.stand_in.ledger]
        assert effects == ["payment.authorise", "payment.capture", "payment.void"]

    async def test_a_capture_under_a_forgotten_key_is_not_a_second_one(self) -> None:
        """When Stripe no longer knows the key, a captured payment still answers as captured."""
        bench = stripe()
        first = await bench.run(CAPTURE)
        made = bench.history[CAPTURE.key]
        again = await bench.send(CAPTURE, made.request, bench.call(CAPTURE))
        assert again == first
        assert len(bench.stand_in.done(CAPTURE.key)) == 1

    async def test_a_hold_that_is_gone_cannot_be_captured(self) -> None:
        """Capturing a canceled hold is refused, and looks absent."""
        bench = stripe()
        request, call = await bench.prepare(CAPTURE), bench.call(CAPTURE)
        await bench.undo(AUTHORISE, bench.history[AUTHORISE.key])
        with pytest.raises(Refused, match="payment_intent_unexpected_state"):
            await bench.send(CAPTURE, request, call)
        assert await bench.look_up(CAPTURE, call) == Absent()

    async def test_an_event_tells_the_hold_and_its_capture(self) -> None:
        """The event of a capture is about both references."""
        bench = stripe()
        await bench.run(CAPTURE)
        told = [(one.reference, one.outcome) for one in await bench.notices()][-2:]
        hold, taken = bench.history[AUTHORISE.key], bench.history[CAPTURE.key]
        number = taken.outcome.output.payment
        money: dict[str, Any] = {"payment": number, "amount": 6_800, "currency": "GBP"}
        assert told == [
            (hold.call.reference, Passed(output=PaymentAuthorised(**money))),
            (taken.call.reference, Passed(output=PaymentCaptured(**money))),
        ]


class TestDoubt:
    """What became of a payment whose answer was lost."""

    async def test_search_finds_what_the_list_no_longer_has(self) -> None:
        """Payments older than an hour are found by search; younger ones are listed."""
        bench = stripe()
        await bench.run(CHARGE)
        call = bench.history[CHARGE.key].call
        paths = []
        for age in (0, 7_200):
            next(iter(bench.books.intents.values()))["created"] -= age
            before = len(bench.tape.exchanges)
            assert isinstance(await bench.look_up(CHARGE, call), Passed)
            paths.append([one.path.rpartition("/")[2] for one in bench.tape.exchanges[before:]])
        number = bench.history[CHARGE.key].outcome.output.payment
        assert paths == [["search", "payment_intents", number], ["search", number]]

    async def test_the_list_is_read_page_by_page(self) -> None:
        """A payment behind a hundred younger ones is found."""
        bench = stripe()
        await bench.run(CHARGE)
        crowd(bench, 101)
        assert isinstance(await bench.look_up(CHARGE, bench.history[CHARGE.key].call), Passed)

    async def test_too_many_payments_are_a_doubt(self) -> None:
        """Past two thousand payments an hour, nobody says that there is none."""
        bench = stripe()
        await bench.run(CHARGE)
        crowd(bench, 2_000)
        with pytest.raises(InDoubt, match="too many payments"):
            await bench.look_up(CHARGE, bench.history[CHARGE.key].call)

    async def test_a_call_at_work_under_the_same_key_is_a_doubt(self) -> None:
        """409 says that the first call is still at work."""
        bench = stripe()
        bench.stand_in.state["busy"] = True
        with pytest.raises(InDoubt, match="idempotency_key_in_use"):
            await bench.run(CHARGE)

    async def test_another_request_under_a_used_key_is_refused(self) -> None:
        """Stripe compares the parameters; ours never change for one reference."""
        bench = stripe()
        await bench.run(CHARGE)
        call = bench.history[CHARGE.key].call
        with pytest.raises(Refused, match="idempotency_error"):
            await bench.run(CHARGE, call=dataclasses.replace(call, return_url="https://a.example"))

    async def test_a_payment_that_was_given_back_counts_as_declined(self) -> None:
        """Looking up a refunded charge tells a decline."""
        bench = stripe()
        await bench.run(CHARGE)
        await bench.undo(CHARGE, bench.history[CHARGE.key])
        found = await bench.look_up(CHARGE, bench.history[CHARGE.key].call)
        assert found == Declined(code="declined")

    async def test_a_refund_that_fails_needs_a_person(self) -> None:
        """A refund that Stripe answers as failed is refused, not done."""
        bench = stripe()
        await bench.run(CHARGE)
        bench.stand_in.play("decline", "payment.refund")
        with pytest.raises(Refused, match="the refund is failed"):
            await bench.undo(CHARGE, bench.history[CHARGE.key])

    async def test_a_refund_that_comes_back_is_told_and_not_taken_for_done(self) -> None:
        """Stripe repeats the first answer under the same key; the refund itself is asked."""
        bench = stripe()
        await bench.run(CHARGE)
        await bench.undo(CHARGE, bench.history[CHARGE.key])
        bench.books.break_refund(*bench.books.refunds)
        told = (await bench.notices())[-1]
        assert told.reference == bench.history[CHARGE.key].call.reference
        assert told.outcome == NotUndone(code="refund_failed")
        with pytest.raises(Refused, match="the refund is failed"):
            await bench.undo(CHARGE, bench.history[CHARGE.key])
        await bench.undo(CHARGE, bench.history[CHARGE.key], again=True)
        assert [one["status"] for one in bench.books.refunds.values()] == ["failed", "succeeded"]

    async def test_a_payment_that_goes_on_meanwhile_is_undone_later(self) -> None:
        """What can neither be canceled nor refunded now is a doubt."""
        bench = stripe()
        await bench.run(CHARGE)
        next(iter(bench.books.intents.values()))["status"] = "processing"
        with pytest.raises(InDoubt, match="changed meanwhile"):
            await bench.undo(CHARGE, bench.history[CHARGE.key])


class TestEvents:
    """Webhooks beyond the suite's."""

    async def test_one_good_signature_of_several_is_enough(self) -> None:
        """While the secret is rolled, Stripe signs with both."""
        bench = stripe()
        raw = signed({"type": "charge.updated"}, secret="whsec_old")
        new = signed({"type": "charge.updated"}).headers["stripe-signature"].partition(",")[2]
        both = {"Stripe-Signature": f"{raw.headers['stripe-signature']},{new},v0=abc"}
        assert receive(bench.settings, dataclasses.replace(raw, headers=both)) == ()

    async def test_an_old_event_is_refused(self) -> None:
        """Six minutes are too old: it may be a replay."""
        with pytest.raises(BadSignature, match="older"):
            receive(stripe().settings, signed({"type": "x"}, age=timedelta(minutes=6)))

    @pytest.mark.parametrize("body", [b"nothing", {}, {"type": "payment_intent.succeeded"}])
    async def test_an_event_of_another_shape_is_refused(self, body: object) -> None:
        """A signed body that cannot be read is no notice."""
        with pytest.raises(BadSignature, match="unexpected shape"):
            receive(stripe().settings, signed(body if isinstance(body, dict) else [1]))

    async def test_payments_of_others_are_ignored(self) -> None:
        """An account may take payments that are none of ours."""
        body = {"type": "payment_intent.succeeded", "created": 1, "data": {"object": {}}}
        assert receive(stripe().settings, signed(body)) == ()

    async def test_a_refund_from_outside_tells_nothing(self) -> None:
        """A refund is no outcome of its charge."""
        bench = stripe()
        await bench.run(CHARGE)
        await bench.undo(CHARGE, bench.history[CHARGE.key])
        assert [type(one.outcome) for one in await bench.notices()] == [Passed]
        assert [orjson.loads(one.body)["type"] for one in bench.callbacks][1:] == [
            "charge.refunded"
        ]


def crowd(bench: StripeBench, count: int) -> None:
    """Other people's payments, younger than ours."""
    one = next(iter(bench.books.intents.values()))
    for number in range(count):
        name = f"pi_other{number}"
        bench.books.intents[name] = {**one, "id": name, "metadata": {}}
