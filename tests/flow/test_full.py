"""A checkout that is full: no snapshot is larger than its bound, and nobody forgets an effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

import orjson
import pytest

from tests.flow.plans import credit_plan
from tests.flow.world import EngineHarness
from tests.shipped import shipped
from unshackled.authoring.flow_walks import SimulatedCheckout
from unshackled.domain import bounds
from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import decode, encode
from unshackled.domain.records import replace
from unshackled.domain.states import State
from unshackled.errors import Refused
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.engine.size_limits import FULL, NO_ROOM, OUTPUT, ROOM, size_of
from unshackled.flow.plan.plan import Plan
from unshackled.ports import all_operations
from unshackled.ports.call_context import Call
from unshackled.ports.outcome import Passed
from unshackled.store.memory import MemoryStore
from unshackled.store.stored_records import Change
from unshackled.testing.made_up import output_for

BOOK: Final = shipped()
# What other steps, and the engine, compare: longer it would be another answer.
COMPARED: Final = frozenset({"currency", "id", "outcome", "status"})
# What is worked out from it by the day has to fit, as the simulated lender's book does.
BY_THE_BOOK: Final = "credit.standing"
ANSWERS: Final = 400


class Measured(MemoryStore):
    """Remembers how large each snapshot was that was written."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    async def append(self, change: Change) -> None:
        """Weigh it, and keep it."""
        self.sizes.append(size_of(change.checkout))
        await super().append(change)


def longer(data: Any, more: int) -> Iterator[Any]:
    """JSON data of which one text is so much longer, each in turn."""
    items = list(data.items()) if isinstance(data, dict) else list(enumerate(data))
    for key, one in items:
        if isinstance(one, str) and key not in COMPARED:
            found = one + "x" * more
            yield {**data, key: found} if isinstance(data, dict) else [found, *data[1:]]
        elif isinstance(one, dict | list):
            for inner in longer(one, more):
                copy = dict(data) if isinstance(data, dict) else list(data)
                copy[key] = inner
                yield copy


def largest(output: Any, size: int = OUTPUT) -> Any:
    """The output with a text as long as what is kept of a provider allows."""
    if output is None:
        return None
    data = encode(output)
    for found in longer(data, size - len(orjson.dumps(data))):
        with suppress(Exception):
            return decode(type(output), found)
    return output


def talkative(operation: str) -> Callable[[Any, Call], Any]:
    """A provider that passes everything with its largest answer."""

    def perform(request: Any, call: Call) -> Any:
        return Passed(output=largest(output_for(all_operations()[operation], request, call)))

    return perform


def operations(plan: Plan) -> list[str]:
    """What the flow asks of its providers."""
    steps = plan.steps.values()
    return [one.definition.operation.key for one in steps if one.definition.operation is not None]


def forgotten(life: SimulatedCheckout, checkout: Checkout) -> list[str]:
    """Effects that exist, and of which the checkout does not know any more."""
    known = {state.reference for state in checkout.steps.values()} | set(checkout.undos)
    effects = life.backends.effects.values()
    return [one.operation for one in effects if one.stands and one.reference not in known]


def left_standing(life: SimulatedCheckout) -> list[str]:
    """Effects that exist although they can be undone."""
    effects = life.backends.effects.values()
    return [e.operation for e in effects if e.stands and all_operations()[e.operation].undo]


def too_full(checkout: Checkout) -> list[str]:
    """The steps of which operators are told that there is no room."""
    return [
        name
        for name, problems in checkout.problems.items()
        if any(problem.code == NO_ROOM for problem in problems)
    ]


@pytest.mark.parametrize("flow", sorted(plan.name for plan in BOOK.plans.values()))
async def test_no_demo_flow_outgrows_its_bound(flow: str) -> None:
    """Every provider answers as much as it may, then the customer cancels what is not done."""
    (plan,) = (plan for plan in BOOK.plans.values() if plan.name == flow)
    store = Measured()
    life = SimulatedCheckout(plan, store)
    for operation in operations(plan):
        if operation != BY_THE_BOOK:
            life.backends.script(operation, *[talkative(operation)] * ANSWERS)
    await life.begin()
    await life.live()
    seen = await life.snapshot()
    assert too_full(seen) or seen.completed_at, "neither full nor done"
    assert max(store.sizes) > bounds.SNAPSHOT // 2, "never large: this would be about nothing"
    assert not forgotten(life, seen)
    with suppress(Rejected):
        await life.ask(c.Cancel(code="changed_mind", by="customer"))
    await life.live()
    seen = await life.snapshot()
    assert max(store.sizes) <= bounds.SNAPSHOT
    assert not forgotten(life, seen)
    if seen.canceled:
        assert not left_standing(life)


def talking(plan: Plan) -> tuple[EngineHarness, Measured]:
    """A world whose providers all talk as much as they may."""
    store = Measured()
    world = EngineHarness(plan, store)
    for operation in operations(plan):
        world.backends.script(operation, *[talkative(operation)] * ANSWERS)
    return world, store


async def test_an_effect_whose_answer_finds_no_room_is_a_persons_and_is_undone() -> None:
    """It is in doubt and in review, operators are told why, and a cancel takes it back."""
    world, store = talking(credit_plan())
    await world.begin()
    await world.fill()
    seen = await world.seen()
    (full, *_) = [one for one in too_full(seen) if seen.steps[one].reference is not None]
    assert (seen.steps[full].state, seen.steps[full].code) == (State.IN_REVIEW, "in_doubt")
    (problem, *_) = seen.problems[full]
    assert (problem.outcome, problem.code) == ("in_doubt", NO_ROOM)
    reference = seen.steps[full].reference
    assert reference is not None
    assert world.backends.effects[reference].stands
    await world.cancel()
    await world.wait(hours=1)
    assert world.backends.effects[reference].undone
    assert max(store.sizes) <= bounds.SNAPSHOT


@pytest.mark.parametrize("fails", [False, True])
async def test_two_hundred_changes_do_not_outgrow_it(fails: bool) -> None:
    """Each change undoes and does again; where an undo fails, its effect is kept for a person."""
    world, store = talking(credit_plan())
    if fails:
        refused = Refused("no", code="400")
        world.backends.script("stock.release", *[refused] * ANSWERS)
    await world.begin()
    refusals: list[str] = []
    for turn in range(200):
        before = await world.seen()
        handset = before.package.handset
        assert handset is not None
        try:
            await world.change(handset=replace(handset, title=f"Fern {turn}"))
        except Rejected as rejected:
            refusals.append(rejected.code)
    seen = await world.seen()
    assert set(refusals) <= {"payload_too_large", "credit_already_decided"}
    assert refusals or seen.version > 200
    assert max(store.sizes) <= bounds.SNAPSHOT
    known = {state.reference for state in seen.steps.values()} | {*seen.undos, *seen.past}
    assert {one.reference for one in world.backends.effects.values() if one.stands} <= known
    await world.cancel()
    assert (await world.seen()).canceled is not None
    assert max(store.sizes) <= bounds.SNAPSHOT


async def test_what_a_person_says_has_to_fit_too() -> None:
    """An operator whose evidence is too long is told so; another verdict is taken."""
    world, store = talking(credit_plan())
    await world.begin()
    await world.fill()
    seen = await world.seen()
    (full, *_) = [one for one in too_full(seen) if seen.steps[one].reference is not None]
    told = world.plan.steps[full].definition.operation
    assert told is not None
    effect = next(one for one in world.backends.effects.values() if one.operation == told.key)
    assert isinstance(effect.outcome, Passed)
    output = encode(largest(effect.outcome.output, 6 * OUTPUT))
    await world.wait(minutes=2)
    why: Any = {"reason": "seen there", "operator": "alice", "evidence": "case 17"}
    with pytest.raises(Rejected) as rejected:
        await world.ask(c.Resolve(step=full, verdict="passed", output=output, **why))
    assert rejected.value.code == "payload_too_large"
    assert max(store.sizes) <= bounds.SNAPSHOT


def test_the_bounds_leave_room_for_each_other() -> None:
    """Customers are refused first, then answers; what is left is for undos and ends."""
    assert ROOM < FULL < bounds.SNAPSHOT
    assert bounds.SNAPSHOT - FULL >= OUTPUT
