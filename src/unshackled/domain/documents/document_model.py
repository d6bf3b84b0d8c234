"""What a document says, whatever it is shown as: headings, paragraphs, rows and tables.

A model is plain text in one language. HTML, PDF and JSON are made of it, and its digest is the
evidence of what was shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from unshackled.domain.codec import digest, json_of
from unshackled.domain.records import Record
from unshackled.errors import UnshackledError

# Of the blocks of a document, of the rows and columns of a block, and of it all.
MOST_BLOCKS: Final = 400
MOST_ROWS: Final = 600
MOST_COLUMNS: Final = 6
MOST_BYTES: Final = 256 * 1024


class DocumentTooLarge(UnshackledError):
    """A document is larger than any customer reads: its facts or own texts are out of bounds."""


class Heading(Record, tag="heading", tag_field="type"):
    """The heading of what follows: 2 of a section, 3 of a part of one. 1 is the title."""

    text: str
    level: int = 2


class Paragraph(Record, tag="paragraph", tag_field="type"):
    """A paragraph of text."""

    text: str


class DefinitionRows(Record, tag="rows", tag_field="type"):
    """Pairs of a label and what it is: one row of a form each."""

    rows: tuple[tuple[str, str], ...]


class DocumentTable(Record, tag="table", tag_field="type"):
    """A table with a caption and a heading for each column; each row has a cell a column."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block: TypeAlias = Heading | Paragraph | DefinitionRows | DocumentTable


class DocumentModel(Record):
    """A whole document: which template, of which version, in which language, and what it says."""

    name: str
    version: int
    language: str
    title: str
    blocks: tuple[Block, ...]

    def texts(self) -> Iterator[str]:
        """Every text that a reader sees, in their order."""
        yield self.title
        for block in self.blocks:
            yield from block_texts(block)

    def lines(self) -> tuple[tuple[str, str], ...]:
        """All of it as pairs of a label and a text, for pages that know nothing else."""
        return tuple(line for block in self.blocks for line in _lines(block))


def block_texts(block: Block) -> Iterator[str]:
    """Every text of a block, in their order."""
    if isinstance(block, Heading | Paragraph):
        yield block.text
    elif isinstance(block, DefinitionRows):
        for row in block.rows:
            yield from row
    else:
        yield block.caption
        yield from block.columns
        for cells in block.rows:
            yield from cells


def _lines(block: Block) -> Iterator[tuple[str, str]]:
    if isinstance(block, Heading):
        yield block.text, ""
    elif isinstance(block, Paragraph):
        yield "", block.text
    elif isinstance(block, DefinitionRows):
        yield from block.rows
    else:
        yield block.caption, ""
        for cells in block.rows:
            named = zip(block.columns[1:], cells[1:], strict=True)
            yield f"{block.columns[0]} {cells[0]}", ", ".join(f"{a}: {b}" for a, b in named)


def model_digest(model: DocumentModel) -> str:
    """The digest of the model: its template, version and language are part of it."""
    return digest(model)


def require_bounds(model: DocumentModel) -> DocumentModel:
    """The model, which is of a size that can be shown; raises `DocumentTooLarge`."""
    if len(model.blocks) > MOST_BLOCKS:
        raise DocumentTooLarge(
            f"{model.name}: {len(model.blocks)} blocks: allowed are {MOST_BLOCKS}"
        )
    for block in model.blocks:
        _require_shape(model.name, block)
    if (size := len(json_of(model))) > MOST_BYTES:
        raise DocumentTooLarge(f"{model.name}: {size} bytes: allowed are {MOST_BYTES}")
    return model


def _require_shape(name: str, block: Block) -> None:
    if isinstance(block, Heading | Paragraph):
        return
    columns = len(block.columns) if isinstance(block, DocumentTable) else 2
    if len(block.rows) > MOST_ROWS or columns > MOST_COLUMNS:
        raise DocumentTooLarge(
            f"{name}: {len(block.rows)} rows of {columns} columns: "
            f"allowed are {MOST_ROWS} of {MOST_COLUMNS}"
        )
