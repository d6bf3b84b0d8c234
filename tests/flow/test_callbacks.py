"""Callbacks and returns: late, early, twice, contradictory, and for what was given up."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tests.flow.plans import credit_plan
from tests.flow.world import ID, EngineHarness
from unshackled.domain.checkout import reference_of, undo_reference_of
from unshackled.domain.records import replace
from unshackled.errors import InDoubt, NotSent
from unshackled.flow.engine import commands as c
from unshackled.ports.agreement import AgreementSigned
from unshackled.ports.credit import CreditDecision
from unshackled.ports.outcome import Declined, Passed, Pending
from unshackled.ports.stock import StockReserved
from unshackled.testing.backends import HeldCall, hosted, referred
from unshackled.testing.samples import HANDSET, NOW

ACCEPTED = Passed(output=CreditDecision(application="app-1", lender="Prime"))
RESERVED = Passed(output=StockReserved(reservation="RES-1"))
SIGNED = Passed(output=AgreementSigned(envelope="env-1"))


async def _referred(world: EngineHarness) -> str:
    world.backends.script("credit.apply", referred(poll=timedelta(hours=2)))
    await world.begin()
    await world.fill()
    reference = (await world.step("credit")).reference
    assert reference is not None
    return reference


async def test_a_referred_decision_arrives_by_callback() -> None:
    """The step waits for the provider, and the notice is folded like an answer."""
    world = EngineHarness()
    reference = await _referred(world)
    assert await world.notify(reference, ACCEPTED)
    assert (await world.step("credit")).state == "passed"
    assert (await world.step("documents")).state == "waiting_customer"


async def test_a_referred_decision_is_found_by_polling() -> None:
    """No callback comes, so we ask."""
    world = EngineHarness()
    reference = await _referred(world)
    world.backends.finish(reference, ACCEPTED)
    await world.wait(hours=3)
    assert (await world.step("credit")).state == "passed"


async def test_an_early_callback_finds_its_checkout_before_the_answer() -> None:
    """The reference is known from the write-ahead on; the answer that comes later is a no-op."""
    world = EngineHarness()
    gate = asyncio.Event()
    world.backends.script("stock.reserve", HeldCall(until=gate))
    begun = asyncio.ensure_future(world.begin())
    await world.clock.spin()
    (sent,) = world.backends.calls("stock.reserve")
    assert await world.notify(sent.reference, RESERVED)
    assert (await world.step("stock")).state == "passed"
    gate.set()
    await world.clock.spin()
    await begun
    await world.clock.spin()
    assert (await world.step("stock")).state == "passed"
    assert len(world.backends.standing("stock.reserve")) == 1


async def test_a_callback_twice_is_as_good_as_once() -> None:
    """The same final outcome again writes nothing."""
    world = EngineHarness()
    reference = await _referred(world)
    await world.notify(reference, ACCEPTED)
    version = (await world.seen()).version
    await world.notify(reference, ACCEPTED)
    assert (await world.seen()).version == version


async def test_pending_never_overwrites_a_final_outcome() -> None:
    """Reordered messages do not take a decision back."""
    world = EngineHarness()
    reference = await _referred(world)
    await world.notify(reference, ACCEPTED)
    await world.notify(reference, Pending(poll_after=timedelta(minutes=1)))
    assert (await world.step("credit")).state == "passed"


async def test_an_opposite_final_outcome_goes_to_a_person() -> None:
    """Accepted, then declined: somebody has to look."""
    world = EngineHarness()
    reference = await _referred(world)
    await world.notify(reference, ACCEPTED)
    await world.notify(reference, Declined(code="credit_declined"))
    state = await world.step("credit")
    assert (state.state, state.code) == ("in_review", "contradiction")


async def test_an_unknown_reference_is_told_so() -> None:
    """Nothing knows it: the vendor is asked to send it again."""
    world = EngineHarness()
    await world.begin()
    assert await world.notify("NOBODYKNOWSTHISREFERENCE00", ACCEPTED) is False


async def test_a_late_acceptance_after_the_deadline_is_taken_back() -> None:
    """Timed out means declined; when the lender accepts after all, the application is withdrawn."""
    world = EngineHarness(credit_plan(credit={"deadline": timedelta(hours=48)}))
    reference = await _referred(world)
    await world.wait(hours=49)
    state = await world.step("credit")
    assert (state.state, state.code) == ("declined", "timed_out")
    withdrawn = len(world.backends.calls("credit.withdraw", what="undo"))
    assert withdrawn == 1
    await world.notify(reference, ACCEPTED)
    await world.wait(minutes=1)
    assert (await world.step("credit")).state == "declined"
    assert len(world.backends.calls("credit.withdraw", what="undo")) == 2


async def test_a_late_outcome_of_a_superseded_generation_never_changes_the_step() -> None:
    """It shows that an effect exists, so its undo becomes due; the new generation is untouched."""
    world = EngineHarness()
    await world.begin()
    await world.fill()
    world.backends.script("agreement.sign", hosted(world.now() + timedelta(days=1)))
    await world.show()
    old = (await world.step("agreement")).reference
    assert old is not None
    await world.cancel()
    await world.wait(minutes=1)
    undone = len(world.backends.calls("agreement.void", what="undo"))
    await world.notify(old, SIGNED)
    await world.wait(minutes=1)
    assert len(world.backends.calls("agreement.void", what="undo")) == undone + 1
    assert (await world.standing()).settled is True


async def test_a_hosted_step_sends_the_customer_away_and_the_return_is_only_a_hint() -> None:
    """Coming back triggers a look-up; what the browser says is never evidence."""
    world = EngineHarness()
    world.backends.script("agreement.sign", hosted(world.now() + timedelta(days=1)))
    await world.begin()
    await world.fill()
    await world.show()
    seen = await world.standing()
    assert (seen.status, seen.continue_url) == (
        "requires_escalation",
        "https://provider.example/page",
    )
    reference = (await world.step("agreement")).reference or ""
    await world.ask(c.Returned(reference=reference))
    assert (await world.step("agreement")).state == "waiting_customer"
    world.backends.finish(reference, SIGNED)
    await world.ask(c.Returned(reference=reference))
    assert (await world.step("agreement")).state == "passed"
    assert (await world.standing()).status == "ready_for_complete"


async def test_each_effect_that_is_undone_has_a_key_of_its_own() -> None:
    """Under the key of another undo, a backend would only repeat what it answered then."""
    world = EngineHarness()
    await world.ready()
    await world.change(handset=replace(HANDSET, sku="handset-top"))
    await world.wait(minutes=1)
    first, second = world.backends.calls("stock.reserve")
    await world.notify(first.reference, RESERVED)
    await world.wait(minutes=1)
    await world.cancel()
    await world.wait(minutes=1)
    undos = world.backends.calls("stock.release", what="undo")
    effects = [one.request.reference for one in undos]
    assert effects == [first.reference, first.reference, second.reference]
    assert len({one.reference for one in undos}) == 3


async def test_an_undo_keeps_its_key_while_it_is_tried_again() -> None:
    """So that a backend with idempotency keys does it once."""
    world = EngineHarness()
    await world.ready()
    world.backends.script("stock.release", InDoubt("no answer"), NotSent("away"))
    await world.cancel()
    await world.wait(minutes=5)
    undos = world.backends.calls("stock.release", what="undo")
    assert len(undos) == 3
    assert len({one.reference for one in undos}) == 1


async def test_the_reference_is_the_same_for_every_resend_and_other_for_its_undo() -> None:
    """26 characters of base32 over checkout, run, step, generation and provider."""
    assert undo_reference_of("A", NOW) == undo_reference_of("A", NOW)
    one = reference_of(ID, "purchase", "stock", 0, "main")
    assert len(one) == 26
    assert one == reference_of(ID, "purchase", "stock", 0, "main")
    others = {
        reference_of(ID, "purchase", "stock", 1, "main"),
        reference_of(ID, "purchase", "stock", 0, "other"),
        reference_of(ID, "refund-1", "stock", 0, "main"),
        undo_reference_of(one, NOW),
        undo_reference_of(one, NOW + timedelta(days=1)),
    }
    assert len(others | {one}) == 6


async def test_what_the_browser_brought_is_for_the_provider_to_judge() -> None:
    """The look-up after a return carries the query; it is kept apart, and gone with the step."""
    world = EngineHarness()
    world.backends.script("agreement.sign", hosted(world.now() + timedelta(hours=1)))
    await world.ready()
    reference = world.backends.calls("agreement.sign")[0].reference
    query = {"redirectResult": "X3XtfGC9"}
    await world.ask(c.Returned(reference=reference, query=query))
    assert world.backends.calls("agreement.sign", what="look_up")[-1].call.returned == query
    rows = await world.store.events(ID, after=None, limit=1000)
    assert "X3XtfGC9" not in str([row.data for row in rows])
    world.backends.finish(reference)
    await world.ask(c.Returned(reference=reference))
    seen = await world.seen()
    assert seen.steps["agreement"].state == "passed"
    assert seen.private.returns == {}


async def test_a_message_that_is_no_end_makes_us_ask_at_once() -> None:
    """A customer who approved and closed the browser need not wait for our next poll."""
    world = EngineHarness()
    world.backends.script("agreement.sign", hosted(world.now() + timedelta(hours=1)))
    await world.ready()
    reference = world.backends.calls("agreement.sign")[0].reference
    asked = len(world.backends.calls("agreement.sign", what="look_up"))
    world.backends.finish(reference)
    await world.notify(reference, Pending(poll_after=timedelta(minutes=5)))
    await world.clock.spin()
    assert len(world.backends.calls("agreement.sign", what="look_up")) == asked + 1
    assert (await world.step("agreement")).state == "passed"
