"""The documents of a checkout over HTTP: listed, read in each form, and the same for ever."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.http.world import ApiHarness, Customer
from unshackled.domain import bounds
from unshackled.domain.documents.document_record import MOST_RECORDS
from unshackled.domain.records import replace
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.papers.checkout_papers import papers_of
from unshackled.messages import first_written
from unshackled.rendering.document_html import POLICY
from unshackled.store import snapshot

INFORMATION = "pre_contract_credit_information"
NAMES = ["credit_search_consent", INFORMATION, "credit_agreement", "credit_agreement"]


async def listed(client: httpx.AsyncClient, href: str) -> list[dict[str, Any]]:
    """What the list says."""
    answer = await client.get(f"{href}/documents")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def bought(world: ApiHarness) -> Customer:
    """A customer whose order is placed."""
    customer = await world.customer()
    await customer.fill()
    assert (await customer.complete()).json()["status"] == "completed"
    return customer


async def test_every_document_is_listed_with_what_became_of_it(world: ApiHarness) -> None:
    """The consent that was given, the information shown, the agreement before and after."""
    customer = await bought(world)
    items = await listed(customer.client, customer.href)
    assert [one["name"] for one in items] == NAMES
    assert [one["standing"] for one in items] == ["agreed", "shown", "sent", "signed"]
    assert all(one["at"] for one in items)
    body = await customer.read()
    assert {"rel": "documents", "href": f"{customer.href}/documents"} in body["links"]
    async with world.server() as server:
        assert await listed(server, customer.href) == items


async def test_a_document_may_be_read_before_it_is_shown(world: ApiHarness) -> None:
    """What a page is to show is available, and so is the draft of the agreement (s.55C CCA)."""
    customer = await world.customer()
    for step in ("contact", "address", "income", "payment_method"):
        await customer.put(step)
    await customer.put("delivery", {"option": "slot-1"})
    await customer.agree()
    items = {one["name"]: one for one in await listed(customer.client, customer.href)}
    assert items[INFORMATION]["standing"] == items["credit_agreement"]["standing"] == "available"
    (action,) = [one for one in (await customer.read())["next_actions"] if one["type"] == "show"]
    assert action["document"]["digest"] == items[INFORMATION]["digest"]
    page = await customer.client.get(action["document"]["href"], headers={"Accept": "text/html"})
    assert page.status_code == 200
    draft = await customer.client.get(f"{customer.href}/documents/credit_agreement")
    assert (
        draft.json()["title"]
        == "Fixed Sum Loan Agreement regulated by the Consumer Credit Act 1974"
    )


async def test_it_is_read_as_data_and_as_a_page_by_digest_and_by_name(world: ApiHarness) -> None:
    """The form that Accept asks for; a page has its policy, and a file its name."""
    customer = await bought(world)
    (one,) = [x for x in await listed(customer.client, customer.href) if x["name"] == INFORMATION]
    assert {link["type"] for link in one["links"]} >= {
        "application/json",
        "text/html",
        "application/pdf",
    }
    for link in one["links"]:
        answer = await customer.client.get(link["href"], headers={"Accept": link["type"]})
        assert answer.headers["content-type"].startswith(link["type"])
        again = {"Accept": link["type"], "If-None-Match": answer.headers["etag"]}
        assert (await customer.client.get(link["href"], headers=again)).status_code == 304
    named = f"{customer.href}/documents/{INFORMATION}"
    data = (await customer.client.get(named)).json()
    assert data["digest"] == one["digest"]
    page = await customer.client.get(f"{named}?download", headers={"Accept": "text/html"})
    assert page.headers["content-security-policy"] == POLICY
    digest = one["digest"].removeprefix("sha256:")
    kept = f'attachment; filename="{INFORMATION}-{digest[:12]}.html"'
    assert page.headers["content-disposition"] == kept
    assert page.headers["content-language"] == "en"
    assert page.headers["cache-control"] == "private, no-cache"
    assert "<script" not in page.text


async def test_other_forms_names_and_callers_are_refused(world: ApiHarness) -> None:
    """406 with what there is, 404 for what there is not, and nothing for anybody else."""
    customer = await bought(world)
    href = f"{customer.href}/documents/{INFORMATION}"
    wrong = await customer.client.get(href, headers={"Accept": "image/png"})
    assert wrong.status_code == 406
    assert "text/html" in wrong.json()["allowed"]
    for name in ("poem", "sha256:" + "0" * 64):
        assert (await customer.client.get(f"{customer.href}/documents/{name}")).status_code == 404
    assert (await customer.client.get(f"{href}?download=maybe")).status_code == 422
    other = await world.customer(key="create-2")
    for path in (f"{customer.href}/documents", href):
        assert (await other.client.get(path)).status_code == 404
        async with world.server("orbit") as stranger:
            assert (await stranger.get(path)).status_code == 404
        async with world.page() as page:
            assert (await page.get(path)).status_code == 403
        async with world.client() as nobody:
            assert (await nobody.get(path)).status_code == 401


async def test_what_was_shown_stays_as_it_was_whatever_changes_since(world: ApiHarness) -> None:
    """Another package, another price, another catalogue, and the end: the old document is there."""
    customer = await world.customer()
    for step in ("contact", "address", "income", "payment_method"):
        await customer.put(step)
    await customer.put("delivery", {"option": "slot-1"})
    await customer.agree()
    by_type = {one["type"]: one for one in (await customer.read())["next_actions"]}
    shown = by_type["show"]["document"]["digest"]
    assert (await customer.put("documents", {"shown": shown})).status_code == 200
    href = f"{customer.href}/documents/{shown}"
    before = await customer.client.get(href)
    world.catalogues.reprice("northstar", "handset-mid", 99_900)
    assert (await customer.patch({"accessories": ["case-clear"]})).status_code in (200, 409)
    await customer.cancel()
    after = await customer.client.get(href)
    assert after.content == before.content
    records = [one for one in await listed(customer.client, customer.href) if one["at"]]
    assert shown in {one["digest"] for one in records}


async def test_a_stored_first_version_is_read_where_a_newer_template_is_there(
    world: ApiHarness,
) -> None:
    """A snapshot of before documents were kept: its evidence is found by its digest, and counts."""
    customer = await bought(world)
    known = await world.store.load(customer.id)
    assert known is not None
    plan = world.engine.plans.by_digest(known.digest)
    step = plan.steps["documents"]
    template = step.definition.template
    assert template is not None
    first, *_ = first_written(template, step.build(known), "en-GB")
    output = {"document": INFORMATION, "digest": first.digest}
    old = replace(
        known.with_step("documents", output=output), private=replace(known.private, documents=())
    )
    public, personal = snapshot.dump(old)
    assert "documents" not in json.loads(personal).get("private", {})
    read = snapshot.parse(public, personal)
    papers = papers_of(Draft(plan=plan, checkout=read, now=world.clock.now()))
    (mine,) = [one for one in papers if one.document.name == INFORMATION]
    assert (mine.standing, mine.document.digest, mine.document.version) == (
        "shown",
        first.digest,
        1,
    )


async def test_records_survive_the_store_and_are_bounded(world: ApiHarness) -> None:
    """Read back from its two halves a checkout has the same documents, and not too many."""
    customer = await bought(world)
    known = await world.store.load(customer.id)
    assert known is not None
    assert snapshot.parse(*snapshot.dump(known)).private.documents == known.private.documents
    public, _ = snapshot.dump(known)
    for one in known.private.documents:
        if "customer" in one.params:
            assert str(one.params["customer"]).encode() not in public
    assert len(known.private.documents) <= MOST_RECORDS


async def test_the_log_says_which_document_without_what_it_says(world: ApiHarness) -> None:
    """The event has name, version and digest; parameters are personal."""
    customer = await bought(world)
    rows = await world.store.events(customer.id, after=None, limit=200)
    recorded = [row.data for row in rows if row.type == "document.recorded.v1"]
    assert [one["document"] for one in recorded] == NAMES
    assert all("params" not in one and one["digest"].startswith("sha256:") for one in recorded)


async def test_what_was_erased_is_in_no_document(world: ApiHarness) -> None:
    """After an erasure the list is there and empty, and what it led to is gone."""
    customer = await world.customer()
    await customer.fill()
    await customer.cancel()
    before = await listed(customer.client, customer.href)
    assert {one["standing"] for one in before} >= {"shown", "sent", "signed"}
    scopes = ["checkouts:read", "personal:erase"]
    async with world.client(await world.key("northstar", "secret", scopes)) as server:
        key = {"Idempotency-Key": "erase-1"}
        done = await server.post(f"{customer.href}/erasure", json={}, headers=key)
        assert done.is_success, done.text
        assert await listed(server, customer.href) == []
        for one in before:
            gone = await server.get(f"{customer.href}/documents/{one['digest']}")
            assert gone.status_code == 404


async def test_what_is_kept_of_documents_leaves_room_for_the_rest(world: ApiHarness) -> None:
    """Sixteen of the largest are far below what a checkout may be."""
    customer = await bought(world)
    known = await world.store.load(customer.id)
    assert known is not None
    largest = max(len(json.dumps(dict(one.params))) for one in known.private.documents)
    assert largest * MOST_RECORDS < bounds.SNAPSHOT // 4
