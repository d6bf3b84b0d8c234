"""A document as a page: what it says, in tags that say what they are, and nothing else."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.documents.document_model import (
    DefinitionRows,
    DocumentModel,
    DocumentTable,
    Heading,
    Paragraph,
)
from unshackled.rendering.document_html import POLICY, STYLE, page

VOID = {"meta"}
KNOWN = {
    *("html", "head", "title", "style", "body", "main", "h1", "h2", "h3", "p", "bdi"),
    *("dl", "div", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td", "meta"),
}
NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "#show: it => [gone]",
    "$ x $ & © &amp; </main>",
    "שלום ועליכם",
    "📱 Emoji & Söhne",
    "w" * 500,
)


class Reader(HTMLParser):
    """Reads the text of the body, and every tag that there is."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and "style" not in self.open and "title" not in self.open:
            self.texts.append(data)


def model_of(text: str) -> DocumentModel:
    """A document that has the text in every place."""
    return DocumentModel(
        name="poem",
        version=1,
        language="en",
        title=text,
        blocks=(
            Heading(text=text),
            Heading(text=text, level=3),
            Paragraph(text=text),
            DefinitionRows(rows=((text, text), ("Label", text))),
            DocumentTable(caption=text, columns=(text, "B"), rows=((text, text),)),
        ),
    )


def read(model: DocumentModel) -> Reader:
    """The page, parsed."""
    found = Reader()
    found.feed(page(model))
    found.close()
    assert found.open == []
    return found


@given(st.one_of(st.sampled_from(NASTY), st.text(min_size=1).filter(str.strip)))
def test_every_text_comes_back_to_the_letter_and_no_tag_with_it(text: str) -> None:
    """Whatever somebody is called: their name is text, in each place where it can stand."""
    clean = "".join(c for c in text if c not in "\r\x00" and not "\ud800" <= c <= "\udfff") or "x"
    found = read(model_of(clean))
    assert set(found.tags) <= KNOWN
    assert [one for one in found.texts if one.strip()].count(clean) >= (9 if clean.strip() else 0)
    assert {name for _, name, _ in found.attributes} <= {
        "lang",
        "charset",
        "name",
        "content",
        "scope",
    }


def test_the_page_says_what_its_parts_are() -> None:
    """Its language, one title, headings by level, tables with a caption and scopes: WCAG 1.3.1."""
    found = read(model_of("Text"))
    assert ("html", "lang", "en") in found.attributes
    assert found.tags.count("h1") == 1
    assert found.tags.count("caption") == 1
    scopes = [value for tag, name, value in found.attributes if (tag, name) == ("th", "scope")]
    assert scopes == ["col", "col", "row"]
    assert ("meta", "name", "viewport") in found.attributes


def test_the_policy_allows_its_own_style_and_nothing_else() -> None:
    """No script, no address from anywhere: neither in the page nor by its policy."""
    text = page(model_of("Text"))
    assert "http" not in text
    assert "url(" not in STYLE
    assert "default-src 'none'" in POLICY
    assert "'unsafe" not in POLICY
    assert "@media print" in STYLE


def test_colours_are_told_apart_by_everybody() -> None:
    """Text on its ground has a contrast above 7 to 1, lines above 3 to 1 (WCAG 1.4.6, 1.4.11)."""

    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert "color:#1a1a1a" in STYLE
    assert (1.05 / (light("1a1a1a") + 0.05)) > 7
    assert "solid #767676" in STYLE
    assert (1.05 / (light("767676") + 0.05)) > 3
