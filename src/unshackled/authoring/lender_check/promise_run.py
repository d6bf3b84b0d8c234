"""Runs the check: listens for callbacks, keeps every promise to account, one after the other."""

from __future__ import annotations

import asyncio
import inspect
import socket
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from unshackled.authoring.lender_check.agreements import PROMISES
from unshackled.authoring.lender_check.lender_client import Broken, LenderClient, Unchecked
from unshackled.authoring.lender_check.promises import Promise
from unshackled.sdk import RawCallback

TIMEOUT_SECONDS: Final = 30.0
HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseVerdict:
    """What came of one promise; `says` is what is promised, `why` what is wrong."""

    promise: str
    kind: Literal["kept", "broken", "unchecked"]
    says: str
    why: str = ""


async def check(
    base_url: str,
    *,
    key: str,
    lender: str = "prime",
    currency: str = "GBP",
    callback_secret: str | None = None,
    callback_url: str | None = None,
    callback_port: int = 0,
    patience: float = 30.0,
    only: Collection[str] = (),
    tell: Callable[[PromiseVerdict], None] = lambda _: None,
) -> tuple[PromiseVerdict, ...]:
    """Check the promises of the lender at `base_url`, all of them or `only` those named.

    `tell` hears of each as it is known.
    """
    http = httpx.AsyncClient(base_url=base_url.rstrip("/"), timeout=TIMEOUT_SECONDS)
    client = LenderClient(
        http=http,
        key=key,
        lender=lender,
        currency=currency,
        callback_secret=callback_secret,
        patience=patience,
    )
    verdicts = []
    async with http, _listening(client.callbacks, callback_port) as address:
        client.callback_url = callback_url or address
        for promise in PROMISES:
            if only and promise.__name__ not in only:
                continue
            verdicts.append(await _judged(promise, client))
            tell(verdicts[-1])
    return tuple(verdicts)


async def _judged(promise: Promise, client: LenderClient) -> PromiseVerdict:
    name = promise.__name__
    says = " ".join((inspect.getdoc(promise) or "").split())
    try:
        await promise(client)
    except Broken as broken:
        return PromiseVerdict(promise=name, kind="broken", says=says, why=str(broken))
    except Unchecked as unchecked:
        return PromiseVerdict(promise=name, kind="unchecked", says=says, why=str(unchecked))
    return PromiseVerdict(promise=name, kind="kept", says=says)


@asynccontextmanager
async def _listening(callbacks: list[RawCallback], port: int) -> AsyncIterator[str]:
    """Keep every callback that comes to the address given."""

    async def take(request: Request) -> Response:
        kept = RawCallback(
            body=await request.body(),
            headers=dict(request.headers),
            received_at=datetime.now(UTC),
        )
        callbacks.append(kept)
        return Response(status_code=204)

    app = Starlette(routes=[Route("/{path:path}", take, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    with socket.socket() as listener:
        listener.bind((HOST, port))
        listener.listen()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://{HOST}:{listener.getsockname()[1]}/callbacks"
        finally:
            server.should_exit = True
            await serving
