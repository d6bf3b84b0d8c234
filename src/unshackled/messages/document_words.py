"""The words of documents: one file a template, version and language, never changed.

`document_templates/<name>.<version>.<language>.toml` has a `title` and a list of `blocks`:

* `{heading = "…"}`, with `level = 3` for a part of a section;
* `{text = "…"}`: a paragraph;
* `{label = "…", text = "…"}`: a row; rows that follow each other are one list;
* `{table = "payments", caption = "…", columns = […], cells = […]}`: a row for each entry of the
  parameter `payments`, filled with the fields of the entry;
* `{each = "texts", heading = "…", text = "…"}`: a heading and a paragraph for each entry.

`when = "gb"` takes a block only where that parameter is there and not false (of a list, each of
them), `unless` only where it is not. A text that names a parameter which is not there is left out:
a document has no gap and nothing made up. A heading with nothing below it is left out too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from unshackled.domain.documents.document_model import (
    Block,
    DefinitionRows,
    DocumentModel,
    DocumentTable,
    Heading,
    Paragraph,
    require_bounds,
)
from unshackled.domain.records import Record
from unshackled.messages.document_formats import written_text

Json = Any
FOLDER: Final = "document_templates"
# What stands in a cell of a table that there is nothing to write into.
NOTHING: Final = "\N{EN DASH}"


class TemplateWords(Record):
    """The words of a template in one language: titles by what must hold, and its blocks."""

    name: str
    version: int
    language: str
    titles: tuple[Mapping[str, Json], ...]
    blocks: tuple[Mapping[str, Json], ...]


@cache
def template_words(name: str, version: int, language: str) -> TemplateWords:
    """The words of a template; raises `FileNotFoundError` where there are none."""
    file = files("unshackled.messages") / FOLDER / f"{name}.{version}.{language}.toml"
    data = tomllib.loads(file.read_text("utf-8"))
    return TemplateWords(
        name=name,
        version=version,
        language=language,
        titles=tuple(data["titles"]),
        blocks=tuple(data["blocks"]),
    )


def filled(words: TemplateWords, params: Mapping[str, Json]) -> DocumentModel:
    """The document that the words make of parameters, which are JSON data.

    Raises `DocumentTooLarge`.
    """
    titles = (
        written_text(words.language, one["text"], params)
        for one in words.titles
        if _wanted(one, params)
    )
    title = next((title for title in titles if title is not None), None)
    if title is None:
        raise LookupError(f"{words.name}: no title for these parameters")
    blocks = [block for one in words.blocks for block in _blocks(words, one, params)]
    return require_bounds(
        DocumentModel(
            name=words.name,
            version=words.version,
            language=words.language,
            title=title,
            blocks=tuple(_joined(_without_empty_sections(blocks))),
        )
    )


def _wanted(one: Mapping[str, Json], params: Mapping[str, Json]) -> bool:
    when, unless = one.get("when", ()), one.get("unless")
    names = (when,) if isinstance(when, str) else when
    return all(params.get(name) for name in names) and not (unless and params.get(unless))


def _blocks(
    words: TemplateWords, one: Mapping[str, Json], params: Mapping[str, Json]
) -> Iterator[Block]:
    if not _wanted(one, params):
        return
    if "table" in one:
        yield from _table(words, one, params)
    elif "each" in one:
        for entry in params.get(one["each"]) or ():
            yield from _plain(words, one, {**params, **entry})
    else:
        yield from _plain(words, one, params)


def _plain(
    words: TemplateWords, one: Mapping[str, Json], params: Mapping[str, Json]
) -> Iterator[Block]:
    """A heading, a paragraph, a row, or a heading with its paragraph."""
    texts = {key: one[key] for key in ("heading", "label", "text") if key in one}
    found = {key: written_text(words.language, text, params) for key, text in texts.items()}
    if "label" in found:
        if found["label"] and found["text"]:
            yield DefinitionRows(rows=((found["label"], found["text"]),))
        return
    if heading := found.get("heading"):
        yield Heading(text=heading, level=one.get("level", 2))
    if text := found.get("text"):
        yield Paragraph(text=text)


def _table(
    words: TemplateWords, one: Mapping[str, Json], params: Mapping[str, Json]
) -> Iterator[Block]:
    entries: Sequence[Mapping[str, Json]] = params.get(one["table"]) or ()
    caption = written_text(words.language, one["caption"], params)
    rows = [
        tuple(
            written_text(words.language, cell, {**params, **entry}) or NOTHING
            for cell in one["cells"]
        )
        for entry in entries
    ]
    if rows and caption:
        yield DocumentTable(caption=caption, columns=tuple(one["columns"]), rows=tuple(rows))


def _without_empty_sections(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks but for headings that nothing follows before the next of their level or above."""
    for number, block in enumerate(blocks):
        if not isinstance(block, Heading) or _has_contents(blocks[number + 1 :], block.level):
            yield block


def _has_contents(rest: Sequence[Block], level: int) -> bool:
    for block in rest:
        if not isinstance(block, Heading):
            return True
        if block.level <= level:
            return False
    return False


def _joined(blocks: Iterator[Block]) -> Iterator[Block]:
    """Rows that follow each other as one list of them."""
    rows: tuple[tuple[str, str], ...] = ()
    for block in blocks:
        if isinstance(block, DefinitionRows):
            rows += block.rows
            continue
        if rows:
            yield DefinitionRows(rows=rows)
            rows = ()
        yield block
    if rows:
        yield DefinitionRows(rows=rows)
