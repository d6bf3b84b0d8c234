"""Calls an ASGI application in this process, where a test wants no sockets."""

from __future__ import annotations

from typing import Any

import httpx


def in_process(app: Any) -> httpx.AsyncBaseTransport:
    """A transport for `HttpClient` that calls `app` directly; an answer that breaks off raises."""
    return httpx.ASGITransport(app=app)
