"""The QR code of an eSIM: who may see it, what it says, and that it is kept nowhere."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest
import segno
from lxml import etree

from tests.http.world import PUBLIC_URL, ApiHarness, Customer
from unshackled.domain.documents.document_links import DocumentLinks
from unshackled.domain.records import replace
from unshackled.ports.outcome import Passed
from unshackled.ports.sim import SimActivated
from unshackled.rendering.qr_code import qr_svg
from unshackled.testing.samples import sample

LINKS = DocumentLinks(keys=(b"k" * 32,), public_url=PUBLIC_URL)
CODE = "LPA:1$smdp.example$ABC-123"
LINE = replace(sample(SimActivated), activation_code=CODE)


@pytest.fixture
async def linked() -> AsyncIterator[ApiHarness]:
    """A fresh application that makes links."""
    made = ApiHarness(links=LINKS)
    await made.open()
    yield made
    await made.engine.close()


async def bought(world: ApiHarness, line: SimActivated = LINE) -> Customer:
    """A customer whose line is live."""
    world.backends.script("sim.activate", Passed(output=line))
    customer = await world.customer()
    await customer.fill()
    assert (await customer.complete()).json()["status"] == "completed"
    return customer


def drawn(svg: bytes) -> str:
    """What the picture draws."""
    tree = etree.fromstring(svg)
    return "".join(path.get("d", "") for path in tree.iter("{*}path"))


def expected(code: str) -> str:
    """The same code drawn by itself."""
    out = io.BytesIO()
    segno.make_qr(code, error="M").save(
        out, kind="svg", scale=8, border=4, dark="#000", light="#fff"
    )
    return drawn(out.getvalue())


async def test_the_customer_and_the_retailers_server_see_it(world: ApiHarness) -> None:
    """A link of the resource leads to an SVG of the code, with a title, kept in no cache."""
    customer = await bought(world)
    href = f"{customer.href}/sim/qr.svg"
    assert {"rel": "sim_qr", "href": href} in (await customer.read())["links"]
    async with world.server() as server:
        answers = [await customer.client.get(href), await server.get(href)]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "image/svg+xml"
        assert "no-store" in answer.headers["cache-control"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert drawn(answer.content) == expected(CODE)
        tree = etree.fromstring(answer.content)
        assert LINE.msisdn in (tree.findtext("{*}title") or "")
        assert "works once" in (tree.findtext("{*}desc") or "")
        assert CODE not in answer.text


async def test_nobody_else_sees_it(world: ApiHarness) -> None:
    """Not a publishable key, nobody without a key, another customer, or a key that only writes."""
    customer, other = await bought(world), await world.customer(key="other")
    href = f"{customer.href}/sim/qr.svg"
    writer = await world.key("northstar", "secret", ["checkouts:write"])
    async with world.page() as page, world.client(writer) as server, world.client() as nobody:
        assert (await page.get(href)).status_code == 403
        assert (await server.get(href)).status_code == 403
        assert (await nobody.get(href)).status_code == 401
    assert (await other.client.get(href)).status_code == 404


@pytest.mark.parametrize("when", ["before", "card"])
async def test_there_is_none_before_the_line_and_of_a_card(world: ApiHarness, when: str) -> None:
    """404, and no link to it."""
    card = replace(LINE, activation_code=None, sim="physical")
    customer = await bought(world, card) if when == "card" else await world.customer()
    assert (await customer.client.get(f"{customer.href}/sim/qr.svg")).status_code == 404
    rels = {link["rel"] for link in (await customer.read())["links"]}
    assert "sim_qr" not in rels


async def test_the_link_of_a_message_leads_to_it(linked: ApiHarness) -> None:
    """It is opened without any key, as long as the link counts."""
    world, customer = linked, await bought(linked)
    token = LINKS.url(customer.id, world.clock.now()).rpartition("/")[2]
    async with world.client() as nobody:
        picture = await nobody.get(f"/v1/documents/{token}/sim/qr.svg")
        assert drawn(picture.content) == expected(CODE)
        assert (await nobody.get("/v1/documents/wrong/sim/qr.svg")).status_code == 404


@pytest.mark.parametrize(
    "code",
    [CODE, "1$smdp.example$ABC-123", "LPA:1$smdp.example$A$1.3.6$1", f"1$h.example${'A' * 200}"],
)
def test_a_code_without_its_prefix_is_drawn_with_it(code: str) -> None:
    """A phone's camera knows an eSIM by `LPA:`."""
    full = code if code.startswith("LPA:") else f"LPA:{code}"
    assert drawn(qr_svg(code, title="A & B <t>", description="d")) == expected(full)
