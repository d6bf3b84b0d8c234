"""What a retailer and its providers say in documents: who they are, and texts of their own.

It is plain text in a file: neither HTML nor Markdown would be read as such.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from unshackled.domain.documents import CREDIT_AGREEMENT, TEMPLATES
from unshackled.flow.language.field_types import Model
from unshackled.messages import LANGUAGES

DOCUMENTS: Final = tuple(sorted((*TEMPLATES, CREDIT_AGREEMENT.name)))
MOST_TEXTS: Final = 12
# Of the texts of one business in one document and language together.
MOST_CHARACTERS: Final = 4_000
_MARKUP: Final = re.compile(r"</?[A-Za-z!][^>]*>|&#?\w+;|\*\*|\]\(")


def _plain_text(value: str) -> str:
    """A line of text: what turns other text round, or is no character to read, is refused."""
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn") for c in value):
        raise ValueError("has line breaks or control characters: write one line of text")
    if found := _MARKUP.search(value):
        raise ValueError(f"{found[0]!r} looks like markup: write plain text")
    if value != value.strip() or not value:
        raise ValueError("is empty, or begins or ends with a space")
    return value


def _document(value: str) -> str:
    if value not in DOCUMENTS:
        raise ValueError(f"unknown document {value!r}: allowed are {', '.join(DOCUMENTS)}")
    return value


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise ValueError(f"unknown language {value!r}: allowed are {', '.join(LANGUAGES)}")
    return value


Line = Annotated[str, AfterValidator(_plain_text)]
Statement = Annotated[str, Field(max_length=500), AfterValidator(_plain_text)]
DocumentName = Annotated[str, AfterValidator(_document)]
LanguageName = Annotated[str, AfterValidator(_language)]


class OwnTextSpec(Model):
    """A paragraph of your own, under a heading, at the end of a document."""

    heading: Line = Field(max_length=120, description="What it is about.")
    text: Line = Field(max_length=1500, description="The paragraph, in plain text.")
    language: LanguageName | None = Field(
        default=None, description="Only in documents of this language; without it, in all."
    )


def _short_enough(texts: list[OwnTextSpec]) -> list[OwnTextSpec]:
    """They are kept with every checkout that was shown them."""
    length = sum(len(one.heading) + len(one.text) for one in texts)
    if length > MOST_CHARACTERS:
        raise ValueError(f"{length} characters of text: at most {MOST_CHARACTERS}")
    return texts


OwnTexts = Annotated[list[OwnTextSpec], Field(max_length=MOST_TEXTS), AfterValidator(_short_enough)]


class DocumentsSpec(Model):
    """What documents say of a business; what is left out stands in no document."""

    name: Line | None = Field(default=None, max_length=120, description="Its legal name.")
    address: Line | None = Field(default=None, max_length=300, description="Where it is.")
    phone: Line | None = Field(default=None, max_length=40, description="For customers.")
    email: Line | None = Field(default=None, max_length=120, description="For customers.")
    web: Line | None = Field(default=None, max_length=120, description="Its pages.")
    register_number: Line | None = Field(
        default=None, max_length=120, description="Its number with the supervisor, e.g. an FRN."
    )
    supervisor: Line | None = Field(
        default=None,
        max_length=200,
        description="Who supervises it, with the address; by default the market's authority.",
    )
    late_costs: dict[LanguageName, Statement] = Field(
        default={}, description="Of a lender: what a late payment costs, by language."
    )
    speeds: dict[LanguageName, Statement] = Field(
        default={}, description="Of a network: download and upload as agreed, by language."
    )
    accessibility: dict[LanguageName, Statement] = Field(
        default={}, description="Of a network: what it does for disabled users, by language."
    )
    texts: dict[DocumentName, OwnTexts] = Field(
        default={},
        description=f"Paragraphs of its own, by document: {MOST_CHARACTERS} characters in each.",
    )
