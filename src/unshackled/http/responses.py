"""Answers as bytes: JSON is written once, nothing is validated on the way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from unshackled.http.problems import MEDIA_TYPE, Problem
from unshackled.telemetry import current_trace_id
from unshackled.telemetry.route import spoken_path, template_of

JSON: Final = "application/json"


def to_bytes(body: Any) -> bytes:
    """JSON with UTC times ending in Z."""
    return orjson.dumps(body, option=orjson.OPT_UTC_Z)


def answer(body: Any, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(to_bytes(body), status, dict(headers or {}), JSON)


def etag(version: int | str) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def not_modified(request: Request, tag: str) -> bool:
    """Whether the caller has this representation already (RFC 9110, section 13.1.2)."""
    sent = request.headers.get("if-none-match")
    if sent is None:
        return False
    known = {part.strip().removeprefix("W/") for part in sent.split(",")}
    return "*" in known or tag in known


def unchanged(tag: str, headers: Mapping[str, str] | None = None) -> Response:
    """304: the caller's copy is good; `headers` says how long, as beside the whole answer."""
    return Response(status_code=304, headers={**(headers or {}), "ETag": tag})


def problem_answer(request: Request, problem: Problem) -> Response:
    """A problem as its document; an error of ours carries the trace to quote."""
    document = problem.document(spoken_path(request.scope, template_of(request.scope)))
    trace = current_trace_id() if problem.kind.status >= 500 else None
    if trace is not None:
        document["trace_id"] = trace
    status = problem.kind.status
    return Response(to_bytes(document), status, problem.headers, MEDIA_TYPE)
