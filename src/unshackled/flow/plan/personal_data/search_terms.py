"""By what a checkout is found again: its customer, the order that it came to, and the person.

A value is brought to one form before it is hashed, here as it is stored and there as somebody asks:
two ways to write the same e-mail address or phone number find the same checkout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from unshackled.domain import normal
from unshackled.domain.checkout import Checkout
from unshackled.domain.states import State
from unshackled.flow.plan.plan import Plan
from unshackled.ports.orders import OrderPlaced

_BRITISH: Final = "07"


def order_number(plan: Plan, checkout: Checkout) -> str | None:
    """The number that the order management gave; None before the point of no return."""
    if checkout.completed_at is None:
        return None
    for step in plan.steps.values():
        placed = step.definition.output
        if placed is None or not issubclass(placed, OrderPlaced):
            continue
        if checkout.steps[step.name].state is State.PASSED:
            number: str | None = (checkout.output(step.name) or {}).get("order")
            return number
    return None


def found_by(plan: Plan | None, checkout: Checkout) -> dict[str, tuple[str, ...]]:
    """All that the checkout is found by, by kind, in clear; nothing of one that was erased."""
    if checkout.erasure is not None and checkout.erasure.whole:
        return {}
    found: dict[str, list[str]] = {}
    for kind, value in _values(plan, checkout):
        if isinstance(value, str) and (term := stored_term(kind, value)):
            found.setdefault(kind, []).append(term)
    return {kind: tuple(dict.fromkeys(values)) for kind, values in found.items()}


def _values(plan: Plan | None, checkout: Checkout) -> Iterator[tuple[str, Any]]:
    yield "customer_ref", checkout.private.customer_ref
    for part in (checkout.selection.trade_in, checkout.package.trade_in):
        yield "imei", part.imei if part is not None else None
    if plan is None:
        return
    yield "order", order_number(plan, checkout)
    private = checkout.private
    for step, fields in plan.searched.items():
        data = private.outputs.get(step) or private.inputs.get(step) or {}
        for name, kind in fields.items():
            yield kind, data.get(name)


def tells_the_same(plan: Plan, one: Checkout, other: Checkout) -> bool:
    """Whether all that two snapshots of a checkout are found by is made of the same."""
    return _told(plan, one) == _told(plan, other)


def _told(plan: Plan, checkout: Checkout) -> tuple[Any, ...]:
    outputs, inputs = checkout.private.outputs, checkout.private.inputs
    return (
        checkout.private.customer_ref,
        checkout.selection.trade_in,
        checkout.package.trade_in,
        checkout.completed_at,
        checkout.erasure,
        [outputs.get(step) or inputs.get(step) for step in plan.searched],
    )


def stored_term(kind: str, value: str) -> str:
    """The one form of a value that is stored: numbers are in it already."""
    if kind == "phone":
        return f"+44{value[1:]}" if value.startswith(_BRITISH) else normal.digits(value)
    return _FORMS[kind](value)


def asked_term(kind: str, value: str, country: str) -> str:
    """The one form of what somebody asks for; numbers are those of the country where none is said.

    What is no number of any kind stays as it is, and finds nothing.
    """
    if kind == "phone":
        return normal.phone(value, country) or value
    return _FORMS[kind](value)


def _caseless(value: str) -> str:
    return normal.email(value).casefold()


_FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "customer_ref": str.strip,
    "order": normal.dashed,
    "email": _caseless,
    "imei": normal.digits,
}
