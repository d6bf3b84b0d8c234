"""How many text message segments a text takes (3GPP TS 23.038 §6.2.1, TS 23.040 §9.2.3.24)."""

from __future__ import annotations

from typing import Final

BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Written as two characters.
EXTENDED: Final = frozenset("\f^{}\\[~]|€")


def segments(text: str) -> int:
    """The segments of a text; one character outside of GSM 03.38 makes all of it UCS-2."""
    if all(char in BASIC or char in EXTENDED for char in text):
        return _needed([2 if char in EXTENDED else 1 for char in text], alone=160, each=153)
    return _needed([2 if ord(char) > 0xFFFF else 1 for char in text], alone=70, each=67)


def _needed(widths: list[int], *, alone: int, each: int) -> int:
    if sum(widths) <= alone:
        return 1
    count, used = 1, 0
    for width in widths:
        if used + width > each:
            count, used = count + 1, 0
        used += width
    return count
