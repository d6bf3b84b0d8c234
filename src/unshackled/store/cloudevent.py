"""A row of the event log as a CloudEvent (1.0, structured JSON), and back.

`source` is the checkout, so (`source`, `sequence`) is its place in the checkout's own order; there
is no order across checkouts. `livemode` is false where the checkout was begun with a test key. The
type has no reverse domain in front: every installation has a domain of its own, and a consumer
should not have to know it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from unshackled.domain.account import account_of, is_live, retailer_of
from unshackled.errors import UnshackledError
from unshackled.store.stored_records import EventRow

Json = Any
CONTENT_TYPE: Final = "application/cloudevents+json"
_TEXTS: Final = ("id", "source", "type", "subject", "time", "sequence", "partitionkey")
_SOURCE: Final = re.compile(r"/retailers/(?P<retailer>[^/]+)/checkouts/(?P<checkout>[^/]+)")
_SEQUENCE: Final = re.compile(r"(?P<version>[0-9]{10})\.(?P<index>[0-9]{4,})")
_TRACEPARENT: Final = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class NotOurEvent(UnshackledError):
    """Not a CloudEvent that `wrap` made; the text names the attribute, never its value."""


def wrap(row: EventRow) -> dict[str, Json]:
    """The CloudEvent of a row; its `sequence` sorts as text."""
    event = {
        "specversion": "1.0",
        "id": row.id,
        "source": f"/retailers/{retailer_of(row.retailer)}/checkouts/{row.checkout}",
        "type": row.type,
        "subject": row.checkout,
        "time": row.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "partitionkey": row.checkout,
        "sequence": f"{row.version:010}.{row.index:04}",
        "livemode": is_live(row.retailer),
        "data": dict(row.data),
    }
    trace = traceparent(row)
    return event if trace is None else {**event, "traceparent": trace}


def traceparent(row: EventRow) -> str | None:
    """The W3C trace context that an event names: that of the request that began its checkout."""
    trace = row.data.get("trace")
    return trace if isinstance(trace, str) and _TRACEPARENT.fullmatch(trace) else None


def dumps(row: EventRow) -> bytes:
    """The CloudEvent as JSON."""
    return orjson.dumps(wrap(row))


def loads(body: bytes | str) -> EventRow:
    """The row of a CloudEvent's JSON; raises `NotOurEvent`."""
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotOurEvent("the body: not JSON") from None
    return unwrap(event)


def unwrap(event: Json) -> EventRow:
    """The row of a CloudEvent; raises `NotOurEvent`."""
    if not isinstance(event, Mapping):
        raise NotOurEvent("the body: not an object")
    if event.get("specversion") != "1.0":
        raise NotOurEvent("specversion: not 1.0")
    texts = {name: _text(event, name) for name in _TEXTS}
    source = _match(_SOURCE, texts, "source")
    place = _match(_SEQUENCE, texts, "sequence")
    data = event.get("data")
    if not isinstance(data, Mapping):
        raise NotOurEvent("data: not an object")
    row = EventRow(
        checkout=source["checkout"],
        retailer=account_of(source["retailer"], livemode=_mode(event)),
        version=int(place["version"]),
        index=int(place["index"]),
        type=texts["type"],
        at=_time(texts["time"]),
        data=data,
    )
    for name, expected in (
        ("id", row.id),
        ("subject", row.checkout),
        ("partitionkey", row.checkout),
    ):
        if texts[name] != expected:
            raise NotOurEvent(f"{name}: does not agree with source and sequence")
    return row


def _text(event: Mapping[str, Json], name: str) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not value:
        raise NotOurEvent(f"{name}: a text is needed")
    return value


def _mode(event: Mapping[str, Json]) -> bool:
    """Whether it is of a live checkout; an event from before there were modes is."""
    value = event.get("livemode", True)
    if not isinstance(value, bool):
        raise NotOurEvent("livemode: not a boolean")
    return value


def _match(form: re.Pattern[str], texts: Mapping[str, str], name: str) -> re.Match[str]:
    found = form.fullmatch(texts[name])
    if found is None:
        raise NotOurEvent(f"{name}: not of the form that we give it")
    return found


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise NotOurEvent("time: not RFC 3339") from None
    if at.tzinfo is None:
        raise NotOurEvent("time: without an offset")
    return at.astimezone(UTC)
