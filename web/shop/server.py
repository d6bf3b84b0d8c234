"""A shop's own server: an example for integrators, and what `make run` opens first.

Pages price a package with the publishable key. This server holds the secret key: it makes the
checkout of a quote, says where the customer goes on, and checks the signed result that the customer
comes back with. `SHOPS='{"northstar": {"secret": "sk_…", "publishable": "pk_…"}}' python server.py`
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any, Final

import httpx
import uvicorn
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

API: Final = os.environ.get("API", "http://127.0.0.1:8080")
URL: Final = os.environ.get("SHOP_URL", "http://127.0.0.1:8070")
KEYS: Final[dict[str, dict[str, str]]] = json.loads(os.environ.get("SHOPS", "{}"))
PAGES: Final = Path(os.environ.get("SHOP_PAGES", Path(__file__).parent.parent))
PAGE: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; script-src 'self'; connect-src 'self' {API}; "
    f"style-src 'self' {API}; img-src 'self' data: {API}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
}
api = httpx.AsyncClient(base_url=API, timeout=30)


async def page(request: Request) -> Response:
    """The shop front, and the page that customers come back to."""
    known = request.path_params["retailer"] in KEYS
    return FileResponse(PAGES / "shop/index.html", headers=PAGE) if known else Response(None, 404)


async def settings(request: Request) -> Response:
    """What the page may know: where the API is, and the key for catalogue and quotes."""
    retailer = request.path_params["retailer"]
    mine = {"retailer": retailer, "api": API, "key": KEYS[retailer]["publishable"]}
    return JSONResponse({**mine, "shops": list(KEYS)})


async def upgrade(request: Request) -> Response:
    """Whether an agreement may be upgraded; a real shop asks about those of who is logged in."""
    key = KEYS[request.path_params["retailer"]]["secret"]
    headers = {"Authorization": f"Bearer {key}"}
    asked = await api.post("/v1/upgrades/eligibility", json=await request.json(), headers=headers)
    return JSONResponse(asked.json(), asked.status_code)


async def checkout(request: Request) -> Response:
    """A checkout of the quote: the same for the same quote, however often somebody clicks."""
    retailer, quote = request.path_params["retailer"], (await request.json())["quote_id"]
    made = await api.post(
        "/v1/checkouts",
        json={"quote_id": quote, "return_url": f"{URL}/{retailer}/done"},
        headers={
            "Authorization": f"Bearer {KEYS[retailer]['secret']}",
            "Idempotency-Key": f"shop-{quote}",
        },
    )
    answer = made.json()
    return JSONResponse({"url": answer["handoff"]["url"]} if made.is_success else answer, made.status_code)


async def result(request: Request) -> Response:
    """What became of the checkout: believed because of its signature, not because a browser says so."""
    published: Any = (await api.get("/.well-known/jwks.json")).json()
    rules = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": API},
        aud={"essential": True, "value": URL},
        sub={"essential": True},
        exp={"essential": True},
    )
    try:
        keys = KeySet.import_key_set(published)
        token = jwt.decode((await request.json())["result"], keys, algorithms=["ES256"])
        rules.validate(token.claims)
    except (JoseError, ValueError, KeyError, TypeError):
        return JSONResponse({"status": "unknown"}, 400)
    if token.claims["retailer"] != request.path_params["retailer"]:
        return JSONResponse({"status": "unknown"}, 400)
    return JSONResponse({"status": token.claims["status"], "order": token.claims["order"]})


async def front(request: Request) -> Response:
    """The first of the shops."""
    return RedirectResponse(f"/{next(iter(KEYS))}/", 303)


app = Starlette(
    routes=[
        Route("/", front),
        Mount("/assets", StaticFiles(directory=PAGES / "assets", check_dir=False)),
        Route("/{retailer}/", page),
        Route("/{retailer}/done", page),
        Route("/{retailer}/settings", settings),
        Route("/{retailer}/upgrade", upgrade, methods=["POST"]),
        Route("/{retailer}/checkout", checkout, methods=["POST"]),
        Route("/{retailer}/result", result, methods=["POST"]),
    ]
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A shop's own server.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8070)
    given = parser.parse_args()
    uvicorn.run(app, host=given.host, port=given.port, log_level="warning")
