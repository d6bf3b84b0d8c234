"""Many at once: found first, then acted on as found, each one told and written down."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.http.ops.test_actions import WHY, act, ask, code, stuck, trail
from tests.http.world import ApiHarness
from unshackled.store.sqlite import SqliteStore
from unshackled.testing.known_keys import KEYS

RETRY = {"action": "retry", "step": "identity", **WHY}


async def many(world: ApiHarness, count: int = 3) -> list[str]:
    """Checkouts in review, an hour between each."""
    found = []
    for number in range(count):
        found.append((await stuck(world, key=str(number))).id)
        await world.clock.advance(timedelta(hours=1))
    return found


async def test_a_dry_run_changes_nothing(world: ApiHarness) -> None:
    """It is the default, and it is no action."""
    found = await many(world)
    tried = (await act(world, "bulk", RETRY)).json()
    assert (tried["dry_run"], tried["matched"], tried["more"]) == (True, 3, False)
    assert [item["checkout"] for item in tried["items"]] == found
    assert {item["outcome"] for item in tried["items"]} == {None}
    assert len((await ask(world, "checkouts"))["items"]) == 3
    assert await trail(world) == []


async def test_a_run_acts_on_what_the_dry_run_found(world: ApiHarness) -> None:
    """One that moved in between, and one that came later, are left alone."""
    found = await many(world)
    digest = (await act(world, "bulk", RETRY)).json()["digest"]
    await act(world, f"checkouts/{found[1]}/steps/identity/retry")
    later = await stuck(world, key="later")
    done = (await act(world, "bulk", {**RETRY, "dry_run": False, "digest": digest})).json()
    outcomes = {item["checkout"]: item["outcome"] for item in done["items"]}
    assert outcomes == {found[0]: "done", found[1]: "moved", found[2]: "done"}
    left = (await ask(world, "checkouts"))["items"]
    assert [item["checkout"] for item in left] == [later.id]
    (whole,) = await trail(world, action="bulk")
    parts = await trail(world, part_of=whole["id"])
    assert sorted(part["subject"] for part in parts) == sorted([found[0], found[2]])
    assert {part["reason"] for part in parts} == {WHY["reason"]}


async def test_running_it_again_does_the_rest_and_nothing_twice(world: ApiHarness) -> None:
    """What was done has moved."""
    await many(world)
    digest = (await act(world, "bulk", RETRY)).json()["digest"]
    run = {**RETRY, "dry_run": False, "digest": digest}
    await act(world, "bulk", run)
    sent = len(world.backends.calls("identity.verify"))
    again = (await act(world, "bulk", run)).json()
    assert {item["outcome"] for item in again["items"]} == {"moved"}
    assert len(world.backends.calls("identity.verify")) == sent


async def test_a_run_needs_its_own_dry_run(world: ApiHarness) -> None:
    """Without a digest, with a strange one, with another filter, or after a day: refused."""
    await many(world, 1)
    digest = (await act(world, "bulk", RETRY)).json()["digest"]
    run = {**RETRY, "dry_run": False}
    bare = await act(world, "bulk", run)
    strange = await act(world, "bulk", {**run, "digest": "sha256:0"})
    other = await act(world, "bulk", {**run, "action": "cancel", "digest": digest})
    await world.clock.advance(timedelta(hours=25))
    old = await act(world, "bulk", {**run, "digest": digest})
    assert [error["path"] for error in bare.json()["errors"]] == ["digest"]
    assert [code(one) for one in (strange, other, old)] == ["selection_unknown"] * 3


async def test_each_refusal_is_told(world: ApiHarness) -> None:
    """The flow cannot do without the step: the others of the bulk do not suffer."""
    await many(world, 2)
    skip = {**RETRY, "action": "skip"}
    digest = (await act(world, "bulk", skip)).json()["digest"]
    done = (await act(world, "bulk", {**skip, "dry_run": False, "digest": digest})).json()
    told = {(item["outcome"], item["code"]) for item in done["items"]}
    assert told == {("refused", "step_needed")}
    assert {e["outcome"] for e in await trail(world, action="skip")} == {"refused"}


@pytest.mark.parametrize("needs", ["bulk", "cancel"])
async def test_a_bulk_needs_the_second_person_that_its_action_needs(needs: str) -> None:
    """A bulk is no way around it; approved, it acts on what the dry run found."""
    world = ApiHarness(second_person=frozenset({needs}))
    await world.open()
    found = await many(world, 2)
    cancel = {"action": "cancel", "older_than": 60, **WHY}
    digest = (await act(world, "bulk", cancel)).json()["digest"]
    asked = await act(world, "bulk", {**cancel, "dry_run": False, "digest": digest})
    assert asked.status_code == 202
    done = await act(world, f"requests/{asked.json()['id']}/approve", who="bob")
    assert done.json()["state"] == "done"
    for checkout in found:
        assert (await ask(world, f"checkouts/{checkout}"))["status"] == "canceled"
    await world.engine.close()


async def test_all_of_it_on_sqlite(tmp_path: Path) -> None:
    """The same statements on a real database: audit, request, selection, bulk."""
    store = SqliteStore(tmp_path / "ops.db", keys=KEYS)
    world = ApiHarness(store=store, second_person=frozenset({"bulk"}))
    await world.open()
    found = await many(world, 2)
    digest = (await act(world, "bulk", RETRY)).json()["digest"]
    asked = await act(world, "bulk", {**RETRY, "dry_run": False, "digest": digest})
    await act(world, f"requests/{asked.json()['id']}/approve", who="bob")
    assert (await ask(world, "checkouts"))["items"] == []
    done = await trail(world, outcome="done")
    assert sorted(e["subject"] for e in done if e["action"] == "retry") == sorted(found)
    page = await ask(world, "audit?limit=1")
    assert page["next_cursor"] is not None
    await world.engine.close()
    await store.close()
