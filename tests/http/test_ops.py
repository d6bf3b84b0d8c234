"""Operations: what is stuck, and a person's verdict."""

from tests.http.world import Customer, World
from unshackled.errors import Refused
from unshackled.testing.backends import Lost


async def stuck(world: World) -> Customer:
    """A checkout whose identity check was refused by the provider."""
    world.backends.script("identity.verify", Refused("bad request", provider="main", code="400"))
    customer = await world.customer()
    await customer.put("contact")
    await customer.put("address")
    return customer


async def test_what_is_stuck_is_listed(world: World) -> None:
    """With the step, its provider and since when."""
    customer = await stuck(world)
    await world.create(key="fine")
    async with world.operator() as operator:
        page = (await operator.get("/ops/checkouts?retailer=northstar&state=in_review")).json()
    (item,) = page["items"]
    assert item["checkout"] == customer.id
    assert [(step["step"], step["provider"]) for step in item["steps"]] == [("identity", "main")]


async def test_a_person_decides(world: World) -> None:
    """`passed` with the provider's output goes on, `declined` tells the customer."""
    customer = await stuck(world)
    body = {
        "verdict": "passed",
        "reason": "checked by telephone",
        "output": {"check": "kyc-by-hand", "level": "standard"},
    }
    async with world.operator() as operator:
        done = await operator.post(
            f"/ops/checkouts/{customer.id}/steps/identity/resolve", json=body
        )
    assert done.status_code == 200
    steps = {step["name"]: step["state"] for step in done.json()["steps"]}
    assert steps["identity"] == "passed"


async def test_a_verdict_needs_a_reason_and_an_output_that_fits(world: World) -> None:
    """Each missing or wrong part is named; nothing changes."""
    customer = await stuck(world)
    async with world.operator() as operator:
        where = f"/ops/checkouts/{customer.id}/steps/identity/resolve"
        silent = await operator.post(where, json={"verdict": "passed", "reason": ""})
        empty = await operator.post(where, json={"verdict": "passed", "reason": "because"})
        other = await operator.post(where, json={"verdict": "maybe", "reason": "because"})
    assert [e["path"] for e in silent.json()["errors"]] == ["reason"]
    assert "output.check" in [e["path"] for e in empty.json()["errors"]]
    assert "declined" in other.json()["errors"][0]["allowed"]


async def test_there_must_be_something_to_decide(world: World) -> None:
    """A step that is not in review is 409, an unknown one or checkout 404."""
    customer = await world.customer()
    body = {"verdict": "declined", "reason": "because"}
    async with world.operator() as operator:
        found = [
            (await operator.post(f"/ops/checkouts/{where}/resolve", json=body)).status_code
            for where in (
                f"{customer.id}/steps/contact",
                f"{customer.id}/steps/nothing",
                "chk_none/steps/contact",
            )
        ]
        strange = await operator.get("/ops/checkouts?retailer=nobody")
    assert found == [409, 404, 404]
    assert strange.json()["errors"][0]["allowed"] == ["northstar", "orbit"]


async def test_a_failed_undo_is_seen_and_closed(world: World) -> None:
    """An undo that the provider refuses stays visible until a person has done it by hand."""
    world.backends.script("stock.release", Refused("gone", provider="main", code="410"))
    customer = await world.customer()
    assert (await customer.cancel()).json()["settled"] is False
    body = {"verdict": "undone", "reason": "released at the desk"}
    async with world.operator() as operator:
        page = (await operator.get("/ops/checkouts?retailer=northstar&state=undo_failed")).json()
        done = await operator.post(f"/ops/checkouts/{customer.id}/steps/stock/resolve", json=body)
    assert page["items"][0]["steps"][0]["step"] == "stock"
    assert done.json()["settled"] is True


async def test_a_lost_answer_needs_nobody(world: World) -> None:
    """A doubt is resolved by the engine, and never listed as stuck for long."""
    world.backends.script("identity.verify", Lost())
    customer = await world.customer()
    await customer.put("contact")
    await customer.put("address")
    async with world.operator() as operator:
        page = (await operator.get("/ops/checkouts?retailer=northstar&state=in_review")).json()
    assert page["items"] == []
