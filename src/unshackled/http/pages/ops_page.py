"""GET /ops/: the operators' page. It holds no data; what it shows, it asks /ops with the key."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.http.context import ApiContext
from unshackled.http.pages.page_policy import page_policy
from unshackled.http.pages.page_routes import page

OPS: Final = "ops/index.html"


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route; it is no part of the API."""

    @app.get("/ops/", include_in_schema=False, response_model=None)
    async def ops_page(request: Request) -> Response:
        """For anybody: without an operator's key it shows nothing."""
        return page(request, OPS, page_policy())
