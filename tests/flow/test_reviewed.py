"""What arrives about a step that a person looks at is recorded and told, never dropped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs  # noqa: TID251 - the lines are asserted

from tests.flow.plans import credit_plan
from tests.flow.world import ID, EngineHarness
from unshackled.domain.codec import encode
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.alarms import warn_of_money
from unshackled.flow.engine.attention import needs_of
from unshackled.ports.outcome import Declined, Passed, Pending
from unshackled.ports.payment import PaymentCaptured, PaymentCharged
from unshackled.sdk import Refused

TAKEN = Passed(output=PaymentCaptured(payment="pay-1", amount=6_800, currency="GBP"))
LESS = Passed(output=PaymentCaptured(payment="pay-1", amount=6_700, currency="GBP"))
CHARGED = Passed(output=PaymentCharged(payment="pay-1", amount=6_800, currency="GBP"))
CHARGED_LESS = Passed(output=PaymentCharged(payment="pay-1", amount=100, currency="GBP"))
NO = Declined(code="declined")
STEPS: dict[str, dict[str, Any]] = {
    "deposit": {"call": "payment.authorise"},
    "capture": {"call": "payment.capture", "needs": ["order"]},
}


async def _captured(outcome: Any) -> tuple[EngineHarness, str]:
    """An order that was placed, and what its capture came to; the capture's reference."""
    world = EngineHarness(credit_plan(**STEPS))
    world.backends.script("payment.capture", outcome)
    await world.ready()
    await world.complete()
    assert (await world.standing()).status == "completed"
    return world, (await world.step("capture")).reference or ""


async def _stands(world: EngineHarness, step: str = "capture") -> tuple[str, str | None]:
    state = await world.step(step)
    return state.state, state.code


@pytest.mark.parametrize(
    ("first", "was"),
    [
        (NO, "unexpected_decline:declined"),
        (Refused("no", provider="psp", code="400"), "400"),
    ],
    ids=["declined", "refused"],
)
async def test_a_provider_that_recovers_is_told(first: Any, was: str) -> None:
    """It failed, and then it was done: the review says so, and keeps what came."""
    world, reference = await _captured(first)
    assert await _stands(world) == ("in_review", was)
    world.engine.listeners.append(warn_of_money)
    with capture_logs() as lines:
        assert await world.notify(reference, TAKEN)
    assert await _stands(world) == ("in_review", "recovered")
    assert (await world.seen()).output("capture") == encode(TAKEN.output)
    rows = [
        row
        for row in await world.store.events(ID, after=None, limit=1000)
        if row.type == "step.recovered.v1"
    ]
    assert [row.data["was"] for row in rows] == [was]
    (need,) = [one for one in needs_of(await world.seen()) if one.step == "capture"]
    assert (need.code, need.reference) == ("recovered", reference)
    told = [line for line in lines if line["event"] == "step.recovered"]
    assert [(line["step"], line["was"]) for line in told] == [("capture", was)]


async def test_what_failed_after_it_was_done_may_recover() -> None:
    """Captured, then failed, then captured: each word is in the log, the last one is shown."""
    world, reference = await _captured(TAKEN)
    await world.notify(reference, NO)
    assert await _stands(world) == ("in_review", "contradiction")
    await world.notify(reference, TAKEN)
    assert await _stands(world) == ("in_review", "recovered")
    await world.notify(reference, NO)
    assert await _stands(world) == ("in_review", "contradiction")


async def test_the_same_word_once_more_changes_nothing() -> None:
    """A webhook that comes again writes nothing, nor does one that is no end."""
    world, reference = await _captured(NO)
    await world.notify(reference, NO)
    assert await _stands(world) == ("in_review", "unexpected_decline:declined")
    await world.notify(reference, TAKEN)
    version = (await world.seen()).version
    await world.notify(reference, TAKEN)
    await world.notify(reference, Pending(poll_after=timedelta(minutes=1)))
    assert (await world.seen()).version == version


async def test_a_recovery_with_another_amount_is_no_recovery() -> None:
    """Less than was held was taken: the review is about the amount."""
    world, reference = await _captured(NO)
    await world.notify(reference, LESS)
    assert await _stands(world) == ("in_review", "amount_differs")
    await world.notify(reference, TAKEN)
    assert await _stands(world) == ("in_review", "recovered")


async def test_an_operator_passes_what_recovered_with_what_came() -> None:
    """The person need not type what the provider said; nothing is sent again."""
    world, reference = await _captured(NO)
    await world.notify(reference, TAKEN)
    await world.ask(c.Resolve(step="capture", verdict="passed", reason="seen there"))
    assert await _stands(world) == ("passed", None)
    assert (await world.seen()).output("capture") == encode(TAKEN.output)
    assert len(world.backends.calls("payment.capture")) == 1


async def test_what_recovered_is_taken_back_with_the_checkout() -> None:
    """The charge was refused, and then taken: whoever cancels gets it back."""
    world = EngineHarness()
    world.backends.script("payment.charge", Refused("no", provider="psp", code="400"))
    await world.ready()
    await world.complete()
    reference = (await world.step("deposit")).reference or ""
    await world.notify(reference, CHARGED)
    assert await _stands(world, "deposit") == ("in_review", "recovered")
    await world.cancel("operator")
    await world.wait(minutes=1)
    # Nothing to undo, says a backend that never heard of it, and is asked until that counts.
    undos = world.backends.calls("payment.refund", what="undo")
    asked = {(one.request.reference, one.request.output) for one in undos}
    assert asked == {(reference, CHARGED.output)}


async def test_a_no_about_another_amount_is_told_too() -> None:
    """Less was taken, and then none: the two words contradict each other."""
    world = EngineHarness()
    world.backends.script("payment.charge", CHARGED_LESS)
    await world.ready()
    await world.complete()
    assert await _stands(world, "deposit") == ("in_review", "amount_differs")
    await world.notify((await world.step("deposit")).reference or "", NO)
    assert await _stands(world, "deposit") == ("in_review", "contradiction")
