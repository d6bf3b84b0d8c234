"""Operations of cases: listed by name beside purchases, and decided by a person in the case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.http.ops.test_actions import SHOWN, WHY, act, ask, code, trail
from tests.http.sales import a_case, case_of, sold
from tests.http.world import ApiHarness, Customer
from unshackled.domain.codec import encode
from unshackled.errors import InDoubt, Refused
from unshackled.ports.payment import AmountRefunded
from unshackled.sdk import manual
from unshackled.testing.backends import LostAnswer, referred

IN_CASE = {**WHY, "case": "refund-1"}


async def doubtful(world: ApiHarness, *, happened: bool = True) -> Customer:
    """A refund of which only a person can find out."""
    customer = await sold(world)
    world.backends.ways["payment.refund_amount"] = manual()
    cut = InDoubt("cut", provider="main")
    world.backends.script("payment.refund_amount", LostAnswer() if happened else cut)
    await a_case(world, customer, "refunds", {"amount": 700})
    await world.clock.advance(timedelta(minutes=2))
    return customer


def paid(amount: int) -> dict[str, Any]:
    """What the provider's own page shows."""
    found: dict[str, Any] = encode(AmountRefunded(refund="re_1", amount=amount, currency="GBP"))
    return found


async def test_lists_show_whose_step_it_is(world: ApiHarness) -> None:
    """In the list, the summary and the whole view."""
    customer = await doubtful(world)
    (item,) = (await ask(world, "checkouts"))["items"]
    (step,) = item["steps"]
    assert (item["checkout"], step["case"], step["step"]) == (customer.id, "refund-1", "pay")
    assert (await ask(world, "summary"))["counts"][0]["count"] == 1
    view = await ask(world, f"checkouts/{customer.id}")
    (case,) = view["cases"]
    assert (case["case"], case["kind"], case["status"]) == ("refund-1", "refund", "in_progress")
    pay = next(one for one in case["steps"] if one["step"] == "pay")
    assert "resolve passed" in pay["can"]
    assert all(one["step"] != "pay" for one in view["steps"])


async def test_a_doubt_in_a_case_is_resolved_there(world: ApiHarness) -> None:
    """With evidence and the provider's output; the case goes on, the sale stays."""
    customer = await doubtful(world)
    path = f"checkouts/{customer.id}/steps/pay/resolve"
    bare = {**IN_CASE, "verdict": "passed", "output": paid(700)}
    assert code(await act(world, path, bare)) == "invalid_input", "evidence is needed"
    lost = await act(world, path, {**SHOWN, "verdict": "passed", "output": paid(700)})
    assert lost.status_code == 404, "the purchase has no such step"
    done = await act(world, path, {**SHOWN, **bare})
    assert done.status_code == 200, done.text
    case = await case_of(customer, "refund-1")
    assert (case["status"], case["settled"]) == ("completed", True)
    (entry,) = [one for one in await trail(world, subject=customer.id) if one["outcome"] == "done"]
    assert (entry["step"], entry["detail"]["case"]) == ("pay", "refund-1")


async def test_a_case_that_is_not_there_is_named(world: ApiHarness) -> None:
    """With those that are."""
    customer = await doubtful(world)
    answer = await act(
        world, f"checkouts/{customer.id}/steps/pay/retry", {**WHY, "case": "refund-2"}
    )
    assert code(answer) == "unknown_case"
    assert answer.json()["allowed"] == ["refund-1"]


async def test_what_was_refused_is_tried_again_in_its_case(world: ApiHarness) -> None:
    """A refund that the provider refused waits for a person, and then goes through."""
    customer = await sold(world)
    refused = Refused("bad request", provider="main", code="400")
    world.backends.script("payment.refund_amount", refused)
    await a_case(world, customer, "refunds", {"amount": 700})
    (item,) = (await ask(world, "checkouts?state=in_review"))["items"]
    assert item["steps"][0]["case"] == "refund-1"
    done = await act(world, f"checkouts/{customer.id}/steps/pay/retry", IN_CASE)
    assert done.status_code == 200, done.text
    assert (await case_of(customer, "refund-1"))["status"] == "completed"


async def test_a_person_ends_a_case(world: ApiHarness) -> None:
    """An open case can be ended; the purchase cannot be."""
    customer = await sold(world)
    answer = await customer.client.post(f"{customer.href}/returns", json={})
    assert answer.status_code == 201, answer.text
    assert code(await act(world, f"checkouts/{customer.id}/cancel")) == "too_late"
    done = await act(world, f"checkouts/{customer.id}/cancel", {**WHY, "case": "return-1"})
    assert done.status_code == 200, done.text
    assert (await case_of(customer, "return-1"))["canceled"]["by"] == "operator"


async def test_a_second_person_approves_for_the_case(world: ApiHarness) -> None:
    """What was asked for a case is done in that case, and only while it stands as it did."""
    customer = await doubtful(world)
    world.rebuild(second_person=frozenset({"resolve"}))
    path = f"checkouts/{customer.id}/steps/pay/resolve"
    body = {**SHOWN, **IN_CASE, "verdict": "passed", "output": paid(700)}
    waiting = await act(world, path, body)
    assert waiting.status_code == 202, waiting.text
    done = await act(world, f"requests/{waiting.json()['id']}/approve", who="bob")
    assert done.status_code == 200, done.text
    assert (await case_of(customer, "refund-1"))["status"] == "completed"


async def test_many_at_once_reach_cases_too(world: ApiHarness) -> None:
    """A bulk finds steps of cases, and acts in them."""
    customer = await sold(world)
    world.backends.script("payment.refund_amount", referred())
    await a_case(world, customer, "refunds", {"amount": 700})
    asked = {**WHY, "action": "retry", "state": "waiting_provider"}
    found = (await act(world, "bulk", asked)).json()
    assert [(one["case"], one["step"]) for one in found["items"]] == [("refund-1", "pay")]
    done = await act(world, "bulk", {**asked, "dry_run": False, "digest": found["digest"]})
    assert [one["outcome"] for one in done.json()["items"]] == ["done"], done.text
