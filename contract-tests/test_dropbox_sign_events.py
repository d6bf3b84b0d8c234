"""Events of Dropbox Sign: hashed, in a form, and never believed beyond which request they name."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.adapter_registry import find
from unshackled.sdk import BadSignature, Declined, InDoubt, Notice, Passed, RawCallback, SecretStr
from unshackled.testing.bench import BASE_URL, CALLBACK_URL, AdapterHarness, Callback
from unshackled_adapters.dropbox_sign.callback import ACKNOWLEDGEMENT, event_hash
from unshackled_adapters.dropbox_sign.fake_requests import BOUNDARY, event
from unshackled_adapters.dropbox_sign.form import fields

KEY = SecretStr("demo-only-dropbox-sign-api-key")
# Made by the vendor's own example: key, time, type and hash of its public SDKs.
THEIR_KEY = SecretStr("324e3b0840f065eb51f3fd63231d0d33daa35d4ed10d27718839e81737065782")
THEIR_HASH = b"ff8b03439122f9160500c3fb855bdee5a9ccba5fff27d3b258745d8f3074832f"
KINDS = ("sent", "signed", "all_signed", "downloadable")


def bench_of() -> AdapterHarness:
    """An account whose events come to us."""
    shelf = find()
    adapter = shelf.load("dropbox_sign")
    stand_in = shelf.stand_in("dropbox_sign")
    stand_in.state["callback_url"] = CALLBACK_URL
    settings = adapter.settings.model_validate(
        {"base_url": BASE_URL, "api_key": "key_made_up", "callback_key": KEY}
    )
    return AdapterHarness(adapter=adapter, stand_in=stand_in, settings=settings)


def raw(sent: Callback) -> RawCallback:
    """A callback as it arrives."""
    return RawCallback(body=sent.body, headers=sent.headers, received_at=datetime.now(UTC))


async def take(bench: AdapterHarness, callback: RawCallback) -> Sequence[Notice]:
    """What the adapter makes of a callback."""
    assert bench.adapter.receive is not None
    return await bench.adapter.receive(bench.ports["agreement"], callback)


async def signed(choice: str = "signed") -> tuple[AdapterHarness, str, list[RawCallback]]:
    """A request that the customer has ended, its reference and the events of it."""
    bench = bench_of()
    (operation,) = bench.effects
    call = bench.call(operation)
    await bench.send(operation, await bench.prepare(operation), call)
    (made,) = bench.stand_in.state["books"].requests.values()
    made.status = choice
    for kind in KINDS[1:] if choice == "signed" else ("declined",):
        bench.stand_in.state["books"].tell(made, f"signature_request_{kind}")
    await bench.stand_in.settle()
    return bench, call.reference, [raw(one) for one in bench.callbacks]


def changed(callback: RawCallback, change: Any) -> RawCallback:
    """The same event with something changed in its JSON."""
    data = orjson.loads(fields(callback.header("content-type"), callback.body)["json"])
    change(data)
    head, tail = callback.body.split(b"{", 1)[0], callback.body[callback.body.rindex(b"}") + 1 :]
    return dataclasses.replace(callback, body=head + orjson.dumps(data) + tail)


def test_the_hash_is_theirs() -> None:
    """The example in the vendor's own SDKs hashes to what they print."""
    assert event_hash(THEIR_KEY, "1669926463", "account_confirmed") == THEIR_HASH


def test_events_are_answered_as_the_vendor_wants() -> None:
    """Another body than this one makes them send the event again."""
    assert bench_of().adapter.acknowledgement == b"Hello API Event Received" == ACKNOWLEDGEMENT


async def test_the_last_events_tell_the_signature() -> None:
    """`all_signed` and `downloadable` are notices of our reference; the ones before are taken."""
    bench, reference, events = await signed()
    notices = [await take(bench, one) for one in events]
    assert [len(one) for one in notices] == [0, 0, 1, 1]
    for (notice,) in notices[2:]:
        assert notice.reference == reference
        assert isinstance(notice.outcome, Passed)


async def test_a_declined_request_is_told() -> None:
    """The customer's no comes by event too."""
    bench, reference, events = await signed("declined")
    refused = Declined(code="signature_refused")
    assert await take(bench, events[-1]) == (Notice(reference=reference, outcome=refused),)


async def test_an_event_may_come_twice_and_out_of_order() -> None:
    """Replayed and reordered events tell how things are now, each time the same."""
    bench, _, events = await signed()
    told = [await take(bench, one) for one in (*reversed(events), *events)]
    assert {one for one in told if one} == {told[0]}


async def test_only_a_fresh_event_with_its_hash_counts() -> None:
    """A wrong key, hash, age or shape is refused, and nothing is asked."""
    bench, _, events = await signed()
    good = events[-1]
    for wrong in (
        changed(good, lambda data: data["event"].update(event_hash="0" * 64)),
        changed(good, lambda data: data["event"].update(event_type="signature_request_declined")),
        changed(good, lambda data: data["event"].update(event_time="1")),
        changed(good, lambda data: data["event"].pop("event_hash")),
        changed(good, lambda data: data.pop("signature_request")),
        changed(good, lambda data: data["signature_request"].update(signature_request_id="../x")),
        dataclasses.replace(good, received_at=good.received_at + timedelta(days=1)),
        dataclasses.replace(good, received_at=good.received_at - timedelta(days=1)),
        dataclasses.replace(good, body=good.body + b" "),
        dataclasses.replace(good, body=b""),
        dataclasses.replace(good, headers={}),
        dataclasses.replace(good, headers={"Content-Type": "application/json"}),
    ):
        with pytest.raises(BadSignature):
            await take(bench, wrong)


async def test_a_forged_body_under_a_good_hash_tells_nothing() -> None:
    """The hash does not cover the request: what an event claims of it is asked, not believed."""
    bench = bench_of()
    (operation,) = bench.effects
    await bench.send(operation, await bench.prepare(operation), bench.call(operation))
    (made,) = bench.stand_in.state["books"].requests.values()
    claimed = made.document() | {"is_complete": True}
    body, headers = event(claimed, "signature_request_all_signed", datetime.now(UTC))
    forged = RawCallback(body=body, headers=headers, received_at=datetime.now(UTC))
    assert await take(bench, forged) == ()


async def test_an_event_of_somebody_elses_request_is_taken() -> None:
    """A request without our metadata, or one that is gone, leads to no notice and no resend."""
    bench, _, events = await signed()
    (made,) = bench.stand_in.state["books"].requests.values()
    made.body["metadata"] = {}
    assert await take(bench, events[-1]) == ()
    made.gone = True
    assert await take(bench, events[-1]) == ()


async def test_an_event_that_cannot_be_checked_comes_again() -> None:
    """While the vendor cannot be asked, the event is not acknowledged."""
    bench, _, events = await signed()
    bench.stand_in.play("error", "agreement.look_up")
    with pytest.raises(InDoubt):
        await take(bench, events[-1])


@pytest.mark.parametrize("kind", ["callback_test", "template_created", "account_confirmed"])
async def test_other_events_are_acknowledged(kind: str) -> None:
    """What is about no request of ours is taken and tells nothing."""
    body, headers = event({}, kind, datetime.now(UTC))
    taken = RawCallback(body=body, headers=headers, received_at=datetime.now(UTC))
    assert await take(bench_of(), taken) == ()


def form(*parts: bytes, end: bytes = b"--\r\n") -> bytes:
    """A form of parts, each with its headers."""
    mark = b"--" + BOUNDARY.encode()
    return b"\r\n".join([mark + b"\r\n" + part for part in parts] + [mark + end])


CONTENT_TYPE = f'multipart/form-data; boundary="{BOUNDARY}"'
PART = b'Content-Disposition: form-data; name="json"\r\nContent-Type: text/plain\r\n\r\n{}'


def test_a_form_is_read_by_its_names() -> None:
    """Values may hold line breaks and dashes, and need no order."""
    other = b'content-disposition: form-data; filename="a"; name="other"\r\n\r\na\r\n--b\r\n'
    assert fields(CONTENT_TYPE, form(other, PART)) == {"json": b"{}", "other": b"a\r\n--b\r\n"}


@pytest.mark.parametrize(
    "body",
    [
        form(PART, end=b""),
        form(PART, end=b"--\r\nmore"),
        b"before" + form(PART),
        form(PART) + form(PART),
        form(b"no headers"),
        form(b"Content-Disposition: form-data\r\n\r\n{}"),
        b"",
    ],
)
def test_what_is_no_form_is_refused(body: bytes) -> None:
    """Half a form, two forms, and bytes around it are not read."""
    with pytest.raises(ValueError, match=r"boundaries|part|name"):
        fields(CONTENT_TYPE, body)


@given(st.binary(max_size=200))
def test_nothing_sent_breaks_the_reader(body: bytes) -> None:
    """Any bytes are a form or a `ValueError`."""
    try:
        fields(CONTENT_TYPE, body)
    except ValueError:
        return


@given(st.binary(max_size=100).filter(lambda value: BOUNDARY.encode() not in value))
def test_a_value_arrives_as_it_was_sent(value: bytes) -> None:
    """No byte of a value is lost, line breaks at its ends included."""
    part = b'Content-Disposition: form-data; name="json"\r\n\r\n' + value
    assert fields(CONTENT_TYPE, form(part)) == {"json": value}
