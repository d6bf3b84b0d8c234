"""GET /v1/documents/{token}: the documents of a checkout, by the link of a message."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.flow.engine.papers.checkout_papers import CheckoutPaper
from unshackled.http.cases.case_documents import papers_of_cases
from unshackled.http.checkouts.copy_answers import CACHED, copies_at, copy_answer, copy_title
from unshackled.http.checkouts.document_routes import (
    HTML,
    PDF,
    Download,
    document_answer,
    papers_at,
)
from unshackled.http.checkouts.sim_routes import qr_answer, qr_answers
from unshackled.http.context import ApiContext
from unshackled.http.problems import not_found
from unshackled.http.responses import JSON
from unshackled.http.route_documents import answers
from unshackled.messages import say
from unshackled.rendering.document_html import POLICY, index_page
from unshackled.rendering.pdf_workers import PdfWorkers

FORMS = {"html": HTML, "pdf": PDF, "json": JSON}
Form = Annotated[
    Literal["html", "pdf", "json"], Query(alias="as", description="The form of the document.")
]


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""
    _listing(app, context)
    _sim(app, context)
    _reading(app, context)


def _listing(app: FastAPI, context: ApiContext) -> None:
    @app.get(
        "/v1/documents/{token}",
        tags=["customers"],
        operation_id="openDocuments",
        summary="List documents by the link of a message",
        responses=answers(200, None, "A page that lists the documents."),
        openapi_extra={"security": []},
        response_model=None,
    )
    async def listing(token: str) -> Response:
        """The link of a message opens the documents of one checkout, and nothing else of it."""
        checkout = await _opened(context, token)
        links = [
            (
                f"{one.document.title} ({form.upper()})",
                f"{token}/{_short(one.document.digest)}?as={form}",
            )
            for one in await _papers(context, checkout)
            if one.at is not None
            for form in ("html", "pdf")
        ]
        links += [
            (f"{copy_title(checkout)} (PDF)", f"{token}/{_short(one.digest)}?as=pdf")
            for one in await copies_at(context, checkout)
        ]
        title = say(checkout.locale, "your_documents")
        page = index_page(checkout.locale.partition("-")[0], title, links)
        headers = {**CACHED, "Content-Security-Policy": POLICY}
        return Response(page, 200, headers, HTML)


def _sim(app: FastAPI, context: ApiContext) -> None:
    @app.get(
        "/v1/documents/{token}/sim/qr.svg",
        tags=["customers"],
        operation_id="openSimQrCode",
        summary="Read the QR code of an eSIM by the link of a message",
        responses=qr_answers(),
        openapi_extra={"security": []},
        response_model=None,
    )
    async def read(token: str) -> Response:
        """As long as the link counts; its activation code works once."""
        return qr_answer(context, await _opened(context, token))


def _reading(app: FastAPI, context: ApiContext) -> None:
    files = PdfWorkers()

    @app.get(
        "/v1/documents/{token}/{document}",
        tags=["customers"],
        operation_id="openDocument",
        summary="Read a document by the link of a message",
        responses=answers(
            200, None, "The document.", problems=("document_unavailable", "invalid_input")
        ),
        openapi_extra={"security": []},
        response_model=None,
    )
    async def read(
        request: Request,
        token: str,
        document: str,
        form: Form = "html",
        download: Download = None,
    ) -> Response:
        """As a page, as a file or as data: `as` says which."""
        checkout = await _opened(context, token)
        kept = download is not None
        copy = await copy_answer(request, context, checkout, document, download=kept)
        if copy is not None:
            return copy
        papers = await _papers(context, checkout)
        return await document_answer(
            request,
            papers,
            document,
            FORMS[form],
            files=files,
            created_at=checkout.created_at,
            download=kept,
        )


async def _papers(context: ApiContext, checkout: Checkout) -> tuple[CheckoutPaper, ...]:
    """Those of the purchase, then those of what came after it."""
    return (*papers_at(context, checkout), *await papers_of_cases(context, checkout))


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")


async def _opened(context: ApiContext, token: str) -> Checkout:
    """The checkout of a link; the same 404 for one that is wrong, over, or of nothing."""
    services = context.services
    today = services.clock.now().date()
    checkout = services.links.opened(token, today) if services.links is not None else None
    if checkout is None:
        raise not_found()
    return await context.load(checkout)
