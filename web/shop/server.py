"""A shop's own server: an example for integrators, and what `make run` opens first.

Pages price a package with the publishable key. This server holds the secret key: it makes the
checkout of a quote, says where the customer goes on, and checks the signed result that the customer
comes back with. `SHOPS='{"northstar": {"secret": "sk_…", "publishable": "pk_…"}}' python server.py`
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

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

Keys = Mapping[str, Mapping[str, str]]


class Shop:
    """The shops of one or more retailers at the address `url`; `api` is a client of the API."""

    def __init__(
        self, url: str, keys: Keys, api: httpx.AsyncClient, now: Callable[[], float]
    ) -> None:
        """`keys` has a `secret` and a `publishable` key for each retailer; `now` counts seconds."""
        self._url, self._keys, self._api, self._now = url, keys, api, now
        self._address = str(api.base_url).rstrip("/")

    def settings(self, retailer: str) -> dict[str, Any]:
        """What a page may know: where the API is, and the key for catalogue and quotes."""
        key = self._keys[retailer]["publishable"]
        return {"retailer": retailer, "api": self._address, "key": key, "shops": list(self._keys)}

    async def checkout(self, retailer: str, body: Any) -> tuple[int, Any]:
        """A checkout of the quote: the same for the same quote, however often somebody clicks."""
        quote, done = body["quote_id"], f"{self._url}/{retailer}/done"
        asked = {"quote_id": quote, "return_url": done}
        status, answer = await self._post(retailer, "/v1/checkouts", asked, f"shop-{quote}")
        return status, {"url": answer["handoff"]["url"]} if status == 201 else answer

    async def upgrade(self, retailer: str, body: Any) -> tuple[int, Any]:
        """Whether an agreement may be upgraded; a real shop knows whose it is by the login."""
        return await self._post(retailer, "/v1/upgrades/eligibility", body)

    async def result(self, retailer: str, body: Any) -> tuple[int, Any]:
        """What became of the checkout: believed for its signature, not for the browser."""
        published: Any = (await self._api.get("/.well-known/jwks.json")).json()
        rules = jwt.JWTClaimsRegistry(
            now=int(self._now()),
            iss={"essential": True, "value": self._address},
            aud={"essential": True, "value": self._url},
            retailer={"essential": True, "value": retailer},
            exp={"essential": True},
        )
        try:
            keys = KeySet.import_key_set(published)
            claims = jwt.decode(body["result"], keys, algorithms=["ES256"]).claims
            rules.validate(claims)
        except (JoseError, ValueError):
            return 400, {"status": "unknown"}
        return 200, {"status": claims["status"], "order": claims["order"]}

    async def _post(self, retailer: str, path: str, body: Any, once: str = "") -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self._keys[retailer]['secret']}"}
        headers |= {"Idempotency-Key": once} if once else {}
        answer = await self._api.post(path, json=body, headers=headers)
        return answer.status_code, answer.json()


def app_of(shop: Shop, keys: Keys, pages: Path, policy: Mapping[str, str]) -> Starlette:
    """The server: the built page and its files, and what only the server may do."""
    actions = {"checkout": shop.checkout, "upgrade": shop.upgrade, "result": shop.result}

    async def page(request: Request) -> Response:
        if request.path_params["retailer"] not in keys:
            return Response("There is no such shop.", 404)
        return FileResponse(pages / "shop/index.html", headers=dict(policy))

    async def settings(request: Request) -> Response:
        retailer = request.path_params["retailer"]
        if retailer not in keys:
            return Response("There is no such shop.", 404)
        return JSONResponse(shop.settings(retailer))

    async def act(request: Request) -> Response:
        retailer, action = request.path_params["retailer"], request.path_params["action"]
        if retailer not in keys or action not in actions:
            return JSONResponse({"status": "unknown"}, 404)
        try:
            status, answer = await actions[action](retailer, await request.json())
        except (KeyError, TypeError, ValueError):
            status, answer = 400, {"status": "unknown"}
        except httpx.HTTPError:
            status, answer = 502, {"status": "unknown"}
        return JSONResponse(answer, status)

    async def front(_: Request) -> Response:
        return RedirectResponse(f"/{next(iter(keys))}/", 303)

    assets = StaticFiles(directory=pages / "assets", check_dir=False)
    return Starlette(
        routes=[
            Route("/", front),
            Mount("/assets", assets),
            Route("/{retailer}/", page),
            Route("/{retailer}/done", page),
            Route("/{retailer}/settings", settings),
            Route("/{retailer}/{action}", act, methods=["POST"]),
        ]
    )


def policy_of(api: str) -> dict[str, str]:
    """What the page may load: its own files, and the retailer's look and prices from the API."""
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; "
        f"connect-src 'self' {api}; style-src 'self' {api}; img-src 'self' data: {api}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'",
    }


def main() -> None:
    """Serve the shops that the environment names."""
    parser = argparse.ArgumentParser(description="A shop's own server.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8070)
    given = parser.parse_args()
    api = os.environ.get("API", "http://127.0.0.1:8080")
    url = os.environ.get("SHOP_URL", f"http://{given.host}:{given.port}")
    keys = json.loads(os.environ["SHOPS"])
    shop = Shop(url, keys, httpx.AsyncClient(base_url=api, timeout=30), time.time)
    app = app_of(shop, keys, Path(__file__).parent.parent, policy_of(api))
    uvicorn.run(app, host=given.host, port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
