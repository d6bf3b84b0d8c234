"""A second person: what one operator asks for, another one approves, as long as it still fits."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.http.ops.test_actions import WHY, act, ask, code, stuck, trail
from tests.http.world import ApiHarness
from unshackled.domain.codec import encode
from unshackled.errors import Refused
from unshackled.ports.outcome import Passed
from unshackled.ports.payment import PaymentCharged

BOTH = frozenset({"cancel", "resolve"})


@pytest.fixture
async def careful() -> AsyncIterator[ApiHarness]:
    """An application where cancel and resolve need two."""
    found = ApiHarness(second_person=BOTH)
    await found.open()
    yield found
    await found.engine.close()


async def canceling(world: ApiHarness) -> tuple[str, str]:
    """A checkout that alice wants to cancel, and her request."""
    customer = await world.customer()
    asked = await act(world, f"checkouts/{customer.id}/cancel")
    assert asked.status_code == 202
    assert (await customer.read())["status"] == "incomplete"
    return customer.id, asked.json()["id"]


async def state(world: ApiHarness, checkout: str) -> str:
    """The status of a checkout."""
    return str((await ask(world, f"checkouts/{checkout}"))["status"])


async def test_another_person_approves(careful: ApiHarness) -> None:
    """Not the one who asked; then it is done, in the name of both."""
    checkout, request = await canceling(careful)
    alone = await act(careful, f"requests/{request}/approve")
    assert (alone.status_code, code(alone)) == (403, "second_person_needed")
    assert await state(careful, checkout) == "incomplete"
    assert (await ask(careful, "summary"))["requests_waiting"] == 1
    done = await act(careful, f"requests/{request}/approve", who="bob")
    assert (done.json()["state"], done.json()["decided_by"]) == ("done", "bob")
    assert await state(careful, checkout) == "canceled"
    seen = [(e["operator"], e["action"], e["outcome"]) for e in await trail(careful)]
    assert sorted(seen) == [
        ("alice", "approve", "refused"),
        ("alice", "cancel", "done"),
        ("alice", "cancel", "waiting"),
        ("bob", "approve", "done"),
    ]
    again = await act(careful, f"requests/{request}/approve", who="bob")
    assert (again.status_code, code(again)) == (409, "request_closed")


async def test_a_request_is_rejected_or_taken_back(careful: ApiHarness) -> None:
    """Nothing is done; the one who asked may do so too."""
    checkout, request = await canceling(careful)
    done = await act(careful, f"requests/{request}/reject")
    assert done.json()["state"] == "rejected"
    late = await act(careful, f"requests/{request}/approve", who="bob")
    assert (code(late), late.json()["state"]) == ("request_closed", "rejected")
    assert await state(careful, checkout) == "incomplete"


async def test_a_request_ends_after_a_day(careful: ApiHarness) -> None:
    """Then it cannot be approved, and it is listed as expired."""
    _, request = await canceling(careful)
    await careful.clock.advance(timedelta(hours=24))
    late = await act(careful, f"requests/{request}/approve", who="bob")
    assert (code(late), late.json()["state"]) == ("request_closed", "expired")
    assert (await ask(careful, "requests"))["items"] == []
    (item,) = (await ask(careful, "requests?state=expired"))["items"]
    assert item["id"] == request


async def test_an_approval_counts_for_what_was_seen(careful: ApiHarness) -> None:
    """The step came to stand otherwise: the request is refused and closed."""
    customer = await stuck(careful)
    where = f"checkouts/{customer.id}/steps/identity"
    body = {"verdict": "declined", **WHY}
    request = (await act(careful, f"{where}/resolve", body)).json()["id"]
    careful.backends.script("identity.verify", Refused("again", provider="main", code="400"))
    await act(careful, f"{where}/retry")
    moved = await act(careful, f"requests/{request}/approve", who="bob")
    assert (moved.status_code, code(moved)) == (409, "request_outdated")
    (item,) = (await ask(careful, "requests?state=refused"))["items"]
    assert (item["id"], item["code"]) == (request, "request_outdated")


async def test_what_cannot_be_done_now_is_not_kept(careful: ApiHarness) -> None:
    """A request for nonsense is refused at once."""
    customer = await careful.customer()
    body = {"verdict": "declined", **WHY}
    refused = await act(careful, f"checkouts/{customer.id}/steps/contact/resolve", body)
    assert (refused.status_code, code(refused)) == (409, "step_not_due")
    assert (await ask(careful, "requests"))["items"] == []


async def test_a_completed_checkout_is_too_late_for_an_approved_cancel(careful: ApiHarness) -> None:
    """The order was placed between the two persons."""
    customer = await careful.customer()
    request = (await act(careful, f"checkouts/{customer.id}/cancel")).json()["id"]
    await customer.fill()
    await customer.complete()
    late = await act(careful, f"requests/{request}/approve", who="bob")
    assert (late.status_code, code(late)) == (409, "too_late")
    assert await state(careful, customer.id) == "completed"


async def test_what_was_asked_is_forgotten_once_decided(careful: ApiHarness) -> None:
    """An output may be about a customer, so it does not stay in the table."""
    customer = await stuck(careful)
    output: Any = {"check": "kyc-by-hand", "level": "standard"}
    body = {"verdict": "passed", "output": output, **WHY}
    asked = await act(careful, f"checkouts/{customer.id}/steps/identity/resolve", body)
    assert "kyc-by-hand" not in asked.text
    requests = careful.store.tables.requests
    kept = await requests.get(asked.json()["id"])
    assert kept is not None
    assert "kyc-by-hand" in str(kept.body)
    await act(careful, f"requests/{asked.json()['id']}/approve", who="bob")
    kept = await requests.get(asked.json()["id"])
    assert kept is not None
    assert kept.body == {}
    (identity,) = [s for s in (await customer.read())["steps"] if s["name"] == "identity"]
    assert identity["state"] == "passed"


async def test_an_unknown_request_is_not_found(careful: ApiHarness) -> None:
    """For both decisions, and it is written down."""
    for word in ("approve", "reject"):
        assert (await act(careful, f"requests/req_none/{word}")).status_code == 404
    assert [e["code"] for e in await trail(careful)] == ["not_found", "not_found"]


async def test_an_amount_that_differs_takes_two_whatever_the_settings_say(
    world: ApiHarness,
) -> None:
    """One person may decline it; letting it pass waits for another, and then the order follows."""
    less = PaymentCharged(payment="pay-1", amount=1, currency="GBP")
    world.backends.script("payment.charge", Passed(output=less))
    customer = await world.customer()
    due = (await customer.fill())["quote"]["due_today"]
    assert (await customer.complete()).status_code == 200
    path = f"checkouts/{customer.id}/steps/deposit/resolve"
    right = encode(PaymentCharged(payment="pay-1", amount=due, currency="GBP"))
    shown = {**WHY, "evidence": "https://psp.example/payments/7"}
    asked = await act(world, path, {**shown, "verdict": "passed", "output": right})
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    assert (await customer.read())["order"] is None
    alone = await act(world, f"requests/{asked.json()['id']}/approve")
    assert code(alone) == "second_person_needed"
    done = await act(world, f"requests/{asked.json()['id']}/approve", who="bob")
    assert done.json()["state"] == "done"
    assert (await customer.read())["order"] is not None


async def test_an_amount_that_differs_is_declined_by_one(world: ApiHarness) -> None:
    """It is given back, and the customer may pay again."""
    less = PaymentCharged(payment="pay-1", amount=1, currency="GBP")
    world.backends.script("payment.charge", Passed(output=less))
    customer = await world.customer()
    await customer.fill()
    await customer.complete()
    path = f"checkouts/{customer.id}/steps/deposit/resolve"
    shown = {**WHY, "evidence": "https://psp.example/payments/7"}
    assert (await act(world, path, {**shown, "verdict": "declined"})).status_code == 200
    assert world.backends.standing("payment.charge") == []
    assert (await customer.complete()).json()["status"] == "completed"
