"""Adyen's adapter keeps the contract, and its own promises."""

from __future__ import annotations

import dataclasses
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import httpx
import orjson
import pytest

from unshackled.outbound import HttpClient
from unshackled.ports import all_operations
from unshackled.ports.operation import Operation
from unshackled.sdk import (
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
    Undecided,
)
from unshackled.sdk.ports import PaymentAuthorised, PaymentCharged, PaymentMethod
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import BASE_URL, RETURN_URL, AdapterHarness, Callback
from unshackled.testing.samples import request_for
from unshackled_adapters.adyen import mapping
from unshackled_adapters.adyen.books import HMAC_KEY, WEBHOOK_USER
from unshackled_adapters.adyen.client import callback as receive

CHARGE = all_operations()["payment.charge"]
AUTHORISE = all_operations()["payment.authorise"]
CAPTURE = all_operations()["payment.capture"]
ACCOUNT = "NorthstarECOM"
PASSWORD = "demo-only-adyen-webhook-password"


def raw(callback: Callback, **changes: Any) -> RawCallback:
    """A webhook as it arrives."""
    arrived = RawCallback(
        body=callback.body, headers=callback.headers, received_at=datetime.now(UTC)
    )
    return dataclasses.replace(arrived, **changes)


class AdyenBench(AdapterHarness):
    choice = "approve"

    async def prepare(self, operation: Operation) -> Any:
        """What was taken is captured by the time that some of it goes back."""
        request, now = await super().prepare(operation), self.stand_in.now
        if operation.key == "payment.refund_amount":
            self.stand_in.now = lambda: now() + timedelta(hours=2)
        return request

    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """Come back from the issuer's page if there is one, else wait for the webhook."""
        if isinstance(outcome, Redirect):
            return await self.look_up(operation, await self.back(call, outcome))
        told = [one for one in await self.notices() if one.reference == call.reference]
        return told[-1].outcome

    async def back(self, call: Call, outcome: Redirect) -> Call:
        """Choose on the issuer's page, twice: the frame of the look-up after the return."""
        app = httpx.ASGITransport(app=self.stand_in.app())
        async with httpx.AsyncClient(transport=app) as browser:
            page = await browser.get(outcome.url)
            answer = await browser.post(outcome.url, data={"choice": self.choice})
            await browser.post(outcome.url, json={"choice": "fail"})
        assert self.through or "£68.00" in page.text
        assert answer.status_code == 303
        url, _, query = answer.headers["location"].partition("?")
        assert url == RETURN_URL
        return dataclasses.replace(call, returned=dict(parse_qsl(query)))

    async def notices(self) -> list[Notice]:
        """What every webhook so far said, in order."""
        await self.stand_in.settle()
        return [one for sent in self.callbacks for one in receive(self.settings, raw(sent))]

    async def pay(self, token: str, operation: Operation = CHARGE) -> Any:
        """Pay with a token, and finish what it asks."""
        request = request_for(operation, facts=(PaymentMethod(token=token),))
        return await self.run(operation, request=request)


class TestAdyen(AdapterContract):
    """The suite, with callbacks as Adyen signs them."""

    adapter = "adyen"
    refused_data: ClassVar = {
        key: [{"method": {"token": "card_unreadable"}}]
        for key in ("payment.charge", "payment.authorise")
    }
    settings: ClassVar[Mapping[str, object]] = {
        "api_key": "AQEdemo_api_key",
        "merchant_account": ACCOUNT,
        "hmac_key": HMAC_KEY,
        "previous_hmac_key": "00" * 32,
        "webhook_user": WEBHOOK_USER,
        "webhook_password": PASSWORD,
    }
    bench_type = AdyenBench

    async def run_with_callback(self, bench: AdapterHarness, operation: Operation) -> None:
        """Have the customer authenticate: the outcome comes by webhook."""
        bench.stand_in.play("refer", operation.key)
        await bench.run(operation)

    async def test_only_signed_callbacks_count(self) -> None:
        """Each effect is told by a signed webhook; one that is signed otherwise is refused."""
        for bench, operation in self.benches(effects=True):
            assert isinstance(bench, AdyenBench)
            await self.run_with_callback(bench, operation)
            told = {notice.reference for notice in await bench.notices()}
            assert bench.history[operation.key].call.reference in told, operation.key
            for callback in bench.callbacks:
                forged = callback.body.replace(b'"success":"true"', b'"success":"false"')
                for wrong in (raw(callback, headers={}), raw(callback, body=forged)):
                    with pytest.raises(BadSignature):
                        receive(bench.settings, wrong)


def adyen(**how: Any) -> AdyenBench:
    """A fresh bench."""
    bench = TestAdyen().bench(**how)
    assert isinstance(bench, AdyenBench)
    return bench


class TestPaying:
    """What becomes of a payment."""

    @pytest.mark.parametrize(
        ("token", "code"),
        [
            ("stored_declined", "card_declined"),
            ("stored_insufficient", "insufficient_funds"),
            ("stored_expired", "card_declined"),
            ("stored_unreadable", "card_declined"),
        ],
    )
    async def test_a_refusal_is_a_decline(self, token: str, code: str) -> None:
        """The refusal's code becomes ours, a card that cannot be read too; no money is taken."""
        bench = adyen()
        assert await bench.pay(token) == Declined(code=code)
        assert bench.stand_in.ledger == []

    async def test_a_refused_payment_is_told_again_by_webhook(self) -> None:
        """The webhook of a refusal names the same decline as the answer."""
        bench = adyen()
        await bench.pay("stored_insufficient")
        assert [one.outcome for one in await bench.notices()] == [
            Declined(code="insufficient_funds")
        ]

    async def test_a_failed_authentication_is_a_decline(self) -> None:
        """Failing on the issuer's page takes nothing."""
        bench = adyen()
        bench.choice = "fail"
        assert await bench.pay("stored_3ds") == Declined(code="authentication_failed")
        assert bench.stand_in.ledger == []

    async def test_an_authenticated_hold_is_held_once(self) -> None:
        """Approving on the issuer's page holds the money, and a second click changes nothing."""
        bench = adyen()
        outcome = await bench.pay("stored_3ds", AUTHORISE)
        assert isinstance(outcome.output, PaymentAuthorised)
        assert [entry["effect"] for entry in bench.stand_in.ledger] == ["payment.authorise"]

    async def test_a_component_s_data_goes_through_as_it_is(self) -> None:
        """A token may be what Adyen's page component gave, with the browser's facts."""
        state = {
            "paymentMethod": {"type": "scheme", "encryptedCardNumber": "adyenjs_0_1_18$stand-in"},
            "browserInfo": {"userAgent": "made up"},
            "riskData": {"clientData": "not needed"},
        }
        token = urlsafe_b64encode(orjson.dumps(state)).decode().rstrip("=")
        assert mapping.method(token, "c-1") == {
            "shopperInteraction": "Ecommerce",
            "paymentMethod": state["paymentMethod"],
            "browserInfo": state["browserInfo"],
        }
        assert isinstance(await adyen().pay(token), Passed)

    def test_a_stored_method_is_the_customer_s_own(self) -> None:
        """A stored method goes with the retailer's word for the customer, where there is one."""
        assert mapping.method("M5N7TQ4TG5PFWR50", "c-1")["shopperReference"] == "c-1"
        assert "shopperReference" not in mapping.method("M5N7TQ4TG5PFWR50", None)

    @pytest.mark.parametrize("result", ["IdentifyShopper", "ChallengeShopper"])
    def test_what_needs_their_script_on_our_page_is_a_decline(self, result: str) -> None:
        """We ask for redirects; native authentication cannot be gone through with."""
        outcome = mapping.paid({"resultCode": result}, PaymentCharged, datetime.now(UTC))
        assert outcome == Declined(code="authentication_failed")

    @pytest.mark.parametrize(
        "action",
        [
            {"type": "voucher"},
            {"type": "redirect", "method": "POST", "url": "https://issuer.example"},
        ],
    )
    def test_an_action_that_no_link_can_carry_is_no_answer(self, action: Any) -> None:
        """An action other than a plain redirect is unreadable, not a redirect to nowhere."""
        answer = {"resultCode": "RedirectShopper", "action": action}
        with pytest.raises(ValueError, match="action"):
            mapping.paid(answer, PaymentCharged, datetime.now(UTC))

    async def test_a_payment_that_takes_time_is_pending(self) -> None:
        """`Pending` and `Received` wait for the webhook, with Adyen's number at hand."""
        data = {"resultCode": "Received", "pspReference": "STANDINP00000001"}
        outcome = mapping.paid(data, PaymentCharged, datetime.now(UTC))
        assert outcome == Pending(poll_after=mapping.POLL, handle="STANDINP00000001")


class TestAuthenticating:
    """A payment that went on to the issuer, and is finished by what the browser brings back."""

    async def away(self, bench: AdyenBench, operation: Operation = CHARGE) -> tuple[Call, Redirect]:
        """The customer was sent to the issuer."""
        request = request_for(operation, facts=(PaymentMethod(token="stored_3ds"),))
        call = bench.call(operation)
        redirect = await bench.send(operation, request, call)
        assert isinstance(redirect, Redirect)
        return call, redirect

    async def test_nothing_is_taken_before_the_browser_is_back(self) -> None:
        """Who approves and never comes back has not paid: there is nothing to ask, and no news."""
        bench = adyen()
        call, redirect = await self.away(bench)
        with pytest.raises(Undecided):
            await bench.look_up(CHARGE, call)
        await bench.back(call, redirect)
        with pytest.raises(Undecided):
            await bench.look_up(CHARGE, call)
        assert (bench.stand_in.ledger, await bench.notices()) == ([], [])

    async def test_the_webhook_tells_the_same(self) -> None:
        """Whichever comes first, and if the answer is lost."""
        bench = adyen()
        call, redirect = await self.away(bench)
        outcome = await bench.finish(CHARGE, call, redirect)
        assert isinstance(outcome, Passed)
        assert await bench.notices() == [Notice(reference=call.reference, outcome=outcome)]

    async def test_somebody_else_s_result_proves_nothing(self) -> None:
        """A pasted result finishes its own payment, never ours; ours still takes its own."""
        bench = adyen()
        (mine, page), (yours, other) = await self.away(bench), await self.away(bench)
        pasted = dataclasses.replace(mine, returned=(await bench.back(yours, other)).returned)
        with pytest.raises(Undecided):
            await bench.look_up(CHARGE, pasted)
        assert bench.done(CHARGE, mine) == 0
        assert isinstance(await bench.finish(CHARGE, mine, page), Passed)

    async def test_a_charge_s_result_is_no_hold(self) -> None:
        """The merchant reference tells them apart."""
        bench = adyen()
        call, redirect = await self.away(bench)
        with pytest.raises(Undecided):
            await bench.look_up(AUTHORISE, await bench.back(call, redirect))

    async def test_a_used_or_made_up_result_is_no_news(self) -> None:
        """422 ends nothing: the webhook tells."""
        bench = adyen()
        call, redirect = await self.away(bench)
        back = await bench.back(call, redirect)
        assert isinstance(await bench.look_up(CHARGE, back), Passed)
        assert isinstance(await bench.look_up(CHARGE, back), Passed)
        assert bench.done(CHARGE, call) == 1
        other = dataclasses.replace(back, reference="B" * 26)
        made_up = dataclasses.replace(back, returned={"redirectResult": "made up"})
        for wrong in (other, made_up):
            with pytest.raises(Undecided):
                await bench.look_up(CHARGE, wrong)

    @pytest.mark.parametrize("missing", ["merchantReference", "resultCode", "amount"])
    def test_an_answer_that_says_too_little_is_no_news(self, missing: str) -> None:
        """No field is promised; an amount that nobody asked for is never made up."""
        whole = {
            "resultCode": "Authorised",
            "merchantReference": "A" * 26,
            "pspReference": "STANDINP00000001",
            "amount": {"value": 6_800, "currency": "GBP"},
        }
        now = datetime.now(UTC)
        assert isinstance(mapping.detailed(whole, "A" * 26, PaymentCharged, now), Passed)
        less = {key: value for key, value in whole.items() if key != missing}
        assert mapping.detailed(less, "A" * 26, PaymentCharged, now) is None


class TestUndoing:
    """How money is given back."""

    async def test_a_charge_is_cancelled_by_our_reference_until_it_is_captured(self) -> None:
        """After the capture delay our reference alone gives nothing back, and a webhook says so.

        That webhook shows the charge with Adyen's number, by which it is then reversed.
        """
        bench = adyen()
        await bench.pay("stored_visa")
        made = bench.history[CHARGE.key]
        later = datetime.now(UTC) + timedelta(hours=2)
        bench.stand_in.now = lambda: later
        await bench.undo(CHARGE, made, known=False)
        assert bench.stand_in.done("payment.refund") == []
        stands = (await bench.notices())[-1]
        assert stands.reference == made.call.reference
        assert stands.outcome == NotUndone(code="cancel_failed", output=made.outcome.output)
        assert isinstance(stands.outcome.output, PaymentCharged)
        await bench.undo_by(CHARGE, made.call.reference, stands.outcome.output)
        assert len(bench.stand_in.done("payment.refund", made.call.reference)) == 1

    async def test_who_pays_after_the_undo_is_given_the_money_back(self) -> None:
        """A customer left on the issuer's page may still pay; the webhook shows it."""
        bench = adyen()
        request = request_for(CHARGE, facts=(PaymentMethod(token="stored_3ds"),))
        call = bench.call(CHARGE)
        redirect = await bench.send(CHARGE, request, call)
        await bench.undo_by(CHARGE, call.reference)
        assert isinstance(redirect, Redirect)
        late = await bench.finish(CHARGE, call, redirect)
        assert isinstance(late, Passed)
        await bench.undo_by(CHARGE, call.reference, late.output)
        assert len(bench.stand_in.done("payment.refund", call.reference)) == 1

    async def test_a_captured_hold_is_given_back(self) -> None:
        """A void after the capture is a refund."""
        bench = adyen()
        await bench.run(CAPTURE)
        await bench.undo(AUTHORISE, bench.history[AUTHORISE.key])
        assert len(bench.stand_in.done("payment.void")) == 1

    async def test_a_number_of_somebody_else_is_refused(self) -> None:
        """A reversal of a payment that Adyen does not know is an error for a person."""
        bench = adyen()
        output = PaymentCharged(payment="NOSUCHPAYMENT000", amount=1, currency="GBP")
        with pytest.raises(Refused) as caught:
            await bench.undo_by(CHARGE, "A" * 26, output)
        assert caught.value.code == "167"


class TestCapturing:
    """What becomes of a capture."""

    async def test_a_capture_that_fails_is_not_passed(self) -> None:
        """Adyen takes every capture in; that it failed comes by webhook."""
        bench = adyen()
        request = await bench.prepare(CAPTURE)
        bench.stand_in.play("decline", CAPTURE.key)
        assert await bench.run(CAPTURE, request=request) == Declined(code="declined")
        assert bench.stand_in.done(CAPTURE.key) == []


class TestErrors:
    """Statuses 409 and 422."""

    @pytest.mark.parametrize(
        ("status", "headers", "code", "error"),
        [
            (409, {}, "704", InDoubt),
            (422, {"Transient-Error": "true"}, "905", InDoubt),
            (422, {"Transient-Error": "false"}, "901", Refused),
            (422, {}, "14_012", Refused),
        ],
    )
    async def test_what_is_under_way_is_in_doubt(
        self, status: int, headers: dict[str, str], code: str, error: type[Exception]
    ) -> None:
        """A call under way, and an error that Adyen calls transient, are no refusals."""
        body = {"status": status, "errorCode": code, "message": "made up"}

        async def answer(request: httpx.Request) -> httpx.Response:
            return httpx.Response(status, json=body, headers=headers)

        http = HttpClient("bench", BASE_URL, transport=httpx.MockTransport(answer))
        bench = adyen(http=http)
        with pytest.raises(error) as caught:
            await bench.send(CHARGE, request_for(CHARGE), bench.call(CHARGE))
        assert code in str(caught.value)
        assert "made up" not in str(caught.value)

    async def test_a_fraction_is_refused_before_it_is_sent(self) -> None:
        """An amount that Adyen has no unit for never leaves us."""
        bench = adyen(currency="IDR")
        request = request_for(CHARGE, currency="IDR")
        quote = dataclasses.replace(request.quote, due_today=150)
        with pytest.raises(Refused):
            await bench.send(CHARGE, dataclasses.replace(request, quote=quote), bench.call(CHARGE))
