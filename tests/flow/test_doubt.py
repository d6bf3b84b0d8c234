"""Doubts: an effect whose outcome we do not know is never repeated blindly."""

from __future__ import annotations

from datetime import timedelta

from tests.flow.world import EngineHarness
from unshackled.errors import InDoubt
from unshackled.flow.engine import commands as c
from unshackled.ports.outcome import Absent, Declined, Passed
from unshackled.ports.payment import PaymentCharged
from unshackled.sdk import idempotent, lookup, manual
from unshackled.testing.backends import LostAnswer
from unshackled.testing.made_up import made_up


async def _in_doubt(world: EngineHarness) -> None:
    await world.ready()
    await world.complete()


async def test_a_doubt_with_an_idempotent_backend_is_resent_under_the_same_reference() -> None:
    """The backend answers again, and the money is taken once."""
    world = EngineHarness()
    world.backends.ways["payment.charge"] = idempotent(lookup=False)
    world.backends.script("payment.charge", LostAnswer())
    await _in_doubt(world)
    await world.wait(seconds=30)
    calls = world.backends.calls("payment.charge")
    assert len(calls) == 2
    assert calls[0].reference == calls[1].reference
    assert calls[0].request == calls[1].request
    assert list(world.backends.repeated()) == []
    assert (await world.standing()).status == "completed"


async def test_a_doubt_with_a_look_up_is_asked_for_and_never_sent_again() -> None:
    """The work was done, the answer lost: the look-up finds it."""
    world = EngineHarness()
    world.backends.ways["payment.charge"] = lookup()
    world.backends.script("payment.charge", LostAnswer())
    await _in_doubt(world)
    await world.wait(seconds=30)
    assert len(world.backends.calls("payment.charge")) == 1
    assert (await world.standing()).status == "completed"


async def test_absent_counts_only_after_the_call_was_given_up() -> None:
    """A look-up that finds nothing too early is asked again; then the step starts over.

    It is told when the call was given up: a backend's index may lag behind that.
    """
    world = EngineHarness()
    world.backends.ways["payment.charge"] = lookup()
    world.backends.script("payment.charge", InDoubt("cut", provider="main"))
    await _in_doubt(world)
    first = await world.step("deposit")
    assert first.state == "in_doubt"
    early = world.backends.calls("payment.charge", what="look_up")
    assert len(early) == 1
    assert first.give_up_at is not None
    assert early[0].call.send_by == first.give_up_at
    await world.wait(seconds=60)
    calls = world.backends.calls("payment.charge")
    assert len(calls) == 2
    assert calls[0].reference != calls[1].reference
    assert len(world.backends.standing("payment.charge")) == 1
    assert (await world.standing()).status == "completed"


async def test_a_doubt_that_nobody_can_resolve_goes_to_a_person() -> None:
    """A backend without idempotency and look-up: an operator brings the evidence."""
    world = EngineHarness()
    world.backends.ways["payment.charge"] = manual()
    world.backends.script("payment.charge", LostAnswer())
    await _in_doubt(world)
    assert (await world.step("deposit")).state == "in_review"
    output = made_up(PaymentCharged)
    await world.ask(
        c.Resolve(
            step="deposit",
            verdict="passed",
            reason="seen in the back office",
            output={
                "payment": output.payment,
                "amount": output.amount,
                "currency": output.currency,
            },
        )
    )
    assert len(world.backends.calls("payment.charge")) == 1
    assert (await world.standing()).status == "completed"


async def test_an_old_doubt_falls_from_resend_to_look_up() -> None:
    """After the key's lifetime a resend could double the effect, so it is asked for instead."""
    world = EngineHarness()
    life = timedelta(minutes=1)
    world.backends.ways["payment.charge"] = idempotent(key_lifetime=life)
    away = [InDoubt("down", provider="main") for _ in range(60)]
    world.backends.script("payment.charge", LostAnswer(), *away)
    await _in_doubt(world)
    world.backends.ways["payment.charge"] = lookup()
    await world.wait(minutes=3)
    assert (await world.standing()).status == "completed"
    assert len(world.backends.standing("payment.charge")) == 1


async def test_a_doubt_resolved_as_declined_is_a_decline() -> None:
    """The look-up brings the business no."""
    world = EngineHarness()
    world.backends.ways["payment.charge"] = lookup()
    world.backends.script("payment.charge", LostAnswer(outcome=Declined(code="card_declined")))
    await _in_doubt(world)
    await world.wait(seconds=30)
    assert (await world.states())["confirm"] == "waiting_customer"


async def test_a_cancel_resolves_a_doubt_and_then_undoes_it() -> None:
    """The charge did happen: it is looked up and refunded."""
    world = EngineHarness()
    world.backends.ways["stock.reserve"] = lookup()
    world.backends.script("stock.reserve", LostAnswer())
    world.backends.script(
        "stock.reserve:look_up", *[InDoubt("slow", provider="main") for _ in range(2)]
    )
    await world.begin()
    assert (await world.step("stock")).state == "in_doubt"
    await world.cancel()
    assert (await world.standing()).status == "canceled"
    assert (await world.standing()).settled is False
    await world.wait(minutes=5)
    assert world.backends.standing("stock.reserve") == []
    assert (await world.standing()).settled is True


async def test_a_cancel_of_a_doubt_that_never_happened_needs_no_undo() -> None:
    """Absent is the end of it."""
    world = EngineHarness()
    world.backends.ways["stock.reserve"] = lookup()
    world.backends.script("stock.reserve", InDoubt("cut", provider="main"))
    world.backends.script("stock.reserve:look_up", Absent(), Absent(), Absent())
    await world.begin()
    await world.cancel()
    await world.wait(minutes=5)
    assert (await world.standing()).settled is True
    assert world.backends.calls("stock.release", what="undo") == []


async def test_a_broken_adapter_is_a_doubt_and_not_a_lost_checkout() -> None:
    """Whatever an adapter raises, the effect is looked up."""

    def broken(request: object, call: object) -> Passed[object]:
        raise ZeroDivisionError

    world = EngineHarness()
    world.backends.ways["stock.reserve"] = lookup()
    world.backends.script("stock.reserve", broken)
    await world.begin()
    assert (await world.step("stock")).state == "in_doubt"
    await world.wait(minutes=1)
    assert (await world.step("stock")).state == "passed"
