"""A document as a file: PDF/A, the same bytes each time, and nothing of a text is markup."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from unshackled.domain.documents.document_model import (
    DefinitionRows,
    DocumentModel,
    DocumentTable,
    Heading,
    Paragraph,
    model_digest,
)
from unshackled.rendering.document_pdf import LONG_WORD, legible, missing, pdf_of, pictures_of

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
NASTY = (
    '#eval("1") #include "/etc/passwd"',
    "$ sum_(k=1)^n k $ * bold * _ under _ `raw`",
    "<script>alert(1)</script> <label> @ref",
    "] } ) #set page(width: 1cm) \\ // /* */",
    "שלום ועליכם",
    "مرحبا بالعالم",
    "📱 日本 한국 ก",
    "w" * 500,
    '"quoted" \\u{0041} {"json": [1]}',
)


def model_of(text: str, language: str = "en") -> DocumentModel:
    """A document that has the text in every place."""
    return DocumentModel(
        name="poem",
        version=1,
        language=language,
        title=text,
        blocks=(
            Heading(text=text),
            Heading(text=text, level=3),
            Paragraph(text=text),
            DefinitionRows(rows=((text, text),)),
            DocumentTable(caption=text, columns=(text, "B"), rows=((text, text),)),
        ),
    )


def made(model: DocumentModel, at: datetime = AT) -> bytes:
    """Its file."""
    return pdf_of(model, model_digest(model), at)


def metadata(pdf: bytes) -> str:
    """The XMP packet, which PDF/A has in plain text."""
    found = re.search(rb"<x:xmpmeta.*?</x:xmpmeta>", pdf, re.DOTALL)
    assert found is not None
    return found[0].decode()


def test_a_file_is_an_archive_that_everybody_can_read() -> None:
    """It calls itself PDF/A-2a and PDF/UA-1, has a title, a language, tags and its fonts."""
    pdf = made(model_of("Vertrag", "de"))
    said = metadata(pdf)
    assert "<pdfaid:part>2</pdfaid:part>" in said
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in said
    assert "<pdfuaid:part>1</pdfuaid:part>" in said
    assert "Vertrag" in said
    assert b"/StructTreeRoot" in pdf
    assert b"/Lang(de" in pdf
    assert b"/JavaScript" not in pdf
    assert b"/URI" not in pdf


def test_the_same_document_is_the_same_file() -> None:
    """Byte by byte; on another day another date is in it and nothing else."""
    model = model_of("The same")
    assert made(model) == made(model)
    assert made(model) == made(model, AT + timedelta(0))
    assert made(model) != made(model, AT + timedelta(days=1))


def test_its_date_is_that_of_the_evidence() -> None:
    """Not that of the day somebody asked for it."""
    assert "2026-11-30" in metadata(made(model_of("Dated")))


@pytest.mark.parametrize(
    "at",
    [
        AT.replace(microsecond=983_010),
        AT.replace(microsecond=1).astimezone(ZoneInfo("Europe/London")),
        datetime(2028, 2, 29, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=-11))),
    ],
)
def test_any_moment_of_a_real_clock_is_a_date_of_a_file(at: datetime) -> None:
    """Clocks tell microseconds and zones; a file has the whole second, and the day of UTC."""
    model = model_of("Poem")
    file = made(model, at)
    assert file == made(model, at.replace(microsecond=0))
    assert f"{at.astimezone(UTC):%Y-%m-%d}" in metadata(file)


@pytest.mark.parametrize("text", NASTY)
def test_no_text_is_markup_and_none_is_refused(text: str) -> None:
    """Names of retailers and customers are data: every page is made, with its own width."""
    pdf = made(model_of(text))
    assert pdf.startswith(b"%PDF-1.7")
    boxes = set(re.findall(rb"/MediaBox ?\[([^]]*)\]", pdf)) or set(_boxes(pdf))
    assert len(boxes) == 1
    assert b"595.2" in next(iter(boxes))


def _boxes(pdf: bytes) -> list[bytes]:
    """Of pages that lie in compressed object streams."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            found += re.findall(rb"/MediaBox ?\[([^]]*)\]", zlib.decompress(stream))
        except zlib.error:
            continue
    return found


def test_a_text_is_set_as_it_is_written() -> None:
    """A line of markup takes as much room as any text of its length: nothing was carried out."""
    plain = pictures_of(model_of("x pagebreak() y"), "sha256:0", AT)
    nasty = pictures_of(model_of("#pagebreak() yy"), "sha256:0", AT)
    assert len(plain) == len(nasty) == 1


@pytest.mark.parametrize(
    ("text", "absent", "says"),
    [
        ("Shop 📱", "📱", "Shop [Mobile phone]"),
        ("日", "日", "[Cjk unified ideograph-65e5]"),
        ("a\x07b", "\x07", "a[U+0007]b"),
        ("Müller", "", "Müller"),
    ],
)
def test_what_no_font_has_is_written_out(text: str, absent: str, says: str) -> None:
    """By its name: a reader sees that something stood there, and what."""
    assert legible(text, absent=frozenset(absent)) == says


def test_a_long_word_may_be_broken_and_no_other() -> None:
    """Otherwise it would stand out of the page; it is the same word to whoever copies it."""
    long = "Donaudampfschifffahrtsgesellschaftskapitän"
    assert "\u200b" in legible(long, absent=frozenset())
    assert legible(long, absent=frozenset()).replace("\u200b", "") == long
    short = "w" * (LONG_WORD - 1)
    assert legible(f"{short} {short}", absent=frozenset()) == f"{short} {short}"


def test_the_typesetters_complaint_is_read_whole() -> None:
    """Every character that is missing, escaped or not, each once."""
    first = 'error: the text `"日本"` could not be displayed with font'
    second = 'error: the text `"\\u{7}"` could not be displayed with font'
    assert missing(f"{first}\n  hint\n{second}\n{first}") == {"日", "本", "\x07"}
