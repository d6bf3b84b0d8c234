"""An upgrade in place undoes, refuses and asks for nothing by itself."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson

from tests.golden.inventory import dataclasses as shapes
from tests.golden.inventory import name_of
from tests.golden.loaded import Golden, Snapshot
from unshackled.domain.checkout import Checkout
from unshackled.domain.events.event import Event
from unshackled.domain.events.event_types import event_types
from unshackled.domain.events.step_events import StepFailed, StepInReview, StepReset, StepSkipped
from unshackled.domain.events.undo_events import UndoDue
from unshackled.domain.facts import Fact, added_fields
from unshackled.domain.personal import dataclasses_in, fields_of, split
from unshackled.domain.states import State
from unshackled.errors import UnshackledError
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.decide import decide
from unshackled.flow.engine.status import standing, status_of
from unshackled.http.checkouts.representation import checkout_body
from unshackled.ports import all_operations
from unshackled.steps.rule import RULES
from unshackled.store.snapshot import dump, parse

TAKEN_BACK = (StepReset, UndoDue, StepSkipped, StepFailed, StepInReview)
SOON = timedelta(seconds=2)


def test_the_golden_data_shows_every_state(golden: Golden) -> None:
    """Each state that a step can rest in, each status, and undos on their way and failed."""
    seen = Counter(
        str(step.state) for one in golden.snapshots for step in one.checkout.steps.values()
    )
    assert set(seen) == {str(state) for state in State}
    assert {one.status for one in golden.snapshots} == {
        "incomplete",
        "requires_escalation",
        "ready_for_complete",
        "complete_in_progress",
        "completed",
        "canceled",
    }
    assert {undo.failed for one in golden.snapshots for undo in one.checkout.undos.values()} == {
        True,
        False,
    }


def test_stored_flows_keep_their_digest_and_their_steps(golden: Golden) -> None:
    """Compiled as they stand: same steps in an order that fits, same confirm and pivot."""
    for flow in golden.flows:
        plan = golden.plans[flow.digest]
        assert plan.digest == flow.digest
        assert set(plan.steps) == set(flow.resolved["steps"])
        assert plan.confirm == "confirm"
        assert plan.pivot == "order"
        for name, step in plan.steps.items():
            assert set(flow.resolved["steps"][name]["needs"]) <= set(step.needs)


def test_a_snapshot_is_written_back_as_it_was_read(golden: Golden) -> None:
    """Nothing of it is lost or changed by reading it."""
    for one in golden.snapshots:
        assert parse(*dump(one.checkout)) == one.checkout, one.name


def test_no_request_has_another_digest_than_it_had(golden: Golden) -> None:
    """What was asked for, signed and paid still counts as the same: judged again, step by step."""
    compared = 0
    for one in golden.snapshots:
        for name, state in one.checkout.steps.items():
            step = one.plan.steps[name]
            settled = state.state in (State.PASSED, State.RUNNING, State.WAITING_PROVIDER)
            frozen = one.checkout.canceled is not None or step.downstream_of_confirm
            if state.digest is None or not settled or frozen or not _at_rest(one, name):
                continue
            assert step.same(one.checkout, state.digest), (one.name, name)
            compared += 1
    assert compared > 500


def _at_rest(one: Snapshot, name: str) -> bool:
    """Whether what the step is made of is settled, so that nothing of it is about to change."""
    steps, plan = one.checkout.steps, one.plan
    return all(
        steps[before].state in ("passed", "skipped") for before in plan.steps[name].ancestors
    )


def test_time_passing_takes_nothing_back(golden: Golden) -> None:
    """The first look of this version: no step is undone, reset, skipped or put in review by it."""
    for one in golden.snapshots:
        decision = decide(one.plan, one.checkout, c.Tick(), one.at + SOON)
        wrong = [event for event in decision.events if isinstance(event, TAKEN_BACK)]
        due = {name for name, state in one.checkout.steps.items() if _due(state, one)}
        assert not [e for e in wrong if getattr(e, "step", "") not in due], (one.name, wrong)
        assert decision.checkout.canceled == one.checkout.canceled, one.name


def _due(state: Any, one: Snapshot) -> bool:
    """Whether something of the step ends by itself in that moment, in any version."""
    ends = (state.valid_until, state.give_up_at, state.deadline_at, state.expires_at)
    return any(at is not None and at <= one.at + SOON for at in ends)


def test_status_and_what_comes_next_are_the_same(golden: Golden) -> None:
    """A customer sees after the upgrade where they were before it."""
    for one in golden.snapshots:
        assert status_of(one.plan, one.checkout, one.at)[0] == one.status, one.name
        stands = standing(one.plan, one.checkout, one.at)
        assert {action.step for action in stands.next_actions} <= {None, *one.plan.steps}
        assert checkout_body(one.plan, one.checkout, one.at)["id"] == one.checkout.id


def test_commands_of_operators_still_find_their_steps(golden: Golden) -> None:
    """What is in review, in doubt or failed to be undone can be decided by a person."""
    decided = 0
    for one in golden.snapshots:
        for name, state in one.checkout.steps.items():
            if state.state is not State.IN_REVIEW:
                continue
            asked = c.Resolve(
                step=name, verdict="declined", reason="look", reference=state.reference
            )
            try:
                assert decide(one.plan, one.checkout, asked, one.at + SOON).events
                decided += 1
            except UnshackledError:
                continue
    assert decided


def test_new_fields_of_facts_and_requests_are_marked_and_have_defaults(golden: Golden) -> None:
    """A field that is not marked would change the digest of everything signed before it."""
    wrong = []
    for shape in _counted():
        known = golden.fields.get(_recorded(shape))
        if known is None:
            continue
        new = {one.name for one in dataclasses.fields(shape)} - set(known)
        wrong += [f"{name_of(shape)}.{name}" for name in sorted(new - set(added_fields(shape)))]
    assert not wrong, "declare them with domain.facts.added(default)"


def _counted() -> Iterator[type]:
    """What digests are made of: facts, and what operations and rules are asked."""
    asked = {operation.request for operation in all_operations().values()}
    made = {operation.output for operation in all_operations().values()}
    rules = {law.request for law in RULES.values()}
    for shape in shapes():
        if issubclass(shape, Fact) or shape in asked | made | rules:
            yield shape


def test_what_was_stored_has_a_place_in_every_class(golden: Golden) -> None:
    """No field of a fact, a snapshot or an event went away, and new ones have defaults."""
    now = {_recorded(shape): shape for shape in shapes()}
    stored = (*_counted(), *_inside(Checkout), *event_types().values())
    kept = {_recorded(shape) for shape in stored}
    for name, known in golden.fields.items():
        if name not in kept:
            continue
        fields = {one.name: one for one in dataclasses.fields(now[name])}
        assert set(known) <= set(fields), name
        bare = [one for one in fields.values() if one.name not in known and not _has_default(one)]
        assert not bare, name
    gone = [name for name in golden.fields if name.startswith(WHERE) and name not in now]
    assert not gone


# What a class is called now, and was when its fields were recorded: no name of a class is stored.
RENAMED = {"unshackled.domain.checkout.RouteAssignment": "unshackled.domain.checkout.RouteStanding"}


# A module that was part of another one then.
SPLIT = {
    "unshackled.ports.credit_application.": "unshackled.ports.credit.",
    "unshackled.domain.run_records.": "unshackled.domain.checkout.",
}


def _recorded(shape: type) -> str:
    name = name_of(shape)
    for module, whole in SPLIT.items():
        name = name.replace(module, whole)
    return RENAMED.get(name, name)


WHERE = ("unshackled.domain.checkout.", "unshackled.domain.package.", "unshackled.domain.quote.")


def _inside(shape: type, seen: set[type] | None = None) -> Iterator[type]:
    seen = seen if seen is not None else set()
    if shape in seen:
        return
    seen.add(shape)
    yield shape
    for annotation in fields_of(shape).values():
        for inner in dataclasses_in(annotation):
            yield from _inside(inner, seen)


def _has_default(one: Any) -> bool:
    missing = dataclasses.MISSING
    return one.default is not missing or one.default_factory is not missing


def test_an_event_of_the_version_before_still_reads_the_same(golden: Golden) -> None:
    """Consumers meet events of both versions: each type is known, and no key of it went away."""
    types = event_types()
    for type_, data in golden.events.items():
        assert type_ in types
        assert set(data) <= _public(types[type_]), type_
        assert orjson.dumps(data)


def _public(shape: type[Event]) -> set[str]:
    kind: Any = shape
    return set(split(kind, dict.fromkeys(fields_of(kind)))[0])
