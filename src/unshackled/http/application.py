"""The FastAPI application: its routes, its one layer of middleware, its error answers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import Depends, FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from unshackled import __version__
from unshackled.http import error_responses as errors
from unshackled.http.auth.authenticator import Authenticator
from unshackled.http.auth.result_signer import ResultSigner
from unshackled.http.auth.tokens import Tokens
from unshackled.http.context import ApiContext
from unshackled.http.docs import docs_routes as pages
from unshackled.http.docs.openapi_assembly import TITLE
from unshackled.http.middleware import ResponseMiddleware
from unshackled.http.parameters import refuse_unknown
from unshackled.http.plain import serve_plainly
from unshackled.http.resources import RESOURCES
from unshackled.http.services import Layer, Services

Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]


def create_app(services: Services, *, lifespan: Lifespan | None = None) -> FastAPI:
    """The application on these services; `lifespan` opens and closes what they stand on."""
    app = FastAPI(
        title=TITLE,
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(refuse_unknown)],
        lifespan=lifespan,
        middleware=[*map(_layered, services.layers), _shell(services)],
        # It would record queries; ours is a layer that the composition root hands in.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    signer = ResultSigner(services)
    context = ApiContext(services, Authenticator(services), Tokens(services), signer)
    errors.install(app, services.engine.recent)
    for resource in RESOURCES:
        resource.install(app, context)
    serve_plainly(app)
    pages.install(app)
    return app


def _shell(services: Services) -> Middleware:
    ours = services.public_origin

    def allowed(origin: str) -> bool:
        registered = (one.origins for one in services.book.retailers.values())
        return origin == ours or any(origin in origins for origins in registered)

    secure = services.public_url.startswith("https:")
    return Middleware(ResponseMiddleware, allowed=allowed, secure=secure)


def _layered(layer: Layer) -> Middleware:
    def build(app: ASGIApp) -> ASGIApp:
        return layer(app)

    return Middleware(build)
