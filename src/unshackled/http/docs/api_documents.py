"""The committed API documents: written from the application, compared with it, kept compatible.

`openapi.json` equals what is served, `asyncapi.json` what is published, `flow.schema.json` is the
language of the flow files for editors. `released.json` is what clients build on: a change that
would break them fails the check until the file is replaced on purpose, with a release.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI

from unshackled.events import asyncapi
from unshackled.flow.plan.language_schema import flow_schema
from unshackled.http.context import ApiContext
from unshackled.http.docs.openapi_assembly import specification
from unshackled.http.resources import RESOURCES

SERVED: Final = "openapi.json"
PUBLISHED: Final = "asyncapi.json"
LANGUAGE: Final = "flow.schema.json"
RELEASED: Final = "released.json"
Json = Any


def served() -> dict[str, Json]:
    """The document as the application serves it."""
    document: dict[str, Json] = json.loads(_served())
    return document


@cache
def _served() -> str:
    """Its text: routes and models stand in the code, so it is one in the life of a process."""
    app = FastAPI(openapi_url=None)
    nobody: Any = None  # the routes are only described, never called
    for resource in RESOURCES:
        resource.install(app, ApiContext(nobody, nobody, nobody, nobody))
    return json.dumps(specification(app))


def text_of(document: Json) -> str:
    """One spelling per document, so that equal documents are equal files."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def write(folder: Path) -> list[Path]:
    """Write the document; the released one too where there is none. Returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = _texts()
    if not (folder / RELEASED).exists():
        texts[RELEASED] = texts[SERVED]
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def _texts() -> dict[str, str]:
    """The files that are generated: what is served, what is published, the flow language."""
    return {
        SERVED: text_of(served()),
        PUBLISHED: text_of(asyncapi.document()),
        LANGUAGE: text_of(flow_schema()),
    }


def check(folder: Path) -> list[str]:
    """What is wrong with the committed documents; empty when all is well."""
    document = served()
    found: list[str] = []
    for name, text in _texts().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            found.append(f"{path}: is not current; run `unshackled openapi --write {folder}`")
    released = folder / RELEASED
    if not released.exists():
        return [*found, f"{released}: is missing; run `unshackled openapi --write {folder}`"]
    old = json.loads(released.read_text(encoding="utf-8"))
    return [*found, *(f"{released}: breaking: {line}" for line in breaking(old, document))]


def breaking(old: Json, new: Json) -> list[str]:
    """Every change from `old` to `new` that a client of `old` would stumble over."""
    # A tool of development, so that the service does not need it.
    from specshift.differ import diff_specs  # type: ignore[import-untyped]  # noqa: PLC0415

    return [f"{one.location}: {one.message}" for one in diff_specs(old, new).breaking_changes]
