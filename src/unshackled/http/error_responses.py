"""Every exception that can leave a handler, as a problem."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from unshackled.errors import Conflict, StoreUnavailable, Unreadable
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.runtime.runner import UnknownCheckout
from unshackled.flow.runtime.snapshot_cache import SnapshotCache
from unshackled.http.body import path_of
from unshackled.http.late_routes import routes_of
from unshackled.http.problems import Problem, field_error, not_found
from unshackled.http.responses import problem_answer
from unshackled.messages import why_not
from unshackled.steps import FieldError
from unshackled.telemetry import get_logger

log = get_logger(__name__)
RETRY: Final = {"Retry-After": "2"}
OF_CUSTOMERS: Final = "/v1/checkouts/"
# Details of a rejection that a problem document carries under the same name.
SHOWN_DETAILS: Final = (
    "quote",
    "state",
    "step",
    "steps",
    "until",
    "duties",
    "possible",
    "case",
    "openers",
    "most",
    "admit_at",
    "position",
    "lapsed_at",
    "href",
)


def rejected(rejection: Rejected) -> Problem:
    """A command that may not be carried out now."""
    more = {name: rejection.details[name] for name in SHOWN_DETAILS if name in rejection.details}
    return Problem(
        rejection.code,
        f"{str(rejection)[:1].upper()}{str(rejection)[1:]}.",
        errors=[field_error(error) for error in rejection.errors],
        allowed=rejection.details.get("allowed"),
        headers=_headers(rejection),
        **more,
    )


def _headers(rejection: Rejected) -> Mapping[str, str] | None:
    """When to send it again."""
    if "wait_seconds" in rejection.details:
        return {"Retry-After": str(rejection.details["wait_seconds"])}
    return RETRY if rejection.code == "renewing" else None


def as_problem(request: Request, error: Exception) -> Problem:
    """The problem that an exception stands for."""
    for kind, translate in _TRANSLATIONS:
        if isinstance(error, kind):
            return translate(request, error)
    return Problem("internal_error", "The request could not be carried out.")


def _parameters(request: Request, error: RequestValidationError) -> Problem:
    """Wrong path, query or header parameters."""
    errors = [
        FieldError(path=path_of(one["loc"]), code=one["type"], message=one["msg"])
        for one in error.errors()
    ]
    return Problem("invalid_input", "Some parameters are wrong.", errors=map(field_error, errors))


def _plain(request: Request, error: HTTPException) -> Problem:
    """What the router itself says."""
    if error.status_code == 405:
        methods = allowed_methods(request)
        headers = {"Allow": ", ".join(methods)}
        return Problem(
            "method_not_allowed", "No such method here.", allowed=methods, headers=headers
        )
    if error.status_code == 413:
        return Problem("payload_too_large", "The body is too large.")
    return not_found()


def allowed_methods(request: Request) -> tuple[str, ...]:
    """Every method of every route at this path."""
    found: set[str] = set()
    for route in routes_of(request.app, request.url.path):
        if isinstance(route, Route) and route.methods:
            match, _ = route.matches({**request.scope, "method": min(route.methods)})
            found |= route.methods if match is not Match.NONE else set()
    return tuple(sorted(found))


def _away(request: Request, error: StoreUnavailable) -> Problem:
    return Problem("store_unavailable", "The store does not answer now.", headers=RETRY)


def _elsewhere(request: Request, error: Unreadable) -> Problem:
    log.error("request.unreadable", path=request.url.path, error=str(error))
    detail = "Another version of the service wrote what is stored, and this process cannot read it."
    return Problem("store_unavailable", detail, headers=RETRY)


def _contended(request: Request, error: Conflict) -> Problem:
    return Problem("conflict", "The checkout was changed too often at once.")


def _own(request: Request, error: Problem) -> Problem:
    return error


def _rejected(request: Request, error: Rejected) -> Problem:
    return rejected(error)


def _unknown(request: Request, error: UnknownCheckout) -> Problem:
    return not_found()


_TRANSLATIONS: Final[tuple[tuple[type[Exception], Callable[[Request, Any], Problem]], ...]] = (
    (Problem, _own),
    (Rejected, _rejected),
    (UnknownCheckout, _unknown),
    (StoreUnavailable, _away),
    (Unreadable, _elsewhere),
    (Conflict, _contended),
    (RequestValidationError, _parameters),
    (HTTPException, _plain),
)


def install(app: FastAPI, recent: SnapshotCache) -> None:
    """Answer each of these with a problem document; anything else is the shell's.

    `recent` has the checkout that a request is about, and so the language of its customer.
    """

    async def handle(request: Request, error: Exception) -> Response:
        problem = as_problem(request, error)
        checkout = recent.get(str(request.path_params.get("checkout")))
        if checkout is not None and request.url.path.startswith(OF_CUSTOMERS):
            said = why_not(checkout.locale, problem.kind.code)
            problem.more |= {"message": said} if said is not None else {}
        return problem_answer(request, problem)

    handler: Callable[[Any, Any], Awaitable[Response]] = handle
    for kind, _ in _TRANSLATIONS:
        app.add_exception_handler(kind, handler)
