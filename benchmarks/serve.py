"""Serving an ASGI application on a free port of this machine."""

from __future__ import annotations

import socket
from typing import Final

import uvicorn
from starlette.types import ASGIApp

# Under valgrind callers come back later than servers wait for them by default.
KEEP_ALIVE_SECONDS: Final = 300


def serve(app: ASGIApp, listener: socket.socket | None = None) -> None:
    """Listen, write the address on the first line, serve until stopped."""
    listener = listener or listening()
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        backlog=2048,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    print(address(listener), flush=True)
    uvicorn.Server(config).run(sockets=[listener])


def listening() -> socket.socket:
    """A socket that callers can already connect to."""
    return socket.create_server(("127.0.0.1", 0), backlog=2048)


def address(listener: socket.socket) -> str:
    """Its URL."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"
