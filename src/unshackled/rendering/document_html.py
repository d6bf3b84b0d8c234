"""A document as a page of HTML: every text escaped, no script, nothing from anywhere else.

Headings, lists and tables are what they say (WCAG 2.2 AA: 1.3.1, 1.4.3, 1.4.10, 3.1.1); it prints.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from typing import Final

from unshackled.domain.documents.document_model import (
    Block,
    DefinitionRows,
    DocumentModel,
    DocumentTable,
    Heading,
    Paragraph,
)

# Grows with every change of the page, so that a copy of before is no longer called the same.
RENDERER: Final = 1
STYLE: Final = """
html{color-scheme:light}
body{background:#fff;color:#1a1a1a;font:100%/1.5 system-ui,sans-serif;margin:0 auto;max-width:48rem;
padding:1.5rem;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.2rem;margin-top:2rem}h3{font-size:1rem}
dl{margin:0}
dl>div{border-top:1px solid #767676;display:grid;gap:0 1.5rem;grid-template-columns:2fr 3fr;
padding:.5rem 0}
dt{font-weight:600}dd{margin:0}
table{border-collapse:collapse;margin:1rem 0;width:100%}
caption{font-weight:600;padding:.25rem 0;text-align:start}
th,td{border-top:1px solid #767676;padding:.4rem 1rem .4rem 0;text-align:start;vertical-align:top}
@media (max-width:32rem){dl>div{grid-template-columns:1fr}}
@media print{body{font-size:10pt;max-width:none;padding:0}h2,h3{break-after:avoid}
dl>div,tr{break-inside:avoid}@page{margin:2cm}}
"""
_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# Only this style sheet, and nothing else at all: no script, no picture, no form, no frame.
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def page(model: DocumentModel) -> str:
    """The whole page."""
    title = escape(model.title)
    parts = "".join(map(_block, model.blocks))
    return (
        f'<!doctype html>\n<html lang="{escape(model.language)}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title>\n<style>{STYLE}</style></head>\n"
        f"<body>\n<main>\n<h1>{title}</h1>\n{parts}</main>\n</body>\n</html>\n"
    )


def index_page(language: str, title: str, links: Iterable[tuple[str, str]]) -> str:
    """A page of links, each a title and an address beside this page."""
    rows = "".join(f'<li><a href="{escape(href)}">{_text(text)}</a></li>\n' for text, href in links)
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style></head>\n"
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n<ul>\n{rows}</ul>\n</main>\n</body>\n</html>\n"
    )


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{_text(block.text)}</h{block.level}>\n"
    if isinstance(block, Paragraph):
        return f"<p>{_text(block.text)}</p>\n"
    if isinstance(block, DefinitionRows):
        return f"<dl>\n{''.join(map(_row, block.rows))}</dl>\n"
    return _table(block)


def _row(row: tuple[str, str]) -> str:
    label, text = row
    return f"<div><dt>{_text(label)}</dt><dd>{_text(text)}</dd></div>\n"


def _table(table: DocumentTable) -> str:
    head = "".join(f'<th scope="col">{_text(one)}</th>' for one in table.columns)
    body = "".join(map(_cells, table.rows))
    return (
        f"<table>\n<caption>{_text(table.caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}</tbody>\n</table>\n"
    )


def _cells(cells: Iterable[str]) -> str:
    first, *rest = cells
    others = "".join(f"<td>{_text(one)}</td>" for one in rest)
    return f'<tr><th scope="row">{_text(first)}</th>{others}</tr>\n'


def _text(text: str) -> str:
    """A text in its own direction: a name from right to left does not turn the rest round."""
    return f"<bdi>{escape(text)}</bdi>" if _has_rtl(text) else escape(text)


def _has_rtl(text: str) -> bool:
    return any("\u0590" <= c <= "\u08ff" or "\ufb1d" <= c <= "\ufefc" for c in text)
