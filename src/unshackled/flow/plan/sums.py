"""Which sums of money the providers of a flow take, and whether those of a package are among them.

A step is served by any of its providers, so it takes what one of them takes. The one that serves it
serves the steps that follow it too, and has to take their sum as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, Final

from unshackled.domain.package import Package
from unshackled.domain.pricing import DUE_TODAY, Priced
from unshackled.domain.quote import Quote
from unshackled.domain.records import replace
from unshackled.domain.selection import SelectionFault
from unshackled.flow.plan.condition_variables import STEPS, known_variables
from unshackled.flow.plan.plan import Plan, PlannedStep
from unshackled.ports.amount_ranges import EVERY, AmountRange, Ranges, merged, range_of
from unshackled.ports.deposit_ranges import DepositRange, Purchase, deposits_of
from unshackled.ports.operation import Moved

# The code of a step that none of its providers takes the sum for.
AMOUNT_NOT_TAKEN: Final = "amount_not_taken"
RangesOf = Callable[[str], Ranges]


def sum_of(moved: Moved, package: Package, quote: Quote) -> int:
    """The sum that is asked for, in minor units; 0 where there is nothing to ask for."""
    if moved == "due_today":
        return quote.due_today
    return package.credit.amount if package.credit is not None else 0


def moving(plan: Plan, step: PlannedStep) -> tuple[str, ...]:
    """The operations that the step's provider is asked to carry out with one sum.

    None where the step asks for no money, or has the provider of another step.
    """
    operation = step.definition.operation
    if operation is None or operation.moves is None or step.policy is None:
        return ()
    behind = (
        one.definition.operation
        for one in plan.steps.values()
        if one is not step and _served_by(plan, one) == step.name
    )
    return (operation.key, *(o.key for o in behind if o is not None and o.moves == operation.moves))


def _served_by(plan: Plan, step: PlannedStep) -> str:
    """The step whose provider serves this one."""
    while step.follows is not None:
        step = plan.steps[step.follows]
    return step.name


def taken(ranges: Ranges, operations: Iterable[str], currency: str) -> AmountRange | None:
    """The sums that a provider takes in all of these operations; None where there is none."""
    every: AmountRange | None = EVERY
    each = (range_of(ranges, operation, currency) for operation in operations)
    return reduce(lambda whole, one: whole and whole.within(one), each, every)


def takers(
    names: Iterable[str], operations: Sequence[str], currency: str, amount: int, of: RangesOf
) -> tuple[str, ...]:
    """Those of the providers that take the sum; all of them where there is none to take."""
    if not operations or not amount:
        return tuple(names)
    found = ((name, taken(of(name), operations, currency)) for name in names)
    return tuple(name for name, one in found if one is not None and amount in one)


def not_taken(
    plan: Plan, priced: Priced, retailer: Mapping[str, str], of: RangesOf
) -> Iterator[SelectionFault]:
    """Each sum of a priced package that no provider takes of a step that is certain to ask for it.

    `retailer` has its `id` and `currency`; `of` are the ranges of each provider.
    """
    untaken = set()
    for moved, ranges in _asked(plan, priced, retailer, of):
        amount = sum_of(moved, priced.package, priced.quote)
        if moved not in untaken and not any(amount in one for one in ranges):
            untaken.add(moved)
            every = asked_ranges(plan, _with_most_deposit(priced), retailer, of)
            yield _problem(moved, amount, ranges, priced, every)


def _with_most_deposit(priced: Priced) -> Priced:
    """The package with its greatest deposit: one with which something is due, and is asked for."""
    credit, quote, most = priced.package.credit, priced.quote, priced.deposits
    if credit is None or most is None:
        return priced
    more = most[1] - credit.deposit
    changed = replace(credit, deposit=most[1], amount=credit.amount - more)
    return replace(
        priced,
        package=replace(priced.package, credit=changed),
        quote=replace(quote, due_today=quote.due_today + more),
    )


def asked_ranges(
    plan: Plan, priced: Priced, retailer: Mapping[str, str], of: RangesOf
) -> dict[Moved, tuple[AmountRange, ...]]:
    """The sums that are taken by every step which is certain to ask for one, by kind of sum."""
    found: dict[Moved, tuple[AmountRange, ...]] = {}
    for moved, ranges in _asked(plan, priced, retailer, of):
        known = found.get(moved, (EVERY,))
        both = (one.within(other) for one in known for other in ranges)
        found[moved] = tuple(one for one in both if one is not None)
    return found


def _asked(
    plan: Plan, priced: Priced, retailer: Mapping[str, str], of: RangesOf
) -> Iterator[tuple[Moved, tuple[AmountRange, ...]]]:
    """What the providers take, of each step that is certain to ask for a sum of the package."""
    currency = priced.quote.currency
    known = {
        "flow": plan.name,
        "package": priced.package,
        "quote": priced.quote,
        "retailer": retailer["id"],
        "currency": retailer["currency"],
    }
    seen = {**known_variables(known), STEPS: {}}
    for step in plan.steps.values():
        operation, operations = step.definition.operation, moving(plan, step)
        if operation is None or operation.moves is None or not operations:
            continue
        if sum_of(operation.moves, priced.package, priced.quote) and _certain(step, seen):
            each = (taken(of(name), operations, currency) for name in _may_serve(step, seen))
            yield operation.moves, merged(one for one in each if one is not None)


def _certain(step: PlannedStep, data: Mapping[str, Any]) -> bool:
    return step.when is None or step.when.evaluate(data) is True


def _may_serve(step: PlannedStep, data: Mapping[str, Any]) -> tuple[str, ...]:
    """The providers that the step may come to, as far as is known of the package."""
    policy = step.policy
    if policy is None:
        return ()
    if policy.how != "by":
        return policy.providers
    for rule, condition in zip(policy.rules, step.rules, strict=True):
        says = True if condition is None else condition.evaluate(data)
        if says is None:
            return policy.providers
        if says:
            return rule.providers
    return ()


def _problem(
    moved: Moved,
    amount: int,
    ranges: Sequence[AmountRange],
    priced: Priced,
    every: Mapping[Moved, Sequence[AmountRange]],
) -> SelectionFault:
    above = [one.least for one in ranges if one.least > amount]
    params: dict[str, Any] = {"amount": amount, "currency": priced.quote.currency}
    if above:
        code, params["least"] = f"{moved}_too_small", min(above)
    else:
        code, params["most"] = f"{moved}_too_large", max((o.most or 0 for o in ranges), default=0)
    path, others = _field(moved, priced)
    allowed = _allowed(path, others, ranges) if priced.deposits is None else ()
    if priced.deposits is not None:
        allowed = tuple(_sold(path, priced, priced.deposits, every))
    return SelectionFault(path=path, code=code, params=params, allowed=allowed)


def _allowed(path: str, others: int, ranges: Sequence[AmountRange]) -> tuple[str, ...]:
    """What the field may come to, as far as its own sum goes."""
    shifted = [one for each in ranges if (one := _less(each, others)) is not None]
    return (*(["0"] if path == DEPOSIT and not others else []), *map(str, shifted))


def _sold(
    path: str,
    priced: Priced,
    deposits: tuple[int, int],
    every: Mapping[Moved, Sequence[AmountRange]],
) -> Iterator[str]:
    """What deposit or credit may come to so that the plan and every provider take their sums."""
    credit = priced.package.credit
    if credit is None:
        return
    amount = credit.amount + credit.deposit
    bounds = DepositRange(least=deposits[0], most=deposits[1])
    others = priced.quote.due_today - credit.deposit
    purchase = Purchase(bounds=bounds, amount=amount, others=others)
    lent, today = every.get("credit", (EVERY,)), every.get("due_today", (EVERY,))
    for one in deposits_of(purchase, lent, today):
        most = deposits[1] if one.most is None else one.most
        if path == DEPOSIT:
            yield str(one)
        else:
            yield str(DepositRange(least=amount - most, most=amount - one.least))


DEPOSIT: Final = "package.credit.deposit"


def _field(moved: Moved, priced: Priced) -> tuple[str, int]:
    """The field that decides on the sum, and how much of the sum is not that field's."""
    package, quote = priced.package, priced.quote
    if moved == "credit":
        return "package.credit", 0
    if package.credit is not None:
        return DEPOSIT, quote.due_today - package.credit.deposit
    part = next((part for part in DUE_TODAY if getattr(package, part) is not None), None)
    return (f"package.{part}" if part else "package"), 0


def _less(one: AmountRange, others: int) -> AmountRange | None:
    """What is left for a field to come to where others have this much of the sum."""
    most = None if one.most is None else one.most - others
    if most is not None and most < 1:
        return None
    return AmountRange(least=max(one.least - others, 1), most=most)
