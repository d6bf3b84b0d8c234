"""Documents in words: the same parameters in each language, and the digest of what was shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from typing import Any, Final

from unshackled.domain.codec import digest, encode, json_of
from unshackled.domain.documents import Circumstances, DocumentLine, Template
from unshackled.domain.documents.document_model import (
    DefinitionRows,
    DocumentModel,
    model_digest,
    require_bounds,
)
from unshackled.domain.memo import Memo
from unshackled.domain.personal import has_personal
from unshackled.domain.records import Record
from unshackled.lru_cache import LruCache
from unshackled.messages.document_words import filled, template_words
from unshackled.messages.formats import Sentence
from unshackled.messages.message_catalogue import (
    LANGUAGES,
    MessageCatalogue,
    catalogue,
    language_of,
)

Json = Any
# How each language was written where a locale does not say it: the first of its countries.
_HOME: Final = {"en": "en-GB", "de": "de-DE"}
FIRST: Final = 1
NOWHERE: Final = Circumstances()


class Document(Record):
    """A document as it was written, with the digest of its contents and what it was written from.

    The digest is the evidence: what was shown, to the letter. `locale` and `params` with the
    template and its version are enough to write it again: `rewritten`.
    """

    name: str
    version: int
    locale: str
    digest: str
    model: DocumentModel
    params: Mapping[str, Json]

    @property
    def title(self) -> str:
        """Its title, in its language."""
        return self.model.title

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """All of it as pairs of a label and a text."""
        return self.model.lines()


_WRITTEN: Final[Memo[Document]] = Memo()
# By what they were written from: customers of a day who buy the same read the same.
_ALIKE: Final[LruCache[tuple[str, int, str, bytes], Document]] = LruCache(128)


def written(
    template: Template, facts: object, locale: str, by: Circumstances = NOWHERE
) -> Document:
    """The document for these facts in its newest version, in the words of a locale (`de-AT`)."""
    make = _first if template.params is None else _newest
    return _WRITTEN.get(template, facts, locale, by, make=lambda: make(template, facts, locale, by))


def _newest(template: Template, facts: object, locale: str, by: Circumstances) -> Document:
    if template.params is None:
        raise TypeError(f"{template.name} has no parameters")
    params = encode(template.params(facts, by))
    if has_personal(template.request):
        return rewritten(template.name, template.version, locale, params)
    key = template.name, template.version, locale, json_of(params)
    known = _ALIKE.get(key)
    if known is None:
        known = rewritten(template.name, template.version, locale, params)
        _ALIKE.put(key, known)
    return known


def _first(template: Template, facts: object, locale: str, by: Circumstances) -> Document:
    if template.lines is None:
        raise TypeError(f"{template.name} has no lines")
    return rewritten(template.name, FIRST, locale, {"lines": encode(tuple(template.lines(facts)))})


def rewritten(name: str, version: int, locale: str, params: Mapping[str, Json]) -> Document:
    """The document that these parameters made, or make, in a version and locale.

    Raises `FileNotFoundError` for a version that there is not.
    """
    if "lines" in params:
        lines = [DocumentLine(**one) for one in params["lines"]]
        model, evidence = _as_lines(name, in_words(lines, locale), locale)
    else:
        model = filled(template_words(name, version, language_of(locale)), params)
        evidence = model_digest(model)
    return Document(
        name=name, version=version, locale=locale, digest=evidence, model=model, params=params
    )


def _as_lines(
    name: str, lines: tuple[tuple[str, str], ...], locale: str
) -> tuple[DocumentModel, str]:
    """A first version: its digest is that of its lines."""
    language = language_of(locale)
    model = DocumentModel(
        name=name,
        version=FIRST,
        language=language,
        title=catalogue(language).documents[name],
        blocks=(DefinitionRows(rows=lines),),
    )
    return require_bounds(model), digest(name, lines)


def in_words(lines: Iterable[DocumentLine], locale: str) -> tuple[tuple[str, str], ...]:
    """The label and the text of each line."""
    words = catalogue(language_of(locale))
    return tuple(_line(words, locale, one) for one in lines)


def first_written(template: Template, facts: object, locale: str) -> Iterator[Document]:
    """The first version of the document in this locale and in every language, one by one.

    What was shown before its language or its next version was there still counts.
    """
    if template.lines is None:
        return
    homes = (_HOME.get(language, language) for language in LANGUAGES)
    for one in (locale, *homes):
        yield _first(template, facts, one, NOWHERE)


def shown_as(
    evidence: object, now: Document | None, template: Template, facts: object, locale: str
) -> Document | None:
    """The document that this digest is of: as it is written now, or else as its first version."""
    if now is not None and now.digest == evidence:
        return now
    before = first_written(template, facts, locale)
    return next((one for one in before if one.digest == evidence), None)


def ever_written(template: Template, facts: object, locale: str) -> frozenset[str]:
    """The digests of all that may have been shown before, by other versions of the service."""
    return frozenset(one.digest for one in first_written(template, facts, locale))


def _line(words: MessageCatalogue, locale: str, line: DocumentLine) -> tuple[str, str]:
    write = Sentence(locale, UTC)
    label = write.vformat(words.labels[line.label], (), line.params)
    return label, write.vformat(words.texts[line.text], (), line.params)
