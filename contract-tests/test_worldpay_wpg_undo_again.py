"""An undo that Worldpay refuses: given back before, or not to be given back; inquiries lag."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
import pytest

import unshackled_adapters.worldpay_wpg as package
from unshackled.outbound import HttpClient
from unshackled.ports import all_operations
from unshackled.sdk import InDoubt, Refused, Undecided
from unshackled.sdk.xml import Markup
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled_adapters.worldpay_wpg import documents, mapping
from unshackled_adapters.worldpay_wpg.books import Books, document
from unshackled_adapters.worldpay_wpg.fake import make

CHARGE = all_operations()["payment.charge"]
REFERENCE = "A" * 26
REFUSED = '<error code="5"><![CDATA[Requested operation not allowed in this state]]></error>'
UNKNOWN = '<error code="5"><![CDATA[Could not find payment for order]]></error>'
SETTINGS = package.Settings.model_validate(
    {
        "base_url": BASE_URL,
        "merchant_code": "NORTHSTAR",
        "username": "NORTHSTARXML",
        "password": "made-up-wpg-password",
    }
)


def shown(event: str) -> str:
    """How an inquiry shows a payment."""
    return (
        f'<orderStatus orderCode="{REFERENCE}"><payment><paymentMethod>VISA-SSL</paymentMethod>'
        f"{documents.amount(6_800, 'GBP')}<lastEvent>{event}</lastEvent></payment></orderStatus>"
    )


def refusing(inquiry: str) -> AdapterHarness:
    """A Worldpay that refuses every undo, and answers inquiries like this."""

    def answer(request: httpx.Request) -> httpx.Response:
        told = inquiry if b"<inquiry>" in request.content else REFUSED
        return httpx.Response(200, content=document("NORTHSTAR", Markup(f"<reply>{told}</reply>")))

    http = HttpClient("bench", BASE_URL, transport=httpx.MockTransport(answer))
    return AdapterHarness(adapter=package.ADAPTER, stand_in=make(), settings=SETTINGS, http=http)


@pytest.mark.parametrize("event", sorted(mapping.AUTHORISED | mapping.CAPTURED | mapping.WAITING))
async def test_a_payment_that_stands_is_a_persons_only_after_the_lag(event: str) -> None:
    """What an inquiry shows may be from before: the time since the first refusal decides."""
    undo = partial(refusing(shown(event)).undo_by, CHARGE, REFERENCE)
    now = datetime.now(UTC)
    for since in (None, now - mapping.LAG / 2):
        with pytest.raises(Undecided):
            await undo(undecided_since=since)
    with pytest.raises(Refused):
        await undo(undecided_since=now - mapping.LAG)


async def test_an_old_payment_says_nothing_of_how_old_its_undo_is() -> None:
    """The lag counts from the undo, though the call that it takes back was given up long ago."""
    now = datetime.now(UTC)
    with pytest.raises(Undecided):
        await refusing(shown("AUTHORISED")).undo_by(
            CHARGE, REFERENCE, given_up_at=now - timedelta(days=9), undecided_since=now
        )


@pytest.mark.parametrize("event", sorted(mapping.GIVEN_BACK | mapping.FAILED))
async def test_what_an_inquiry_shows_as_given_back_is_done(event: str) -> None:
    """An inquiry that knows settles it at once."""
    await refusing(shown(event)).undo_by(CHARGE, REFERENCE, undecided_since=datetime.now(UTC))


async def test_an_inquiry_that_knows_no_payment_settles_nothing() -> None:
    """Worldpay could not refuse to give back what it does not have: the inquiry lags."""
    long_ago = datetime.now(UTC) - timedelta(days=1)
    with pytest.raises(Undecided):
        await refusing(UNKNOWN).undo_by(CHARGE, REFERENCE, undecided_since=long_ago)


@pytest.mark.parametrize("read", ["", "<ok/>"])
async def test_an_inquiry_without_a_payment_settles_nothing(read: str) -> None:
    """Nor does one that Worldpay answers with anything else."""
    long_ago = datetime.now(UTC) - timedelta(days=1)
    with pytest.raises(InDoubt):
        await refusing(read).undo_by(CHARGE, REFERENCE, undecided_since=long_ago)


async def test_given_back_twice_while_inquiries_lag_is_done_once_they_know() -> None:
    """At the stand-in: the second try is in doubt, the third is done, and once is given back."""
    bench = AdapterHarness(adapter=package.ADAPTER, stand_in=make(), settings=SETTINGS)
    books: Books = bench.stand_in.state["books"]
    books.lag = timedelta(minutes=4)
    await bench.run(CHARGE)
    made, now = bench.history[CHARGE.key], datetime.now(UTC)
    await bench.undo(CHARGE, made)
    with pytest.raises(Undecided):
        await bench.undo(CHARGE, made, again=True)
    bench.stand_in.now = lambda: now + timedelta(minutes=5)
    await bench.undo(CHARGE, made, again=True)
    assert len(bench.stand_in.done("payment.refund", made.call.reference)) == 1
