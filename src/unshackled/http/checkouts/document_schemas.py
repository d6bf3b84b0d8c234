"""What the documents of a checkout look like as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from unshackled.http.described import Described


class PaperLink(Described):
    """Where a document is, in one form."""

    rel: Literal["self"] = "self"
    href: str
    type: str = Field(description="The media type to send as Accept.")


class ListedPaper(Described):
    """A document of the checkout."""

    name: str = Field(description="Which document, e.g. pre_contract_credit_information.")
    title: str = Field(description="Its title, in its language.")
    language: str = Field(description="What it is written in, e.g. de.")
    version: int = Field(
        description="The version of its template; 0 for a signed copy, which the signer made."
    )
    digest: str = Field(description="The digest of what it says: the evidence of what was shown.")
    step: str = Field(description="The step that it is shown or signed in.")
    standing: Literal["available", "shown", "agreed", "sent", "signed", "signed_copy"] = Field(
        description="available: may be read now; shown: a page showed it; agreed: the customer"
        " agreed to it; sent: it went out to be signed, as it was before; signed: the copy of what"
        " was signed; signed_copy: the file that the signer made of it, as it came."
    )
    at: datetime | None = Field(description="When that was; null for one that is only available.")
    links: list[PaperLink]


class PaperList(Described):
    """Every document of a checkout, by the steps of its flow."""

    items: list[ListedPaper]


class HeadingBlock(Described):
    """A heading: 2 of a section, 3 of a part of one."""

    type: Literal["heading"]
    text: str
    level: int


class ParagraphBlock(Described):
    """A paragraph."""

    type: Literal["paragraph"]
    text: str


class RowsBlock(Described):
    """Pairs of a label and a text."""

    type: Literal["rows"]
    rows: list[tuple[str, str]]


class TableBlock(Described):
    """A table: each row has a cell for each column, the first is its heading."""

    type: Literal["table"]
    caption: str
    columns: list[str]
    rows: list[list[str]]


class Paper(Described):
    """A document as data: the digest is over it, without itself."""

    name: str
    version: int
    language: str
    title: str
    digest: str
    blocks: list[
        Annotated[
            HeadingBlock | ParagraphBlock | RowsBlock | TableBlock, Field(discriminator="type")
        ]
    ]


PAPERS: Final[tuple[type[Described], ...]] = (
    PaperList,
    ListedPaper,
    PaperLink,
    Paper,
    HeadingBlock,
    ParagraphBlock,
    RowsBlock,
    TableBlock,
)
