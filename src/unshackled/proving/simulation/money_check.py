"""Money and goods of a checkout, by the backends' books: what the order says was sold and paid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.package import Package
from unshackled.flow.plan.plan import Plan
from unshackled.proving.simulation.backend import OPERATIONS, SimulatedEffect

PARTS: Final = ("handset", "tariff", "credit", "accessories", "trade_in")
TAKES: Final = frozenset({"payment.charge", "payment.capture"})
# Lines of the quote that steps bring: each is paid today, or lowers what is.
BY_STEPS: Final = frozenset({"delivery", "settlement", "trade_in"})


def violations(plan: Plan, checkout: Checkout, effects: Sequence[SimulatedEffect]) -> Iterator[str]:
    """Each broken promise about money and goods of a checkout at rest, in one line."""
    standing = [effect for effect in effects if effect.stands]
    taken = sum(one.outcome.output.amount for one in standing if one.operation in TAKES)  # type: ignore[union-attr]
    if checkout.completed_at is None:
        if taken:
            yield f"no order, and {taken} of its money is kept"
        return
    yield from _adds_up(checkout, standing, taken)
    yield from _carried(checkout.package, standing)


def _adds_up(checkout: Checkout, standing: Sequence[SimulatedEffect], taken: int) -> Iterator[str]:
    """Charged + financed + traded in = what the order says."""
    quote, package = checkout.quote, checkout.package
    if taken != quote.due_today:
        yield f"{taken} was charged, the quote says {quote.due_today} today"
    financed = sum(_financed(effect, standing) for effect in standing)
    said = _price(package) + sum(one.due_today for one in quote.lines if one.part in BY_STEPS)
    traded = _traded(package)
    if taken + financed + traded != said:
        yield f"charged {taken} + financed {financed} + traded in {traded}, the order says {said}"
    for effect in standing:
        if effect.operation == "orders.place" and effect.request.quote.digest != quote.digest:
            yield f"{effect.reference} was ordered at another price than the quote's"


def _financed(effect: SimulatedEffect, standing: Sequence[SimulatedEffect]) -> int:
    """What the live agreement pays of the goods: by its application."""
    if effect.operation != "credit.activate":
        return 0
    applied = [one for one in standing if one.operation == "credit.apply"]
    return sum(one.request.terms.for_goods for one in applied)


def _price(package: Package) -> int:
    """The goods at their cash prices, in minor units."""
    handset = package.handset.price if package.handset else 0
    return handset + (package.accessories.total if package.accessories else 0)


def _traded(package: Package) -> int:
    """What the old device pays of the handset: the cash price less deposit and credit."""
    if package.handset is None or package.credit is None:
        return 0
    return package.handset.price - package.credit.deposit - package.credit.for_goods


def _carried(package: Package, standing: Sequence[SimulatedEffect]) -> Iterator[str]:
    """Every part of the package was reserved, ordered, activated or handed on, as it is."""
    for part in PARTS:
        line = getattr(package, part)
        if line is None:
            continue
        carrying = [one for one in standing if part in OPERATIONS[one.operation].carries]
        if not carrying:
            yield f"{part} was sold, and no step carries it"
        for effect in carrying:
            if _line(effect.request, part, line) != line:
                yield f"{effect.operation} carries another {part} than was sold"


def _line(request: Any, part: str, otherwise: object) -> object:
    """The part as a request names it, itself or in its package."""
    holder = request if hasattr(request, part) else getattr(request, "package", None)
    return getattr(holder, part, otherwise)
