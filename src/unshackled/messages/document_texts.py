"""Documents in words: the same lines in each language, and the digest of what was shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from typing import Final

from unshackled.domain.codec import digest
from unshackled.domain.documents import DocumentLine, Template
from unshackled.domain.memo import Memo
from unshackled.domain.records import Record
from unshackled.messages.formats import Sentence
from unshackled.messages.message_catalogue import (
    LANGUAGES,
    MessageCatalogue,
    catalogue,
    language_of,
)

# How each language was written where a locale does not say it: the first of its countries.
_HOME: Final = {"en": "en-GB", "de": "de-DE"}


class Document(Record):
    """A titled list of (label, text) lines with the digest of its contents.

    The digest is the evidence: what was shown, to the letter.
    """

    name: str
    title: str
    lines: tuple[tuple[str, str], ...]
    digest: str


_WRITTEN: Final[Memo[Document]] = Memo()


def written(template: Template, facts: object, locale: str) -> Document:
    """The document for these facts, in the words of a locale, e.g. `de-AT`."""
    return _WRITTEN.get(template, facts, locale, make=lambda: _written(template, facts, locale))


def _written(template: Template, facts: object, locale: str) -> Document:
    lines = in_words(template.lines(facts), locale)
    return Document(
        name=template.name,
        title=catalogue(language_of(locale)).documents[template.name],
        lines=lines,
        digest=digest(template.name, lines),
    )


def in_words(lines: Iterable[DocumentLine], locale: str) -> tuple[tuple[str, str], ...]:
    """The label and the text of each line."""
    words = catalogue(language_of(locale))
    return tuple(_line(words, locale, one) for one in lines)


def ever_written(template: Template, facts: object, locale: str) -> frozenset[str]:
    """The digests of the document in this locale and in every language.

    What was shown before its language was there was shown in another one, and still counts.
    """
    homes = (_HOME.get(language, language) for language in LANGUAGES)
    return frozenset(written(template, facts, one).digest for one in (locale, *homes))


def _line(words: MessageCatalogue, locale: str, line: DocumentLine) -> tuple[str, str]:
    write = Sentence(locale, UTC)
    label = write.vformat(words.labels[line.label], (), line.params)
    return label, write.vformat(words.texts[line.text], (), line.params)
