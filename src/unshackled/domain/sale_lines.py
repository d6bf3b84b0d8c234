"""What a sale came to, line by line, and what its cases have left of it.

A line is a part of the package or of the quote, by part and SKU. Amounts are integers in minor
units of the checkout's currency.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from unshackled.domain.case import CaseKind, CaseRequest
from unshackled.domain.package import AccessoryLine, Package
from unshackled.domain.quote import Quote
from unshackled.domain.records import Record, replace
from unshackled.domain.run_records import Run

# What each kind of case may be about, in the order in which a sum without lines is shared out.
PARTS: Final[Mapping[CaseKind, tuple[str, ...]]] = {
    "refund": ("handset", "accessories", "delivery", "settlement"),
    "return": ("handset", "accessories", "delivery", "tariff"),
    "withdrawal": ("credit",),
    "stop": ("tariff",),
    "trade_in": ("trade_in",),
}
# A refund leaves the goods and the contracts where they are.
KEEPING: Final[frozenset[CaseKind]] = frozenset({"refund"})
# Credit ends with the goods that it paid for; withdrawing from it leaves them with the customer.
ENDS_WITH: Final = {"handset": "credit"}
Key = tuple[str, str | None]


class SaleLine(Record):
    """One line: how many of it there are, and what they come to together."""

    part: str
    sku: str | None
    quantity: int
    amount: int

    @property
    def key(self) -> Key:
        """What tells it from the other lines."""
        return (self.part, self.sku)


def sale_lines(
    package: Package, quote: Quote, *, paid_today: bool, device: bool = False
) -> tuple[SaleLine, ...]:
    """Everything that was bought at its price, whoever paid it.

    With `paid_today` at what the customer paid then: of a handset on credit, the deposit. Credit
    finances the handset and adds nothing. `device` says that an old one was accepted, of the
    package or by a step.
    """
    lines = tuple(_lines(package, quote, paid_today=paid_today))
    step = device and package.trade_in is None
    return (*lines, _line("trade_in", 0)) if step else lines


def _lines(package: Package, quote: Quote, *, paid_today: bool) -> Iterator[SaleLine]:
    handset, credit = package.handset, package.credit
    if handset:
        price = credit.deposit if credit and paid_today else handset.price
        yield _line("handset", price, handset.sku)
    yield from _accessories(package.accessories.lines if package.accessories else ())
    for part in ("delivery", "settlement"):
        if due := sum(line.due_today for line in quote.lines if line.part == part):
            yield _line(part, due)
    if package.tariff:
        yield _line("tariff", 0, package.tariff.sku)
    if package.credit:
        yield _line("credit", 0)
    if package.trade_in:
        yield _line("trade_in", 0)


def _line(part: str, amount: int, sku: str | None = None) -> SaleLine:
    return SaleLine(part=part, sku=sku, quantity=1, amount=amount)


def _accessories(pieces: Iterable[AccessoryLine]) -> Iterator[SaleLine]:
    """The pieces of one SKU together: they have one price."""
    count: Counter[str] = Counter()
    price: Counter[str] = Counter()
    for piece in pieces:
        count[piece.sku] += 1
        price[piece.sku] += piece.price
    for sku, number in count.items():
        yield SaleLine(part="accessories", sku=sku, quantity=number, amount=price[sku])


def counted(runs: Iterable[Run]) -> list[CaseRequest]:
    """The cases that take something of the sale: all but the canceled ones."""
    return [run.opened for run in runs if run.canceled is None]


def keys_of(case: CaseRequest, lines: Iterable[SaleLine]) -> set[Key]:
    """The lines that a case is about, with those that end with them."""
    own = {(line.part, line.sku) for line in case.lines}
    if case.kind in KEEPING:
        return own
    ends = {ENDS_WITH[part] for part, _ in own if part in ENDS_WITH}
    return own | {line.key for line in lines if line.part in ends}


def left(
    kind: CaseKind, bought: Iterable[SaleLine], cases: Iterable[CaseRequest]
) -> Iterator[SaleLine]:
    """The same lines less what `cases` took: what another case of a kind may be about."""
    known, lines = list(cases), tuple(bought)
    for line in lines:
        amounts = sum(one.amount for case in known for one in _on(case, line))
        number = 0 if kind in KEEPING else _ended(line, lines, known)
        yield replace(line, quantity=line.quantity - number, amount=line.amount - amounts)


def _ended(line: SaleLine, lines: Iterable[SaleLine], cases: Iterable[CaseRequest]) -> int:
    """How many of a line came back or ended."""
    ending = [case for case in cases if case.kind not in KEEPING]
    direct = sum(one.quantity for case in ending for one in _on(case, line))
    linked = any(line.key in keys_of(case, lines) for case in ending)
    return line.quantity if linked and not direct else direct


def _on(case: CaseRequest, line: SaleLine) -> list[SaleLine]:
    return [
        SaleLine(part=one.part, sku=one.sku, quantity=one.quantity, amount=one.amount)
        for one in case.lines
        if (one.part, one.sku) == line.key
    ]
