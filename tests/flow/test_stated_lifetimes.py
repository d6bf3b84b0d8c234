"""How long a slot, a signature or a check counts, where its flow says so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.budget import budget
from tests.flow.files import marked_line, mistakes, steps
from tests.flow.plans import plan_of
from tests.flow.world import EngineHarness
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.flow.language.durations import written
from unshackled.flow.plan.plan import FromLiteral, Plan
from unshackled.ports.delivery import DeliverySlot, SlotsFound
from unshackled.ports.outcome import Passed
from unshackled.testing.samples import sample

HOUR: Final = timedelta(hours=1)
# Steps of the good flow between a slot and the order, and how long each may wait.
LATER: Final = ("credit", "agreement", "deposit")
WAITS: Final = st.sampled_from([timedelta(minutes=20), HOUR, 6 * HOUR, 24 * HOUR, 48 * HOUR])


def a_flow(lifetime: timedelta, waits: dict[str, timedelta], first: str) -> str:
    """The good flow with a slot or a check that counts so long, and these deadlines after it."""
    kind = {
        "slot": "choose: delivery.slots, needs: [address]",
        "identity": "call: identity.verify, needs: [contact, address]",
    }[first]
    lines = [f"{first}: {{{kind}, with: {{valid_for: {written(lifetime)}}}}}"]
    lines += [f"{step}: {{deadline: {written(wait)}}}" for step, wait in waits.items()]
    return steps("\n".join(lines))


@settings(max_examples=budget(10, 25), deadline=None)
@given(
    lifetime=WAITS,
    waits=st.fixed_dictionaries(dict.fromkeys(LATER, WAITS)),
    before=WAITS,
    first=st.sampled_from(["slot", "identity"]),
)
def test_what_only_the_customer_renews_outlasts_every_deadline_after_it(
    lifetime: timedelta, waits: dict[str, timedelta], before: timedelta, first: str
) -> None:
    """Whatever the deadlines are: refused exactly where a later one is longer, and that is named.

    What is not after it, such as the lender's first quotation, may take as long as it wants.
    """
    text = a_flow(lifetime, {**waits, "order": 48 * HOUR}, first)
    text += f"      stock: {{deadline: {written(before)}}}\n"
    with TemporaryDirectory() as folder:
        found = mistakes(Path(folder), {"acme.yaml": text})
    longest = max(waits.values())
    assert [one.code for one in found] == ["lapses_too_soon"] * (lifetime < longest), found
    for one in found:
        slowest = next(step for step in LATER if waits[step] == longest)
        assert f"valid_for: {written(lifetime)} may be over before {slowest} is" in one.message
        assert f"`valid_for: {written(longest)}`" in one.message


SLOT = "slot: {choose: delivery.slots, needs: [address], with: {valid_for: 4h}} # <-"
SHOWN = "identity: {call: identity.verify, needs: [contact, address], with: {valid_for: 1h}}"


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        (
            "slot: valid_for: 4h may be over before credit is, which has 2d (its `deadline`)",
            f"{SLOT}\ncredit: {{deadline: 48h}}",
        ),
        (
            "write at least `valid_for: 1d`, or at most `deadline: 1h` at deposit",
            "agreement: {with: {valid_for: 1h}} # <-",
        ),
        (
            "identity again",
            f"{SHOWN} # <-\nlook: {{review: fraud, needs: [identity], deadline: 2d}}",
        ),
        (
            "agreement: valid_for: 15s lapses before it is used: deposit -> order may take 20s",
            "agreement: {with: {valid_for: 15s}} # <-",
        ),
    ],
    ids=["slot", "signature", "review", "timeouts"],
)
def test_a_lifetime_that_must_lapse_is_refused_at_its_line(
    tmp_path: Path, said: str, changes: str
) -> None:
    """Both durations are told, and the line that mends it."""
    text = steps(changes)
    found = [one for one in mistakes(tmp_path, {"acme.yaml": text}) if said in one.message]
    assert [one.code for one in found] == ["lapses_too_soon"]
    assert found[0].line == marked_line(text)


def selling(valid_for: timedelta | None) -> Plan:
    """A slot that counts so long, a yes, a charge, an order."""
    plan = plan_of(
        {
            "contact": {"collect": "contact"},
            "address": {"collect": "address"},
            "card": {"collect": "payment_method"},
            "slot": {"choose": "delivery.slots", "needs": ["address"]},
            "confirm": {"confirm": "package"},
            "deposit": {
                "call": "payment.charge",
                "needs": ["confirm", "card"],
                "deadline": timedelta(minutes=30),
            },
            "order": {"call": "orders.place", "needs": ["deposit"], "pivot": True},
        }
    )
    slot = plan.steps["slot"]
    stated = replace(slot, sources={**slot.sources, "valid_for": FromLiteral(value=valid_for)})
    return replace(plan, steps={**plan.steps, "slot": stated})


async def _picked(granted: timedelta | None, stated: timedelta | None) -> EngineHarness:
    """A customer who picked a slot, whose carrier lets its offer count so long."""
    world = EngineHarness(selling(stated))
    await world.begin()
    until = None if granted is None else world.now() + granted
    found = SlotsFound(options=(sample(DeliverySlot),))
    world.backends.script("delivery.slots", *[Passed(output=found, valid_until=until)] * 3)
    await world.fill()
    await world.submit("slot", {"option": found.options[0].id})
    return world


@pytest.mark.parametrize(
    ("stated", "granted", "counts"),
    [
        (HOUR, None, HOUR),
        (HOUR, 2 * HOUR, HOUR),
        (2 * HOUR, HOUR, HOUR),
        (None, HOUR, HOUR),
        (None, None, None),
    ],
    ids=["stated", "stated is shorter", "granted is shorter", "granted", "for ever"],
)
async def test_a_slot_counts_as_long_as_the_flow_says_at_most(
    stated: timedelta | None, granted: timedelta | None, counts: timedelta | None
) -> None:
    """The carrier's word and the flow's: the shorter one ends it."""
    world = await _picked(granted, stated)
    until = (await world.step("slot")).valid_until
    assert until == (None if counts is None else world.now() + counts)


@pytest.mark.parametrize("still", [True, False], ids=["still on offer", "gone"])
async def test_a_slot_that_is_over_is_had_again_before_anything_is_charged(*, still: bool) -> None:
    """The carrier is asked again; only where the slot is gone the customer picks another one."""
    world = await _picked(None, HOUR)
    await world.wait(minutes=61)
    (action,) = [one for one in (await world.standing()).next_actions if one.due]
    assert (action.step, action.type) == ("slot", "renew")
    other = SlotsFound(options=(replace(sample(DeliverySlot), id="other"),))
    if not still:
        world.backends.script("delivery.slots", *[Passed(output=other)] * 3)
        world.backends._scripts["delivery.slots", None].rotate(3)  # noqa: SLF001 - before the others
    await world.submit("slot", {})
    assert world.backends.calls("payment.charge") == []
    (action,) = [one for one in (await world.standing()).next_actions if one.due]
    if not still:
        assert (action.step, action.type) == ("slot", "choose")
        await world.submit("slot", {"option": "other"})
    assert (await world.step("slot")).valid_until == world.now() + HOUR
    seen = await world.seen()
    quote = replace(seen.quote, valid_until=world.now() + HOUR)
    await world.ask(c.RenewQuote(package=seen.package, quote=quote))
    await world.complete()
    assert (await world.standing()).status == "completed"
