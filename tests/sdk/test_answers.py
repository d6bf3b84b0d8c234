"""Reading the answers of JSON backends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from unshackled.outbound import Answer
from unshackled.sdk import InDoubt
from unshackled.sdk.answers import moment, operation_name, read


def answer(body: bytes) -> Answer:
    return Answer(provider="prime", status=200, headers={}, body=body)


def test_an_answer_is_read_by_the_mapping() -> None:
    """The mapping gets the answer's JSON."""
    assert read(answer(b'{"id": 7}'), lambda data: data["id"]) == 7


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"id": "O\'Featherstone"}'])
def test_an_unexpected_answer_is_a_doubt_that_quotes_nothing(body: bytes) -> None:
    """What the mapping cannot read is InDoubt, without a word of the answer."""
    with pytest.raises(InDoubt) as doubt:
        read(answer(body), lambda data: int(data["id"]))
    assert "Featherstone" not in str(doubt.value)
    assert doubt.value.__cause__ is None
    assert doubt.value.__suppress_context__


def test_a_time_needs_an_offset() -> None:
    """A time of a backend without an offset could be any hour."""
    assert moment("2026-11-22T18:00:00Z") == datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
    with pytest.raises(ValueError, match="offset"):
        moment("2026-11-22T18:00:00")


def test_operations_go_by_either_name() -> None:
    """A look-up is told `apply` or `credit.apply`."""
    assert [operation_name(name) for name in ("apply", "credit.apply")] == ["apply", "apply"]
