"""CloudEvents: what we wrap others can read, and only what we wrapped is read back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.records import replace
from unshackled.store.cloudevent import CONTENT_TYPE, NotOurEvent, dumps, loads, unwrap, wrap
from unshackled.store.stored_records import EventRow

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ROW = EventRow(
    checkout="chk_1",
    retailer="northstar",
    version=7,
    index=0,
    type="checkout.created.v1",
    at=datetime(2026, 11, 22, 12, 30, 0, 250, tzinfo=UTC),
    data={"id": "chk_1", "bucket": 4711, "trace": TRACE},
)
WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
ROWS = st.builds(
    EventRow,
    checkout=WORDS,
    retailer=WORDS,
    version=st.integers(0, 10**10 - 1),
    index=st.integers(0, 100_000),
    type=WORDS,
    at=st.datetimes(
        min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
        timezones=st.just(UTC) | st.just(timezone(timedelta(hours=1))),
    ),
    data=st.dictionaries(st.text(max_size=9), JSON, max_size=4),
)


def test_an_event_names_its_checkout_its_order_and_its_trace() -> None:
    """Attributes of the standard, and its published extensions."""
    assert wrap(ROW) == {
        "specversion": "1.0",
        "id": "chk_1-7-0",
        "source": "/retailers/northstar/checkouts/chk_1",
        "type": "checkout.created.v1",
        "subject": "chk_1",
        "time": "2026-11-22T12:30:00.000250Z",
        "datacontenttype": "application/json",
        "partitionkey": "chk_1",
        "sequence": "0000000007.0000",
        "livemode": True,
        "traceparent": TRACE,
        "data": {"id": "chk_1", "bucket": 4711, "trace": TRACE},
    }


@given(ROWS)
def test_a_row_comes_back_whole(row: EventRow) -> None:
    """Whatever its data; times come back in UTC."""
    assert loads(dumps(row)) == row


@given(ROWS)
def test_the_public_library_reads_it(row: EventRow) -> None:
    """Structured mode, as any consumer of CloudEvents would."""
    message = HTTPMessage(headers={"content-type": CONTENT_TYPE}, body=dumps(row))
    event = from_structured(message, JSONFormat(), CloudEvent)
    assert (event.get_id(), event.get_type(), event.get_subject()) == (
        row.id,
        row.type,
        row.checkout,
    )
    assert event.get_time() == row.at
    assert event.get_data() == dict(row.data)
    assert event.get_extension("partitionkey") == row.checkout


@given(ROWS, ROWS)
def test_sequences_sort_as_text(one: EventRow, other: EventRow) -> None:
    """As versions and indices do, so that a consumer in any language can compare them."""
    places = [(row.version, row.index) for row in (one, other)]
    if all(index < 10_000 for _, index in places):
        texts = [wrap(row)["sequence"] for row in (one, other)]
        assert (texts[0] < texts[1]) == (places[0] < places[1])


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("specversion", "0.3", "specversion: not 1.0"),
        ("id", "chk_1-7-1", "id: does not agree"),
        ("id", 7, "id: a text is needed"),
        ("source", "/elsewhere", "source: not of the form"),
        ("sequence", "7", "sequence: not of the form"),
        ("subject", "chk_2", "subject: does not agree"),
        ("partitionkey", "", "partitionkey: a text is needed"),
        ("time", "noon", "time: not RFC 3339"),
        ("time", "2026-11-22T12:30:00", "time: without an offset"),
        ("data", [], "data: not an object"),
        ("type", None, "type: a text is needed"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: Any, says: str) -> None:
    """The attribute, never its value."""
    with pytest.raises(NotOurEvent, match=says):
        unwrap({**wrap(ROW), name: value})


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b'"text"'])
def test_what_is_no_event_is_refused(body: bytes) -> None:
    """Broken JSON and JSON of another kind."""
    with pytest.raises(NotOurEvent, match="the body"):
        loads(body)


def test_a_trace_that_is_none_is_left_out() -> None:
    """Only a well-formed trace context goes into the attribute."""
    row = EventRow(
        checkout="chk_1",
        retailer="r",
        version=1,
        index=0,
        type="t.v1",
        at=ROW.at,
        data={"trace": "nonsense"},
    )
    assert "traceparent" not in wrap(row)


def test_an_event_of_a_test_checkout_says_so() -> None:
    """The retailer is named as ever; a reader finds the account again."""
    test = replace(ROW, retailer="northstar:test")
    event = wrap(test)
    assert (event["source"], event["livemode"]) == ("/retailers/northstar/checkouts/chk_1", False)
    assert unwrap(event) == test


def test_an_event_from_before_there_were_modes_is_live() -> None:
    """Without the attribute it is one of a live checkout; another type of it is refused."""
    event = wrap(ROW)
    del event["livemode"]
    assert unwrap(event) == ROW
    with pytest.raises(NotOurEvent, match="livemode"):
        unwrap({**event, "livemode": "false"})
