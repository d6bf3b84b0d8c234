"""What the states of the steps come to is what a look at each of them finds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from tests.flow.files import load, steps
from tests.flow.plans import plan_of
from unshackled.domain.checkout import StepState
from unshackled.domain.states import OVER, SUCCESSFUL, UNPAID, UNSENT, S, State
from unshackled.flow.engine.progress import NEVER, progress
from unshackled.flow.plan.plan import Plan, PlannedStep

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLAN: Final = plan_of(
    {
        "contact": {"collect": "contact"},
        "score": {"call": "address.verify", "needs": ["contact"], "on_decline": "skip"},
        "yes": {"confirm": "package", "needs": ["score"]},
        "order": {"call": "orders.place", "needs": ["yes"], "pivot": True},
        "sent": {"call": "notification.send", "needs": ["order"], "best_effort": True},
    }
)
MOMENTS: Final = st.none() | st.integers(1, 100).map(lambda hours: NOW + timedelta(hours=hours))
STATES: Final = st.builds(
    StepState,
    state=st.sampled_from(sorted(State)),
    updated_at=st.just(NOW),
    code=st.sampled_from([None, UNPAID, "declined"]),
    valid_until=MOMENTS,
    expires_at=MOMENTS,
)


@given(st.fixed_dictionaries(dict.fromkeys(PLAN.steps, STATES)))
def test_a_step_is_unfinished_until_it_has_a_result(states: dict[str, StepState]) -> None:
    """In the order of the flow; those of them that do not wait for others are active."""
    found = progress(PLAN, states)
    unfinished = [name for name in PLAN.steps if states[name].state not in SUCCESSFUL]
    assert [step.name for step in found.unfinished] == unfinished
    active = [name for name in unfinished if states[name].state is not S.PENDING]
    assert [step.name for step in found.active] == active


@given(st.fixed_dictionaries(dict.fromkeys(PLAN.steps, STATES)))
def test_what_may_be_passed_over_holds_nothing_back(states: dict[str, StepState]) -> None:
    """A step of best effort that is over, and a decline that the flow skips."""
    expected = {name for name, step in PLAN.steps.items() if _holds_back(step, states[name])}
    assert progress(PLAN, states).unsettled == expected


@given(st.fixed_dictionaries(dict.fromkeys(PLAN.steps, STATES)))
def test_nothing_ends_before_the_first_alarm(states: dict[str, StepState]) -> None:
    """What was passed ends with its validity, what is shown with its page."""
    found = progress(PLAN, states)
    ends = [one.valid_until for one in states.values() if one.state is S.PASSED]
    waits = [one.expires_at for one in states.values() if one.state is S.WAITING_CUSTOMER]
    assert all(found.alarm <= moment for moment in (*ends, *waits) if moment is not None)
    assert (found.alarm is NEVER) == (not found.timed)


@given(st.fixed_dictionaries(dict.fromkeys(PLAN.steps, STATES)))
def test_the_yes_and_the_pivot_are_seen(states: dict[str, StepState]) -> None:
    """The pivot is sent once something of it left us, and not while it waits to be paid."""
    found = progress(PLAN, states)
    assert found.confirmed == (states["yes"].state is S.PASSED)
    order = states["order"]
    waits = order.state is S.IN_REVIEW and order.code == UNPAID
    assert found.pivot_sent == (order.state not in UNSENT and not waits)


def test_the_same_states_are_looked_at_once() -> None:
    """Snapshots share their steps until one of them moves."""
    states = {name: StepState(updated_at=NOW) for name in PLAN.steps}
    assert progress(PLAN, states) is progress(PLAN, states)
    moved = {**states, "contact": StepState(state=S.PASSED, updated_at=NOW)}
    assert "contact" not in progress(PLAN, moved).unsettled


def test_steps_with_the_same_condition_share_one(tmp_path: Path) -> None:
    """So it is evaluated once for all of them; another condition is another one."""
    built: Plan = load(
        tmp_path,
        steps(
            """
            sent: {when: has(package.credit)}
            again: {call: notification.send, needs: [order], best_effort: true, \
when: has(package.credit)}
            other: {call: notification.send, needs: [order], best_effort: true, \
when: has(package.tariff)}
            """
        ),
    ).plan("acme", "buy")
    sent, again, other = (built.steps[name].when for name in ("sent", "again", "other"))
    assert sent is again
    assert sent is not other


def _holds_back(step: PlannedStep, state: StepState) -> bool:
    if state.state in SUCCESSFUL:
        return False
    if step.best_effort and state.state in OVER:
        return False
    return not (state.state is S.DECLINED and step.on_decline == "skip")
