"""LineDesk keeps the contract, and its messages, faults and times are handled as they must."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Final

import httpx
import pytest
from lxml import etree

import unshackled_adapters.legacy_bss as package
from unshackled.domain.validation import is_iccid
from unshackled.ports import all_operations
from unshackled.sdk import Absent, InDoubt, NotSent, Passed, Pending, Refused, soap, xml
from unshackled.sdk.ports import Contact, NumberChoice
from unshackled.testing import recordings
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.samples import NOW, request_for, sample
from unshackled_adapters.legacy_bss import mapping
from unshackled_adapters.legacy_bss.fake import WORKERS, LineDesk

ACTIVATE: Final = all_operations()["sim.activate"]
CONTRACT: Final = Path(package.__file__).parent / "contract"
SCHEMA: Final = etree.XMLSchema(etree.parse(CONTRACT / "envelope.xsd"))
# What is new in every message: digest, nonce and time.
ONCE: Final = re.compile(r"(<wsse:Password [^>]*>|<wsse:Nonce [^>]*>|<wsu:Created>)[^<]*")


def fits(body: bytes) -> None:
    """Refuse a message that the WSDL's types do not know."""
    assert SCHEMA.validate(xml.parse(body)), SCHEMA.error_log.last_error


class Checked(httpx.AsyncBaseTransport):
    """Holds every request, and every answer that is XML, against the schema."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.seen = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        fits(await request.aread())
        response = await self.inner.handle_async_request(request)
        body = await response.aread()
        if body.rstrip().endswith(b"Envelope>"):
            fits(body)
            self.seen += 1
        return httpx.Response(response.status_code, headers=response.headers, content=body)


class LineDeskBench(AdapterHarness):
    def between(self, wire: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """Through the schema."""
        self.wire = Checked(wire)
        return self.wire

    @property
    def desk(self) -> LineDesk:
        """What the stand-in keeps."""
        desk: LineDesk = self.stand_in.state["line_desk"]
        return desk


class TestLegacyBss(AdapterContract):
    """The suite; every message of it fits the schema."""

    adapter = "legacy_bss"
    settings: ClassVar[Mapping[str, object]] = {"password": "demo-only"}
    bench_type = LineDeskBench
    checked_by = "test_every_message_fits_the_schema"

    async def test_every_message_fits_the_schema(self) -> None:
        """What goes over the wire is held against the schema, and what does not fit it fails."""
        made = bench()
        await made.run(ACTIVATE)
        assert made.wire.seen == 2
        with pytest.raises(AssertionError):
            fits(b"<Envelope/>")

    async def test_recordings_replay(self) -> None:
        """A recorded call sends the same again but for its token, and reads the same answer."""
        for path in self._recordings():
            recording = recordings.load(path)
            sent, outcome = await recordings.play(self.declared(), recording)
            then = [exchange["sent"] for exchange in recording.exchanges]
            assert [without_token(one) for one in sent] == [without_token(one) for one in then]
            assert outcome == recording.outcome


def without_token(sent: Mapping[str, Any]) -> dict[str, Any]:
    """A request without what is new each time."""
    return {**sent, "body": ONCE.sub(r"\1", sent["body"])}


def bench(**changes: Any) -> LineDeskBench:
    """A fresh bench, with other settings where given."""
    suite = TestLegacyBss()
    made = suite.bench()
    settings = made.settings.model_validate({**made.settings.model_dump(), **changes})
    return LineDeskBench(adapter=made.adapter, stand_in=suite.stand_in(), settings=settings)


async def activate(made: AdapterHarness, **choice: Any) -> Any:
    """The first answer to an order, and its call."""
    facts = (NumberChoice(keep_number=True, **choice),) if choice else ()
    call = made.call(ACTIVATE)
    return call, await made.send(ACTIVATE, request_for(ACTIVATE, facts=facts), call)


async def refused(made: AdapterHarness, **choice: Any) -> str:
    """The code that an order is refused with."""
    with pytest.raises(Refused) as caught:
        await activate(made, **choice)
    return caught.value.code


class TestOrders:
    """What becomes of an order."""

    async def test_a_line_comes_after_its_order(self) -> None:
        """An order is only received at first; the look-up then has number and eSIM code."""
        made = bench()
        call, first = await activate(made)
        assert first == Pending(poll_after=timedelta(seconds=20), handle="LD00000001")
        line = (await made.look_up(ACTIVATE, call)).output
        assert (line.subscription, line.msisdn) == ("S000000001", "+447700900001")
        assert line.activation_code == "LPA:1$smdp.linedesk.example$UNSHACKLED-000001"

    async def test_a_number_is_brought_along(self) -> None:
        """With a PAC the line keeps the customer's own number."""
        made = bench()
        call, _ = await activate(made, pac="ABC123456", current_number="07700900456")
        assert (await made.look_up(ACTIVATE, call)).output.msisdn == "+447700900456"

    async def test_a_card_is_sent_with_its_number(self) -> None:
        """A USIM goes to the customer's address and has an ICCID, and no code to load it by."""
        made = bench()
        call = made.call(ACTIVATE)
        request = request_for(ACTIVATE, facts=(NumberChoice(sim="physical"),))
        assert "<SendTo><Line1>" in str(mapping.order(request, call, made.settings))
        await made.send(ACTIVATE, request, call)
        line = (await made.look_up(ACTIVATE, call)).output
        assert (line.sim, line.activation_code) == ("physical", None)
        assert is_iccid(line.iccid)

    async def test_a_number_comes_on_the_day_that_was_wished(self) -> None:
        """LineDesk takes a day, and tells it with the line."""
        made = bench()
        day = date(2026, 12, 10)
        call, _ = await activate(made, pac="ABC123456", current_number="07700900456", port_date=day)
        line = (await made.look_up(ACTIVATE, call)).output
        assert (line.msisdn, line.port_date) == ("+447700900456", day)

    async def test_what_linedesk_has_no_field_for_is_never_left_out(self) -> None:
        """A contract that a STAC would end, and a number without a PAC, are a person's work."""
        made = bench()
        left = NumberChoice(stac="123456ABC", current_number="07700900456")
        with pytest.raises(Refused) as ended:
            await made.send(ACTIVATE, request_for(ACTIVATE, facts=(left,)), made.call(ACTIVATE))
        assert ended.value.code == "port_unsupported"
        declared = await refused(made, porting_consent=True, current_number="07700900456")
        assert declared == "port_unsupported"

    async def test_an_order_is_asked_about_when_it_is_expected(self) -> None:
        """The next question comes at the expected time, within the bounds of the settings."""
        for hours, wait in ((0, 20), (0.5, 1_800), (20, 3_600)):
            made = bench()
            made.desk.ready_after = timedelta(hours=hours)
            made.stand_in.play("refer", ACTIVATE.key)
            _, pending = await activate(made)
            assert wait - 2 <= pending.poll_after.total_seconds() <= wait

    async def test_a_port_that_fails_is_for_a_person(self) -> None:
        """A spent PAC is found out later; the order's code is told, and no line is there."""
        made = bench()
        call, first = await activate(made, pac="ZZZ000001", current_number="07700900456")
        assert isinstance(first, Pending)
        with pytest.raises(Refused, match="PRT-2204") as caught:
            await made.look_up(ACTIVATE, call)
        assert caught.value.code == "PRT-2204"
        assert made.done(ACTIVATE, call) == 0

    async def test_a_malformed_pac_is_refused_at_the_door(self) -> None:
        """LineDesk's fault of the caller is its code, without a word of what was sent."""
        made = bench()
        with pytest.raises(Refused, match=r"^LineDesk: SubmitOrder fault ORD-1103 \(Client\)$"):
            await activate(made, pac="AB12", current_number="07700900456")

    async def test_a_tariff_has_linedesks_code(self) -> None:
        """A SKU is written as the settings say, and as it is where they say nothing."""
        made = bench(tariff_codes={"sim-50gb": "S50GB24"})
        await activate(made)
        assert b"<TariffCode>S50GB24</TariffCode>" in made.tape.exchanges[-1].body
        assert await refused(bench(tariff_codes={"sim-50gb": "withdrawn"})) == "ORD-1201"

    async def test_a_long_name_is_cut(self) -> None:
        """LineDesk has 35 characters for a name; a longer one fits its schema still."""
        made = bench()
        contact = sample(Contact, family_name="Ö" * 60)
        request = request_for(ACTIVATE, facts=(contact,))
        assert isinstance(await made.run(ACTIVATE, request=request), Passed)


class TestDoubt:
    """Nothing is ordered twice, and what cannot be told is said."""

    async def test_an_order_sent_again_is_the_first_one(self) -> None:
        """A duplicate is refused by LineDesk, and answered with the order that is there."""
        made = bench()
        call, _ = await activate(made)
        again = await made.send(ACTIVATE, request_for(ACTIVATE), call)
        assert isinstance(again, Passed)
        assert (made.done(ACTIVATE, call), len(made.desk.lines)) == (1, 1)

    async def test_two_orders_under_one_reference_are_for_a_person(self) -> None:
        """LineDesk's check is no lock; two living orders are told, not chosen from."""
        made = bench()
        made.desk.unique = False
        call, _ = await activate(made)
        await made.send(ACTIVATE, request_for(ACTIVATE), call)
        with pytest.raises(Refused, match="2 orders") as caught:
            await made.look_up(ACTIVATE, call)
        assert caught.value.code == "duplicate_orders"

    async def test_a_fault_after_the_commit_is_a_doubt(self) -> None:
        """A fault of the server proves nothing: the order is there, and the look-up finds it."""
        made = bench()
        made.desk.trips = 1
        call = made.call(ACTIVATE)
        with pytest.raises(InDoubt, match="SYS-0500"):
            await made.send(ACTIVATE, request_for(ACTIVATE), call)
        assert isinstance(await made.look_up(ACTIVATE, call), Passed)
        assert made.done(ACTIVATE, call) == 1

    async def test_absent_counts_when_no_worker_can_have_the_order(self) -> None:
        """An order whose caller has gone is committed later: until then nothing is absent."""
        made = bench()
        made.desk.naps = [0.2]
        call = made.call(ACTIVATE, send_by=datetime.now(UTC))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(made.send(ACTIVATE, request_for(ACTIVATE), call), 0.05)
        with pytest.raises(InDoubt, match="too early"):
            await made.look_up(ACTIVATE, call)
        await asyncio.gather(*made.desk.jobs)
        assert isinstance(await made.look_up(ACTIVATE, call), Passed)
        long_ago = made.call(ACTIVATE, send_by=datetime.now(UTC) - timedelta(minutes=3))
        assert await made.look_up(ACTIVATE, long_ago) == Absent()

    async def test_a_fifth_message_is_turned_away_unread(self) -> None:
        """With all workers busy it is not sent, with the pause that LineDesk asks for."""
        made = bench()
        made.desk.takes = 0.05
        made_all = await asyncio.gather(
            *(activate(made) for _ in range(WORKERS + 1)), return_exceptions=True
        )
        shed = [one for one in made_all if isinstance(one, NotSent)]
        assert [one.retry_after for one in shed] == [timedelta(seconds=5)]
        assert len(made.desk.lines) == WORKERS

    async def test_an_order_of_somebody_else_is_no_answer(self) -> None:
        """A look-up that is answered with another external id proves nothing."""
        made = bench()
        call, _ = await activate(made)
        other = made.call(ACTIVATE)
        answer = xml.parse(made.tape.exchanges[-1].answer_body)
        with pytest.raises(ValueError, match="another one"):
            mapping.line_outcome(answer, other, made.settings, NOW)
        assert await made.look_up(ACTIVATE, other) == Absent()
        assert isinstance(await made.look_up(ACTIVATE, call), Passed)

    @pytest.mark.parametrize(
        ("side", "code", "kind"),
        [
            ("Client", "ORD-1103", Refused),
            ("VersionMismatch", "", Refused),
            ("MustUnderstand", "", Refused),
            ("FailedAuthentication", "", Refused),
            ("Server", "SYS-0503", NotSent),
            ("Server", "SYS-0500", InDoubt),
            ("Server", "", InDoubt),
            ("Timeout", "SYS-0503", InDoubt),
        ],
    )
    def test_each_fault_is_one_kind_of_failure(
        self, side: str, code: str, kind: type[Exception]
    ) -> None:
        """Only what is documented proves anything; every other fault is a doubt."""
        assert type(mapping.failure("SubmitOrder", soap.Fault(side, code))) is kind

    async def test_a_fault_of_a_look_up_is_no_answer(self) -> None:
        """A look-up that is not let in says nothing about the order."""
        made = bench(password="wrong")
        with pytest.raises(Refused, match="FindOrders fault without a code"):
            await made.look_up(ACTIVATE, made.call(ACTIVATE))

    def test_a_status_that_nobody_knows_is_a_doubt(self) -> None:
        """A new status may mean anything, and so may a number that is none."""
        order = "<A><Order><ExternalOrderId>R</ExternalOrderId><Status>{}</Status>{}</Order></A>"
        letters = "<Line><Msisdn>withheld</Msisdn><SubscriptionId>S</SubscriptionId><Esim>"
        letters += "<SmdpAddress>a</SmdpAddress><MatchingId>b</MatchingId></Esim></Line>"
        made = bench()
        call = made.call(ACTIVATE, reference="R")
        for status, rest, wrong in (("PARKED", "", "Status"), ("COMPLETED", letters, "Msisdn")):
            answer = xml.parse(order.format(status, rest).encode())
            with pytest.raises(ValueError, match=wrong):
                mapping.line_outcome(answer, call, made.settings, NOW)

    def test_a_fault_tells_no_more_than_a_code(self) -> None:
        """What is no code of LineDesk's form may quote a customer, and is left out."""
        failure = mapping.failure("SubmitOrder", soap.Fault("Client", "bad number 07700900456"))
        assert "07700" not in str(failure)
