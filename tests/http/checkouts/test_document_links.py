"""The link of a message leads to the documents, when the checkout is over and the token is not."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.http.checkouts.test_documents import bought
from tests.http.world import PUBLIC_URL, ApiHarness
from unshackled.domain.documents.document_links import DocumentLinks
from unshackled.domain.records import replace

LINKS = DocumentLinks(keys=(b"k" * 32,), public_url=PUBLIC_URL)


@pytest.fixture
async def linked() -> AsyncIterator[ApiHarness]:
    """A fresh application that makes links."""
    found = ApiHarness(links=LINKS)
    await found.open()
    yield found
    await found.engine.close()


async def url_of(world: ApiHarness, checkout: str) -> str:
    """The path of a checkout's link."""
    known = await world.store.load(checkout)
    assert known is not None
    return LINKS.url(known.id, known.created_at).removeprefix(PUBLIC_URL)


async def test_the_link_opens_every_document_long_after_the_end(linked: ApiHarness) -> None:
    """A page lists what was shown and signed, and each is read as a page and as a file."""
    customer = await bought(linked)
    url = await url_of(linked, customer.id)
    await linked.clock.advance(timedelta(days=400))
    assert (await customer.client.get(f"{customer.href}/documents")).status_code == 401
    async with linked.client() as anybody:
        page = await anybody.get(url)
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert page.headers["cache-control"] == "private, no-cache"
        assert "noindex" in page.text
        hrefs = re.findall(r'href="([^"]+)"', page.text)
        assert len(hrefs) == 8
        for href in hrefs:
            found = await anybody.get(f"/v1/documents/{href}")
            assert found.status_code == 200, href
            wanted = "application/pdf" if href.endswith("pdf") else "text/html"
            assert found.headers["content-type"].startswith(wanted)


async def test_a_wrong_link_is_the_same_404_as_none(linked: ApiHarness) -> None:
    """Nobody learns from the answer whether a checkout is there."""
    customer = await bought(linked)
    url = await url_of(linked, customer.id)
    async with linked.client() as anybody:
        wrong = [url[:-1] + ("A" if url[-1] != "A" else "B"), "/v1/documents/doc_x.20991231.y"]
        answers = [await anybody.get(one) for one in wrong]
        assert {one.status_code for one in answers} == {404}
        assert len({one.json()["detail"] for one in answers}) == 1
        assert (await anybody.get(f"{url}/poem")).status_code == 404
        await linked.clock.advance(timedelta(days=821))
        assert (await anybody.get(url)).status_code == 404


async def test_without_a_key_there_are_no_links(world: ApiHarness) -> None:
    """A service that cannot sign any opens none."""
    customer = await bought(world)
    async with world.client() as anybody:
        assert (await anybody.get(await url_of(world, customer.id))).status_code == 404


async def test_a_message_carries_the_link_and_no_other_call_does(linked: ApiHarness) -> None:
    """The sender gets it in the frame of its call; lenders and signers do not."""
    caller = replace(linked.engine.caller, links=LINKS)
    linked.engine.caller = caller
    customer = await bought(linked)
    url = PUBLIC_URL + await url_of(linked, customer.id)
    (sent,) = linked.backends.calls("notification.send")
    assert sent.call.documents_url == url
    for operation in ("credit.apply", "agreement.sign", "orders.place"):
        assert all(one.call.documents_url == "" for one in linked.backends.calls(operation))
    rows = await linked.store.events(customer.id, after=None, limit=300)
    assert not [row for row in rows if "doc_" in str(row.data)]
