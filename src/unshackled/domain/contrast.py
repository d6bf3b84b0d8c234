"""How well one colour is read on another: WCAG 2.2, relative luminance and contrast ratio."""

from __future__ import annotations

from typing import Final

# Success criterion 1.4.3 (AA): text of any size.
LEAST: Final = 4.5
WHITE: Final = "#ffffff"
BLACK: Final = "#14171c"
_STEPS: Final = 20


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, from 0 (black) to 1 (white)."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(colour: str) -> str:
    """White or black, whichever is read better on a colour."""
    return max((WHITE, BLACK), key=lambda text: contrast(text, colour))


def lightened(colour: str, background: str, least: float = LEAST) -> str:
    """The colour with as little white in it as it takes to be read on a dark background."""
    mixes = (_mixed(colour, step / _STEPS) for step in range(_STEPS + 1))
    return next((mix for mix in mixes if contrast(mix, background) >= least), WHITE)


def _mixed(colour: str, white: float) -> str:
    channels = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(one + (255 - one) * white):02x}" for one in channels)
