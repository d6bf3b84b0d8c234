"""GET …/cases/{case}/documents: what was shown and signed in a case, as data, page and file."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.http.cases.case_documents import case_papers
from unshackled.http.checkouts.document_routes import (
    OFFERED,
    Download,
    document_answer,
    paper_item,
    read_answers,
)
from unshackled.http.checkouts.document_schemas import PaperList
from unshackled.http.context import ApiContext
from unshackled.http.negotiation import chosen
from unshackled.http.responses import answer
from unshackled.http.route_documents import CHECKED, CUSTOMER_OR_SERVER, answers, secured
from unshackled.rendering.pdf_workers import PdfWorkers


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""
    _listing(app, context)
    _reading(app, context)


def _listing(app: FastAPI, context: ApiContext) -> None:
    @app.get(
        "/v1/checkouts/{checkout}/cases/{case}/documents",
        tags=["cases"],
        operation_id="listCaseDocuments",
        summary="List the documents of a case",
        responses=answers(
            200,
            PaperList,
            "Those that were shown or signed, and those that may be read now.",
            problems=(*CHECKED, "scope_missing", "origin_not_allowed"),
        ),
        openapi_extra=secured(*CUSTOMER_OR_SERVER),
        response_model=None,
    )
    async def listing(request: Request, checkout: str, case: str) -> Response:
        """Also once the case is done, as long as its personal data is kept."""
        await context.guard.checkout(request, checkout, "checkouts:read")
        papers = await case_papers(context, await context.load(checkout), case)
        href = f"/v1/checkouts/{checkout}/cases/{case}"
        return answer({"items": [paper_item(href, one) for one in papers]})


def _reading(app: FastAPI, context: ApiContext) -> None:
    files = PdfWorkers()

    @app.get(
        "/v1/checkouts/{checkout}/cases/{case}/documents/{document}",
        tags=["cases"],
        operation_id="readCaseDocument",
        summary="Read a document of a case: as data, as a page or as PDF/A",
        responses=read_answers(),
        openapi_extra=secured(*CUSTOMER_OR_SERVER),
        response_model=None,
    )
    async def read(
        request: Request, checkout: str, case: str, document: str, download: Download = None
    ) -> Response:
        """By its digest, or the newest of its name; always to the letter what was shown."""
        await context.guard.checkout(request, checkout, "checkouts:read")
        known = await context.load(checkout)
        return await document_answer(
            request,
            await case_papers(context, known, case),
            document,
            chosen(request, OFFERED),
            files=files,
            created_at=known.runs[case].opened.opened_at,
            download=download is not None,
        )
