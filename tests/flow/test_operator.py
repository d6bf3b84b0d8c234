"""What operators may do with one checkout: never twice, never blindly, never too late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.flow.plans import credit_plan
from tests.flow.world import ID, EngineHarness
from unshackled.domain.codec import encode
from unshackled.errors import InDoubt, NotSent, Refused
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.ports.outcome import Declined
from unshackled.sdk import lookup, manual
from unshackled.testing.backends import LostAnswer, referred

CUT = InDoubt("cut", provider="main")
WHY: Any = {"reason": "looked into it", "operator": "alice", "evidence": "case 17"}


async def _doubt(world: EngineHarness, *, happened: bool) -> None:
    """A deposit whose backend can neither be asked nor asked again."""
    world.backends.ways["payment.charge"] = manual()
    world.backends.script("payment.charge", LostAnswer() if happened else CUT)
    await world.ready()
    await world.complete()
    assert (await world.step("deposit")).code == "in_doubt"


async def _unheard(world: EngineHarness, *, happened: bool) -> None:
    """A deposit in doubt whose look-ups bring nothing."""
    world.backends.ways["payment.charge"] = lookup()
    world.backends.script("payment.charge", LostAnswer() if happened else CUT)
    world.backends.script("payment.charge:look_up", *[CUT] * 200)
    await world.ready()
    await world.complete()
    assert (await world.step("deposit")).state == "in_doubt"


@pytest.mark.parametrize("situation", [_doubt, _unheard])
async def test_what_happened_is_believed_on_evidence_and_not_sent_again(situation: Any) -> None:
    """The charge is found in the back office: the checkout goes on, and there is one charge."""
    world = EngineHarness()
    await situation(world, happened=True)
    await world.wait(minutes=1)
    (charge,) = world.backends.standing("payment.charge")
    output = encode(charge.outcome.output)  # type: ignore[union-attr]
    await world.ask(c.Resolve(step="deposit", verdict="passed", output=output, **WHY))
    assert (await world.standing()).status == "completed"
    assert len(world.backends.calls("payment.charge")) == 1
    (decided,) = [
        row.data
        for row in await world.store.events(ID, after=None, limit=500)
        if row.type == "operator.decided.v1"
    ]
    assert (decided["operator"], decided["evidence"]) == ("alice", "case 17")
    assert "output" not in decided


@pytest.mark.parametrize("situation", [_doubt, _unheard])
async def test_what_never_happened_is_sent_anew_under_another_reference(situation: Any) -> None:
    """The back office shows nothing: the step starts over, and in the end there is one charge."""
    world = EngineHarness()
    await situation(world, happened=False)
    await world.wait(minutes=1)
    await world.ask(c.Resolve(step="deposit", verdict="absent", **WHY))
    assert (await world.standing()).status == "completed"
    first, second = world.backends.calls("payment.charge")
    assert first.reference != second.reference
    assert len(world.backends.standing("payment.charge")) == 1


async def test_a_late_verdict_never_decides_another_attempt() -> None:
    """It is about the attempt that the operator looked at; the next one has another reference."""
    world = EngineHarness()
    await _doubt(world, happened=False)
    world.backends.script("payment.charge", LostAnswer())
    await world.wait(minutes=1)
    first = (await world.step("deposit")).reference
    absent = c.Resolve(step="deposit", verdict="absent", reference=first, **WHY)
    await world.ask(absent)
    await world.wait(minutes=1)
    second = await world.step("deposit")
    assert (second.state, second.code) == ("in_review", "in_doubt")
    assert second.reference != first
    with pytest.raises(Rejected, match="an attempt that is over"):
        await world.ask(absent)
    assert len(world.backends.standing("payment.charge")) == 1


async def test_evidence_counts_only_once_the_call_was_given_up() -> None:
    """Before, the message may still be on its way: "it is not there" proves nothing."""
    world = EngineHarness()
    await _doubt(world, happened=False)
    with pytest.raises(Rejected) as refused:
        await world.ask(c.Resolve(step="deposit", verdict="absent", **WHY))
    assert refused.value.code == "call_under_way"
    assert len(world.backends.calls("payment.charge")) == 1


async def test_a_doubt_is_never_retried_blindly() -> None:
    """Neither by the verdict `retry` nor by asking for the next try; nor can it be skipped."""
    world = EngineHarness()
    await _doubt(world, happened=True)
    await world.wait(minutes=1)
    for command in (
        c.Resolve(step="deposit", verdict="retry", **WHY),
        c.RetryNow(step="deposit", **WHY),
    ):
        with pytest.raises(Rejected) as refused:
            await world.ask(command)
        assert refused.value.code == "effect_in_doubt"
    assert len(world.backends.calls("payment.charge")) == 1


async def test_a_late_answer_that_contradicts_the_operator_is_seen() -> None:
    """The operator said "never happened", then the provider says it did: that is taken back."""
    world = EngineHarness()
    await _doubt(world, happened=True)
    await world.wait(minutes=1)
    (charge,) = world.backends.standing("payment.charge")
    await world.ask(c.Resolve(step="deposit", verdict="absent", **WHY))
    await world.notify(charge.reference, charge.outcome)
    await world.wait(minutes=1)
    assert charge.undone
    assert len(world.backends.standing("payment.charge")) == 1


async def test_a_late_no_after_the_operators_yes_goes_to_a_person() -> None:
    """Two opposite final outcomes of one effect."""
    world = EngineHarness()
    await _doubt(world, happened=True)
    await world.wait(minutes=1)
    (charge,) = world.backends.standing("payment.charge")
    output = encode(charge.outcome.output)  # type: ignore[union-attr]
    await world.ask(c.Resolve(step="deposit", verdict="passed", output=output, **WHY))
    await world.notify(charge.reference, Declined(code="card_declined"))
    assert (await world.step("deposit")).code == "contradiction"


async def test_a_long_wait_is_cut_short() -> None:
    """After the pivot the pauses grow to an hour: an operator who knows better asks for now."""
    world = EngineHarness()
    world.backends.script("credit.activate", *[NotSent("away", provider="prime")] * 60)
    await world.ready()
    await world.complete()
    await world.wait(hours=1)
    before = len(world.backends.calls("credit.activate"))
    assert (await world.step("activate_credit")).state == "ready"
    await world.ask(c.RetryNow(step="activate_credit", **WHY))
    assert len(world.backends.calls("credit.activate")) > before


async def test_a_referred_step_is_asked_for_now() -> None:
    """A look-up, never a second application."""
    world = EngineHarness()
    world.backends.script("credit.apply", referred(poll=timedelta(hours=6)))
    await world.begin()
    await world.fill()
    (effect,) = [e for e in world.backends.effects.values() if e.operation == "credit.apply"]
    world.backends.finish(effect.reference)
    await world.ask(c.RetryNow(step="credit", **WHY))
    assert (await world.step("credit")).state == "passed"
    assert len(world.backends.calls("credit.apply")) == 1


async def test_a_failed_undo_is_sent_again() -> None:
    """And what has nothing to wait for is refused."""
    world = EngineHarness()
    world.backends.script("stock.release", Refused("gone", provider="main", code="410"))
    await world.begin()
    await world.cancel()
    assert (await world.step("stock")).state == "undo_failed"
    await world.ask(c.RetryNow(step="stock", **WHY))
    assert world.backends.standing("stock.reserve") == []
    with pytest.raises(Rejected, match="nothing waits"):
        await world.ask(c.RetryNow(step="stock", **WHY))


async def test_only_what_the_flow_can_do_without_is_skipped() -> None:
    """The refusal says why, and which steps need it."""
    world = EngineHarness(credit_plan(stock={"on_decline": "skip"}))
    world.backends.script("stock.reserve", Refused("bad", provider="main", code="400"))
    world.backends.script("identity.verify", Refused("bad", provider="main", code="400"))
    await world.begin()
    await world.fill()
    with pytest.raises(Rejected, match="cannot do without identity") as refused:
        await world.ask(c.Skip(step="identity", **WHY))
    assert refused.value.code == "step_needed"
    assert "credit" in refused.value.details["steps"]
    await world.ask(c.Skip(step="stock", **WHY))
    assert (await world.step("stock")).code == "skipped_by_operator"
    await world.ask(c.Resolve(step="identity", verdict="retry", **WHY))
    await world.show()
    await world.complete()
    assert (await world.standing()).status == "completed"


async def test_an_operator_cancels_until_the_order_is_placed() -> None:
    """Everything is taken back; afterwards, or a second time, it is refused."""
    world = EngineHarness()
    await world.ready()
    await world.ask(c.CancelByOperator(**WHY))
    await world.wait(minutes=1)
    assert (await world.standing()).status == "canceled"
    assert world.backends.standing("credit.apply") == []
    assert world.backends.standing("stock.reserve") == []
    with pytest.raises(Rejected) as again:
        await world.ask(c.CancelByOperator(**WHY))
    assert again.value.code == "checkout_canceled"
    other = EngineHarness()
    await other.ready()
    await other.complete()
    with pytest.raises(Rejected) as late:
        await other.ask(c.CancelByOperator(**WHY))
    assert late.value.code == "too_late"
