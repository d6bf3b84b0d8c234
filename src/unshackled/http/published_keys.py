"""GET /.well-known/jwks.json: the keys by which a shop's server checks signed results."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from starlette.responses import Response

from unshackled.http.checkouts.handoff_schemas import PublishedKeys
from unshackled.http.context import ApiContext
from unshackled.http.responses import to_bytes
from unshackled.http.route_documents import answers

MEDIA: Final = "application/jwk-set+json"
# A renewed key signs ten minutes after it was published first.
CACHED: Final = {"Cache-Control": "public, max-age=300"}


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.get(
        "/.well-known/jwks.json",
        tags=["checkouts"],
        operation_id="readPublishedKeys",
        summary="Read the keys that sign results",
        responses=answers(
            200, PublishedKeys, "A JWK set.", headers=("Cache-Control",), media=MEDIA
        ),
        openapi_extra={"security": []},
        response_model=None,
    )
    async def read() -> Response:
        """The key that signs, and the one that did or will; public keys alone."""
        return Response(to_bytes(await context.results.published()), 200, CACHED, MEDIA)
