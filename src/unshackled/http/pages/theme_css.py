"""A retailer's theme as a stylesheet of custom properties: every value was checked by its form."""

from __future__ import annotations

from collections.abc import Iterable

from unshackled.domain.contrast import readable_on
from unshackled.flow.language.theme_spec import ThemeSpec


def theme_css(theme: ThemeSpec) -> str:
    """The stylesheet; what a theme leaves out is the page's own."""
    light = {
        "accent": theme.accent,
        "on-accent": theme.on_accent or readable_on(theme.accent),
        "radius": f"{theme.radius}px",
    }
    if theme.header is not None:
        light["header"] = theme.header
        light["on-header"] = theme.on_header or readable_on(theme.header)
    if theme.font is not None:
        light["font"] = theme.font
    dark = {
        "accent": theme.dark_accent,
        "on-accent": theme.on_accent_dark or readable_on(theme.dark_accent),
    }
    return f"{_root(light.items())}@media(prefers-color-scheme:dark){{{_root(dark.items())}}}\n"


def _root(properties: Iterable[tuple[str, str]]) -> str:
    return ":root{" + "".join(f"--{name}:{value};" for name, value in properties) + "}"
