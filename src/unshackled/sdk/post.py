"""Sends a stand-in's callbacks, again and again until they are accepted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from unshackled.errors import InDoubt, NotSent, Refused
from unshackled.outbound import HttpClient

Deliver = Callable[[str, bytes, Mapping[str, str]], Awaitable[None]]

WAITS_SECONDS: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)


async def deliver(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """POST a callback; a failure, a 5xx and 429 are tried again, then it is dropped."""
    parts = urlsplit(url)
    http = HttpClient("callbacks", f"{parts.scheme}://{parts.netloc}")
    params = dict(parse_qsl(parts.query)) or None
    try:
        for wait in WAITS_SECONDS:
            try:
                await http.request("POST", parts.path, content=body, headers=headers, params=params)
            except (NotSent, InDoubt):
                await asyncio.sleep(wait)
            except Refused:
                return
            else:
                return
    finally:
        await http.aclose()
