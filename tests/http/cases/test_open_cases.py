"""Opening cases over HTTP: what is done, and what is refused with what is allowed instead."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.http.sales import ACCOUNT, a_case, case_of, fails, opened, reader, sold
from tests.http.world import ApiHarness, Customer
from unshackled.ports.outcome import Declined, Passed


def refunded(world: ApiHarness) -> list[int]:
    """What the payment provider gave back, in minor units."""
    standing = world.backends.standing("payment.refund_amount")
    outcomes = [effect.outcome for effect in standing]
    return [one.output.amount for one in outcomes if isinstance(one, Passed)]


async def test_a_refund_of_goodwill_goes_back_to_the_payment(world: ApiHarness) -> None:
    """POST answers with the case, done; the provider gave back exactly that."""
    customer = await sold(world)
    answer = await opened(world, customer, "refunds", {"amount": 2_000, "reason": "goodwill"})
    assert answer.status_code == 201, answer.text
    case = answer.json()
    assert answer.headers["location"] == f"{customer.href}/cases/refund-1"
    assert (case["case"], case["kind"], case["status"]) == ("refund-1", "refund", "completed")
    assert case["lines"] == [
        {"part": "handset", "sku": "handset-mid", "quantity": 1, "amount": 2_000}
    ]
    assert (case["money"]["payment"], case["money"]["lender"]) == (2_000, 0)
    assert [step["state"] for step in case["steps"]] == ["passed", "passed"]
    assert refunded(world) == [2_000]


async def test_a_checkout_tells_what_may_be_opened_and_links_its_cases(world: ApiHarness) -> None:
    """Before the order nothing; then by whom it reads: a customer sees what customers may."""
    customer = await world.customer()
    before = (await customer.client.get(f"{customer.href}/cases")).json()
    assert before == {"currency": "GBP", "items": [], "possible": []}
    assert "cases" not in [link["rel"] for link in (await customer.read())["links"]]
    customer = await sold(world, key="second")
    assert "cases" in [link["rel"] for link in (await customer.read())["links"]]
    theirs = (await customer.client.get(f"{customer.href}/cases")).json()["possible"]
    assert [one["flow"] for one in theirs] == ["return", "withdrawal"]
    async with world.server() as server:
        ours = (await server.get(f"{customer.href}/cases")).json()["possible"]
    assert [one["flow"] for one in ours] == ["refund", "return", "faulty", "withdrawal", "stop"]
    (back,) = [one for one in theirs if one["kind"] == "return"]
    assert back["lines"][0] == {
        "part": "handset",
        "sku": "handset-mid",
        "quantity": 1,
        "amount": 71_800,
    }
    assert (back["href"], back["amount"]) == (f"{customer.href}/returns", 71_800)
    answer = await customer.client.post(back["href"], json={"lines": back["lines"][:1]})
    fails(answer, 409, "case-amount-not-taken")


async def test_a_customer_returns_goods_and_tells_where_the_money_goes(world: ApiHarness) -> None:
    """The form of the case is sent to the case; then everything happens by itself."""
    customer = await sold(world)
    lines = [{"part": "handset"}, {"part": "tariff"}]
    answer = await customer.client.post(f"{customer.href}/returns", json={"lines": lines})
    assert answer.status_code == 201, answer.text
    case = answer.json()
    assert (case["status"], case["opened_by"]) == ("open", "customer")
    submit, end = case["next_actions"]
    assert (submit["type"], submit["href"]) == (
        "submit",
        f"{customer.href}/cases/return-1/steps/account",
    )
    assert (end["type"], end["href"]) == ("cancel", f"{customer.href}/cases/return-1/cancel")
    assert "steps.account.account_number" in [one["path"] for one in case["missing"]]
    wrong = await customer.client.put(submit["href"], json={**ACCOUNT, "sort_code": "1"})
    assert fails(wrong, 422, "invalid-input")["errors"][0]["path"].endswith("sort_code")
    done = await customer.client.put(submit["href"], json=ACCOUNT)
    assert done.status_code == 200, done.text
    found = done.json()
    assert (found["status"], found["settled"]) == ("completed", True), found
    assert found["money"]["payment"] + found["money"]["lender"] == 71_800
    listed = (await customer.client.get(f"{customer.href}/cases")).json()
    assert [(row["case"], row["status"]) for row in listed["items"]] == [("return-1", "completed")]
    assert [one["kind"] for one in listed["possible"]] == [], "the credit ended with the phone"
    sale = await customer.read()
    assert sale["status"] == "completed"
    assert f"{customer.href}/cases/return-1" in [link["href"] for link in sale["links"]]


async def test_the_same_key_opens_one_case(world: ApiHarness) -> None:
    """A repeated request is answered with the case as it is now; another body is a conflict."""
    customer = await sold(world)
    first = await a_case(world, customer, "refunds", {"amount": 1_000})
    again = await opened(world, customer, "refunds", {"amount": 1_000})
    assert again.status_code == 201
    assert again.json() == first
    other = await opened(world, customer, "refunds", {"amount": 1_001})
    fails(other, 409, "idempotency-key-reused")
    second = await a_case(world, customer, "refunds", {"amount": 1_000}, key="case-2")
    assert second["case"] == "refund-2"
    third = await opened(world, customer, "refunds", {"amount": 1_000})
    assert third.json()["case"] == "refund-1", "also when other cases came after it"
    assert len(world.backends.standing("payment.refund_amount")) == 2


async def test_a_server_needs_a_key_and_its_scope(world: ApiHarness) -> None:
    """Without the header, or the scope `refunds`, nothing is opened."""
    customer = await sold(world)
    async with world.server() as server:
        bare = await server.post(f"{customer.href}/refunds", json={})
        fails(bare, 400, "idempotency-key-missing")
    async with reader(world, "checkouts:read", "checkouts:write") as server:
        refused = await server.post(
            f"{customer.href}/refunds", json={}, headers={"Idempotency-Key": "k"}
        )
        assert fails(refused, 403, "scope-missing")["allowed"] == ["refunds"]
    assert (await customer.client.get(f"{customer.href}/cases")).json()["items"] == []


async def test_walls_stand_around_cases(world: ApiHarness) -> None:
    """Another retailer, the other mode and another customer meet the 404 of what is not there."""
    write = await world.key("northstar", "secret", ["checkouts:read", "checkouts:write"])
    customer = await sold(world)
    world.keys["northstar/secret"] = write
    other = await world.customer(key="other")
    await world.key("northstar", "secret", ["checkouts:read", "refunds"])
    await a_case(world, customer, "returns", {"flow": "return"})
    await world.key("orbit", "secret", ["checkouts:read", "refunds"])
    await world.key("northstar", "secret", ["checkouts:read", "refunds"], livemode=False)
    keys = (world.keys["orbit/secret"], world.keys["northstar:test/secret"])
    strangers = [*(world.client(key) for key in keys), other.client]
    for stranger in strangers:
        stranger.headers["Idempotency-Key"] = "k"
        for method, path in (
            ("GET", "cases"),
            ("GET", "cases/return-1"),
            ("PUT", "cases/return-1/steps/account"),
            ("POST", "cases/return-1/cancel"),
            ("POST", "refunds"),
            ("POST", "returns"),
        ):
            answer = await stranger.request(method, f"{customer.href}/{path}")
            fails(answer, 404, "not-found")
    missing = await customer.client.get(f"{customer.href}/cases/return-2")
    fails(missing, 404, "not-found")


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("refunds", {"lines": [{"part": "television"}]}, "case-line-unknown"),
        ("refunds", {"lines": [{"part": "credit"}]}, "case-line-unknown"),
        ("refunds", {"lines": [{"part": "handset"}, {"part": "handset"}]}, "case-line-unknown"),
        ("refunds", {"lines": [{"part": "handset", "quantity": 2}]}, "case-quantity-too-high"),
        ("refunds", {"lines": [{"part": "handset", "amount": 71_801}]}, "case-amount-too-high"),
        ("refunds", {"amount": 71_801}, "case-amount-too-high"),
        (
            "refunds",
            {"amount": 1, "lines": [{"part": "handset", "amount": 1}]},
            "case-amount-not-taken",
        ),
        ("refunds", {"amount": 0}, "case-nothing-left"),
        ("stops", {"lines": [{"part": "handset"}]}, "case-line-unknown"),
    ],
)
async def test_what_cannot_be_is_refused_with_what_can(
    world: ApiHarness, path: str, body: Any, code: str
) -> None:
    """Each answer names what is possible, and a page's message says it in words."""
    customer = await sold(world)
    problem = fails(await opened(world, customer, path, body), 409, code)
    assert problem["possible"]["lines"], problem
    assert problem["message"]


async def test_too_late_is_refused_and_says_until_when(world: ApiHarness) -> None:
    """A customer withdraws from credit on day 13, and not on day 15."""
    customer = await sold(world)
    await world.clock.advance(timedelta(days=13))
    early = await customer.client.post(f"{customer.href}/withdrawals", json={"lines": []})
    assert early.status_code == 201, early.text
    assert early.json()["lines"][0]["part"] == "credit"
    await world.key("northstar", "secret", ["checkouts:read", "checkouts:write"])
    late = await sold(world, key="late")
    (offer,) = [
        one
        for one in (await late.client.get(f"{late.href}/cases")).json()["possible"]
        if one["kind"] == "withdrawal"
    ]
    await world.clock.advance(timedelta(days=15))
    refused = await late.client.post(f"{late.href}/withdrawals")
    problem = fails(refused, 409, "case-window-closed")
    assert problem["possible"]["until"] == offer["until"]
    assert problem["possible"]["lines"] == []


async def test_an_open_checkout_has_no_cases(world: ApiHarness) -> None:
    """Before the order there is nothing to give back."""
    await world.key("northstar", "secret", ["checkouts:read", "checkouts:write", "refunds"])
    customer = await world.customer()
    fails(await opened(world, customer, "stops"), 409, "case-not-offered")


async def test_what_the_retailer_has_no_flow_for_is_not_offered(world: ApiHarness) -> None:
    """Orbit has no case flows at all."""
    await world.key("orbit", "secret", ["checkouts:read", "checkouts:write", "refunds"])
    customer = await world.customer(retailer="orbit")
    async with world.server("orbit") as server:
        headers = {"Idempotency-Key": "k"}
        answer = await server.post(f"{customer.href}/refunds", json={}, headers=headers)
    fails(answer, 409, "case-not-offered")


async def test_one_of_several_flows_is_named(world: ApiHarness) -> None:
    """A server says which return it means; a customer may open one of them only."""
    customer = await sold(world)
    problem = fails(await opened(world, customer, "returns"), 422, "invalid-input")
    assert problem["errors"][0]["path"] == "flow"
    assert problem["errors"][0]["allowed"] == ["return", "faulty"]
    wrong = fails(await opened(world, customer, "returns", {"flow": "x"}), 422, "invalid-input")
    assert wrong["errors"][0]["allowed"] == ["return", "faulty"]
    theirs = await customer.client.post(f"{customer.href}/returns", json={"flow": "faulty"})
    assert fails(theirs, 409, "case-opener-not-allowed")["openers"] == ["retailer"]
    case = await a_case(world, customer, "returns", {"flow": "faulty", "reason": "faulty"})
    assert (case["flow"]["name"], case["status"]) == ("faulty", "completed")


async def test_a_second_case_waits_for_the_first(world: ApiHarness) -> None:
    """The problem names the open case; once it was ended the line is free."""
    customer = await sold(world)
    await customer.client.post(f"{customer.href}/returns", json={"lines": [{"part": "handset"}]})
    blocked = await opened(world, customer, "refunds", {"lines": [{"part": "handset"}]})
    assert fails(blocked, 409, "case-open")["case"] == "return-1"
    ended = await customer.client.post(f"{customer.href}/cases/return-1/cancel", json={})
    assert ended.json()["status"] == "canceled", ended.text
    await a_case(world, customer, "refunds", {"lines": [{"part": "handset"}]}, key="again")


async def test_two_at_once_never_give_back_more_than_came_in(world: ApiHarness) -> None:
    """Of eight requests for all of it one is carried out, the others meet what is left."""
    customer = await sold(world)
    answers = await asyncio.gather(
        *(opened(world, customer, "refunds", {}, key=f"case-{n}") for n in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert sum(refunded(world)) <= customer.made["quote"]["due_today"]


async def test_small_ones_at_once_each_get_a_name(world: ApiHarness) -> None:
    """Refunds of different customers' wishes on one line: each is its own case, one at a time."""
    customer = await sold(world)
    lines = [{"part": "handset", "amount": 100}]
    answers = await asyncio.gather(
        *(opened(world, customer, "refunds", {"lines": lines}, key=f"case-{n}") for n in range(3))
    )
    names = {answer.json()["case"] for answer in answers if answer.status_code == 201}
    assert len(names) == sum(answer.status_code == 201 for answer in answers) >= 1
    assert len(world.backends.standing("payment.refund_amount")) == len(names)


async def test_one_key_at_once_opens_one_case(world: ApiHarness) -> None:
    """Every answer is the same case."""
    customer = await sold(world)
    answers = await asyncio.gather(
        *(opened(world, customer, "refunds", {"amount": 500}) for _ in range(4))
    )
    assert {(one.status_code, one.json().get("case")) for one in answers} == {(201, "refund-1")}
    assert len(world.backends.standing("payment.refund_amount")) == 1


async def test_if_match_guards_against_what_was_not_seen(world: ApiHarness) -> None:
    """A case that was decided on an old reading is not opened."""
    customer = await sold(world)
    headers = {"If-Match": '"1"'}
    answer = await customer.client.post(f"{customer.href}/returns", json={}, headers=headers)
    fails(answer, 412, "version-mismatch")


async def test_a_body_is_checked_field_by_field(world: ApiHarness) -> None:
    """Every wrong field is named, with what is allowed; nothing is converted silently."""
    customer = await sold(world)
    sent = {"reason": "because", "lines": [{"part": "handset", "quantity": "1"}], "amount": -1}
    problem = fails(await opened(world, customer, "refunds", sent), 422, "invalid-input")
    assert {error["path"] for error in problem["errors"]} == {
        "reason",
        "lines[0].quantity",
        "amount",
    }


async def test_a_provider_that_says_no_is_looked_into_and_then_told(world: ApiHarness) -> None:
    """A refund that is declined waits for a person; ended, it says so and its line is free."""
    customer = await sold(world)
    world.backends.script("payment.refund_amount", Declined(code="declined"))
    case = await a_case(world, customer, "refunds", {"amount": 500})
    assert (case["status"], case["next_actions"]) == ("in_progress", [])
    assert case["messages"][0]["params"]["who"] == "person"
    refused = await customer.client.post(f"{customer.href}/cases/refund-1/cancel", json={})
    assert fails(refused, 409, "case-opener-not-allowed")["openers"] == ["retailer"]
    blocked = await opened(world, customer, "refunds", {"amount": 500}, key="case-2")
    assert fails(blocked, 409, "case-open")["case"] == "refund-1"
    verdict = {
        "reason": "seen at the provider",
        "evidence": "https://psp.example",
        "case": "refund-1",
    }
    async with world.operator() as operator:
        path = f"/ops/checkouts/{customer.id}/steps/pay/resolve"
        done = await operator.post(path, json={**verdict, "verdict": "declined"})
    assert done.status_code == 200, done.text
    found = await case_of(customer, "refund-1")
    assert found["status"] == "canceled"
    assert found["messages"][0]["content"].startswith("Your refund was ended")
    again = await a_case(world, customer, "refunds", {"amount": 500}, key="case-3")
    assert (again["case"], again["status"]) == ("refund-2", "completed")


async def other(world: ApiHarness) -> Customer:
    """A customer who reads German."""
    return await sold(world, locale="de-DE")


async def test_a_customer_reads_it_in_their_language(world: ApiHarness) -> None:
    """Problems and messages of a case are in the checkout's locale."""
    customer = await other(world)
    await customer.client.post(f"{customer.href}/returns", json={"lines": [{"part": "handset"}]})
    await customer.client.post(f"{customer.href}/cases/return-1/cancel", json={})
    found = await case_of(customer, "return-1")
    assert found["messages"][0]["content"].startswith("Ihre Rücksendung wurde")
    refused = await customer.client.post(f"{customer.href}/refunds", json={})
    assert fails(refused, 409, "case-opener-not-allowed")["message"].startswith("Das kann nur")
