"""The main job through the engine, and what must hold at every write."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.flow.plans import plan_of
from tests.flow.world import ID, EngineHarness
from unshackled.ports import all_operations
from unshackled.ports.call_context import Call
from unshackled.ports.outcome import Declined, Outcome
from unshackled.store.memory import MemoryStore
from unshackled.testing.backends import FakeBackends, HeldCall


async def test_a_customer_buys_a_phone_on_credit() -> None:
    """From the first step to the order, the status says where the customer is."""
    world = EngineHarness()
    await world.begin()
    assert (await world.standing()).status == "incomplete"
    await world.fill()
    await world.show()
    assert (await world.standing()).status == "ready_for_complete"
    await world.complete()
    end = await world.standing()
    assert (end.status, end.settled, end.messages) == ("completed", True, ())
    assert set((await world.states()).values()) == {"passed"}


async def test_all_fields_are_told_up_front() -> None:
    """Every `collect` whose condition is not known false is offered from the beginning."""
    world = EngineHarness()
    await world.begin()
    *forms, last = (await world.standing()).next_actions
    assert (last.id, last.due) == ("cancel", False)
    offered = {action.step: action.due for action in forms}
    assert offered == {"contact": True, "address": True, "income": True, "card": True}


async def test_independent_steps_run_at_the_same_time() -> None:
    """Two calls without a path between them are both under way before either answers."""
    world = EngineHarness(
        plan_of(
            {
                "contact": {"collect": "contact"},
                "address": {"collect": "address"},
                "stock": {"call": "stock.reserve", "needs": ["contact"]},
                "identity": {"call": "identity.verify", "needs": ["contact", "address"]},
                "confirm": {"confirm": "package"},
                "order": {"call": "orders.place", "needs": ["confirm"], "pivot": True},
            }
        )
    )
    gate = asyncio.Event()
    world.backends.script("stock.reserve", HeldCall(until=gate))
    world.backends.script("identity.verify", HeldCall(until=gate))
    await world.begin()
    await world.fill("address")
    asked = asyncio.ensure_future(world.submit("contact"))
    await world.clock.spin()
    running = [name for name, state in (await world.states()).items() if state == "running"]
    gate.set()
    await world.clock.spin()
    await asked
    assert sorted(running) == ["identity", "stock"]


@dataclass
class Strict(FakeBackends):
    """Backends that note each effect whose reference the store does not know yet."""

    store: MemoryStore = field(default_factory=MemoryStore)
    unknown: list[str] = field(default_factory=list)

    async def perform(
        self, retailer: str, provider: str, operation: str, request: Any, call: Call
    ) -> Outcome[Any]:
        """Look into the store first."""
        effect = all_operations()[operation].effect
        if effect and await self.store.by_reference(call.reference) != ID:
            self.unknown.append(operation)
        return await super().perform(retailer, provider, operation, request, call)


async def test_write_ahead_every_effect_is_committed_before_it_is_sent() -> None:
    """At the moment a backend is called, the store already knows reference and request."""
    world = EngineHarness()
    backends = Strict(store=world.store)
    world.backends = backends
    world.engine = world.fresh_engine()
    await world.ready()
    await world.complete()
    assert backends.unknown == []
    assert len(backends.sent) > 5
    assert (await world.standing()).status == "completed"


async def test_at_most_one_commit_per_stage_of_the_dag_and_one_more() -> None:
    """What `complete` starts takes one append for each stage and one to begin."""
    world = EngineHarness()
    await world.ready()
    before = (await world.seen()).version
    await world.complete()
    stages = 3  # the deposit, the order, and the two steps after it
    assert (await world.seen()).version - before <= stages + 1


async def test_a_crash_after_any_commit_loses_nothing() -> None:
    """A process that dies at any version is continued by the next one to the same end."""
    for death in range(1, 16):
        world = EngineHarness()
        await world.begin()
        await world.fill()
        if (await world.standing()).status == "incomplete" and (
            await world.step("documents")
        ).state == "waiting_customer":
            await world.show()
        gate = asyncio.Event()
        world.backends.script(
            ("payment.charge", "orders.place", "credit.activate")[death % 3], HeldCall(until=gate)
        )
        asked = asyncio.ensure_future(world.complete())
        await world.clock.spin()
        asked.cancel()
        for task in list(world.engine.tasks):
            task.cancel()
        await world.clock.spin()
        world.engine = world.fresh_engine()
        gate.set()
        await world.clock.spin()
        await world.wait(minutes=2)
        assert (await world.standing()).status == "completed"
        assert list(world.backends.repeated()) == []
        assert len(world.backends.standing("orders.place")) == 1
        assert len(world.backends.standing("payment.charge")) == 1


async def test_an_unknown_flow_of_events_never_reaches_the_event_log_with_personal_data() -> None:
    """No event row holds anything the customer typed."""
    world = EngineHarness()
    await world.ready()
    await world.complete()
    rows = await world.store.events(ID, after=None, limit=1000)
    text = repr([row.data for row in rows])
    for secret in ("Wilhelmina", "Featherstone", "mail.example", "7700900123", "tok_sample"):
        assert secret not in text


async def test_a_waterfall_goes_on_after_a_decline() -> None:
    """The second lender is asked when the first declines, and serves the application too."""
    world = EngineHarness()
    world.backends.script("credit.quote", Declined(code="credit_declined"), provider="prime")
    await world.ready()
    state = await world.step("credit")
    assert (state.state, state.provider) == ("passed", "second")
    assert [sent.provider for sent in world.backends.calls("credit.quote")] == ["prime", "second"]


async def test_a_provider_out_of_reach_is_passed_over() -> None:
    """`then` serves the step when the first provider is not admitted."""
    world = EngineHarness()
    world.backends.down.add("onfido")
    await world.begin()
    await world.fill("contact", "address")
    state = await world.step("identity")
    assert (state.state, state.provider) == ("passed", "legacy-kyc")


async def test_the_write_ahead_names_its_request_only_in_the_personal_part() -> None:
    """The request of a running effect lies in the snapshot and in no event."""
    world = EngineHarness()
    gate = asyncio.Event()
    world.backends.script("identity.verify", HeldCall(until=gate))
    await world.begin()
    await world.fill("address")
    asked = asyncio.ensure_future(world.submit("contact"))
    await world.clock.spin()
    stored = (await world.seen()).private.requests["identity"]
    gate.set()
    await world.clock.spin()
    await asked
    assert stored["contact"]["given_name"] == "Wilhelmina"
    assert "identity" not in (await world.seen()).private.requests


async def test_the_budget_decides_when_we_answer_and_never_when_a_call_stops() -> None:
    """A slow provider: the request is answered while the call goes on to its end."""
    world = EngineHarness()
    gate = asyncio.Event()
    world.backends.script("stock.reserve", HeldCall(until=gate))
    answered = await world.begin()
    assert answered.steps["stock"].state == "running"
    gate.set()
    await world.clock.spin()
    assert (await world.step("stock")).state == "passed"
    assert len(world.backends.calls("stock.reserve")) == 1


async def test_a_retailer_may_be_answered_sooner_than_the_process_allows() -> None:
    """Its own budget counts where it is the shorter one; another retailer's does not."""
    world = EngineHarness()
    engine = world.engine
    engine.budget = timedelta(minutes=5)
    engine.budgets = {"northstar": timedelta(milliseconds=20), "orbit": timedelta(0)}
    gate = asyncio.Event()
    world.backends.script("stock.reserve", HeldCall(until=gate))
    answered = await world.begin()
    assert answered.steps["stock"].state == "running"
    gate.set()
    await world.clock.spin()


async def test_whoever_waits_is_answered_at_once_when_the_process_is_stopped() -> None:
    """With what is committed; later requests too, while calls under way go on."""
    world = EngineHarness()
    world.engine.budget = timedelta(minutes=5)
    gate = asyncio.Event()
    world.backends.script("stock.reserve", HeldCall(until=gate))
    waiting = asyncio.ensure_future(world.begin())
    await world.clock.spin()
    assert not waiting.done()
    world.engine.leave()
    assert (await waiting).steps["stock"].state == "running"
    answered = await world.submit("contact")
    assert answered.steps["contact"].state == "passed"
    gate.set()
    await world.clock.spin()
    assert (await world.step("stock")).state == "passed"
