"""GET /v1/retailers/{retailer}/…: how a retailer's pages look, for anybody who opens one."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.flow.language.spec import Retailer
from unshackled.http.context import ApiContext
from unshackled.http.pages.page_schemas import Appearance
from unshackled.http.pages.theme_css import theme_css
from unshackled.http.problems import not_found
from unshackled.http.responses import answer
from unshackled.http.route_documents import answers
from unshackled.messages.message_catalogue import ENGLISH, language_of

# A page of another origin may not get what was kept for one of ours.
CACHED: Final = {"Cache-Control": "public, max-age=300", "Vary": "Origin"}
OPEN: Final[dict[str, Any]] = {"security": []}
CSS: Final = "text/css"
SVG: Final = "image/svg+xml"
# A logo that is opened by itself runs nothing and loads nothing.
LOGO_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
Locale = Annotated[
    str | None,
    Query(max_length=35, description="Of the words, e.g. de-DE; by default the retailer's."),
]


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""

    @app.get(
        "/v1/retailers/{retailer}/appearance",
        tags=["pages"],
        operation_id="readAppearance",
        summary="How a retailer's pages look",
        responses=answers(
            200, Appearance, "Its name, its words and its links.", problems=("not_found",)
        ),
        openapi_extra=OPEN,
        response_model=None,
    )
    async def appearance(request: Request, retailer: str, locale: Locale = None) -> Response:
        """Public, as the pages are."""
        known = context.tenant(retailer)
        return answer(_appearance(known, language_of(locale or known.locale)), headers=CACHED)

    @app.get(
        "/v1/retailers/{retailer}/theme.css",
        tags=["pages"],
        operation_id="readTheme",
        summary="A retailer's theme as a stylesheet",
        responses=_file_answers(CSS, "Custom properties: colours, form, font."),
        openapi_extra=OPEN,
        response_model=None,
    )
    async def theme(request: Request, retailer: str) -> Response:
        """Its contrast was checked when the flows were loaded."""
        return Response(theme_css(context.tenant(retailer).theme), 200, CACHED, CSS)

    @app.get(
        "/v1/retailers/{retailer}/logo.svg",
        tags=["pages"],
        operation_id="readLogo",
        summary="A retailer's logo",
        responses=_file_answers(SVG, "The picture."),
        openapi_extra=OPEN,
        response_model=None,
    )
    async def logo(request: Request, retailer: str) -> Response:
        """404 where the retailer has none."""
        picture = context.tenant(retailer).theme.logo
        if picture is None:
            raise not_found()
        return Response(picture, 200, {**CACHED, "Content-Security-Policy": LOGO_POLICY}, SVG)


def _file_answers(media: str, what: str) -> dict[int | str, dict[str, Any]]:
    found = answers(200, None, what, problems=("not_found",))
    found[200]["content"] = {media: {"schema": {"type": "string", "contentMediaType": media}}}
    return found


def _appearance(retailer: Retailer, language: str) -> dict[str, Any]:
    theme, business = retailer.theme, retailer.documents
    here = f"/v1/retailers/{retailer.id}"
    return {
        "retailer": retailer.id,
        "name": retailer.name,
        "stylesheet": f"{here}/theme.css",
        "logo": f"{here}/logo.svg" if theme.logo is not None else None,
        "welcome": _in(theme.welcome, language),
        "thanks": _in(theme.thanks, language),
        "phone": business.phone,
        "email": business.email,
        "links": [{"label": _in(link.label, language), "href": link.href} for link in theme.links],
        "origins": list(retailer.origins),
    }


def _in(words: dict[str, str], language: str) -> str | None:
    """The words in a language, else in English, else in whichever there is."""
    return words.get(language) or words.get(ENGLISH) or next(iter(words.values()), None)
