"""The stand-in's page with the fields of a card, shown in a frame of the page that asks for one.

It tells the page around it (`postMessage`, to the origin in its query) `{source: "card-form", type:
"token", token, label}`, and how high it is: `{type: "height", height}`. The number goes nowhere.
"""

from __future__ import annotations

import html
import json
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from unshackled.sdk.standin import StandIn

POLICY: Final = "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'"
# What vendors' documents call test cards, and the token that has the same outcome here.
CARDS: Final = {
    "4242424242424242": "tok_visa",
    "5555555555554444": "tok_mastercard",
    "4000000000000002": "tok_declined",
    "4000000000009995": "tok_insufficient",
    "4000000000000069": "tok_expired",
    "4000000000003220": "tok_3ds",
}
WORDS: Final = {
    "en": {
        "number": "Card number",
        "expiry": "Expiry date",
        "code": "Security code",
        "use": "Use this card",
        "wrong_number": "Check the card number.",
        "wrong_rest": "Check the expiry and the security code.",
        "note": "A stand-in: 4242 4242 4242 4242 is taken, 4000 0000 0000 0002 is declined.",
    },
    "de": {
        "number": "Kartennummer",
        "expiry": "Gültig bis",
        "code": "Prüfziffer",
        "use": "Diese Karte nehmen",
        "wrong_number": "Bitte prüfen Sie die Kartennummer.",
        "wrong_rest": "Bitte prüfen Sie Gültigkeit und Prüfziffer.",
        "note": "Ein Ersatz: 4242 4242 4242 4242 geht, 4000 0000 0000 0002 wird abgelehnt.",
    },
}


def serve(stand_in: StandIn) -> None:
    """Add the page, its script and its style."""
    stand_in.routes.append(Route("/card-form", _page, methods=["GET"]))
    for name, media in (("card_form.js", "text/javascript"), ("card_form.css", "text/css")):
        stand_in.routes.append(Route(f"/{name}", _file(name, media), methods=["GET"]))


async def _page(request: Request) -> Response:
    language = request.query_params.get("locale", "en")[:2]
    words = {k: html.escape(v) for k, v in WORDS.get(language, WORDS["en"]).items()}
    tokens = html.escape(json.dumps(CARDS))
    fields = (
        _field("number", words["number"], "cc-number", "wide"),
        _field("expiry", words["expiry"], "cc-exp"),
        _field("code", words["code"], "cc-csc"),
    )
    text = (
        f'<!doctype html><html lang="{"de" if language == "de" else "en"}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{words["number"]}</title><link rel="stylesheet" href="card_form.css">'
        f'<main><form novalidate data-tokens="{tokens}" data-number="{words["wrong_number"]}"'
        f' data-rest="{words["wrong_rest"]}">{"".join(fields)}'
        f'<p class="note wide">{words["note"]}</p><p class="wide" role="alert"></p>'
        f'<button class="wide">{words["use"]}</button></form></main>'
        '<script type="module" src="card_form.js"></script></html>'
    )
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
    return Response(text, 200, headers, "text/html")


def _field(name: str, label: str, autocomplete: str, kind: str = "") -> str:
    return (
        f'<label class="{kind}">{label}<input name="{name}" inputmode="numeric"'
        f' autocomplete="{autocomplete}"></label>'
    )


def _file(name: str, media: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return Response(files(__package__).joinpath(name).read_text("utf-8"), 200, None, media)

    return endpoint
