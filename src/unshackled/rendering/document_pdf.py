"""A document as a PDF file to keep for years: PDF/A-2a and PDF/UA-1, the same bytes each time.

The layout is a fixed file, `document.typ`; what the document says goes into it as JSON data, never
as markup. Fonts are those that come with the typesetter, so that no machine makes another file.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, partial
from importlib.resources import files
from typing import Any, Final, Literal

from unshackled.domain.codec import encode
from unshackled.domain.documents.document_model import DocumentModel
from unshackled.errors import UnshackledError

Json = Any
Form = Literal["pdf", "png"]
# Grows with every change of the layout or the typesetter, which make another file of a document.
RENDERER: Final = 1
STANDARDS: Final = ("a-2a", "ua-1")
LARGEST: Final = 2 * 1024 * 1024
# A word this long has no place on a line: it may be broken everywhere.
LONG_WORD: Final = 28
# A text says which characters no font has; after they are written out there are no more.
ATTEMPTS: Final = 3
_MISSING: Final = re.compile(r'the text `"((?:[^"\\]|\\.)+)"` could not be displayed')
_ESCAPED: Final = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")


class NoPdf(UnshackledError):
    """A document of which no file could be made."""


def pdf_of(model: DocumentModel, digest: str, at: datetime) -> bytes:
    """The file; `at` is the day it says it was made, which is that of the evidence.

    Takes CPU time in which other threads go on. Raises `NoPdf`.
    """
    (made,) = _typeset(model, digest, at, "pdf")
    if len(made) > LARGEST:
        raise NoPdf(f"{model.name}: a file of {len(made)} bytes: at most {LARGEST}")
    return made


def pictures_of(model: DocumentModel, digest: str, at: datetime) -> tuple[bytes, ...]:
    """Each page as a picture (PNG): to look at it."""
    return _typeset(model, digest, at, "png")


def _typeset(model: DocumentModel, digest: str, at: datetime, form: Form) -> tuple[bytes, ...]:
    from typst import TypstError  # noqa: PLC0415 - 40 MB that only this needs

    data = _data(model, digest, at)
    absent: set[str] = set()
    for _ in range(ATTEMPTS):
        try:
            return _compiled(_mapped(data, partial(legible, absent=frozenset(absent))), at, form)
        except TypstError as error:
            lacking = set(missing(error.diagnostic)) - absent
            if not lacking:
                raise NoPdf(f"{model.name}: {error.message}") from None
            absent |= lacking
    raise NoPdf(f"{model.name}: characters that no font has")


def _compiled(data: Json, at: datetime, form: Form) -> tuple[bytes, ...]:
    import typst  # noqa: PLC0415

    made: Any = typst.compile(
        _layout(),
        format=form,
        sys_inputs={"document": json.dumps(data)},
        pdf_standards=list(STANDARDS) if form == "pdf" else [],
        ignore_system_fonts=True,
        timestamp=at.astimezone(UTC).replace(microsecond=0),  # PDF dates have whole seconds
    )
    return tuple(made) if isinstance(made, list) else (bytes(made or b""),)


@cache
def _layout() -> bytes:
    return (files("unshackled.rendering") / "document.typ").read_bytes()


def _data(model: DocumentModel, digest: str, at: datetime) -> dict[str, Json]:
    day = at.astimezone(UTC)
    said = encode(model)
    return {**said, "digest": digest, "year": day.year, "month": day.month, "day": day.day}


def _mapped(data: Json, change: Callable[[str], str]) -> Json:
    """The same data with every text changed."""
    if isinstance(data, str):
        return change(data)
    if isinstance(data, Mapping):
        return {key: _mapped(value, change) for key, value in data.items()}
    return [_mapped(one, change) for one in data] if isinstance(data, list) else data


def legible(text: str, *, absent: frozenset[str]) -> str:
    """A text as the fonts can show it.

    A character that none of them has is written out by its name; a word that is too long for a
    line may be broken.
    """
    known = "".join(f"[{_named(c)}]" if c in absent else c for c in text)
    return re.sub(rf"\S{{{LONG_WORD},}}", _breakable, known)


def _named(character: str) -> str:
    return unicodedata.name(character, f"U+{ord(character):04X}").capitalize()


def _breakable(word: re.Match[str]) -> str:
    part, whole = LONG_WORD // 2, word[0]
    return "\u200b".join(whole[n : n + part] for n in range(0, len(whole), part))


def missing(diagnostic: str) -> set[str]:
    """The characters that the typesetter says no font has."""

    def plain(match: re.Match[str]) -> str:
        return chr(int(match[1], 16)) if match[1] else match[2]

    return {c for text in _MISSING.findall(diagnostic) for c in _ESCAPED.sub(plain, text)}
