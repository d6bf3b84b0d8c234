"""/openapi.json, /docs and /problems: documentation that is readable without a network.

The pages are written on the server, have no script, and their one style is named by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.http.docs.docs_html import STYLE, api_page, problem_page, problems_page
from unshackled.http.docs.openapi_assembly import specification
from unshackled.http.problem_types import PROBLEMS
from unshackled.http.problems import not_found
from unshackled.http.responses import JSON, to_bytes

_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "public, max-age=300",
}
_BY_SLUG: Final = {kind.slug: kind for kind in PROBLEMS.values()}


def install(app: FastAPI) -> None:
    """Add the routes; they are no part of the API that they describe."""

    @lru_cache(maxsize=1)
    def document() -> dict[str, Any]:
        return specification(app)

    def page(html: str) -> Response:
        return Response(html, 200, _HEADERS, "text/html; charset=utf-8")

    @app.get("/", include_in_schema=False, response_model=None)
    async def door(request: Request) -> Response:
        """On to a page, or how to build one."""
        from unshackled.http.pages.front_door import front_door  # noqa: PLC0415 - seldom opened
        from unshackled.http.pages.page_files import page_folder  # noqa: PLC0415

        return front_door(page_folder())

    @app.get("/openapi.json", include_in_schema=False, response_model=None)
    async def openapi(request: Request) -> Response:
        """The OpenAPI document."""
        return Response(to_bytes(document()), 200, {"Cache-Control": "public, max-age=300"}, JSON)

    @app.get("/docs", include_in_schema=False, response_model=None)
    async def docs(request: Request) -> Response:
        """The same for people."""
        return page(api_page(document()))

    @app.get("/problems", include_in_schema=False, response_model=None)
    async def problems(request: Request) -> Response:
        """Every problem type."""
        return page(problems_page())

    @app.get("/problems/{slug}", include_in_schema=False, response_model=None)
    async def problem(request: Request, slug: str) -> Response:
        """One problem type: where its `type` leads."""
        kind = _BY_SLUG.get(slug)
        if kind is None:
            raise not_found()
        return page(problem_page(kind))
