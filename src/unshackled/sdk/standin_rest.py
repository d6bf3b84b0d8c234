"""What JSON stand-ins share: API keys, idempotency keys, refused nonsense, hosted pages."""

from __future__ import annotations

import html
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs

import orjson
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from unshackled.domain.records import Record
from unshackled.sdk.standin import Mode, Naming, StandIn, answer


class StandInError(Exception):
    """The backend's own "no such thing" or "not like this": a status and its code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class StandInRequest(Record):
    """One request: its JSON, the path's and the query's parameters, and the idempotency key.

    `base` is the address of the stand-in as the caller knows it, without a trailing slash.
    """

    data: Mapping[str, Any]
    params: Mapping[str, str]
    key: str
    base: str
    mode: Mode | None


Handler = Callable[[StandInRequest], Response]
STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1b1f24}"
    "main{max-width:30rem;margin:3rem auto;padding:2rem;background:#fff;border-radius:.75rem}"
    "dt{color:#57606a}dd{margin:0 0 .75rem;font-weight:600}"
    "button{font:inherit;padding:.6rem 1.2rem;border-radius:.5rem;border:1px solid #1b1f24}"
)


@dataclass(kw_only=True)
class Rest:
    """Routes of a JSON backend on a stand-in.

    Every request needs a bearer key (401). An effect needs an `Idempotency-Key` (400); its first
    answer is repeated, and another body under the same key is 422. A missing or unreadable field
    is 400. Where one path serves several operations, an async function names that of a request.
    """

    stand_in: StandIn
    responses: dict[str, tuple[bytes, Response]] = field(default_factory=dict)

    def effect(self, path: str, operation: str | Naming) -> Callable[[Handler], Handler]:
        """A POST that does something once per idempotency key."""
        return self._route(path, operation, "POST", self.once)

    def post(self, path: str, operation: str | Naming) -> Callable[[Handler], Handler]:
        """A POST that reads, or that may be repeated as it is."""
        return self._route(path, operation, "POST", _plainly)

    def get(self, path: str, operation: str | Naming) -> Callable[[Handler], Handler]:
        """A GET."""
        return self._route(path, operation, "GET", _plainly)

    def _route(
        self,
        path: str,
        operation: str | Naming,
        method: str,
        run: Callable[[Handler, StandInRequest], Response],
    ) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            async def endpoint(request: Request, mode: Mode | None) -> Response:
                body = await request.body()
                try:
                    _require_key(request)
                    return run(handler, _asked(request, body, mode))
                except StandInError as problem:
                    return answer({"error": {"code": problem.code}}, problem.status)
                except (KeyError, TypeError, ValueError, AttributeError):
                    return answer({"error": {"code": "invalid_request"}}, 400)

            self.stand_in.route(path, operation, method)(endpoint)
            return handler

        return register

    def once(self, handler: Handler, request: StandInRequest) -> Response:
        """Run a handler once per idempotency key; its first answer is repeated."""
        if not request.key:
            raise StandInError(400, "idempotency_key_missing")
        body = orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS)
        kept = self.responses.get(request.key)
        if kept is None:
            kept = self.responses[request.key] = (body, handler(request))
        if kept[0] != body:
            raise StandInError(422, "idempotency_key_reused")
        return kept[1]


def _plainly(handler: Handler, request: StandInRequest) -> Response:
    return handler(request)


def _require_key(request: Request) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise StandInError(401, "api_key_missing")


def _asked(request: Request, body: bytes, mode: Mode | None) -> StandInRequest:
    data = orjson.loads(body) if body else {}
    if not isinstance(data, dict):
        raise StandInError(400, "invalid_request")
    return StandInRequest(
        data=data,
        params={**request.query_params, **request.path_params},
        key=request.headers.get("idempotency-key", ""),
        base=base_of(request),
        mode=mode,
    )


def base_of(request: Request) -> str:
    """The address of the stand-in as the caller knows it, below a mount too."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"


Page = Callable[[Request], Awaitable[Response]]


def hosted(stand_in: StandIn, path: str, *, show: Page, choose: Page) -> None:
    """Register a hosted page: GET shows it, POST takes the customer's choice.

    Switches do not strike here: a person is looking.
    """
    for method, page in (("GET", show), ("POST", choose)):
        stand_in.routes.append(Route(path, _refusing(page), methods=[method]))


def _refusing(page: Page) -> Page:
    async def endpoint(request: Request) -> Response:
        try:
            return await page(request)
        except StandInError as problem:
            return answer({"error": {"code": problem.code}}, problem.status)

    return endpoint


def hosted_page(title: str, lines: Mapping[str, str], buttons: Mapping[str, str]) -> Response:
    """A small page with facts and a button for each choice (`choice=<name>`, posted to itself)."""
    facts = "".join(
        f"<dt>{html.escape(label)}</dt><dd>{html.escape(text)}</dd>"
        for label, text in lines.items()
    )
    forms = "".join(
        f'<button name="choice" value="{html.escape(name)}">{html.escape(label)}</button> '
        for name, label in buttons.items()
    )
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style>"
        f"<main><h1>{html.escape(title)}</h1><p>A stand-in: nothing here is real.</p>"
        f'<dl>{facts}</dl><form method="post">{forms}</form></main></html>'
    )


async def chosen(request: Request) -> str:
    """The choice of a hosted page, from its form or from JSON `{"choice": ...}`; `""` if none."""
    body = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError:
            return ""
        return str(data.get("choice", "")) if isinstance(data, dict) else ""
    return parse_qs(body.decode("utf-8", "replace")).get("choice", [""])[0]


def back_to(url: str) -> Response:
    """Send the browser back to where the customer came from."""
    return RedirectResponse(url, 303)


def demo_secret(variable: str) -> SecretStr:
    """The stand-in's signing secret: the environment variable, or a well-known demo value.

    The demo value of `LENDER_CALLBACK_SECRET` is `demo-only-lender-callback-secret`.
    """
    return SecretStr(os.environ.get(variable) or f"demo-only-{variable.lower().replace('_', '-')}")
