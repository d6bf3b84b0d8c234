"""How a retailer's pages look and what they say besides: colours, form, logo, texts, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from unshackled.domain.contrast import LEAST, contrast, lightened, readable_on
from unshackled.flow.language.document_settings import LanguageName, Statement
from unshackled.flow.language.field_types import Model, ReturnPage

# What the page's own style draws text on; its tests hold them equal.
PAPER: Final = "#f4f5f7"
DARK_PAPER: Final = "#1c2027"
MOST_LINKS: Final = 8
MOST_LOGO: Final = 16_000
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_FONT: Final = re.compile(r"[A-Za-z0-9 ,'-]+")
_SVG: Final = re.compile(r"<svg[\s>].*</svg>", re.DOTALL)
# A picture draws itself: nothing runs in it, and nothing is fetched for it.
_ACTIVE: Final = re.compile(r"(?i)<(script|foreignObject|!|\?)|\bon\w+\s*=|href|url\(|@import")


def _colour(value: str) -> str:
    if _COLOUR.fullmatch(value) is None:
        raise ValueError(f"{value!r} is no colour: write six hexadecimal digits, e.g. '#0b4f6c'")
    return value.lower()


def _font(value: str) -> str:
    if _FONT.fullmatch(value) is None:
        raise ValueError(f"{value!r} is no font stack: write names, e.g. Georgia, 'Times', serif")
    return value


def _logo(value: str) -> str:
    text = value.strip()
    if _SVG.fullmatch(text) is None or "http://www.w3.org/2000/svg" not in text:
        raise ValueError("is no SVG: write <svg xmlns='http://www.w3.org/2000/svg' …> … </svg>")
    if active := _ACTIVE.search(text):
        raise ValueError(f"{active[0]!r} is not taken in a logo: it draws itself, without scripts")
    return text


Colour = Annotated[str, AfterValidator(_colour)]
Font = Annotated[str, AfterValidator(_font)]
Logo = Annotated[str, AfterValidator(_logo)]


class PageLinkSpec(Model):
    """A link at the foot of the pages, e.g. to the terms."""

    label: dict[LanguageName, Statement] = Field(
        min_length=1, description="What it is called, by language."
    )
    href: ReturnPage = Field(max_length=500, description="Where it leads.")


class ThemeSpec(Model):
    """How the pages of a retailer look. Whatever is left out is ours."""

    accent: Colour = Field(
        default="#1f5fbf", description="Of buttons, links and what is chosen, e.g. '#0b4f6c'."
    )
    on_accent: Colour | None = Field(
        default=None, description="Text on it; by default white or black, which is read better."
    )
    accent_dark: Colour | None = Field(
        default=None, description="The same in dark mode; by default made lighter until it is read."
    )
    on_accent_dark: Colour | None = Field(default=None, description="Text on that.")
    header: Colour | None = Field(
        default=None, description="Behind the logo, in both modes; by default the page's own."
    )
    on_header: Colour | None = Field(
        default=None, description="Text on it; by default white or black, which is read better."
    )
    radius: int = Field(default=12, ge=0, le=28, description="Of corners, in pixels.")
    font: Font | None = Field(
        default=None,
        max_length=200,
        description="Font stack of fonts that devices have; by default the device's own.",
    )
    logo: Logo | None = Field(
        default=None, max_length=MOST_LOGO, description="SVG text; it stands behind `header`."
    )
    welcome: dict[LanguageName, Statement] = Field(
        default={}, description="A sentence above the first form, by language."
    )
    thanks: dict[LanguageName, Statement] = Field(
        default={}, description="A sentence on the page of the order, by language."
    )
    links: list[PageLinkSpec] = Field(
        default=[], max_length=MOST_LINKS, description="At the foot of each page."
    )

    @model_validator(mode="after")
    def _readable(self) -> Self:
        """Every text is read on what is behind it: WCAG 2.2, success criterion 1.4.3."""
        for name, text, where, behind in self._pairs():
            ratio = contrast(text, behind)
            if ratio < LEAST:
                raise ValueError(
                    f"{name}: {text} on {where} {behind} has a contrast of {ratio:.1f}:1,"
                    f" at least {LEAST}:1 is needed (WCAG 2.2, 1.4.3)"
                )
        return self

    def _pairs(self) -> Iterator[tuple[str, str, str, str]]:
        yield "accent", self.accent, "the page's", PAPER
        yield "accent_dark", self.dark_accent, "the dark page's", DARK_PAPER
        yield "on_accent", self.on_accent or readable_on(self.accent), "accent", self.accent
        on_dark = self.on_accent_dark or readable_on(self.dark_accent)
        yield "on_accent_dark", on_dark, "accent_dark", self.dark_accent
        if self.header is not None:
            on_header = self.on_header or readable_on(self.header)
            yield "on_header", on_header, "header", self.header

    @property
    def dark_accent(self) -> str:
        """The accent in dark mode."""
        return self.accent_dark or lightened(self.accent, DARK_PAPER)
