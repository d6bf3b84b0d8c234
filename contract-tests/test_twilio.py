"""Twilio keeps the contract, and its own promises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl, urlencode

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from unshackled.domain.records import replace
from unshackled.outbound import HttpClient
from unshackled.outbound.in_process import in_process
from unshackled.sdk import BadSignature, InDoubt, NotSent, Passed, RawCallback, Refused
from unshackled.sdk.ports import Contact, NotificationSent, OrderPlaced
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import BASE_URL, CALLBACK_URL, AdapterHarness, Callback
from unshackled.testing.samples import request_for, sample
from unshackled_adapters.twilio import Settings
from unshackled_adapters.twilio.client import callback
from unshackled_adapters.twilio.mapping import notices
from unshackled_adapters.twilio.segments import segments
from unshackled_adapters.twilio.signature import HEADER, sign

ACCOUNT = "AC" + "a" * 32
CONTENT = "HX" + "0" * 32
TOKEN = SecretStr("demo-only-twilio-auth-token")


class Answering(httpx.AsyncBaseTransport):
    """The stand-in's wire; remembers the forms, and may answer for it."""

    def __init__(self, bench: AdapterHarness, status: int = 0, body: bytes = b"") -> None:
        self.backend = in_process(bench.tape.round(bench.stand_in.app()))
        self.status, self.body = status, body
        self.forms: list[dict[str, str]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.forms.append(dict(parse_qsl((await request.aread()).decode())))
        if self.status:
            return httpx.Response(self.status, content=self.body)
        return await self.backend.handle_async_request(request)


class TestTwilio(AdapterContract):
    adapter = "twilio"
    settings: ClassVar = {
        "account_sid": ACCOUNT,
        "api_key_sid": "SK" + "b" * 32,
        "api_key_secret": "made-up-api-key-secret",
        "auth_token": TOKEN.get_secret_value(),
        "sender": "Northstar",
    }
    signs_time = False

    def forged(self, raw: RawCallback) -> Iterator[RawCallback]:
        """A report that was sent elsewhere is no report of ours either."""
        yield from super().forged(raw)
        yield replace(raw, url=CALLBACK_URL)

    def wired(self, status: int = 0, body: bytes = b"", **settings: Any) -> tuple[Any, Answering]:
        """A bench whose wire is remembered."""
        plain = self.bench()
        wire = Answering(plain, status, body)
        changed = plain.settings.model_validate({"base_url": BASE_URL, **self.settings, **settings})
        http = HttpClient("bench", BASE_URL, transport=wire)
        return replace(plain, settings=changed, http=http), wire

    async def send(
        self, bench: AdapterHarness, phone: str = "+447700900123", locale: str = "en-GB", **how: Any
    ) -> Any:
        """Send one message."""
        operation = bench.effects[0]
        contact = sample(Contact, phone=phone, **how.pop("contact", {}))
        request = replace(request_for(operation, facts=(contact,)), **how)
        return await bench.run(
            operation, request=request, call=bench.call(operation, locale=locale)
        )

    @pytest.mark.parametrize(
        ("phone", "code"),
        [
            ("+15005550001", "invalid_number"),
            ("+15005550002", "not_reachable_from_sender"),
            ("+15005550003", "country_not_enabled"),
            ("+15005550004", "opted_out"),
            ("+15005550009", "no_mobile_number"),
        ],
    )
    async def test_twilios_test_numbers_are_refused_for_their_reason(
        self, phone: str, code: str
    ) -> None:
        """A recipient that cannot be texted needs a person; nothing is sent."""
        bench = self.bench()
        with pytest.raises(Refused) as caught:
            await self.send(bench, phone)
        assert caught.value.code == code
        assert phone not in str(caught.value)
        assert bench.stand_in.ledger == []

    async def test_a_full_queue_is_tried_again_later(self) -> None:
        """A sender with too many messages took none: not sent, although the status is 400."""
        bench, _ = self.wired(sender="+15005550008")
        with pytest.raises(NotSent):
            await self.send(bench)

    @pytest.mark.parametrize("status", [400, 401, 403, 404])
    async def test_unknown_refusals_have_a_name(self, status: int) -> None:
        """A code that the table lacks is refused all the same; a body of others is in doubt."""
        told = f'{{"code": 99999, "message": "no", "more_info": "", "status": {status}}}'
        bench, _ = self.wired(status, told.encode())
        with pytest.raises(Refused) as caught:
            await self.send(bench)
        assert caught.value.code == ("401" if status == 401 else "refused_by_twilio")
        for body in (b'{"code": 99999}', b"<html>", b"[]", b'{"code": null}'):
            bench, _ = self.wired(status, body)
            with pytest.raises(InDoubt):
                await self.send(bench)

    async def test_a_message_without_a_sid_is_in_doubt(self) -> None:
        """Twilio numbers what it takes: an answer without a number says nothing."""
        bench, _ = self.wired(201, b'{"sid": null, "status": "queued"}')
        with pytest.raises(InDoubt):
            await self.send(bench)

    async def test_nobody_can_be_asked_by_our_reference(self) -> None:
        """Twilio keeps no reference of ours, and none is invented."""
        bench = self.bench()
        await self.send(bench)
        operation = bench.effects[0]
        with pytest.raises(InDoubt):
            await bench.look_up(operation, bench.history[operation.key].call)

    # What is written

    async def test_the_bundled_text_is_filled_in(self) -> None:
        """The given name and the order stand in the text."""
        bench, wire = self.wired()
        await self.send(bench)
        expected = "Thank you, Wilhelmina. Your order ORD-SAMPLE is confirmed."
        assert (wire.forms[0]["From"], wire.forms[0]["Body"]) == ("Northstar", expected)

    @pytest.mark.parametrize(
        ("locale", "text"), [("cy-GB", "Diolch"), ("en-GB", "Ta"), ("en-US", "Thanks"), ("fr", "*")]
    )
    async def test_the_text_is_in_the_customers_language(self, locale: str, text: str) -> None:
        """The locale's own text, else its language's, else the one for everybody."""
        texts = {"cy": "Diolch", "en-GB": "Ta", "en": "Thanks", "*": "*"}
        bench, wire = self.wired(templates={"order_confirmation": texts})
        await self.send(bench, locale=locale)
        assert wire.forms[0]["Body"] == text

    async def test_a_name_cannot_write_into_the_text(self) -> None:
        """Blanks are filled once: braces in a name stay what they are."""
        bench, wire = self.wired(templates={"order_confirmation": {"*": "{given_name}!"}})
        await self.send(bench, contact={"given_name": "{order}"})
        assert wire.forms[0]["Body"] == "{order}!"

    async def test_a_content_template_gets_its_variables(self) -> None:
        """Twilio's own templates are named by SID; 1 is the given name, 2 the order."""
        bench, wire = self.wired(templates={"order_confirmation": {"*": CONTENT}})
        assert isinstance(await self.send(bench), Passed)
        form = wire.forms[0]
        assert form["ContentSid"] == CONTENT
        assert form["ContentVariables"] == '{"1": "Wilhelmina", "2": "ORD-SAMPLE"}'
        assert "Body" not in form

    async def test_a_messaging_service_picks_the_sender(self) -> None:
        """An MG… SID goes into its own field."""
        bench, wire = self.wired(sender="MG" + "c" * 32)
        assert isinstance(await self.send(bench), Passed)
        assert wire.forms[0]["MessagingServiceSid"] == "MG" + "c" * 32
        assert "From" not in wire.forms[0]

    @pytest.mark.parametrize(
        ("how", "code"),
        [
            ({"template": "no_such"}, "no_such_template"),
            ({"order": None}, "text_needs_an_order"),
            ({"contact": {"given_name": "\N{SNOWMAN}" * 100}}, "text_too_long"),
        ],
    )
    async def test_what_cannot_be_written_is_not_sent(
        self, how: Mapping[str, Any], code: str
    ) -> None:
        """No text, a blank without its value, or too many segments: refused before the wire."""
        bench, wire = self.wired(max_segments=2)
        with pytest.raises(Refused) as caught:
            await self.send(bench, **how)
        assert (caught.value.code, wire.forms) == (code, [])

    def test_texts_know_their_blanks(self) -> None:
        """A text with a blank that nobody fills does not start."""
        wrong = {"base_url": BASE_URL, **self.settings}
        with pytest.raises(ValidationError):
            Settings.model_validate(wrong | {"templates": {"a": {"*": "Dear {surname}"}}})

    # Reports

    async def reported(self, phone: str = "+447700900123") -> tuple[AdapterHarness, list[Callback]]:
        """What Twilio reports of one message."""
        bench = self.bench()
        await self.send(bench, phone)
        await bench.stand_in.settle()
        return bench, bench.callbacks

    def read(self, one: Callback, **changes: Any) -> Any:
        """Read a report as it came, or changed on its way."""
        frame: dict[str, Any] = {
            "body": one.body,
            "headers": one.headers,
            "url": one.url,
            "received_at": datetime.now(UTC),
        }
        raw = RawCallback(**(frame | changes))
        settings = self.bench().settings
        assert isinstance(settings, Settings)
        return callback(settings, raw)

    @pytest.mark.parametrize("phone", ["+447700900123", "+447700900999"])
    async def test_any_report_says_that_the_message_was_taken(self, phone: str) -> None:
        """Sent, delivered or not: each report ends a doubt, and they may come in any order."""
        bench, reports = await self.reported(phone)
        made = bench.history["notification.send"]
        assert isinstance(made.outcome, Passed)
        last = "undelivered" if phone.endswith("999") else "delivered"
        told = [parse_qs(one.body.decode())["MessageStatus"] for one in reports]
        assert told == [["sent"], [last]]
        for one in reversed(reports):
            notice, *_ = self.read(one)
            assert (notice.reference, notice.outcome) == (made.call.reference, made.outcome)

    @pytest.mark.parametrize(
        ("status", "error", "code", "theirs"),
        [
            ("undelivered", "30003", "unreachable", "30003"),
            ("failed", "30005", "unknown_recipient", "30005"),
            ("failed", "21610", "opted_out", "21610"),
            ("Undelivered", "30007", "filtered", "30007"),
            ("undelivered", "39999", "undelivered", "39999"),
            ("failed", "", "undelivered", None),
            ("failed", "call +447700900123", "undelivered", None),
            ("canceled", "", "undelivered", None),
        ],
    )
    def test_a_message_that_did_not_arrive_is_told(
        self, status: str, error: str, code: str, theirs: str | None
    ) -> None:
        """Signed as ever; with our word and Twilio's own, and never a number or a sentence."""
        reference = "A" * 26
        url = f"{CALLBACK_URL}?reference={reference}"
        pairs = {"MessageSid": "SM1", "AccountSid": ACCOUNT, "MessageStatus": status}
        pairs |= {"ErrorCode": error} if error else {}
        settings = self.bench().settings
        headers = {HEADER: sign(settings.auth_token, url, pairs.items())}
        one = Callback(url=url, body=urlencode(pairs).encode(), headers=headers)
        taken, lost = self.read(one)
        assert taken.outcome == Passed(output=NotificationSent(message="SM1"))
        assert (lost.reference, lost.outcome.code) == (reference, code)
        assert lost.outcome.vendor_code == theirs
        with pytest.raises(BadSignature):
            self.read(one, body=urlencode({**pairs, "ErrorCode": "30004"}).encode())

    @pytest.mark.parametrize("status", ["queued", "sending", "sent", "delivered", "read"])
    def test_a_message_on_its_way_is_no_loss(self, status: str) -> None:
        """It was taken, and may still arrive."""
        pairs = {"MessageSid": "SM1", "AccountSid": ACCOUNT, "MessageStatus": status}
        assert len(notices(pairs, f"{CALLBACK_URL}?reference=R", ACCOUNT)) == 1

    async def test_a_lost_answer_is_told_by_the_report(self) -> None:
        """What the look-up cannot bring, the report brings: our reference with Twilio's SID."""
        bench = self.bench()
        operation = bench.effects[0]
        call = bench.call(operation)
        bench.stand_in.play("lost_answer", operation.key)
        with pytest.raises(InDoubt):
            await bench.send(operation, await bench.prepare(operation), call)
        await bench.stand_in.settle()
        (notice,) = self.read(bench.callbacks[0])
        sid = bench.stand_in.ledger[0]["message"]
        assert notice.reference == call.reference
        assert notice.outcome == Passed(output=NotificationSent(message=sid))

    async def test_a_report_is_bound_to_its_address(self) -> None:
        """The reference is in the address, and the address is signed."""
        _, reports = await self.reported()
        one = reports[0]
        elsewhere = one.url.replace(one.url[-4:], "AAAA")
        for url in (elsewhere, CALLBACK_URL, "", one.url.replace("https", "http")):
            with pytest.raises(BadSignature):
                self.read(one, url=url)

    async def test_the_port_that_goes_without_saying_may_be_said(self) -> None:
        """Twilio signs an address with or without `:443`."""
        _, reports = await self.reported()
        assert self.read(reports[0], url=reports[0].url.replace(".example/", ".example:443/"))
        url = "https://checkout.example:443/v1/callbacks/a/b?reference=R"
        pairs = [("MessageSid", "SM1"), ("AccountSid", ACCOUNT)]
        headers = {HEADER: sign(TOKEN, url.replace(":443", ""), pairs)}
        body = f"MessageSid=SM1&AccountSid={ACCOUNT}".encode()
        assert self.read(reports[0], url=url, headers=headers, body=body)

    @pytest.mark.parametrize(
        ("body", "query"),
        [
            (f"AccountSid={ACCOUNT}", "?reference=R"),
            (f"MessageSid=SM1&AccountSid=AC{'d' * 32}", "?reference=R"),
            (f"MessageSid=SM1&AccountSid={ACCOUNT}", ""),
            (f"MessageSid=SM1&AccountSid={ACCOUNT}", "?reference=R&reference=S"),
        ],
    )
    async def test_a_signed_report_of_another_shape_is_dropped(self, body: str, query: str) -> None:
        """Another account's message, or one without SID or reference, is no report of ours."""
        _, reports = await self.reported()
        url = CALLBACK_URL + query
        headers = {HEADER: sign(TOKEN, url, parse_qsl(body))}
        with pytest.raises(BadSignature):
            self.read(reports[0], url=url, headers=headers, body=body.encode())

    @pytest.mark.parametrize("body", [b"", b"\xff\xfe", b'{"a": 1}', b"a=1&&b"])
    async def test_what_is_no_form_is_dropped(self, body: bytes) -> None:
        """Unreadable bytes are a bad signature, not a crash."""
        _, reports = await self.reported()
        with pytest.raises(BadSignature):
            self.read(reports[0], body=body)

    async def test_reports_can_be_left_out(self) -> None:
        """Without `status_callbacks` Twilio is told no address."""
        bench, wire = self.wired(status_callbacks=False)
        await self.send(bench)
        assert "StatusCallback" not in wire.forms[0]
        await bench.stand_in.settle()
        assert bench.callbacks == []

    async def test_a_text_without_an_order_needs_none(self) -> None:
        """A referred credit has no order yet."""
        bench, wire = self.wired()
        await self.send(bench, template="credit_referred", order=None)
        assert wire.forms[0]["Body"].startswith("Hello Wilhelmina.")
        content = {"credit_referred": {"*": CONTENT}}
        bench, wire = self.wired(templates=content)
        await self.send(bench, template="credit_referred", order=None)
        assert wire.forms[0]["ContentVariables"] == '{"1": "Wilhelmina"}'
        assert sample(OrderPlaced).order not in str(wire.forms)

    async def test_the_stand_in_keeps_what_it_took(self) -> None:
        """A message can be fetched by Twilio's SID, by its own account only."""
        bench = self.bench()
        await self.send(bench, "+447700900999")
        sid = bench.stand_in.ledger[0]["message"]
        app = httpx.ASGITransport(app=bench.stand_in.app())
        async with httpx.AsyncClient(transport=app, base_url=BASE_URL) as person:
            path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json"
            kept = await person.get(path, auth=("SKx", "y"))
            strange = await person.get(path.replace(sid, "SM1"), auth=("SKx", "y"))
            nobody = await person.get(path)
        assert (kept.json()["status"], kept.json()["error_code"]) == ("undelivered", 30003)
        assert (strange.status_code, strange.json()["code"]) == (404, 20404)
        assert nobody.status_code == 401


def test_signatures_are_twilios() -> None:
    """The example of Twilio's security page, with its published signature."""
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign(SecretStr("12345"), url, form.items()) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" * 5, 2),
        ("ö" * 160, 1),
        ("ë" * 70, 1),
        ("ë" * 71, 2),
        ("\N{GRINNING FACE}" * 35, 1),
        ("\N{GRINNING FACE}" * 36, 2),
        ("\N{GRINNING FACE}" * 67, 3),
    ],
)
def test_segments_are_counted_as_networks_do(text: str, count: int) -> None:
    """160 characters of GSM 03.38, 70 of UCS-2, less in each part of a longer text."""
    assert segments(text) == count
