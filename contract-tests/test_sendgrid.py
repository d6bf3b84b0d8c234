"""SendGrid keeps the contract, and its own promises."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx
import orjson
import pytest
from pydantic import ValidationError

from unshackled.domain.records import replace
from unshackled.outbound import HttpClient
from unshackled.outbound.in_process import in_process
from unshackled.sdk import BadSignature, InDoubt, Notice, Passed, RawCallback, Refused, Undelivered
from unshackled.sdk.ports import Contact, NotificationSent
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import BASE_URL, CALLBACK_URL, AdapterHarness, Callback
from unshackled.testing.samples import request_for, sample
from unshackled_adapters.sendgrid import Settings
from unshackled_adapters.sendgrid.client import callback
from unshackled_adapters.sendgrid.fake import sign, verifier
from unshackled_adapters.sendgrid.signature import SIGNATURE, TIMESTAMP

TEMPLATE = "d-" + "0" * 32


class Wire(httpx.AsyncBaseTransport):
    """The stand-in's wire; remembers the letters, and may answer for it."""

    def __init__(self, bench: AdapterHarness, answer: httpx.Response | None = None) -> None:
        self.backend = in_process(bench.tape.round(bench.stand_in.app()))
        self.answer = answer
        self.letters: list[dict[str, Any]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.letters.append(orjson.loads(await request.aread()))
        return self.answer or await self.backend.handle_async_request(request)


class TestSendGrid(AdapterContract):
    adapter = "sendgrid"
    settings: ClassVar = {
        "api_key": "SG.made-up-key",
        "sender": "orders@northstar.example",
        "webhook_verifier": verifier(),
    }

    def wired(
        self, answer: httpx.Response | None = None, **settings: Any
    ) -> tuple[AdapterHarness, Wire]:
        """A bench whose wire is remembered."""
        plain = self.bench()
        wire = Wire(plain, answer)
        http = HttpClient("bench", BASE_URL, transport=wire)
        changed = plain.settings.model_validate({"base_url": BASE_URL, **self.settings, **settings})
        bench = AdapterHarness(
            adapter=plain.adapter, stand_in=plain.stand_in, settings=changed, http=http
        )
        return bench, wire

    async def send(
        self, bench: AdapterHarness, email: str = "wilhelmina@mail.example", **how: Any
    ) -> Any:
        """Send one letter."""
        operation = bench.effects[0]
        frame = {key: how.pop(key) for key in ("locale", "dry_run") if key in how}
        contact = sample(Contact, email=email, **how.pop("contact", {}))
        request = replace(request_for(operation, facts=(contact,)), **how)
        return await bench.run(operation, request=request, call=bench.call(operation, **frame))

    # What is written

    async def test_the_bundled_letter_is_filled_in(self) -> None:
        """Its first line is the subject; the rest is plain text."""
        bench, wire = self.wired(sender_name="Northstar")
        await self.send(bench)
        letter = wire.letters[0]
        assert letter["from"] == {"email": "orders@northstar.example", "name": "Northstar"}
        assert letter["subject"] == "Your order ORD-SAMPLE"
        text = letter["content"][0]["value"]
        assert text == "Hello Wilhelmina,\n\nthank you. Your order is confirmed."
        assert letter["personalizations"][0]["to"] == [{"email": "wilhelmina@mail.example"}]

    @pytest.mark.parametrize(
        ("locale", "subject"), [("cy", "Diolch"), ("en-GB", "Ta"), ("en-US", "Thanks"), ("fr", "*")]
    )
    async def test_the_letter_is_in_the_customers_language(self, locale: str, subject: str) -> None:
        """The locale's own letter, else its language's, else the one for everybody."""
        letters = {"cy": "Diolch", "en-GB": "Ta", "en": "Thanks", "*": "*"}
        bench, wire = self.wired(templates={"order_confirmation": letters})
        await self.send(bench, locale=locale)
        assert wire.letters[0]["subject"] == subject

    async def test_a_name_writes_no_header(self) -> None:
        """Line breaks in a name do not leave the subject."""
        letters = {"order_confirmation": {"*": "For {given_name}\nHello"}}
        bench, wire = self.wired(templates=letters)
        await self.send(bench, contact={"given_name": "A\r\nBcc: b@mail.example"})
        assert wire.letters[0]["subject"] == "For A Bcc: b@mail.example"

    async def test_a_dynamic_template_gets_its_data(self) -> None:
        """SendGrid writes the letter; names are those of our blanks."""
        bench, wire = self.wired(templates={"order_confirmation": {"*": TEMPLATE}})
        assert isinstance(await self.send(bench), Passed)
        letter = wire.letters[0]
        data = {
            "given_name": "Wilhelmina",
            "order": "ORD-SAMPLE",
            "mandate": "UNSAMPLE0001",
            "first_payment_date": "6 January 2031",
            "first_payment_amount": "£27.88",
            "payments": "6 January 2031: £27.88\n6 February 2031: £27.88",
            "payments_count": "2",
            "case": "refund-1",
            "case_kind": "your refund",
            "case_amount": "£19.00",
            "trade_in_news": "The £60.00 that you have to pay for your old device could not be"
            " taken from the card of your order. You still owe them: please get in touch with us"
            " about another way to pay.",
        }
        assert letter["personalizations"][0]["dynamic_template_data"] == data
        assert letter["template_id"] == TEMPLATE
        assert "subject" not in letter

    async def test_nothing_personal_is_put_where_sendgrid_keeps_it(self) -> None:
        """Custom arguments are kept for ever and cannot be deleted: only references go there."""
        bench, wire = self.wired()
        await self.send(bench)
        marks = wire.letters[0]["personalizations"][0]["custom_args"]
        reference = bench.history["notification.send"].call.reference
        assert marks == {"reference": reference, "callback": CALLBACK_URL}
        assert "categories" not in wire.letters[0]

    @pytest.mark.parametrize(
        ("how", "code"),
        [
            ({"template": "no_such"}, "no_such_template"),
            ({"order": None}, "letter_needs_an_order"),
        ],
    )
    async def test_what_cannot_be_written_is_not_sent(
        self, how: Mapping[str, Any], code: str
    ) -> None:
        """No letter, or a blank without its value: refused before the wire."""
        bench, wire = self.wired()
        with pytest.raises(Refused) as caught:
            await self.send(bench, **how)
        assert (caught.value.code, wire.letters) == (code, [])

    def test_letters_know_their_blanks(self) -> None:
        """A letter with a blank that nobody fills does not start."""
        wrong = {"base_url": BASE_URL, **self.settings}
        with pytest.raises(ValidationError):
            Settings.model_validate(wrong | {"templates": {"a": {"*": "Dear {surname}"}}})

    # Answers

    @pytest.mark.parametrize(
        "settings",
        [
            {"sender": "unverified@northstar.example"},
            {"templates": {"order_confirmation": {"*": "d-" + "1" * 32}}},
        ],
    )
    async def test_sendgrids_noes_are_refused(self, settings: dict[str, Any]) -> None:
        """An unverified sender, an unknown template: a person looks."""
        bench, _ = self.wired(**settings)
        with pytest.raises(Refused):
            await self.send(bench)
        assert bench.stand_in.ledger == []

    @pytest.mark.parametrize("status", [200, 202])
    async def test_a_letter_without_a_number_is_in_doubt(self, status: int) -> None:
        """Only 202 with `X-Message-Id` says that the letter was taken."""
        headers = {"X-Message-Id": "abc"} if status == 200 else {}
        bench, _ = self.wired(httpx.Response(status, headers=headers))
        with pytest.raises(InDoubt):
            await self.send(bench)

    async def test_a_dry_run_sends_nothing(self) -> None:
        """Sandbox mode checks the letter; there are no events and no letter."""
        bench, wire = self.wired()
        outcome = await self.send(bench, dry_run=True)
        assert outcome == Passed(output=NotificationSent(message="sandbox"))
        assert wire.letters[0]["mail_settings"] == {"sandbox_mode": {"enable": True}}
        await bench.stand_in.settle()
        assert (bench.stand_in.ledger, bench.callbacks) == ([], [])

    async def test_a_dry_run_finds_mistakes(self) -> None:
        """What SendGrid would refuse is refused when tried too."""
        bench, _ = self.wired(sender="unverified@northstar.example")
        with pytest.raises(Refused):
            await self.send(bench, dry_run=True)

    async def test_nobody_can_be_asked_by_our_reference(self) -> None:
        """None is invented."""
        bench = self.bench()
        await self.send(bench)
        operation = bench.effects[0]
        with pytest.raises(InDoubt):
            await bench.look_up(operation, bench.history[operation.key].call)

    # Events

    def read(self, one: Callback, **changes: Any) -> tuple[Notice, ...]:
        """Read events as they came, or changed on their way."""
        frame: dict[str, Any] = {
            "body": one.body,
            "headers": one.headers,
            "url": one.url,
            "received_at": datetime.now(UTC),
        }
        settings = self.bench().settings
        assert isinstance(settings, Settings)
        return tuple(callback(settings, RawCallback(**(frame | changes))))

    def posted(self, *events: Any, url: str = CALLBACK_URL) -> Callback:
        """Events as SendGrid would post and sign them."""
        body, stamp = orjson.dumps(list(events)), str(int(datetime.now(UTC).timestamp()))
        headers = {SIGNATURE: sign(stamp, body), TIMESTAMP: stamp}
        return Callback(url=url, body=body, headers=headers)

    @pytest.mark.parametrize(
        ("email", "event"),
        [
            ("wilhelmina@mail.example", "delivered"),
            ("bounce@mail.example", "bounce"),
            ("dropped@mail.example", "dropped"),
            ("later@mail.example", "deferred"),
        ],
    )
    async def test_any_event_of_delivery_says_that_the_letter_was_taken(
        self, email: str, event: str
    ) -> None:
        """Processed, delivered or not: a notice for the letter, with the answer's number."""
        bench = self.bench()
        outcome = await self.send(bench, email)
        await bench.stand_in.settle()
        (batch,) = bench.callbacks
        assert [one["event"] for one in orjson.loads(batch.body)] == ["processed", event]
        reference = bench.history["notification.send"].call.reference
        taken, *lost = self.read(batch)
        assert taken == Notice(reference=reference, outcome=outcome)
        assert len(lost) == (event in ("bounce", "dropped"))

    async def test_a_lost_answer_is_told_by_the_events(self) -> None:
        """What the look-up cannot bring, the events bring."""
        bench = self.bench()
        operation = bench.effects[0]
        call = bench.call(operation)
        bench.stand_in.play("lost_answer", operation.key)
        with pytest.raises(InDoubt):
            await bench.send(operation, await bench.prepare(operation), call)
        await bench.stand_in.settle()
        (notice,) = self.read(bench.callbacks[0])
        number = bench.stand_in.ledger[0]["message"]
        assert notice.reference == call.reference
        assert notice.outcome == Passed(output=NotificationSent(message=number))

    async def test_other_letters_of_the_account_are_left_out(self) -> None:
        """An account sends more than ours, and tells all of it to each of its webhooks."""
        ours = {"reference": "R1", "callback": CALLBACK_URL, "sg_message_id": "m1.filter"}
        batch = self.posted(
            {"event": "delivered", "sg_message_id": "news.filter"},
            {**ours, "event": "delivered", "callback": "https://elsewhere.example"},
            {**ours, "event": "open", "reference": "R2"},
            {"event": "bounce", "reference": "R3", "callback": CALLBACK_URL},
            {**ours, "event": "delivered"},
            {**ours, "event": "processed"},
        )
        (notice,) = self.read(batch)
        assert notice == Notice(
            reference="R1", outcome=Passed(output=NotificationSent(message="m1"))
        )

    @pytest.mark.parametrize(
        ("event", "more", "code", "theirs"),
        [
            ("bounce", {"status": "5.1.1", "type": "bounce"}, "unreachable", "5.1.1"),
            ("bounce", {"status": "550", "type": "blocked"}, "unreachable", "550"),
            ("bounce", {"reason": "550 <anna@mail.example> gone"}, "unreachable", "bounce"),
            ("bounce", {"status": "anna@mail.example"}, "unreachable", "bounce"),
            ("dropped", {"reason": "Bounced Address"}, "unreachable", "dropped"),
            ("dropped", {"reason": "Unsubscribed Address"}, "opted_out", "dropped"),
            ("dropped", {"reason": "Spam Reporting Address"}, "opted_out", "dropped"),
            ("dropped", {"reason": "Invalid SMTPAPI header"}, "undelivered", "dropped"),
        ],
    )
    async def test_a_letter_that_did_not_arrive_is_told(
        self, event: str, more: dict[str, str], code: str, theirs: str
    ) -> None:
        """Whatever else is in the batch; with our word and a status, and never its sentence."""
        ours = {"reference": "R1", "callback": CALLBACK_URL, "sg_message_id": "m1.filter"}
        batch = self.posted(
            {**ours, "event": event, **more},
            {**ours, "event": "processed"},
            {**ours, "event": "delivered", "reference": "R2"},
        )
        told = self.read(batch)
        assert [one.reference for one in told] == ["R1", "R2", "R1"]
        lost = told[-1].outcome
        assert lost == Undelivered(code=code)
        assert lost.vendor_code == theirs

    async def test_events_at_another_address_are_not_ours(self) -> None:
        """A letter's events count where the letter says that it reports to."""
        bench = self.bench()
        await self.send(bench)
        await bench.stand_in.settle()
        assert len(self.read(bench.callbacks[0])) == 1
        assert self.read(bench.callbacks[0], url=CALLBACK_URL + "x") == ()

    @pytest.mark.parametrize("hours", [-13, 13])
    async def test_old_events_do_not_count(self, hours: int) -> None:
        """Half a day is enough for what SendGrid tells again."""
        batch = self.posted()
        assert self.read(batch, received_at=datetime.now(UTC) + timedelta(hours=11)) == ()
        with pytest.raises(BadSignature):
            self.read(batch, received_at=datetime.now(UTC) + timedelta(hours=hours))

    @pytest.mark.parametrize("body", [b"", b"{}x", b"null", b"[1]", b'["a"]'])
    async def test_signed_nonsense_is_dropped(self, body: bytes) -> None:
        """A body that is no list of events is of the wrong shape."""
        stamp = str(int(datetime.now(UTC).timestamp()))
        headers = {SIGNATURE: sign(stamp, body), TIMESTAMP: stamp}
        with pytest.raises(BadSignature):
            self.read(Callback(url=CALLBACK_URL, body=body, headers=headers))

    @pytest.mark.parametrize(
        "headers",
        [
            {SIGNATURE: "not base64!"},
            {SIGNATURE: base64.b64encode(b"nonsense").decode()},
            {TIMESTAMP: "yesterday"},
            {TIMESTAMP: "-1"},
            {TIMESTAMP: ""},
        ],
    )
    async def test_unreadable_headers_are_a_bad_signature(self, headers: dict[str, str]) -> None:
        """Not a crash."""
        batch = self.posted()
        with pytest.raises(BadSignature):
            self.read(batch, headers={**batch.headers, **headers})

    async def test_without_the_public_key_no_event_counts(self) -> None:
        """A webhook that nobody set up cannot be signed by anybody."""
        batch = self.posted()
        settings = self.bench().settings.model_copy(update={"webhook_verifier": ""})
        assert isinstance(settings, Settings)
        raw = RawCallback(body=batch.body, headers=batch.headers, received_at=datetime.now(UTC))
        with pytest.raises(BadSignature):
            callback(settings, raw)

    async def test_letters_can_go_unmarked(self) -> None:
        """Without `events` SendGrid is given no reference, and its events are not ours."""
        bench, wire = self.wired(events=False)
        await self.send(bench)
        assert "custom_args" not in wire.letters[0]["personalizations"][0]
        await bench.stand_in.settle()
        assert bench.callbacks == []
