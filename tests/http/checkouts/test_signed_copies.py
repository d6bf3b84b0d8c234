"""Signed copies over HTTP: listed beside the other documents, read as they came, and erased."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx

from tests.http.world import ApiHarness, Customer
from unshackled.store.signed_copies import SignedCopies

CONTENT = b"%PDF-1.7\nsigned by Featherstone\n%%EOF\n"
DIGEST = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


async def signed(world: ApiHarness) -> Customer:
    """A customer who signed, and whose copy is here."""
    customer = await world.customer()
    await customer.fill()
    known = await world.store.load(customer.id)
    assert known is not None
    assert await SignedCopies(world.store).keep(known, "agreement", CONTENT, now=world.clock.now())
    return customer


async def copies(client: httpx.AsyncClient, href: str) -> list[dict[str, Any]]:
    """Those of the list."""
    answer = await client.get(f"{href}/documents")
    assert answer.status_code == 200, answer.text
    return [one for one in answer.json()["items"] if one["standing"] == "signed_copy"]


async def test_a_copy_is_listed_and_read_as_it_came(world: ApiHarness) -> None:
    """By the address in the list, by its digest and by its name; again only where it changed."""
    customer = await signed(world)
    (one,) = await copies(customer.client, customer.href)
    assert (one["digest"], one["title"], one["step"]) == (
        DIGEST,
        "Signed copy of your agreement",
        "agreement",
    )
    (link,) = one["links"]
    assert link["type"] == "application/pdf"
    for href in (
        link["href"],
        *(f"{customer.href}/documents/{k}" for k in (DIGEST, "signed_copy")),
    ):
        answer = await customer.client.get(href)
        assert (answer.status_code, answer.content) == (200, CONTENT)
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"].startswith("inline; ")
        assert "sandbox" in answer.headers["content-security-policy"]
        known = {"If-None-Match": answer.headers["etag"]}
        assert (await customer.client.get(href, headers=known)).status_code == 304
    file = await customer.client.get(f"{link['href']}?download")
    name = f"signed_copy-{DIGEST.removeprefix('sha256:')[:12]}.pdf"
    assert file.headers["content-disposition"] == f'attachment; filename="{name}"'


async def test_a_copy_is_for_those_who_may_read_the_documents(world: ApiHarness) -> None:
    """No other form of it, and nothing of it for another customer, retailer or nobody."""
    customer = await signed(world)
    href = f"{customer.href}/documents/{DIGEST}"
    page = await customer.client.get(href, headers={"Accept": "text/html"})
    assert (page.status_code, page.json()["allowed"]) == (406, ["application/pdf"])
    async with world.server() as server:
        assert (await server.get(href)).content == CONTENT
    other = await world.customer(key="create-2")
    assert (await other.client.get(href)).status_code == 404
    assert (await other.client.get(f"{other.href}/documents/{DIGEST}")).status_code == 404
    async with world.server("orbit") as stranger:
        assert (await stranger.get(href)).status_code == 404
    async with world.client() as nobody:
        assert (await nobody.get(href)).status_code == 401


async def test_a_copy_is_in_the_export_and_goes_with_an_erasure(world: ApiHarness) -> None:
    """The export names it; once all is erased no list and no address has it."""
    customer = await signed(world)
    await customer.cancel()
    scopes = ["checkouts:read", "personal:erase", "personal:read"]
    async with world.client(await world.key("northstar", "secret", scopes)) as server:
        exported = (await server.get(f"{customer.href}/export")).json()
        (named,) = [
            copy for one in exported["categories"] for copy in one["data"].get("signed_copies", ())
        ]
        assert (named["digest"], named["size"]) == (DIGEST, len(CONTENT))
        key = {"Idempotency-Key": "erase-1"}
        done = await server.post(f"{customer.href}/erasure", json={}, headers=key)
        assert done.is_success, done.text
        assert await copies(server, customer.href) == []
        assert (await server.get(f"{customer.href}/documents/{DIGEST}")).status_code == 404
