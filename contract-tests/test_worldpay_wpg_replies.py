"""What Worldpay's replies mean, also those that its stand-in never gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

import unshackled_adapters.worldpay_wpg as package
from unshackled.outbound import HttpClient
from unshackled.ports import all_operations
from unshackled.sdk import Declined, Followed, InDoubt, Passed, Pending, Refused, Undecided
from unshackled.sdk.ports import PaymentAuthorised, PaymentCaptured, PaymentCharged
from unshackled.sdk.xml import Markup
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled.testing.samples import request_for
from unshackled_adapters.worldpay_wpg import documents, mapping
from unshackled_adapters.worldpay_wpg.books import document
from unshackled_adapters.worldpay_wpg.fake import make

CHARGE = all_operations()["payment.charge"]
CAPTURE = all_operations()["payment.capture"]
HELD = PaymentAuthorised(payment="A" * 26 + documents.HOLD, amount=6_800, currency="GBP")
TAKEN = Passed(output=PaymentCaptured(payment=HELD.payment, amount=6_800, currency="GBP"))
SETTINGS = package.Settings.model_validate(
    {
        "base_url": BASE_URL,
        "merchant_code": "NORTHSTAR",
        "username": "NORTHSTARXML",
        "password": "made-up-wpg-password",
    }
)
OTHER_DECIMALS = (
    '<orderStatus orderCode="X"><payment><paymentMethod>VISA-SSL</paymentMethod>'
    '<amount value="1" currencyCode="KWD" exponent="2"/>'
    "<lastEvent>AUTHORISED</lastEvent></payment></orderStatus>"
)


class TestReplies:
    """What Worldpay's replies mean."""

    @pytest.mark.parametrize(
        ("code", "error"), [("1", InDoubt), ("8", InDoubt), ("2", Refused), ("4", Refused)]
    )
    async def test_an_error_is_told_apart(self, code: str, error: type[Exception]) -> None:
        """Internal errors may have acted; what was understood and refused did not."""
        with pytest.raises(error) as caught:
            await charge(reply(f'<error code="{code}"><![CDATA[ made up ]]></error>'))
        assert "made up" not in str(caught.value)

    @pytest.mark.parametrize(
        ("code", "says"),
        [
            ("7", "Invalid payment details : Expiry date = 112024"),
            ("5", "Token does not exist"),
            ("5", "The token has expired"),
            ("5", "Invalid token"),
        ],
    )
    async def test_a_card_that_cannot_be_used_is_the_customers(self, code: str, says: str) -> None:
        """They may give another one: it is a decline, and nothing of ours is wrong."""
        outcome = await charge(reply(f'<error code="{code}"><![CDATA[{says}]]></error>'))
        assert outcome == Declined(code="card_declined")

    @pytest.mark.parametrize(
        ("codes", "ours", "theirs"),
        [
            ('<ISO8583ReturnCode code="5"/><IssuerResponseCode code="51"/>', "card_declined", "51"),
            ('<IssuerResponseCode code="051"/>', "insufficient_funds", "51"),
            ('<ISO8583ReturnCode code="38"/>', "authentication_failed", "38"),
            ("", "card_declined", None),
        ],
    )
    async def test_what_the_issuer_answered_is_kept(
        self, codes: str, ours: str, theirs: str | None
    ) -> None:
        """Our code is by Worldpay's word, or else by the issuer's own, which is told too."""
        payment = (
            f"<payment><paymentMethod>VISA-SSL</paymentMethod>{documents.amount(6_800, 'GBP')}"
            f"<lastEvent>REFUSED</lastEvent>{codes}</payment>"
        )
        told = await charge(reply(f'<orderStatus orderCode="X">{payment}</orderStatus>'))
        assert (told.code, told.vendor_code) == (ours, theirs)

    @pytest.mark.parametrize("says", ["Token scope is missing", "Invalid amount"])
    async def test_another_invalid_request_is_ours(self, says: str) -> None:
        """What we wrote wrongly is refused, not declined."""
        with pytest.raises(Refused):
            await charge(reply(f'<error code="5"><![CDATA[{says}]]></error>'))

    @pytest.mark.parametrize(
        ("inside", "outcome"),
        [
            ("SENT_FOR_AUTHORISATION", Pending(poll_after=mapping.POLL, handle="X")),
            ("CANCELLED", Declined(code="declined")),
            ("ERROR", Declined(code="card_declined")),
        ],
    )
    def test_a_last_event_means_one_thing(self, inside: str, outcome: object) -> None:
        """Each event that Worldpay documents has its outcome."""
        told = mapping.Reply(event=inside, amount=1, currency="GBP")
        assert mapping.paid(told, "X", PaymentCharged) == outcome

    @pytest.mark.parametrize("event", ["null", "SOMETHING_NEW"])
    async def test_an_unknown_event_is_no_answer(self, event: str) -> None:
        """What Worldpay has not documented is in doubt, for captures too."""
        payment = (
            f"<payment><paymentMethod>VISA-SSL</paymentMethod>{documents.amount(6_800, 'GBP')}"
            f"<lastEvent>{event}</lastEvent></payment>"
        )
        with pytest.raises(InDoubt):
            await charge(reply(f'<orderStatus orderCode="X">{payment}</orderStatus>'))
        with pytest.raises(ValueError, match="lastEvent"):
            mapping.captured(mapping.Reply(event=event), "X")

    @pytest.mark.parametrize(
        "inside",
        [
            "<ok/>",
            '<orderStatus orderCode="X"/>',
            OTHER_DECIMALS,
        ],
    )
    async def test_half_a_reply_is_no_answer(self, inside: str) -> None:
        """A reply without a payment, and an amount of other decimals, are in doubt."""
        with pytest.raises(InDoubt):
            await charge(reply(inside))

    async def test_a_document_that_is_no_reply_is_no_answer(self) -> None:
        """An answer without a reply is in doubt."""
        with pytest.raises(InDoubt):
            await charge(document("NORTHSTAR", Markup("<notify/>")))

    @pytest.mark.parametrize(
        ("event", "outcome"),
        [
            ("CAPTURED", TAKEN),
            ("SETTLED", TAKEN),
            ("SENT_FOR_REFUND", TAKEN),
            ("AUTHORISED", Pending(poll_after=mapping.POLL, handle=HELD.payment)),
            ("CANCELLED", Declined(code="declined")),
        ],
    )
    async def test_a_capture_may_be_done_at_once(self, event: str, outcome: object) -> None:
        """Worldpay may answer with how the payment stands, in place of its ok."""
        bench = canned(standing(event))
        request = request_for(CAPTURE, facts=(HELD,))
        assert await bench.send(CAPTURE, request, bench.call(CAPTURE)) == outcome

    @pytest.mark.parametrize("event", ["SENT_FOR_REFUND", "REFUNDED", "CANCELLED"])
    async def test_money_may_be_given_back_at_once(self, event: str) -> None:
        """So may an undo be."""
        await canned(standing(event)).undo_by(CHARGE, "A" * 26)

    async def test_money_may_be_refused_back_at_once(self) -> None:
        """A refund that failed is not done."""
        with pytest.raises(Refused) as caught:
            await canned(standing("REFUND_FAILED")).undo_by(CHARGE, "A" * 26)
        assert caught.value.code == "refund_failed"

    @pytest.mark.parametrize("handle", [None, HELD.payment])
    @pytest.mark.parametrize("event", ["SENT_FOR_AUTHORISATION", "AUTHORISED"])
    async def test_an_inquiry_that_lags_declines_no_capture(
        self, event: str, handle: str | None
    ) -> None:
        """What was before the capture says nothing of it: it waits, and is never declined."""
        bench = canned(standing(event))
        late = datetime.now(UTC) + timedelta(minutes=1)
        held = Followed(reference="A" * 26, handle=None, output=HELD)
        call = bench.call(CAPTURE, handle=handle, follows=held, send_by=late)
        if handle is None:
            with pytest.raises(Undecided):
                await bench.look_up(CAPTURE, call)
        else:
            assert await bench.look_up(CAPTURE, call) == Pending(poll_after=mapping.POLL)

    async def test_a_capture_without_ok_is_no_answer(self) -> None:
        """A capture and an undo need Worldpay's ok."""
        body = reply(
            '<orderStatus orderCode="X"><reference>https://x.example</reference></orderStatus>'
        )
        bench = canned(body)
        request = request_for(CAPTURE, facts=(HELD,))
        with pytest.raises(InDoubt):
            await bench.send(CAPTURE, request, bench.call(CAPTURE))
        with pytest.raises(InDoubt):
            await bench.undo_by(CHARGE, "A" * 26)


def standing(event: str) -> bytes:
    """A reply that says how the payment stands."""
    payment = (
        f"<payment><paymentMethod>VISA-SSL</paymentMethod>{documents.amount(6_800, 'GBP')}"
        f"<lastEvent>{event}</lastEvent></payment>"
    )
    return reply(f'<orderStatus orderCode="{HELD.payment}">{payment}</orderStatus>')


def reply(inside: str) -> bytes:
    """A reply with this inside."""
    return document("NORTHSTAR", Markup(f"<reply>{inside}</reply>"))


def canned(body: bytes) -> AdapterHarness:
    """A bench whose backend always answers the same."""

    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=body)

    http = HttpClient("bench", BASE_URL, transport=httpx.MockTransport(answer))
    return AdapterHarness(adapter=package.ADAPTER, stand_in=make(), settings=SETTINGS, http=http)


async def charge(body: bytes) -> Any:
    """A charge that is answered with a body."""
    bench = canned(body)
    return await bench.send(CHARGE, request_for(CHARGE), bench.call(CHARGE))
