"""GET …/documents: what was shown and signed, as data, as a page, to read and to keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.papers.checkout_papers import CheckoutPaper, papers_of
from unshackled.http.checkouts.document_schemas import Paper, PaperList
from unshackled.http.context import ApiContext
from unshackled.http.negotiation import chosen
from unshackled.http.problems import not_found
from unshackled.http.responses import JSON, answer, etag, not_modified, to_bytes, unchanged
from unshackled.http.route_documents import CHECKED, CUSTOMER_OR_SERVER, answers, ref, secured
from unshackled.messages import Document
from unshackled.rendering.document_html import POLICY, RENDERER, page

HTML: Final = "text/html"
OFFERED: Final = (JSON, HTML)
SUFFIXES: Final = {JSON: "json", HTML: "html"}
# Nobody else's copy, and asked again each time: it is somebody's own.
CACHED: Final = {"Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"}
Download = Annotated[
    Literal["", "1", "true"] | None,
    Query(description="Sent as a file to keep, instead of to be shown."),
]


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""

    @app.get(
        "/v1/checkouts/{checkout}/documents",
        tags=["checkouts"],
        operation_id="listDocuments",
        summary="List the documents of a checkout",
        responses=answers(
            200,
            PaperList,
            "Those that were shown or signed, and those that may be read now.",
            problems=(*CHECKED, "scope_missing", "origin_not_allowed"),
        ),
        openapi_extra=secured(*CUSTOMER_OR_SERVER),
        response_model=None,
    )
    async def listing(request: Request, checkout: str) -> Response:
        """Also once the checkout is over, as long as its personal data is kept."""
        await context.guard.checkout(request, checkout, "checkouts:read")
        papers = await _papers(context, checkout)
        return answer({"items": [_item(checkout, one) for one in papers]})

    @app.get(
        "/v1/checkouts/{checkout}/documents/{document}",
        tags=["checkouts"],
        operation_id="readDocument",
        summary="Read a document: as data or as a page",
        responses=_read_answers(),
        openapi_extra=secured(*CUSTOMER_OR_SERVER),
        response_model=None,
    )
    async def read(
        request: Request, checkout: str, document: str, download: Download = None
    ) -> Response:
        """By its digest, or the newest of its name; always to the letter what was shown."""
        await context.guard.checkout(request, checkout, "checkouts:read")
        media = chosen(request, OFFERED)
        found = _named(await _papers(context, checkout), document)
        tag = etag(f"{found.digest.removeprefix('sha256:')[:32]}-{SUFFIXES[media]}-{RENDERER}")
        if not_modified(request, tag):
            return unchanged(tag, CACHED)
        headers = {**CACHED, "ETag": tag, "Content-Language": found.model.language}
        if download is not None:
            name = f"{found.name}-{found.digest.removeprefix('sha256:')[:12]}.{SUFFIXES[media]}"
            headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return _written(found, media, headers)


def _read_answers() -> dict[int | str, dict[str, Any]]:
    found = answers(
        200,
        Paper,
        "The document.",
        problems=(
            *CHECKED,
            "scope_missing",
            "origin_not_allowed",
            "not_acceptable",
            "invalid_input",
        ),
        headers=("ETag",),
    )
    text = {"schema": {"type": "string"}}
    found[200]["content"] = {JSON: {"schema": ref(Paper)}, HTML: text}
    return {**found, 304: {"description": "The caller's copy (If-None-Match) is good."}}


async def _papers(context: ApiContext, checkout: str) -> tuple[CheckoutPaper, ...]:
    known: Checkout = await context.load(checkout)
    plan = context.services.engine.plans.by_digest(known.digest)
    return papers_of(Draft(plan=plan, checkout=known, now=context.services.clock.now()))


def _named(papers: Sequence[CheckoutPaper], key: str) -> Document:
    """The document of a digest, or the newest of a name: signed or shown before only available."""
    for one in reversed(papers):
        if one.document.digest in (key, f"sha256:{key}"):
            return one.document
    of_name = [one for one in papers if one.document.name == key]
    if not of_name:
        raise not_found()
    return max(of_name, key=lambda one: one.at.timestamp() if one.at else 0.0).document


def _item(checkout: str, one: CheckoutPaper) -> dict[str, Any]:
    href = f"/v1/checkouts/{checkout}/documents/{one.document.digest.removeprefix('sha256:')}"
    return {
        "name": one.document.name,
        "title": one.document.title,
        "language": one.document.model.language,
        "version": one.document.version,
        "digest": one.document.digest,
        "step": one.step,
        "standing": one.standing,
        "at": one.at,
        "links": [{"rel": "self", "href": href, "type": media} for media in OFFERED],
    }


def _written(document: Document, media: str, headers: dict[str, str]) -> Response:
    if media == HTML:
        headers["Content-Security-Policy"] = POLICY
        return Response(page(document.model), 200, headers, HTML)
    body = {**encode(document.model), "digest": document.digest}
    return Response(to_bytes(body), 200, headers, JSON)
