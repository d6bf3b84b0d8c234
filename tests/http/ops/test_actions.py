"""Operations: what is stuck, what a person may do about it, and that all of it is written down."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.http.world import ApiHarness, Customer
from unshackled.domain.codec import encode
from unshackled.errors import InDoubt, Refused
from unshackled.http.problem_types import PROBLEMS
from unshackled.sdk import manual
from unshackled.testing.backends import HeldCall, LostAnswer, referred

WHY = {"reason": "looked into it"}
SHOWN = {**WHY, "evidence": "https://psp.example/payments/7"}


async def stuck(world: ApiHarness, **body: Any) -> Customer:
    """A checkout whose identity check was refused by the provider."""
    world.backends.script("identity.verify", Refused("bad request", provider="main", code="400"))
    customer = await world.customer(**body)
    await customer.put("contact")
    await customer.put("address")
    return customer


async def in_doubt(world: ApiHarness, *, happened: bool) -> Customer:
    """A deposit that nobody but a person can find out about; the call is given up."""
    world.backends.ways["payment.charge"] = manual()
    cut = InDoubt("cut", provider="main")
    world.backends.script("payment.charge", LostAnswer() if happened else cut)
    customer = await world.customer()
    await customer.fill()
    await customer.complete()
    await world.clock.advance(timedelta(minutes=2))
    return customer


async def act(world: ApiHarness, path: str, body: Any = None, who: str = "alice") -> httpx.Response:
    """A POST of an operator."""
    async with world.operator(who) as operator:
        return await operator.post(f"/ops/{path}", json=WHY if body is None else body)


async def ask(world: ApiHarness, path: str) -> Any:
    """A GET of an operator."""
    async with world.operator() as operator:
        found = await operator.get(f"/ops/{path}")
    assert found.status_code == 200, found.text
    return found.json()


async def trail(world: ApiHarness, **wanted: str) -> list[Any]:
    """The audit log, oldest first."""
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    items: list[Any] = (await ask(world, f"audit?{query}"))["items"]
    return items[::-1]


def code(answer: httpx.Response) -> str:
    """The code of a problem."""
    return str(answer.json()["type"]).removeprefix("/problems/").replace("-", "_")


async def test_what_is_stuck_is_listed(world: ApiHarness) -> None:
    """With the step, its provider and since when."""
    customer = await stuck(world)
    await world.create(key="fine")
    (item,) = (await ask(world, "checkouts?retailer=northstar&state=in_review"))["items"]
    assert item["checkout"] == customer.id
    assert [(step["step"], step["provider"]) for step in item["steps"]] == [("identity", "main")]


async def test_a_list_crosses_retailers_and_what_waits_longest_comes_first(
    world: ApiHarness,
) -> None:
    """Filters narrow it, pages follow each other, ages are in seconds."""
    first = await stuck(world, key="1")
    await world.clock.advance(timedelta(hours=1))
    second = await stuck(world, key="2")
    third = await stuck(world, key="3", retailer="orbit")
    page = await ask(world, "checkouts?limit=2")
    rest = await ask(world, f"checkouts?cursor={page['next_cursor']}")
    found = [item["checkout"] for item in [*page["items"], *rest["items"]]]
    assert found == [first.id, second.id, third.id]
    assert page["items"][0]["steps"][0]["age_seconds"] == 3600
    for query, wanted in (
        ("older_than=3600", [first.id]),
        ("retailer=orbit", [third.id]),
        ("state=in_review&code=400&step=check", [third.id]),
        ("step=identity&provider=main", [first.id, second.id]),
        ("state=undo_failed", []),
        ("provider=nobody", []),
    ):
        items = (await ask(world, f"checkouts?{query}"))["items"]
        assert [item["checkout"] for item in items] == wanted, query


async def test_the_summary_counts_by_retailer_and_state(world: ApiHarness) -> None:
    """With the age of the oldest, for a dashboard."""
    await stuck(world, key="1")
    await world.clock.advance(timedelta(minutes=5))
    await stuck(world, key="2")
    summary = await ask(world, "summary")
    (counted,) = summary["counts"]
    assert (counted["retailer"], counted["state"], counted["count"]) == (
        "northstar",
        "in_review",
        2,
    )
    assert counted["oldest_age_seconds"] == 300
    assert summary["requests_waiting"] == 0


async def test_one_checkout_shows_what_can_be_done(world: ApiHarness) -> None:
    """Timers, open undos, the audit log; nothing of the customer."""
    customer = await stuck(world)
    await act(world, f"checkouts/{customer.id}/steps/identity/skip")
    shown = await ask(world, f"checkouts/{customer.id}")
    (identity,) = [step for step in shown["steps"] if step["step"] == "identity"]
    can = ["retry", "resolve passed", "resolve declined", "resolve retry"]
    assert sorted(identity["can"]) == sorted(can)
    assert shown["can"] == ["cancel"]
    assert [entry["action"] for entry in shown["audit"]] == ["skip"]
    assert "@" not in str(shown)


async def test_a_person_decides(world: ApiHarness) -> None:
    """`passed` with the provider's output goes on, `declined` tells the customer."""
    customer = await stuck(world)
    body = {
        "verdict": "passed",
        "reason": "checked by telephone",
        "output": {"check": "kyc-by-hand", "level": "standard"},
    }
    done = await act(world, f"checkouts/{customer.id}/steps/identity/resolve", body)
    assert done.status_code == 200
    steps = {step["name"]: step["state"] for step in done.json()["steps"]}
    assert steps["identity"] == "passed"


async def test_a_step_is_tried_again(world: ApiHarness) -> None:
    """What was refused is sent anew when the provider was mended."""
    customer = await stuck(world)
    done = await act(world, f"checkouts/{customer.id}/steps/identity/retry")
    steps = {step["name"]: step["state"] for step in done.json()["steps"]}
    assert steps["identity"] == "passed"


async def test_a_verdict_needs_a_reason_and_an_output_that_fits(world: ApiHarness) -> None:
    """Each missing or wrong part is named; nothing changes."""
    customer = await stuck(world)
    where = f"checkouts/{customer.id}/steps/identity/resolve"
    silent = await act(world, where, {"verdict": "passed", "reason": ""})
    empty = await act(world, where, {"verdict": "passed", "reason": "because"})
    other = await act(world, where, {"verdict": "maybe", "reason": "because"})
    assert [e["path"] for e in silent.json()["errors"]] == ["reason"]
    assert "output.check" in [e["path"] for e in empty.json()["errors"]]
    assert "declined" in other.json()["errors"][0]["allowed"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"reason": "x" * 501}, "reason"),
        ({"reason": "         "}, "reason"),
        ({"reason": "call mia@mail.example back"}, "reason"),
        ({**WHY, "evidence": "card 4242 4242 4242 4242"}, "evidence"),
        ({**WHY, "evidence": "y" * 1001}, "evidence"),
    ],
)
async def test_what_is_kept_for_good_is_short_and_not_personal(
    world: ApiHarness, body: Any, path: str
) -> None:
    """The field is named, what was sent is not repeated, and nothing is written down."""
    customer = await stuck(world)
    refused = await act(world, f"checkouts/{customer.id}/cancel", body)
    assert refused.status_code == 422
    assert [error["path"] for error in refused.json()["errors"]] == [path]
    assert body[path] not in refused.text
    assert await trail(world) == []


async def test_there_must_be_something_to_decide(world: ApiHarness) -> None:
    """A step that is not in review is 409, an unknown one or checkout 404."""
    customer = await world.customer()
    body = {"verdict": "declined", "reason": "because"}
    found = [
        (await act(world, f"checkouts/{where}/resolve", body)).status_code
        for where in (
            f"{customer.id}/steps/contact",
            f"{customer.id}/steps/nothing",
            "chk_none/steps/contact",
        )
    ]
    async with world.operator() as operator:
        strange = await operator.get("/ops/checkouts?retailer=nobody")
    assert found == [409, 404, 404]
    assert strange.json()["errors"][0]["allowed"] == ["northstar", "orbit"]
    outcomes = [(one["outcome"], one["code"]) for one in await trail(world)]
    assert outcomes == [
        ("refused", "step_not_due"),
        ("refused", "unknown_step"),
        ("refused", "not_found"),
    ]


async def test_a_failed_undo_is_seen_and_closed(world: ApiHarness) -> None:
    """An undo that the provider refuses stays visible until a person has done it by hand."""
    world.backends.script("stock.release", Refused("gone", provider="main", code="410"))
    customer = await world.customer()
    assert (await customer.cancel()).json()["settled"] is False
    body = {"verdict": "undone", "reason": "released at the desk"}
    page = await ask(world, "checkouts?retailer=northstar&state=undo_failed")
    done = await act(world, f"checkouts/{customer.id}/steps/stock/resolve", body)
    assert page["items"][0]["steps"][0]["step"] == "stock"
    assert done.json()["settled"] is True


async def test_a_lost_answer_needs_nobody(world: ApiHarness) -> None:
    """A doubt is resolved by the engine, and never listed as stuck for long."""
    world.backends.script("identity.verify", LostAnswer())
    customer = await world.customer()
    await customer.put("contact")
    await customer.put("address")
    assert (await ask(world, "checkouts?retailer=northstar&state=in_review"))["items"] == []


async def test_a_doubt_that_happened_is_resolved_once(world: ApiHarness) -> None:
    """The provider's books and ours agree: one charge, never sent again."""
    customer = await in_doubt(world, happened=True)
    (charge,) = world.backends.standing("payment.charge")
    body = {"verdict": "passed", "output": encode(charge.outcome.output)}  # type: ignore[union-attr]
    where = f"checkouts/{customer.id}/steps/deposit/resolve"
    bare = await act(world, where, {**body, **WHY})
    assert [error["path"] for error in bare.json()["errors"]] == ["evidence"]
    done = await act(world, where, {**body, **SHOWN})
    assert done.json()["status"] == "completed"
    assert len(world.backends.calls("payment.charge")) == 1
    assert (await trail(world))[-1]["evidence"] == SHOWN["evidence"]
    assert "output" not in (await trail(world))[-1]["detail"]


async def test_a_doubt_that_never_happened_starts_over(world: ApiHarness) -> None:
    """Another reference, and in the end one charge."""
    customer = await in_doubt(world, happened=False)
    where = f"checkouts/{customer.id}/steps/deposit"
    blind = await act(world, f"{where}/retry")
    assert (blind.status_code, code(blind)) == (409, "effect_in_doubt")
    done = await act(world, f"{where}/resolve", {"verdict": "absent", **SHOWN})
    assert done.json()["status"] == "completed"
    assert len(world.backends.standing("payment.charge")) == 1
    assert list(world.backends.repeated()) == []


async def test_an_operator_cancels_before_the_order_and_not_after(world: ApiHarness) -> None:
    """The second time it is 409; a completed checkout is too late."""
    open_one, done_one = await world.customer(key="1"), await world.customer(key="2")
    await done_one.fill()
    await done_one.complete()
    first = await act(world, f"checkouts/{open_one.id}/cancel")
    again = await act(world, f"checkouts/{open_one.id}/cancel")
    late = await act(world, f"checkouts/{done_one.id}/cancel")
    assert first.json()["status"] == "canceled"
    assert (again.status_code, code(again)) == (409, "checkout_canceled")
    assert (late.status_code, code(late)) == (409, "too_late")
    outcomes = [one["outcome"] for one in await trail(world, action="cancel")]
    assert outcomes == ["done", "refused", "refused"]


async def test_a_referred_application_is_asked_for_now(world: ApiHarness) -> None:
    """By a look-up."""
    world.backends.script("identity.verify", referred(timedelta(hours=6)))
    customer = await world.customer()
    await customer.put("contact")
    await customer.put("address")
    (item,) = (await ask(world, "checkouts?state=waiting_provider"))["items"]
    world.backends.finish(item["steps"][0]["reference"])
    done = await act(world, f"checkouts/{customer.id}/steps/identity/retry")
    steps = {step["name"]: step["state"] for step in done.json()["steps"]}
    assert steps["identity"] == "passed"
    assert len(world.backends.calls("identity.verify")) == 1


async def test_the_audit_log_is_written_before_the_action(world: ApiHarness) -> None:
    """Who, what, on what, why; while the provider is asked it is there without an outcome."""
    customer, gate = await stuck(world), asyncio.Event()
    world.backends.script("identity.verify", HeldCall(until=gate))
    acting = asyncio.create_task(act(world, f"checkouts/{customer.id}/steps/identity/retry"))
    await world.clock.spin()
    entries = await trail(world)
    assert [(entry["outcome"], entry["ended_at"]) for entry in entries] == [("", None)]
    gate.set()
    await acting
    (entry,) = await trail(world, subject=customer.id, operator="alice", outcome="done")
    assert (entry["action"], entry["step"], entry["retailer"]) == ("retry", "identity", "northstar")
    assert (entry["reason"], entry["id"]) == (WHY["reason"], entries[0]["id"])
    assert entry["at"] <= entry["ended_at"]


async def test_the_audit_log_comes_in_pages(world: ApiHarness) -> None:
    """Newest first, by cursor; a cursor that no page gave is refused."""
    customer = await world.customer()
    for _ in range(3):
        await act(world, f"checkouts/{customer.id}/steps/contact/skip")
        await world.clock.advance(timedelta(seconds=1))
    page = await ask(world, "audit?limit=2")
    rest = await ask(world, f"audit?limit=2&cursor={page['next_cursor']}")
    ids = [entry["id"] for entry in [*page["items"], *rest["items"]]]
    assert len(set(ids)) == 3
    assert rest["next_cursor"] is None
    since = page["items"][0]["at"]
    assert len((await ask(world, f"audit?since={since}"))["items"]) == 1
    async with world.operator() as operator:
        wrong = await operator.get("/ops/audit?cursor=nonsense")
    assert wrong.json()["type"] == PROBLEMS["invalid_input"].uri
