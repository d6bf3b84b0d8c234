"""Personal data of cases: an open one keeps what its sale has, a closed one goes with it."""

from datetime import timedelta

from tests.flow.case_world import HANDSET, CaseHarness, return_plan
from tests.flow.test_case_runs import ACCOUNT
from tests.flow.test_erasure import BY_SERVER, refusal_of, words_in
from unshackled.domain.checkout import Private
from unshackled.domain.erasure import CONTRACT
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.flow.plan.personal_data.retention_law import look_at
from unshackled.flow.runtime.eraser import Eraser
from unshackled.ports.outcome import Passed
from unshackled.ports.payment import PaidOut
from unshackled.store import snapshot
from unshackled.store.snapshot import NOTHING

YEARS = timedelta(days=10 * 366)


async def returned(world: CaseHarness) -> str:
    """A return to whose end the customer has told an account."""
    name = await world.open("return", HANDSET)
    await world.ask(c.Submit(run=name, step="account", body=ACCOUNT))
    return name


async def test_an_open_case_keeps_all_of_the_data() -> None:
    """However long ago the sale was: nothing is erased, and nobody looks until the case is over."""
    world = CaseHarness()
    await world.sell()
    await world.open("return", HANDSET)
    await world.clock.advance(YEARS)
    before = await world.seen()
    refusal = await refusal_of(world)
    assert [duty["reason"] for duty in refusal.details["duties"]] == ["case_open"]
    assert words_in(await world.seen()) == words_in(before)
    assert look_at(world.plan, await world.seen()) is None
    assert await world.store.erasable(now=world.now() + YEARS, limit=5) == []


async def test_the_end_of_a_case_lets_the_data_go_in_its_time() -> None:
    """The idle time counts from what ended last; then what nothing asks for goes, whole in the end.

    What only served the way through the case goes with the first of it.
    """
    world = CaseHarness()
    await world.sell()
    name = await returned(world)
    await world.wait(seconds=5)
    ended = await world.seen()
    assert ended.runs[name].over
    at = ended.runs[name].completed_at
    assert at is not None
    assert look_at(world.plan, ended) == at + world.plan.erase_after
    assert (await refusal_of(world)).details["duties"][0]["reason"] == CONTRACT
    private = (await world.seen()).private.runs[name]
    assert (private.inputs["account"], private.requests, private.links) == (ACCOUNT, {}, {})
    await world.clock.advance(YEARS)
    after = await world.ask(BY_SERVER)
    assert (after.private, words_in(after)) == (Private(), set())
    assert snapshot.dump(after)[1] == NOTHING
    assert after.runs[name].over


async def test_a_case_that_comes_after_a_first_erasure_is_looked_at_again() -> None:
    """Of the data of the sale a part is gone; what the case leaves behind goes when it is over."""
    world = CaseHarness(return_plan(within=None))
    await world.sell()
    eraser = Eraser(world.engine, world.clock, "test")
    await world.clock.advance(timedelta(days=31))
    assert (await eraser.portion()).part == 1
    await world.ask(c.Tick())
    name = await world.open("return", HANDSET)
    assert (await world.seen()).erasure is not None
    await world.ask(c.Submit(run=name, step="account", body=ACCOUNT))
    ended = await world.seen()
    assert ended.runs[name].completed_at is not None
    dirty = replace(
        ended.private,
        runs={name: replace(ended.private.runs[name], links={"account": "https://bank.example"})},
    )
    at = ended.runs[name].completed_at or world.now()
    assert look_at(world.plan, replace(ended, private=dirty)) == at + world.plan.erase_after


async def test_nothing_comes_back_into_a_case_that_was_erased() -> None:
    """A late notice of the provider changes what stands, and stores nothing personal."""
    world = CaseHarness()
    await world.sell()
    name = await returned(world)
    await world.wait(seconds=5)
    await world.clock.advance(YEARS)
    await world.ask(BY_SERVER)
    reference = str((await world.run_of(name)).steps["payout"].reference)
    late = PaidOut(payout="po_9", amount=1, currency="GBP")
    assert await world.notify(reference, Passed(output=late))
    seen = await world.seen()
    assert (seen.private, snapshot.dump(seen)[1]) == (Private(), NOTHING)
