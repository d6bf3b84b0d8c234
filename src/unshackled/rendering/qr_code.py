"""A text as a QR code, which a phone's camera reads: an eSIM's activation code, or a link."""

from __future__ import annotations

from io import BytesIO
from typing import Final

# A code goes on working with 15 % of it unreadable; the quiet zone is that of ISO/IEC 18004.
CORRECTION: Final = "M"
QUIET: Final = 4
SCALE: Final = 8
PREFIX: Final = "LPA:"
# Nothing in the file may load or run anything, wherever it is opened.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


def qr_svg(code: str, *, title: str, description: str) -> bytes:
    """The activation code of an eSIM (SGP.22 section 4.1) as a picture: see `text_svg`."""
    text = code if code.startswith(PREFIX) else f"{PREFIX}{code}"
    return text_svg(text, title=title, description=description)


def text_svg(text: str, *, title: str, description: str) -> bytes:
    """The picture: black on white in any theme, with a title and a description for readers."""
    import segno  # noqa: PLC0415 - of no use to a process that shows none

    picture, out = segno.make_qr(text, error=CORRECTION), BytesIO()
    picture.save(
        out,
        kind="svg",
        scale=SCALE,
        border=QUIET,
        dark="#000",
        light="#fff",
        title=title,
        desc=description,
        omitsize=True,
    )
    return out.getvalue()
