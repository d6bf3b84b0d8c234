"""CSV that a spreadsheet and the standard library read the same."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from unshackled.events.reports.rows import DropOffRow
from unshackled.http.reports.csv_text import DANGEROUS, csv_of


def row(reason: str) -> DropOffRow:
    return DropOffRow(
        flow="handset", step=None, provider="a", ended_by="flow", reason=reason, checkouts=3
    )


def test_a_header_and_lines_that_end_as_the_standard_says() -> None:
    """RFC 4180: CRLF, also at the end; None is empty."""
    text = csv_of(DropOffRow, [row("expired")])
    assert text == ("flow,step,provider,ended_by,reason,checkouts\r\nhandset,,a,flow,expired,3\r\n")


def test_what_could_be_a_formula_is_text() -> None:
    """In each form that spreadsheets know."""
    for start in DANGEROUS:
        (_, line) = csv.reader(io.StringIO(csv_of(DropOffRow, [row(f"{start}cmd")]), newline=""))
        assert line[4] == f"'{start}cmd"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20))
def test_any_text_is_read_back(reason: str) -> None:
    """Quotes, commas and line ends too; only the guard against formulas is added."""
    text = csv_of(DropOffRow, [row(reason)])
    _, line = csv.reader(io.StringIO(text, newline=""))
    assert line[4] in (reason, f"'{reason}")
    assert not line[4].startswith(DANGEROUS)
