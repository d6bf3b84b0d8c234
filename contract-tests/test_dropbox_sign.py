"""Dropbox Sign keeps the contract, signed by e-mail or embedded, and its own promises."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest
from pydantic import ValidationError

from unshackled.ports.operation import Operation
from unshackled.sdk import (
    Absent,
    Answer,
    Call,
    Declined,
    HttpClient,
    InDoubt,
    Passed,
    Pending,
    Redirect,
    Refused,
)
from unshackled.sdk.ports import Contact, SignAgreement
from unshackled.sdk.standin import StandIn
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import BASE_URL, CALLBACK_URL, RETURN_URL, AdapterHarness
from unshackled.testing.samples import request_for, sample
from unshackled_adapters.dropbox_sign import mapping
from unshackled_adapters.dropbox_sign.fake_requests import Books
from unshackled_adapters.dropbox_sign.settings import Settings

KEYS = {"api_key": "key_made_up", "callback_key": "demo-only-dropbox-sign-api-key"}
PAGE = "https://shop.example/sign"


def books(bench: AdapterHarness) -> Books:
    """What the vendor has."""
    found = bench.stand_in.state["books"]
    assert isinstance(found, Books)
    return found


class Signing(AdapterHarness):
    choice = "sign"

    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """Follow the link of the e-mail, or of the retailer's page, choose, then ask."""
        if isinstance(outcome, Redirect):
            told = parse_qs(urlsplit(outcome.url).fragment)
            assert outcome.url.startswith(f"{PAGE}#")
            assert told["return_url"] == [RETURN_URL]
            url = told["sign_url"][0]
        else:
            url = f"{BASE_URL}/sign/{outcome.handle}"
        app = httpx.ASGITransport(app=self.stand_in.app())
        async with httpx.AsyncClient(transport=app) as browser:
            page = await browser.get(url)
            answer = await browser.post(url, data={"choice": self.choice})
        assert page.status_code == 200
        assert "Consumer Credit Act 1974" in page.text
        assert answer.status_code == 303
        return await self.look_up(operation, call)


class DropboxSign(AdapterContract):
    adapter = "dropbox_sign"
    refused_data: ClassVar = {"agreement.sign": [{"contact": {"email": "sam@shop.invalid"}}]}
    settings: ClassVar = KEYS
    bench_type = Signing

    def stand_in(self) -> StandIn:
        """An account whose events come to us."""
        made = super().stand_in()
        made.state["callback_url"] = CALLBACK_URL
        return made

    def signing(self, choice: str = "sign") -> Signing:
        """A bench whose customer chooses."""
        bench = self.bench()
        assert isinstance(bench, Signing)
        bench.choice = choice
        return bench

    async def decline(self, bench: AdapterHarness, operation: Operation) -> Any:
        """The customer declines to sign: the vendor itself never does."""
        assert isinstance(bench, Signing)
        bench.choice = "decline"
        return await bench.run(operation)

    async def sent(self, bench: AdapterHarness, **changes: Any) -> tuple[Operation, Call, Any]:
        """A request that waits for its customer."""
        (operation,) = bench.effects
        call = bench.call(operation, **changes)
        return operation, call, await bench.send(operation, await bench.prepare(operation), call)


class TestByEmail(DropboxSign):
    async def test_the_customer_gets_an_email_and_comes_back(self) -> None:
        """Without a signing page the step waits, and the e-mail's page leads back to us."""
        bench = self.signing()
        _, _, outcome = await self.sent(bench)
        (made,) = books(bench).requests.values()
        assert isinstance(outcome, Pending)
        assert outcome.handle == made.id
        assert made.redirect_url == RETURN_URL
        assert made.body["test_mode"] is False

    @pytest.mark.parametrize(
        ("currency", "amount"), [("GBP", "669.00"), ("JPY", "66,900"), ("KWD", "66.900")]
    )
    async def test_the_template_says_the_money(self, currency: str, amount: str) -> None:
        """Merge fields write amounts with the decimals of their currency."""
        bench = self.bench(currency=currency)
        await self.sent(bench)
        (made,) = books(bench).requests.values()
        assert amount in made.lines["amount_of_credit"]

    async def test_an_address_that_cannot_be_mailed_is_a_decline(self) -> None:
        """`invalid_recipient` is the customer's to mend."""
        bench = self.bench()
        (operation,) = bench.effects
        request = request_for(operation, facts=(sample(Contact, email="nobody@mail.invalid"),))
        assert isinstance(request, SignAgreement)
        outcome = await bench.run(operation, request=request)
        assert (outcome.code, outcome.vendor_code) == ("data_refused", "invalid_recipient")

    @pytest.mark.parametrize(
        ("path", "said"),
        [
            ("signers[0][email_address]", "bad_request:email_address"),
            ("signers.0.name", "bad_request:name"),
            ("template_ids", None),
            ("", None),
        ],
    )
    def test_a_bad_request_is_the_customers_where_it_is_about_the_signer(
        self, path: str, said: str | None
    ) -> None:
        """Their error names the field; anything else in the request is ours."""
        error = {"error_msg": "no", "error_name": "bad_request", "error_path": path}
        body = orjson.dumps({"error": error})
        answer = Answer(provider="signer", status=400, headers={}, body=body)
        assert mapping.refused_data(answer) == said

    async def test_a_new_request_is_found_before_the_search_has_it(self) -> None:
        """Their search lags behind; the newest of the plain list are looked through too."""
        bench = self.bench()
        books(bench).index_delay = timedelta(hours=1)
        operation, call, _ = await self.sent(bench)
        assert isinstance(await bench.look_up(operation, call), Pending)

    async def test_absent_is_not_believed_too_early(self) -> None:
        """While the search may lag, finding nothing is no answer."""
        bench = self.bench()
        (operation,) = bench.effects
        now = bench.stand_in.now()
        with pytest.raises(InDoubt, match="too early"):
            await bench.look_up(operation, bench.call(operation, send_by=now))
        later = bench.call(operation, send_by=now - timedelta(minutes=3))
        assert isinstance(await bench.look_up(operation, later), Absent)

    async def test_of_two_requests_the_signed_one_counts(self) -> None:
        """A request that was sent twice is signed once; undoing takes both back."""
        bench = self.signing()
        operation, call, _ = await self.sent(bench)
        await bench.run(operation, call=call)
        assert len(books(bench).requests) == 2
        found = await bench.look_up(operation, call)
        assert isinstance(found, Passed)
        await bench.undo_by(operation, call.reference)
        assert all(one.gone for one in books(bench).requests.values())

    async def test_undoing_before_the_signature_cancels(self) -> None:
        """The customer's link closes, nothing is signed, and a look-up tells a decline."""
        bench = self.signing()
        operation, call, outcome = await self.sent(bench)
        await bench.undo_by(operation, call.reference)
        known = bench.call(operation, reference=call.reference, handle=outcome.handle)
        assert await bench.look_up(operation, known) == Declined(code="declined")
        assert bench.stand_in.ledger == []

    async def test_a_queued_cancellation_is_not_yet_done(self) -> None:
        """Cancelling is asynchronous: the undo is sent again until the request is gone."""
        bench = self.signing()
        operation, call, _ = await self.sent(bench)
        bench.stand_in.state["cancels_later"] = True
        with pytest.raises(InDoubt, match="not cancelled yet"):
            await bench.undo_by(operation, call.reference)
        bench.stand_in.state["cancels_later"] = False
        await bench.undo_by(operation, call.reference)
        assert books(bench).newest() == []

    async def test_what_can_neither_be_cancelled_nor_is_over_is_not_undone(self) -> None:
        """A request on hold may still be signed one day: its undo goes on until it is gone."""
        bench = self.bench()
        _, call, _ = await self.sent(bench)
        (made,) = books(bench).requests.values()
        made.status = "on_hold"
        with pytest.raises(InDoubt, match="not cancelled yet"):
            await bench.undo_by(bench.effects[0], call.reference)
        made.gone = True
        await bench.undo_by(bench.effects[0], call.reference, handle=made.id)
        assert bench.stand_in.ledger == []

    async def test_an_undo_that_is_refused_is_not_done(self) -> None:
        """Another 400 than "cannot be cancelled" is ours to mend."""
        bench = self.bench()
        _, call, _ = await self.sent(bench)
        bench.stand_in.play("refuse", "agreement.void")
        with pytest.raises(Refused):
            await bench.undo_by(bench.effects[0], call.reference)

    async def test_a_flag_that_is_none_is_unreadable(self) -> None:
        """What is neither true nor false is neither signed nor unsigned."""
        bench = self.bench()
        operation, call, _ = await self.sent(bench)
        (made,) = books(bench).requests.values()
        made.error = "no"  # type: ignore[assignment]
        made.status = "awaiting_signature"
        self.used.clear()
        with pytest.raises(InDoubt, match="unexpected shape"):
            await bench.look_up(operation, call)

    async def test_a_declined_request_needs_no_undo(self) -> None:
        """What was declined cannot be cancelled, and need not be."""
        bench = self.signing("decline")
        (operation,) = bench.effects
        await bench.run(operation)
        await bench.undo(operation, bench.history[operation.key])
        assert bench.stand_in.ledger == []

    async def test_a_signed_request_may_be_kept(self) -> None:
        """With `keep_signed` the undo leaves the signed document in the account."""
        bench = self.signing()
        kept = bench.settings.model_copy(update={"keep_signed": True})
        bench = Signing(adapter=bench.adapter, stand_in=bench.stand_in, settings=kept)
        (operation,) = bench.effects
        await bench.run(operation)
        await bench.undo(operation, bench.history[operation.key])
        assert len(books(bench).newest()) == 1

    @pytest.mark.parametrize(
        ("status", "error", "code"),
        [
            ("expired", False, "signature_refused"),
            ("error_file", True, "declined"),
            ("error_unknown", False, "declined"),
            ("awaiting_signature", True, "declined"),
        ],
    )
    async def test_every_unsigned_end_is_a_decline(
        self, status: str, error: bool, code: str
    ) -> None:
        """An expired or broken request ends; an end that nobody listed has the default code."""
        bench = self.bench()
        operation, call, _ = await self.sent(bench)
        (made,) = books(bench).requests.values()
        made.status, made.error = status, error
        assert await bench.look_up(operation, call) == Declined(code=code)

    @pytest.mark.parametrize("status", ["on_hold", "signed_by_someone_else"])
    async def test_an_unknown_state_is_not_an_end(self, status: str) -> None:
        """A state that the vendor adds later waits; it neither passes nor declines."""
        bench = self.bench()
        operation, call, _ = await self.sent(bench)
        (made,) = books(bench).requests.values()
        made.status = status
        assert isinstance(await bench.look_up(operation, call), Pending)

    async def test_the_same_under_way_is_a_doubt(self) -> None:
        """409 `conflict` says that an identical request is being worked on."""

        def busy(request: httpx.Request) -> httpx.Response:
            error = {"error_name": "conflict", "error_msg": "made up"}
            return httpx.Response(409, json={"error": error})

        http = HttpClient("bench", BASE_URL, transport=httpx.MockTransport(busy))
        with pytest.raises(InDoubt, match="under way"):
            await self.sent(self.bench(http=http))

    async def test_a_wrong_key_is_refused(self) -> None:
        """401 is ours to mend."""
        bench = self.bench()
        empty = bench.settings.model_copy(update={"api_key": type(bench.settings.api_key)("")})
        with pytest.raises(Refused):
            await self.sent(Signing(adapter=bench.adapter, stand_in=bench.stand_in, settings=empty))


class TestEmbedded(DropboxSign):
    settings: ClassVar = {**KEYS, "client_id": "app_made_up", "signing_page": PAGE}

    async def test_the_customer_goes_to_the_retailers_page(self) -> None:
        """The page gets the address of the signing, which lives an hour, behind `#`."""
        bench = self.signing()
        _, _, outcome = await self.sent(bench)
        assert isinstance(outcome, Redirect)
        assert urlsplit(outcome.url).query == ""
        assert outcome.expires - bench.stand_in.now() > timedelta(minutes=59)

    async def test_each_look_up_brings_a_fresh_address(self) -> None:
        """An address opens once, so the next look-up has another."""
        bench = self.signing()
        operation, call, first = await self.sent(bench)
        second = await bench.look_up(operation, call)
        assert isinstance(second, Redirect)
        assert second.url != first.url

    async def test_a_request_without_its_address_is_not_lost(self) -> None:
        """The request was made: without its address it waits, and the look-up brings one."""
        bench = self.signing()
        bench.stand_in.play("unavailable", "agreement.sign_url", times=1)
        operation, call, outcome = await self.sent(bench)
        assert isinstance(outcome, Pending)
        known = bench.call(operation, reference=call.reference, handle=outcome.handle)
        assert isinstance(await bench.look_up(operation, known), Redirect)

    def test_a_signing_page_needs_an_app(self) -> None:
        """Embedding works for an API app only: its settings are refused without one."""
        with pytest.raises(ValidationError, match="client_id"):
            Settings.model_validate({**KEYS, "signing_page": PAGE})
