"""GET …/documents: what was shown and signed, as data, as a page, and as a file to keep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.papers.checkout_papers import CheckoutPaper, papers_of
from unshackled.http.checkouts.copy_answers import CACHED, copies_at, copy_answer, copy_item
from unshackled.http.checkouts.document_schemas import Paper, PaperList
from unshackled.http.context import ApiContext
from unshackled.http.negotiation import chosen
from unshackled.http.problems import Problem, not_found
from unshackled.http.responses import JSON, answer, etag, not_modified, to_bytes, unchanged
from unshackled.http.route_documents import CHECKED, CUSTOMER_OR_SERVER, answers, ref, secured
from unshackled.messages import Document
from unshackled.rendering import document_html, document_pdf
from unshackled.rendering.pdf_workers import PdfBusy, PdfWorkers
from unshackled.telemetry import get_logger

log = get_logger(__name__)

HTML: Final = "text/html"
PDF: Final = "application/pdf"
OFFERED: Final = (JSON, HTML, PDF)
SUFFIXES: Final = {JSON: "json", HTML: "html", PDF: "pdf"}
RENDERERS: Final = {JSON: 1, HTML: document_html.RENDERER, PDF: document_pdf.RENDERER}
RETRY: Final = {"Retry-After": "5"}
Download = Annotated[
    Literal["", "1", "true"] | None,
    Query(description="Sent as a file to keep, instead of to be shown."),
]


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""
    files = PdfWorkers()

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
        known = await context.load(checkout)
        href = f"/v1/checkouts/{checkout}"
        items = [paper_item(href, one) for one in papers_at(context, known)]
        copies = [copy_item(known, one) for one in await copies_at(context, known)]
        return answer({"items": [*items, *copies]})

    @app.get(
        "/v1/checkouts/{checkout}/documents/{document}",
        tags=["checkouts"],
        operation_id="readDocument",
        summary="Read a document: as data, as a page or as PDF/A",
        responses=read_answers(),
        openapi_extra=secured(*CUSTOMER_OR_SERVER),
        response_model=None,
    )
    async def read(
        request: Request, checkout: str, document: str, download: Download = None
    ) -> Response:
        """By its digest, or the newest of its name; always to the letter what was shown."""
        await context.guard.checkout(request, checkout, "checkouts:read")
        known = await context.load(checkout)
        kept = download is not None
        copy = await copy_answer(request, context, known, document, download=kept)
        if copy is not None:
            return copy
        media = chosen(request, OFFERED)
        return await document_answer(
            request,
            papers_at(context, known),
            document,
            media,
            files=files,
            created_at=known.created_at,
            download=kept,
        )


async def document_answer(
    request: Request,
    papers: Sequence[CheckoutPaper],
    key: str,
    media: str,
    *,
    files: PdfWorkers,
    created_at: datetime,
    download: bool,
) -> Response:
    """A document by its digest or name, in one form; a problem where there is none."""
    paper = _named(papers, key)
    suffix, hexadecimal = SUFFIXES[media], paper.document.digest.removeprefix("sha256:")
    tag = etag(f"{hexadecimal[:32]}-{suffix}-{RENDERERS[media]}")
    if not_modified(request, tag):
        return unchanged(tag, CACHED)
    headers = {**CACHED, "ETag": tag, "Content-Language": paper.document.model.language}
    if download:
        name = f"{paper.document.name}-{hexadecimal[:12]}.{suffix}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if media == PDF:
        return Response(await _pdf(files, paper, created_at), 200, headers, PDF)
    return _written(paper.document, media, headers)


def read_answers() -> dict[int | str, dict[str, Any]]:
    """What reading a document answers, for the API documents."""
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
            "document_unavailable",
        ),
        headers=("ETag",),
    )
    text = {"schema": {"type": "string"}}
    file = {"schema": {"type": "string", "contentMediaType": PDF}}
    found[200]["content"] = {JSON: {"schema": ref(Paper)}, HTML: text, PDF: file}
    return {**found, 304: {"description": "The caller's copy (If-None-Match) is good."}}


def papers_at(context: ApiContext, checkout: Checkout) -> tuple[CheckoutPaper, ...]:
    """The documents of a checkout as they are now."""
    plan = context.services.engine.plans.by_digest(checkout.digest)
    return papers_of(Draft(plan=plan, checkout=checkout, now=context.services.clock.now()))


async def _pdf(files: PdfWorkers, paper: CheckoutPaper, created_at: datetime) -> bytes:
    """The file, of the day that the document was shown or signed; a problem where there is none."""
    document = paper.document
    try:
        return await files.pdf(document.model, document.digest, paper.at or created_at)
    except PdfBusy:
        detail = "Too many files are being made: try again, or read the page."
        raise Problem("document_unavailable", detail, headers=RETRY) from None
    except document_pdf.NoPdf as error:
        log.exception("document.no_pdf", document=document.name, version=document.version)
        detail = "No PDF can be made of it: read the page."
        raise Problem("document_unavailable", detail) from error


def _named(papers: Sequence[CheckoutPaper], key: str) -> CheckoutPaper:
    """The document of a digest, or the newest of a name: signed or shown before only available."""
    for one in reversed(papers):
        if one.document.digest in (key, f"sha256:{key}"):
            return one
    of_name = [one for one in papers if one.document.name == key]
    if not of_name:
        raise not_found()
    return max(of_name, key=lambda one: one.at.timestamp() if one.at else 0.0)


def paper_item(owner: str, one: CheckoutPaper) -> dict[str, Any]:
    """A document in a list; `owner` is the address of its checkout, or of its case."""
    href = f"{owner}/documents/{one.document.digest.removeprefix('sha256:')}"
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
        headers["Content-Security-Policy"] = document_html.POLICY
        return Response(document_html.page(document.model), 200, headers, HTML)
    body = {**encode(document.model), "digest": document.digest}
    return Response(to_bytes(body), 200, headers, JSON)
