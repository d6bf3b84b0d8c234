"""The built files of `web/`: read once, and sent as small as the browser takes them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from starlette.requests import Request

from unshackled.domain.records import Record

FOLDER: Final = "web_files"
# The compressed form beside a file, by the coding that a browser says it takes.
CODINGS: Final = {"br": ".br", "gzip": ".gz"}
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


class PageFile(Record):
    """A file with its media type, and its compressed forms by coding."""

    content: bytes
    media: str
    coded: dict[str, bytes]

    def form_for(self, request: Request) -> tuple[bytes, dict[str, str]]:
        """What to send, and the headers that say so."""
        accepted = {
            part.partition(";")[0].strip()
            for part in request.headers.get("accept-encoding", "").split(",")
        }
        for coding, content in self.coded.items():
            if coding in accepted:
                return content, {"Content-Encoding": coding, "Vary": "Accept-Encoding"}
        return self.content, {"Vary": "Accept-Encoding"}


def page_folder() -> Path:
    """Where the built files are; the folder is missing where nothing was built."""
    return Path(str(files("unshackled"))) / FOLDER


@cache
def page_files(folder: Path) -> dict[str, PageFile]:
    """Every file below a folder by its path, e.g. `checkout.html`; none without the folder."""
    return {
        path.relative_to(folder).as_posix(): _file(path)
        for path in sorted(folder.rglob("*"))
        if path.suffix in TYPES
    }


def _file(path: Path) -> PageFile:
    beside = {coding: path.with_name(path.name + end) for coding, end in CODINGS.items()}
    return PageFile(
        content=path.read_bytes(),
        media=TYPES[path.suffix],
        coded={coding: one.read_bytes() for coding, one in beside.items() if one.exists()},
    )
