"""Which sums the providers of a flow take: at pricing, when a provider is picked, after the yes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.flow.plans import When, credit_plan
from tests.flow.world import EngineHarness
from unshackled.domain.pricing import Priced
from unshackled.domain.records import replace
from unshackled.domain.selection import SelectionFault
from unshackled.flow.language.policy import Policy, PolicyArm
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.sums import AMOUNT_NOT_TAKEN, not_taken
from unshackled.ports.amount_ranges import AmountRange, Ranges
from unshackled.testing.samples import PACKAGE, QUOTE

SELLER = {"id": "northstar", "currency": "GBP"}
DUE = QUOTE.due_today
LENT = PACKAGE.credit.amount if PACKAGE.credit else 0


def charged(least: int = 1, most: int | None = None) -> Ranges:
    """A provider that takes these payments."""
    return {"payment.charge": {"GBP": AmountRange(least=least, most=most)}}


def found(plan: Plan, of: Mapping[str, Ranges], **changes: Any) -> list[SelectionFault]:
    """What is wrong with the sample package at providers that take these sums."""
    priced = Priced(package=changes.get("package", PACKAGE), quote=changes.get("quote", QUOTE))
    return list(not_taken(plan, priced, SELLER, lambda name: of.get(name, {})))


def with_policy(step: str, policy: Policy, plan: Plan | None = None) -> Plan:
    """The plan with another policy for a step."""
    plan = plan or credit_plan()
    rules = tuple(None if one.when is None else WHENS[one.when] for one in policy.rules)
    changed = replace(plan.steps[step], policy=policy, rules=rules)
    return replace(plan, steps={**plan.steps, step: changed})


WHENS = {
    "credit": When(lambda seen: "credit" in seen["package"]),
    "later": When(bool, reads=frozenset({"identity"})),
}


@pytest.mark.parametrize(
    ("least", "most", "code", "bound"),
    [
        (DUE + 1, None, "due_today_too_small", {"least": DUE + 1}),
        (1, DUE - 1, "due_today_too_large", {"most": DUE - 1}),
    ],
)
def test_a_sum_outside_is_told_with_its_bound(
    least: int, most: int | None, code: str, bound: Mapping[str, int]
) -> None:
    """The problem names the sum, the end that it is beyond, and the field that decides on it."""
    (problem,) = found(credit_plan(), {"main": charged(least, most)})
    assert (problem.path, problem.code) == ("package.credit.deposit", code)
    assert problem.params == {"amount": DUE, "currency": "GBP", **bound}


@pytest.mark.parametrize(("least", "most"), [(1, None), (DUE, DUE), (DUE, None), (1, DUE)])
def test_both_ends_are_taken(least: int, most: int | None) -> None:
    """A sum at the end of a range is inside of it."""
    assert found(credit_plan(), {"main": charged(least, most)}) == []


def test_allowed_are_the_deposits_beside_what_else_is_due() -> None:
    """The accessories are due whatever the deposit is, so it may be that much less."""
    credit, accessories = PACKAGE.credit, PACKAGE.accessories
    assert credit is not None
    assert accessories is not None
    (problem,) = found(credit_plan(), {"main": charged(DUE + 1, 99_999)})
    others = DUE - credit.deposit
    assert problem.allowed == (f"{DUE + 1 - others} to {99_999 - others}",)


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"credit": None}, "package.handset"),
        ({"credit": None, "handset": None}, "package.accessories"),
    ],
)
def test_without_credit_what_is_bought_decides(parts: dict[str, None], path: str) -> None:
    """The problem is at the part that is paid today."""
    package = replace(PACKAGE, **parts)
    (problem,) = found(credit_plan(), {"main": charged(DUE + 1)}, package=package)
    assert (problem.path, problem.allowed) == (path, (f"{DUE + 1} or more",))


def test_nothing_due_asks_nobody() -> None:
    """With zero due today there is no charge, whatever the least is that is taken."""
    free = replace(QUOTE, due_today=0)
    assert found(credit_plan(), {"main": charged(100)}, quote=free) == []


def test_the_widest_range_of_several_providers_counts() -> None:
    """A sum that one of them takes is taken; allowed is what any of them takes."""
    plan = with_policy("deposit", Policy(how="first", providers=("a", "b")))
    assert found(plan, {"a": charged(DUE + 5), "b": charged(1, DUE)}) == []
    (problem,) = found(plan, {"a": charged(DUE + 5, DUE + 9), "b": charged(1, DUE - 1)})
    assert problem.code == "due_today_too_small"
    assert len(problem.allowed) == 2


@pytest.mark.parametrize(("when", "wrong"), [("credit", 1), ("later", 0)])
def test_rules_narrow_the_providers_as_far_as_they_are_decided(when: str, wrong: int) -> None:
    """A rule that is true now leaves out the others; one that is not decided yet does not."""
    rules = (PolicyArm(providers=("a",), when=when), PolicyArm(providers=("b",)))
    policy = Policy(how="by", providers=("a", "b"), rules=rules)
    plan = with_policy("deposit", policy)
    assert len(found(plan, {"a": charged(DUE + 1)})) == wrong


def test_a_step_that_may_not_be_done_asks_for_nothing() -> None:
    """Only what is certain to be charged is refused when it is priced."""
    later = credit_plan(deposit={"when": When(bool, reads=frozenset({"identity"}))})
    never = credit_plan(deposit={"when": When(lambda seen: "nothing" in seen)})
    for plan in (later, never):
        assert found(plan, {"main": charged(DUE + 1)}) == []


def test_a_lender_takes_the_credit_in_all_it_is_asked_for() -> None:
    """Whoever gives the quotation decides on the application, so both ranges count."""
    small = {"credit.apply": {"GBP": AmountRange(most=LENT - 1)}}
    (problem,) = found(credit_plan(), {"prime": small, "second": small})
    assert (problem.path, problem.code) == ("package.credit", "credit_too_large")
    assert found(credit_plan(), {"prime": small}) == []


async def test_a_provider_that_does_not_take_the_sum_is_left_out() -> None:
    """The first of the policy is passed over without being asked."""
    world = EngineHarness(with_policy("deposit", Policy(how="first", providers=("a", "b"))))
    world.backends.amounts["a"] = charged(DUE + 1)
    await world.ready()
    assert (await world.complete()).completed_at is not None
    assert [call.provider for call in world.backends.calls("payment.charge")] == ["b"]


async def test_who_takes_the_sum_but_is_away_is_waited_for() -> None:
    """An outage of the one that takes it is no reason to have the customer change anything."""
    world = EngineHarness(with_policy("deposit", Policy(how="first", providers=("a", "b"))))
    world.backends.amounts["a"] = charged(DUE + 1)
    world.backends.down.add("b")
    await world.ready()
    await world.complete()
    assert (await world.step("deposit")).state == "ready"
    assert world.backends.calls("payment.charge") == []


async def test_a_sum_that_nobody_takes_any_more_is_the_customers_to_change() -> None:
    """Where a range changed after pricing, nothing is sent and the package can be changed."""
    world = EngineHarness()
    world.backends.amounts["main"] = charged(DUE + 1)
    await world.ready()
    await world.complete()
    state = await world.step("deposit")
    assert (state.state, state.code) == ("pending", AMOUNT_NOT_TAKEN)
    assert world.backends.calls("payment.charge") == []
    standing = await world.standing()
    (told,) = [one for one in standing.messages if one.path == "$.steps.deposit"]
    assert (told.code, told.severity) == (AMOUNT_NOT_TAKEN, "recoverable")
    assert "change_package" in told.actions
    assert "submit:card" not in told.actions
