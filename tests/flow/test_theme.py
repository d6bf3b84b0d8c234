"""A retailer's theme: what its file may say, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from unshackled.domain.contrast import LEAST, contrast, lightened, readable_on
from unshackled.flow.language.theme_spec import DARK_PAPER, PAPER, ThemeSpec
from unshackled.http.pages.theme_css import theme_css

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">{}</svg>'
STYLES = Path(__file__).parents[2] / "web" / "checkout" / "styles" / "base.css"
colours = st.integers(0, 0xFFFFFF).map(lambda one: f"#{one:06x}")


def wrong(**said: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        ThemeSpec.model_validate(said)
    return str(refused.value)


def test_known_contrasts() -> None:
    """Those of WCAG's own examples: black on white, the same twice, the grey at the limit."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@given(colours)
def test_whatever_the_accent_all_that_is_made_of_it_can_be_read(accent: str) -> None:
    """Text on it, and its form for the dark page with text on that."""
    dark = lightened(accent, DARK_PAPER)
    assert contrast(dark, DARK_PAPER) >= LEAST
    assert contrast(readable_on(accent), accent) >= 4.2
    assert contrast(readable_on(dark), dark) >= LEAST


def test_the_default_theme_is_readable() -> None:
    """A retailer that says nothing has a page."""
    assert "--accent:#1f5fbf;--on-accent:#ffffff;" in theme_css(ThemeSpec.model_validate({}))


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"accent": "#ffcc00"}, ["accent: #ffcc00", PAPER, "4.5:1"]),
        ({"accent": "#0b5c6e", "on_accent": "#0b5c6f"}, ["on_accent: #0b5c6f", "1.0:1"]),
        ({"accent_dark": "#222222"}, ["accent_dark", DARK_PAPER]),
        ({"header": "#808080", "on_header": "#ffffff"}, ["on_header"]),
    ],
)
def test_what_cannot_be_read_is_refused_with_both_colours(
    said: dict[str, Any], names: list[str]
) -> None:
    """And with the contrast that it has and the one that it needs."""
    text = wrong(**said)
    assert [name for name in names if name not in text] == []


@pytest.mark.parametrize(
    "said",
    [
        {"accent": "red"},
        {"accent": "#12345"},
        {"accent": "#123456;}body{display:none"},
        {"font": "Arial; } body { display: none"},
        {"font": "url(https://evil.example/a.woff)"},
        {"radius": 99},
        {"logo": "https://evil.example/logo.svg"},
        {"logo": SVG.format("<script>alert(1)</script>")},
        {"logo": SVG.format('<rect onload="alert(1)"/>')},
        {"logo": SVG.format('<image href="https://evil.example/x.png"/>')},
        {"logo": SVG.format('<rect style="fill:url(https://evil.example)"/>')},
        {"links": [{"label": {"en": "Terms"}, "href": "javascript:alert(1)"}]},
        {"links": [{"label": {"en": "Terms"}, "href": "http://shop.example/terms"}]},
        {"welcome": {"fr": "Bonjour"}},
        {"welcome": {"en": "<b>Hi</b>"}},
        {"colour": "#123456"},
    ],
)
def test_what_is_no_value_of_its_kind_is_refused(said: dict[str, Any]) -> None:
    """Nothing of a file can end a declaration, load anything, or run."""
    assert wrong(**said)


def test_a_theme_is_only_custom_properties() -> None:
    """In light, and again in dark."""
    theme = ThemeSpec.model_validate(
        {"accent": "#0B5C6E", "header": "#0b3c49", "font": "Georgia, 'Times New Roman', serif"}
    )
    css = theme_css(theme)
    assert re.findall(r"[{;](?!--)[a-z-]+:", css.replace("(prefers-color-scheme:dark)", "")) == []
    assert "--header:#0b3c49;--on-header:#ffffff;" in css
    assert css.count(":root{") == 2


def test_the_papers_that_contrast_is_held_against_are_the_pages() -> None:
    """The darkest of the light page, the lightest of the dark one."""
    light, dark = STYLES.read_text().split("@media (prefers-color-scheme: dark)")[:2]
    assert f"--paper: {PAPER}" in light
    assert f"--surface: {DARK_PAPER}" in dark
