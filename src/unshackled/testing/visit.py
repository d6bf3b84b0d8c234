"""A browser's part of a demo: a client for the API, and a customer at a provider's page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

REDIRECTS: Final = 5
CHOICES: Final = {"signer": "sign", "psp": "approve"}


class PageUnreachable(RuntimeError):
    """No server answered; the message has the address and the kind of failure."""


@contextmanager
def reaching() -> Iterator[None]:
    """Whatever the HTTP library raises as `Unreachable`."""
    try:
        yield
    except httpx.RequestError as error:
        raise PageUnreachable(f"{error.request.url}: {type(error).__name__}") from None


def client(base_url: str, token: str | None = None) -> httpx.AsyncClient:
    """A client of the API at `base_url`."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(base_url=base_url, headers=headers, timeout=30)


async def visit(page: str, ours: str, choice: str | None = None) -> list[str]:
    """Choose on a stand-in's hosted page and follow its redirects as far as they lead to `ours`.

    Returns the addresses that the browser went through; the last one may be the retailer's.
    """
    stand_in = urlsplit(page).path.removeprefix("/test").split("/")[1]
    chosen = choice or CHOICES.get(stand_in, "approve")
    seen = [page]
    async with httpx.AsyncClient(timeout=30) as browser:
        answer = await browser.post(page, data={"choice": chosen})
        for _ in range(REDIRECTS):
            where = answer.headers.get("location")
            if not answer.is_redirect or where is None:
                break
            seen.append(where)
            if not where.startswith(ours):
                break
            answer = await browser.get(where)
    return seen


async def story(api: httpx.AsyncClient, checkout: str) -> Any:
    """What a process in demo mode remembers of a checkout: `spans` and the `tree` as lines."""
    answer = await api.get(f"/demo/stories/{checkout}")
    return answer.json()
