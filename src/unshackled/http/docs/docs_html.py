"""The documentation pages as HTML, written from the OpenAPI document and the problem table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Final

from unshackled.http.problem_record import ProblemType
from unshackled.http.problem_types import PROBLEMS

Json = Any
METHODS: Final = ("get", "post", "put", "patch", "delete")
STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
code, pre { font: 14px/1.45 ui-monospace, monospace; }
pre { background: #8881; border-radius: 6px; overflow: auto; padding: .75rem; }
details { border: 1px solid #8884; border-radius: 6px; margin: .5rem 0; padding: .5rem .75rem; }
summary { cursor: pointer; }
.verb { display: inline-block; font-weight: 700; min-width: 4.5rem; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid #8884; padding: .3rem .6rem .3rem 0; text-align: left;
  vertical-align: top; }
"""


def shell(title: str, body: str) -> str:
    """A whole page."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body>{body}</body></html>"
    )


def api_page(document: Mapping[str, Json]) -> str:
    """Every operation by its tag, with parameters, examples and answers."""
    info = document["info"]
    parts = [
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>",
        f"<p>{escape(info['description'])}</p>",
        '<p><a href="/openapi.json">OpenAPI document</a> · <a href="/problems">Problems</a></p>',
        "<h2>Credentials</h2>",
        _table(
            (name, scheme["description"])
            for name, scheme in document["components"]["securitySchemes"].items()
        ),
    ]
    for tag in document["tags"]:
        parts.append(f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])}</p>")
        parts += [
            _operation(method, path, item[method])
            for path, item in document["paths"].items()
            for method in METHODS
            if method in item and tag["name"] in item[method].get("tags", ())
        ]
    parts.append("<h2>Schemas</h2>")
    for name, schema in document["components"]["schemas"].items():
        parts.append(_fold(f'<code id="{escape(name)}">{escape(name)}</code>', _pre(schema)))
    return shell(f"{info['title']} API", "".join(parts))


def _operation(method: str, path: str, operation: Mapping[str, Json]) -> str:
    head = (
        f'<span class="verb">{method.upper()}</span> <code>{escape(path)}</code> '
        f"{escape(operation.get('summary', ''))}"
    )
    keys = [name for scheme in operation.get("security", ()) for name in scheme]
    parts = [
        f"<p>{escape(operation.get('description', ''))}</p>",
        f"<p>Credentials: {escape(', '.join(keys) or 'none')}</p>",
    ]
    if operation.get("parameters"):
        parts.append(_table(_parameter(one) for one in operation["parameters"]))
    if "requestBody" in operation:
        parts.append("<h4>Request</h4>")
        parts += [_content(*one) for one in operation["requestBody"]["content"].items()]
    parts.append("<h4>Answers</h4>")
    for status, response in operation["responses"].items():
        body = "".join(_content(*one) for one in response.get("content", {}).items())
        parts.append(_fold(f"{escape(status)} {escape(response['description'])}", body))
    return _fold(head, "".join(parts))


def _parameter(one: Mapping[str, Json]) -> tuple[str, str]:
    needed = "required" if one.get("required") else "optional"
    return f"{one['name']} ({one['in']}, {needed})", one.get("description", "")


def _content(media: str, content: Mapping[str, Json]) -> str:
    schema = content.get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    what = f'<a href="#{escape(name)}">{escape(name)}</a>' if name else ""
    example = _pre(content["example"]) if "example" in content else ""
    return f"<p><code>{escape(media)}</code> {what}</p>{example}"


def _pre(value: Json) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


def _fold(head: str, body: str) -> str:
    return f"<details><summary>{head}</summary>{body}</details>"


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in rows)
    return f"<table>{cells}</table>"


def problems_page() -> str:
    """A table of all problem types."""
    rows = "".join(
        f'<tr><td>{kind.status}</td><td><a href="{kind.uri}">{escape(kind.title)}</a></td></tr>'
        for kind in PROBLEMS.values()
    )
    return shell("Problems", f"<h1>Problems</h1><table>{rows}</table>")


def problem_page(kind: ProblemType) -> str:
    """What one problem type means and what to do."""
    body = (
        f"<h1>{escape(kind.title)}</h1><p><code>{escape(kind.uri)}</code>, status {kind.status}"
        f'</p><p>{escape(kind.help)}</p><p><a href="/problems">All problems</a></p>'
    )
    return shell(kind.title, body)
