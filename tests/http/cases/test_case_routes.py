"""Reading a case, sending what it asks for, ending it; and what its events say."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.http.sales import ACCOUNT, a_case, case_of, fails, opened, sold
from tests.http.world import ApiHarness, Customer
from unshackled.errors import InDoubt
from unshackled.sdk import manual
from unshackled.testing.backends import referred


async def returning(world: ApiHarness) -> Customer:
    """A customer who wants to give the handset back, and has not said where the money goes."""
    customer = await sold(world)
    answer = await customer.client.post(
        f"{customer.href}/returns", json={"lines": [{"part": "handset"}], "reason": "changed_mind"}
    )
    assert answer.status_code == 201, answer.text
    return customer


async def events_of(world: ApiHarness, customer: Customer) -> list[dict[str, Any]]:
    """What happened to the checkout."""
    async with world.server() as server:
        answer = await server.get(f"{customer.href}/events?limit=200")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_case_waits_for_its_customer_and_says_so(world: ApiHarness) -> None:
    """Who reads an open case finds what to do, and that nothing else goes on."""
    customer = await returning(world)
    case = await case_of(customer, "return-1")
    assert (case["status"], case["settled"], case["reason"]) == ("open", True, "changed_mind")
    assert [one["id"] for one in case["next_actions"]] == ["submit:account", "cancel"]
    assert case["money"] is None
    assert case["links"][1] == {"rel": "checkout", "href": customer.href}


async def test_while_goods_are_on_their_way_it_says_who_is_at_work(world: ApiHarness) -> None:
    """Pending at the shop: it cannot be ended, the message says until when it is looked at."""
    customer = await returning(world)
    world.backends.script("orders.accept_return", referred())
    await customer.client.put(f"{customer.href}/cases/return-1/steps/account", json=ACCOUNT)
    case = await case_of(customer, "return-1")
    assert (case["status"], case["settled"]) == ("in_progress", False)
    assert case["next_actions"] == []
    (message,) = case["messages"]
    assert message["params"]["who"] == "orders"
    answer = await customer.client.post(f"{customer.href}/cases/return-1/cancel", json={})
    fails(answer, 409, "case-in-progress")


async def test_the_server_may_send_it_for_the_customer(world: ApiHarness) -> None:
    """Once; a step or a case that is not there is named."""
    customer = await returning(world)
    href = f"{customer.href}/cases/return-1/steps"
    fails(await customer.client.put(f"{href}/deposit", json={}), 404, "unknown-step")
    async with world.server() as server:
        done = await server.put(f"{href}/account", json=ACCOUNT)
    assert done.json()["status"] == "completed", done.text
    fails(await customer.client.put(f"{href}/account", json=ACCOUNT), 409, "case-completed")
    end = await customer.client.post(f"{customer.href}/cases/return-1/cancel", json={})
    fails(end, 409, "case-completed")
    missing = await customer.client.put(f"{customer.href}/cases/return-9/steps/account", json={})
    fails(missing, 404, "not-found")


async def test_ending_a_case_is_done_once(world: ApiHarness) -> None:
    """The same key again changes nothing; what comes after it is refused in words of cases."""
    customer = await returning(world)
    first = await opened(world, customer, "cases/return-1/cancel", {"reason": "mistake"}, "end")
    assert first.status_code == 200, first.text
    case = first.json()
    assert case["status"] == "canceled"
    assert (case["canceled"]["code"], case["canceled"]["by"]) == ("mistake", "retailer")
    again = await opened(world, customer, "cases/return-1/cancel", {"reason": "mistake"}, "end")
    assert again.json() == case
    other = await opened(world, customer, "cases/return-1/cancel", {"reason": "x_y"}, "end")
    fails(other, 409, "idempotency-key-reused")
    late = await customer.client.put(f"{customer.href}/cases/return-1/steps/account", json=ACCOUNT)
    fails(late, 409, "case-canceled")


async def test_ending_it_twice_at_once_is_ending_it_once(world: ApiHarness) -> None:
    """Both answers are the ended case, and one event says so."""
    customer = await returning(world)
    answers = await asyncio.gather(
        *(opened(world, customer, "cases/return-1/cancel", {}, "end") for _ in range(3))
    )
    assert {(one.status_code, one.json()["status"]) for one in answers} == {(200, "canceled")}
    types = [event["type"] for event in await events_of(world, customer)]
    assert types.count("case.canceled.v1") == 1


async def test_events_of_a_case_name_it_and_hold_nothing_personal(world: ApiHarness) -> None:
    """Opened with what was asked, its steps with `run`, done; those of the sale have no `run`."""
    customer = await returning(world)
    before = await events_of(world, customer)
    await customer.client.put(f"{customer.href}/cases/return-1/steps/account", json=ACCOUNT)
    events = await events_of(world, customer)
    started = next(event for event in events if event["type"] == "case.opened.v1")
    assert started["data"]["case"]["lines"][0]["amount"] == 71_800
    mine = [event for event in events if event["data"].get("run") == "return-1"]
    assert [event["type"] for event in mine if event["type"].startswith("case.")] == [
        "case.opened.v1",
        "case.completed.v1",
    ]
    assert "step.passed.v1" in [event["type"] for event in mine]
    (done,) = [event["data"] for event in mine if event["type"] == "case.completed.v1"]
    assert done["sale_flow"] == (await customer.read())["flow"]["name"]
    of_sale = before[: [event["type"] for event in before].index("case.opened.v1")]
    assert all("run" not in event["data"] for event in of_sale)
    assert ACCOUNT["account_number"] not in str(events)


async def test_a_doubt_in_a_case_is_told_to_its_customer(world: ApiHarness) -> None:
    """A refund of which nobody knows is said to be looked into, and is not sent again."""
    customer = await sold(world)
    world.backends.ways["payment.refund_amount"] = manual()
    world.backends.script("payment.refund_amount", InDoubt("cut", provider="main"))
    case = await a_case(world, customer, "refunds", {"amount": 700})
    assert (case["status"], case["settled"]) == ("in_progress", False)
    assert case["messages"][0]["code"] in {"in_doubt", "in_review", "in_progress"}
    assert len(world.backends.calls("payment.refund_amount")) == 1


async def test_what_is_not_changed_is_not_sent_again(world: ApiHarness) -> None:
    """The sale's own resource changes its tag with each case, and its order stays."""
    customer = await sold(world)
    order = (await customer.read())["order"]
    tag = (await customer.client.get(customer.href)).headers["etag"]
    await a_case(world, customer, "refunds", {"amount": 700})
    answer = await customer.client.get(customer.href, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.json()["order"] == order
