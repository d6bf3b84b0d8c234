"""The documents of a case over HTTP: listed, read in each form, by link, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from tests.http.sales import a_case, case_of, fails, sold
from tests.http.world import PUBLIC_URL, ApiHarness, Customer
from unshackled.domain.documents.document_links import DocumentLinks
from unshackled.rendering.document_html import POLICY

LINKS = DocumentLinks(keys=(b"k" * 32,), public_url=PUBLIC_URL)
EXPLANATION = "adequate_explanation"


@pytest.fixture
async def shows() -> AsyncIterator[ApiHarness]:
    """A fresh application that makes links."""
    found = ApiHarness(links=LINKS)
    await found.open()
    yield found
    await found.engine.close()


async def returning(world: ApiHarness) -> Customer:
    """A customer who gives the handset back and has not read what it does to the credit yet."""
    customer = await sold(world)
    await a_case(world, customer, "returns", {"flow": "faulty", "reason": "not_as_described"})
    return customer


async def test_a_document_of_a_case_is_read_where_its_action_says(shows: ApiHarness) -> None:
    """Before it is shown as page, file and data; the case links to the list, as the sale does."""
    customer = await returning(shows)
    case = await case_of(customer, "return-1")
    (action,) = [one for one in case["next_actions"] if one["type"] == "show"]
    href, digest = action["document"]["href"], action["document"]["digest"]
    assert href == f"{customer.href}/cases/return-1/documents/{digest.removeprefix('sha256:')}"
    (listing,) = [one["href"] for one in case["links"] if one["rel"] == "documents"]
    (item,) = (await customer.client.get(listing)).json()["items"]
    assert (item["name"], item["standing"], item["step"]) == (EXPLANATION, "available", "explained")
    assert {one["href"] for one in item["links"]} == {href}
    for media in [one["type"] for one in item["links"]]:
        answer = await customer.client.get(href, headers={"Accept": media})
        assert answer.headers["content-type"].startswith(media)
        again = {"Accept": media, "If-None-Match": answer.headers["etag"]}
        assert (await customer.client.get(href, headers=again)).status_code == 304
    page = await customer.client.get(href, headers={"Accept": "text/html"})
    assert page.headers["content-security-policy"] == POLICY


async def test_what_was_shown_in_a_case_is_kept_for_customer_and_retailer(
    shows: ApiHarness,
) -> None:
    """By its digest and by its name, once the case is done; the sale's own list has its own."""
    customer = await returning(shows)
    path = f"{customer.href}/cases/return-1"
    (action,) = [
        one
        for one in (await case_of(customer, "return-1"))["next_actions"]
        if one["type"] == "show"
    ]
    digest = action["document"]["digest"]
    before = (await customer.client.get(f"{path}/documents/{EXPLANATION}")).json()
    answer = await customer.client.put(f"{path}/steps/explained", json={"shown": digest})
    assert answer.status_code == 200, answer.text
    assert (await case_of(customer, "return-1"))["status"] == "completed"
    async with shows.server() as server:
        (item,) = (await server.get(f"{path}/documents")).json()["items"]
        assert (item["standing"], item["digest"]) == ("shown", digest)
        for key in (digest, EXPLANATION):
            assert (await server.get(f"{path}/documents/{key}")).json() == before
        of_sale = (await server.get(f"{customer.href}/documents")).json()["items"]
    assert EXPLANATION not in {one["name"] for one in of_sale}


async def test_the_link_of_a_message_opens_the_documents_of_cases_too(shows: ApiHarness) -> None:
    """Listed after those of the sale, and read by whoever has the link."""
    customer = await returning(shows)
    path = f"{customer.href}/cases/return-1"
    (action,) = [
        one
        for one in (await case_of(customer, "return-1"))["next_actions"]
        if one["type"] == "show"
    ]
    digest = action["document"]["digest"].removeprefix("sha256:")
    await customer.client.put(f"{path}/steps/explained", json={"shown": f"sha256:{digest}"})
    known = await shows.store.load(customer.id)
    assert known is not None
    url = LINKS.url(known.id, known.created_at).removeprefix(PUBLIC_URL)
    async with shows.client() as anybody:
        listed = re.findall(r'href="([^"]+)"', (await anybody.get(url)).text)
        assert [one.partition("?")[0].rpartition("/")[2] for one in listed[-2:]] == [digest] * 2
        for href in listed[-2:]:
            found = await anybody.get(f"/v1/documents/{href}")
            assert found.status_code == 200, href


async def test_nobody_else_reads_the_documents_of_a_case(shows: ApiHarness) -> None:
    """404 for other customers, other retailers, other cases and other documents."""
    other = await shows.customer(key="create-2")
    customer = await returning(shows)
    path = f"{customer.href}/cases/return-1/documents"
    for href in (path, f"{path}/{EXPLANATION}"):
        fails(await other.client.get(href), 404, "not-found")
        async with shows.server("orbit") as stranger:
            fails(await stranger.get(href), 404, "not-found")
        async with shows.client() as nobody:
            assert (await nobody.get(href)).status_code == 401
    for missing in (f"{path}/poem", f"{customer.href}/cases/return-9/documents"):
        fails(await customer.client.get(missing), 404, "not-found")
    wrong = await customer.client.get(f"{path}/{EXPLANATION}", headers={"Accept": "image/png"})
    assert wrong.status_code == 406
