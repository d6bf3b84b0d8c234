"""What is kept of documents is bounded, and what was signed goes last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.codec import json_of
from unshackled.domain.documents.document_record import (
    MOST_BYTES,
    MOST_RECORDS,
    DocumentRecord,
    with_record,
)

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)


def record(
    number: int, step: str = "documents", standing: str = "shown", size: int = 10
) -> DocumentRecord:
    """A document of a step, the later the higher its number."""
    return DocumentRecord(
        step=step,
        document=step,
        version=1,
        locale="en-GB",
        digest=f"sha256:{number:064}",
        standing=standing,  # type: ignore[arg-type]
        at=AT + timedelta(minutes=number),
        params={"text": "x" * size},
    )


def kept(records: list[DocumentRecord]) -> tuple[DocumentRecord, ...]:
    """What is left of them, one after the other."""
    known: tuple[DocumentRecord, ...] = ()
    for one in records:
        known = with_record(known, one)
    return known


def test_the_same_evidence_again_is_no_second_one() -> None:
    """It takes the place of the old, with the later moment."""
    first, again = record(1), record(1)
    assert kept([first, record(2), again]) == (record(2), again)


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from(["shown", "signed"]), st.integers(1, 9_000)
        ),
        max_size=60,
    )
)
def test_there_are_never_too_many_nor_too_large(given_: list[tuple[str, str, int]]) -> None:
    """Sixteen at most, 96 KiB at most, and the newest is always there."""
    records = [record(n, step, standing, size) for n, (step, standing, size) in enumerate(given_)]
    found = kept(records)
    assert len(found) <= MOST_RECORDS
    assert sum(len(json_of(one.params)) for one in found) <= MOST_BYTES
    assert found[-1:] == tuple(records[-1:])


def test_what_was_signed_outlives_what_was_shown_and_replaced() -> None:
    """A customer who changes their mind forty times keeps the agreement they signed first."""
    signed = record(0, "agreement", "signed")
    found = kept([signed, *(record(number) for number in range(1, 41))])
    assert signed in found
    assert len(found) == MOST_RECORDS
