"""What the stand-in signer made of an agreement comes to the customer by itself."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import httpx

from tests.app.test_ways_on import live, shop
from unshackled.testing.customer import Customer


async def _copies(api: httpx.AsyncClient, customer: Customer) -> list[dict[str, Any]]:
    """Those in the list of documents, once the consumer was there; it is woken by the append."""
    headers = {"Authorization": f"Bearer {customer.token}"}
    async with asyncio.timeout(10):
        while True:
            answer = await api.get(f"{customer.href}/documents", headers=headers)
            found = [one for one in answer.json()["items"] if one["standing"] == "signed_copy"]
            if found:
                return found
            await asyncio.sleep(0.05)


async def test_the_copy_of_a_signed_agreement_is_fetched_and_read() -> None:
    """The very file of the signer, listed under the digest of its bytes."""
    async with shop() as opened:
        customer = await opened.customer("orbit")
        assert await live(customer) == []
        (copy,) = await _copies(opened.api, customer)
        (link,) = copy["links"]
        file = await opened.api.get(
            link["href"], headers={"Authorization": f"Bearer {customer.token}"}
        )
        assert file.headers["content-type"] == "application/pdf"
        assert file.content.startswith(b"%PDF-")
        assert copy["digest"] == f"sha256:{hashlib.sha256(file.content).hexdigest()}"
