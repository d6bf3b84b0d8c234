"""LineDesk's messages: who may send them, how they are written, and what is never read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import httpx
import pytest

from unshackled.adapter_registry import find
from unshackled.outbound.in_process import in_process
from unshackled.ports import all_operations
from unshackled.sdk import HttpClient, InDoubt, Refused, soap, xml
from unshackled.sdk.ports import NumberChoice
from unshackled.sdk.xml import Markup
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled.testing.samples import NOW, request_for
from unshackled_adapters.legacy_bss import mapping, security
from unshackled_adapters.legacy_bss.fake import LineDesk, fault
from unshackled_adapters.legacy_bss.fake_lines import Refusal, checked

ACTIVATE: Final = all_operations()["sim.activate"]
XXE: Final = b"""<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
<SubmitOrderResponse>&e;</SubmitOrderResponse></s:Body></s:Envelope>"""
BOMB: Final = b"""<!DOCTYPE x [
<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
<SubmitOrderResponse>&c;</SubmitOrderResponse></s:Body></s:Envelope>"""


def bench(http: HttpClient | None = None, **changes: Any) -> AdapterHarness:
    """The adapter over a fresh stand-in, with other settings where given."""
    shelf = find()
    adapter = shelf.load("legacy_bss")
    given = {"base_url": BASE_URL, "password": "demo-only", **changes}
    settings = adapter.settings.model_validate(given)
    stand_in = shelf.stand_in("legacy_bss")
    return AdapterHarness(adapter=adapter, stand_in=stand_in, settings=settings, http=http)


def answering(*bodies: bytes) -> HttpClient:
    """A backend that says these one after the other, whatever it is asked."""
    left = list(bodies)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=left.pop(0)))
    return HttpClient("bench", BASE_URL, transport=transport)


def desk(made: AdapterHarness) -> LineDesk:
    """What the stand-in keeps."""
    kept: LineDesk = made.stand_in.state["line_desk"]
    return kept


async def activate(made: AdapterHarness, **choice: Any) -> Any:
    """The first answer to an order, and its call."""
    facts = (NumberChoice(keep_number=True, **choice),) if choice else ()
    call = made.call(ACTIVATE)
    return call, await made.send(ACTIVATE, request_for(ACTIVATE, facts=facts), call)


async def refused(made: AdapterHarness) -> str:
    """The code that an order is refused with."""
    with pytest.raises(Refused) as caught:
        await activate(made)
    return caught.value.code


async def answer_to(made: AdapterHarness, body: bytes) -> str:
    """The fault that a message gets."""
    transport = in_process(made.stand_in.app())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as other:
        answer = await other.post("/linedesk/services/Provisioning", content=body)
    told = xml.parse(answer.content)
    detail = xml.find(told, "detail")
    return xml.text(told, "faultcode") if detail is None else xml.text(detail, "Code")


class TestSecurity:
    """Every message proves who sends it, once."""

    def test_the_digest_is_the_profiles(self) -> None:
        """Base64 of SHA-1 over nonce, time and password, as the profile defines it."""
        # By openssl: printf '…' | openssl sha1 -binary | base64
        made = security.digest(b"nonce-16-bytes!!", "2026-11-22T12:00:00Z", "secret")
        assert made == "ooNZNAMAiCDRlqwJ8MWTy06fehQ="

    async def test_the_password_is_never_sent(self) -> None:
        """Only its digest is, with a nonce that is new each time."""
        made = bench()
        for _ in range(3):
            await activate(made)
        bodies = [one.body.decode() for one in made.tape.exchanges]
        assert not [body for body in bodies if "demo-only" in body]
        assert len({xml.text(xml.parse(body.encode()), "Nonce") for body in bodies}) == 3

    async def test_a_wrong_password_or_user_is_refused(self) -> None:
        """A message that is not let in is told with the fault's own word."""
        assert await refused(bench(password="wrong")) == "FailedAuthentication"
        assert await refused(bench(user="nobody")) == "FailedAuthentication"

    async def test_a_clock_that_is_off_is_refused(self) -> None:
        """A token of six minutes ago has expired, and nothing was ordered."""
        made = bench()
        start = made.stand_in.now()
        made.stand_in.now = lambda: start + timedelta(minutes=6)
        assert await refused(made) == "MessageExpired"
        assert desk(made).lines == []

    async def test_a_token_counts_once(self) -> None:
        """A message that is sent again as it was is not let in."""
        made = bench()
        await activate(made)
        told = await answer_to(made, made.tape.exchanges[-1].body)
        assert told == "wsse:FailedAuthentication"
        assert len(desk(made).lines) == 1

    async def test_a_message_without_a_token_is_not_let_in(self) -> None:
        """Neither without a header nor with the password in plain text."""
        gate = desk(bench()).gate
        bare = soap.envelope(Markup("<A/>"))
        assert gate.refuses(xml.parse(bare), NOW) == "InvalidSecurity"
        token = security.token("checkout", "demo-only", nonce=b"n" * 16, now=NOW)
        plain = Markup(token.replace("#PasswordDigest", "#PasswordText"))
        told = gate.refuses(xml.parse(soap.envelope(Markup("<A/>"), header=plain)), NOW)
        assert told == "UnsupportedSecurityToken"

    @pytest.mark.parametrize("body", [b"{}", b"<A/>", XXE])
    async def test_nonsense_is_a_fault_of_the_caller(self, body: bytes) -> None:
        """Without an envelope, without a token, or with a DOCTYPE: turned away with a fault."""
        assert await answer_to(bench(), body) in ("SYS-0400", "wsse:InvalidSecurity")

    async def test_an_unknown_message_is_a_fault_of_the_caller(self) -> None:
        """Let in, and asking for what LineDesk does not have."""
        made = bench()
        token = security.token("checkout", "demo-only", nonce=b"n" * 16, now=made.stand_in.now())
        asked = soap.envelope(Markup("<CancelOrderRequest/>"), header=token)
        assert await answer_to(made, asked) == "SYS-0400"


class TestAnswers:
    """What LineDesk contradicts itself with, or leaves out."""

    async def test_a_duplicate_of_nothing_is_a_doubt(self) -> None:
        """An order that LineDesk knows and does not find may be there or not."""
        nothing = soap.envelope(Markup("<FindOrdersResponse/>"))
        made = bench(answering(bytes(fault("soap:Client", "ORD-1409").body), nothing))
        with pytest.raises(InDoubt, match="does not find"):
            await activate(made)

    async def test_an_answer_without_an_order_is_a_doubt(self) -> None:
        """A response of the right name that says nothing proves nothing."""
        made = bench(answering(soap.envelope(Markup("<SubmitOrderResponse/>"))))
        with pytest.raises(InDoubt, match=r"SubmitOrder answered something unexpected"):
            await activate(made)

    def test_an_order_must_be_of_one_kind(self) -> None:
        """A port-in without a PAC, or a PAC with a new number, is refused at the door."""
        for kind, port in (("PORT_IN", ""), ("NEW", "<Port><Pac>ABC123456</Pac></Port>")):
            body = f"<A><OrderType>{kind}</OrderType><TariffCode>S</TariffCode>{port}</A>"
            with pytest.raises(Refusal, match="ORD-1101"):
                checked(xml.parse(body.encode()))


class TestOldHabits:
    """Encodings, namespaces, times and attacks."""

    async def test_names_survive_both_ways(self) -> None:
        """Requests are ASCII, answers Latin-1, and the name is the same in both."""
        made = bench()
        await activate(made)
        exchange = made.tape.exchanges[-1]
        assert exchange.body.isascii()
        assert "Söhne".encode("latin-1") in exchange.answer_body
        assert xml.text(xml.parse(exchange.answer_body), "AccountName").endswith("Söhne")
        assert desk(made).lines[0].order.name == "Wilhelmina O'Featherstone & Söhne"

    @pytest.mark.parametrize(
        ("text", "utc"),
        [
            ("2026-01-15T12:00:00", "2026-01-15T12:00"),
            ("2026-07-15T12:00:00", "2026-07-15T11:00"),
            ("2026-10-25T01:30:00", "2026-10-25T01:30"),
            ("2026-03-29T01:30:00", "2026-03-29T01:30"),
            ("2026-07-15T12:00:00+02:00", "2026-07-15T10:00"),
        ],
    )
    def test_a_time_without_a_zone_is_british(self, text: str, utc: str) -> None:
        """Summer and winter, and the later reading in hours that come twice or not at all."""
        assert f"{mapping.moment(text, 'Europe/London'):%Y-%m-%dT%H:%M}" == utc

    def test_an_unknown_zone_is_told_when_it_is_set(self) -> None:
        """A zone that this machine does not have stops the service, not the first customer."""
        with pytest.raises(ValueError, match="no such time zone"):
            bench(time_zone="Europe/Barchester")

    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("07700 900456", "+447700900456"),
            ("447700900456", "+447700900456"),
            ("+447700900456", "+447700900456"),
        ],
    )
    async def test_a_number_is_read_however_it_is_written(self, written: str, read: str) -> None:
        """Every form of a British number becomes the same international one."""
        made = bench()
        call, _ = await activate(made, pac="ABC123456", current_number=written)
        assert (await made.look_up(ACTIVATE, call)).output.msisdn == read

    @pytest.mark.parametrize("attack", [XXE, BOMB])
    async def test_an_attack_is_a_doubt(self, attack: bytes) -> None:
        """Entities and document types are refused unread, with nothing of them in the error."""
        made = bench(answering(attack))
        with pytest.raises(InDoubt, match="document type") as caught:
            await activate(made)
        assert "root:" not in str(caught.value)
