"""Log against stream: whatever is lost, invented, changed or out of order is named."""

from datetime import UTC, datetime
from typing import Any

import pytest

from unshackled.proving.chaos.stream_check import compare
from unshackled.store.stored_records import EventRow


def _row(version: int, index: int = 0, checkout: str = "chk_1", **data: Any) -> EventRow:
    return EventRow(
        checkout=checkout,
        retailer="northstar",
        version=version,
        index=index,
        type="step.passed.v1",
        at=datetime(2026, 11, 1, tzinfo=UTC),
        data=data,
    )


LOG = [_row(1), _row(1, 1), _row(1, checkout="chk_2"), _row(2)]


def test_repeats_of_what_was_published_are_dropped() -> None:
    """A stream with whole batches again is fine: the first of each id counts."""
    found = compare(LOG, [*LOG, *LOG[1:]])
    assert list(found.complaints()) == []
    assert (found.events, found.published, found.repeats) == (4, 4, 3)


@pytest.mark.parametrize(
    ("stream", "says"),
    [
        (LOG[:-1], "in the log and not in the stream: chk_1-2-0"),
        ([*LOG, _row(3)], "in the stream and not in the log: chk_1-3-0"),
        ([*LOG[:-1], _row(2, code="x")], "another in the stream than in the log: chk_1-2-0"),
        (
            [LOG[1], LOG[0], *LOG[2:]],
            "in the stream behind a later event of its checkout: chk_1-1-0",
        ),
    ],
)
def test_whatever_differs_is_named(stream: list[EventRow], says: str) -> None:
    """One line for each kind of difference, with the ids."""
    assert list(compare(LOG, stream).complaints()) == [says]
