"""The words of an address, written one way."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# A number with its letters (10, 10a, 1st), a letter with its number (b2), or a word.
WORD: Final = re.compile(r"[0-9]+[a-z]*|[a-z][0-9]+|[a-z]+")
# Accents, apostrophes, and the points of P.O. Box.
DROPPED: Final = re.compile(r"['\u2019`\u0300-\u036f]|(?<=\b[a-z])\.(?=[a-z])")
SAME: Final = {
    "apartment": "flat",
    "appt": "flat",
    "apt": "flat",
    "av": "avenue",
    "ave": "avenue",
    "bldg": "building",
    "cl": "close",
    "cres": "crescent",
    "crt": "court",
    "ct": "court",
    "dr": "drive",
    "fifth": "5th",
    "first": "1st",
    "flt": "flat",
    "fourth": "4th",
    "gdn": "garden",
    "gdns": "gardens",
    "gr": "grove",
    "hse": "house",
    "ln": "lane",
    "mt": "mount",
    "pk": "park",
    "pl": "place",
    "rd": "road",
    "saint": "st",
    "second": "2nd",
    "sq": "square",
    "street": "st",
    "ter": "terrace",
    "terr": "terrace",
    "third": "3rd",
}
IDLE: Final = frozenset({"no", "number", "the"})


def words(*texts: str | None) -> tuple[str, ...]:
    """The words of some lines, folded: no accents, no capitals, no marks, no abbreviations.

    `10-12` and `2/1` are two numbers each; `10 a` is `10a`.
    """
    text = unicodedata.normalize("NFKD", " ".join(text for text in texts if text)).casefold()
    text = DROPPED.sub("", text).replace("&", " and ")
    found: list[str] = []
    for word in WORD.findall(text):
        if len(word) == 1 and word.isalpha() and found and found[-1].isdecimal():
            found[-1] += word
        elif word not in IDLE:
            found.append(SAME.get(word, word))
    return tuple(found)


class Written:
    """What a customer wrote; phrases are taken out of it until only the unexplained is left."""

    def __init__(self, wanted: tuple[str, ...]) -> None:
        self._words: list[str | None] = list(wanted)
        self.taken = 0

    @property
    def left(self) -> tuple[str, ...]:
        """The words that nothing has taken yet."""
        return tuple(word for word in self._words if word is not None)

    def take(self, phrase: tuple[str, ...]) -> bool:
        """Take a phrase where it stands unbroken; False if it does not, or if it is empty."""
        size = len(phrase)
        for start in range(len(self._words) - size + 1 if size else 0):
            if tuple(self._words[start : start + size]) == phrase:
                self._words[start : start + size] = [None] * size
                self.taken += size
                return True
        return False
