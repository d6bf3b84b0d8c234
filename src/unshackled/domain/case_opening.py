"""The rule by which a case is opened, or refused with what is allowed and until when. Pure.

Its handler asks it under the compare-and-swap of the checkout, so that two requests at once never
take more of a sale than there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from unshackled.domain.case import CaseKind, CaseLine, CaseRequest
from unshackled.domain.case_terms import CaseBound, CaseTerms
from unshackled.domain.checkout import Checkout
from unshackled.domain.records import Record, replace
from unshackled.domain.sale_lines import (
    KEEPING,
    PARTS,
    Key,
    SaleLine,
    counted,
    keys_of,
    left,
    sale_lines,
)
from unshackled.errors import UnshackledError

CaseReason = Literal[
    "changed_mind",
    "damaged",
    "duplicate",
    "faulty",
    "goodwill",
    "not_delivered",
    "not_as_described",
    "price_error",
    "wrong_item",
    "other",
]
# How many lines one case may name.
MOST_LINES: Final = 100


class SaleMoney(Record):
    """What came in for a sale, as its providers said it, and when what starts a time happened.

    In minor units: `captured` of the customer's payment, `financed` by a lender, `traded_in` as the
    value of a device that lowered the credit; `device` says that one was accepted. `started` has
    the moments of `CaseStart` that are known. `to_payment` is what each case gives back to the
    payment, as far as it is decided or reported; `beyond` is what providers reported that went back
    in cases and was not decided.
    """

    captured: int = 0
    financed: int = 0
    traded_in: int = 0
    to_payment: Mapping[str, int] = field(default_factory=dict)
    beyond: int = 0
    device: bool = False
    started: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def received(self) -> int:
        """All of it: no cases together give back more."""
        return self.captured + self.financed + self.traded_in

    def left(self, terms: CaseTerms, cases: Iterable[CaseRequest]) -> int:
        """What is left after these cases: of all of it, or of the customer's payment alone.

        A case that has not decided counts with all that it is about, and a canceled one, which is
        not in `cases`, with what was given back all the same.
        """
        known = tuple(cases)
        most = self.received - sum(case.amount for case in known) - self.beyond
        if terms.up_to == "received":
            return max(most, 0)
        undecided = {case.case: case.amount for case in known}
        given = sum({**undecided, **self.to_payment}.values())
        return max(min(most, self.captured - given), 0)


class WantedLine(Record):
    """A line as it is asked for: all that is left of it where nothing is said."""

    part: str
    sku: str | None = None
    quantity: int | None = None
    amount: int | None = None


class CaseWish(Record):
    """What somebody wants opened: all lines that are possible where none is named.

    `amount` is a sum for the whole, shared out over the lines in their order. `by` is retailer,
    customer, operator or flow; only a customer names no amounts. `case` is the name that it must
    get: where another case came first, it is asked for anew.
    """

    by: str
    case: str | None = None
    reason: str = "other"
    lines: tuple[WantedLine, ...] = ()
    amount: int | None = None


class CaseAllowed(Record):
    """What a case may be about now: its lines, how much in all, and until when."""

    lines: tuple[SaleLine, ...]
    amount: int
    until: datetime | None


class CaseRefused(UnshackledError):
    """A case that may not be opened: why as a code, and what is allowed instead.

    `case` names the open case that is in the way, `openers` who may open it, where it is that.
    """

    def __init__(
        self,
        code: str,
        message: str,
        allowed: CaseAllowed,
        *,
        case: str | None = None,
        openers: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.allowed = allowed
        self.case = case
        self.openers = tuple(openers)


def allowed(checkout: Checkout, money: SaleMoney, terms: CaseTerms, now: datetime) -> CaseAllowed:
    """What a case on these terms may be about at `now`, a moment in the market's zone."""
    return _allowed(_sale(checkout, money, terms), terms, money, now)


def opening(
    checkout: Checkout, money: SaleMoney, terms: CaseTerms, wish: CaseWish, now: datetime
) -> CaseRequest:
    """The case that a wish leads to at `now` (in the market's zone); raises `CaseRefused`."""
    sale = _sale(checkout, money, terms)
    judge = _Judge(sale=sale, allowed=_allowed(sale, terms, money, now), up_to=terms.up_to)
    judge.time_and_person(checkout, terms, wish, now)
    lines = judge.amounts(wish, judge.lines(wish))
    name = next_name(terms.kind, checkout.runs)
    if wish.case not in (None, name):
        raise judge.refused("conflict", f"the next case is {name}: another was opened first")
    return CaseRequest(
        case=name,
        kind=terms.kind,
        lines=lines,
        amount=sum(line.amount for line in lines),
        currency=checkout.currency,
        reason=wish.reason,
        opened_at=now.astimezone(UTC),
        opened_by=wish.by,
    )


def kind_of(case: str) -> str:
    """The kind of a case, by its name: `trade_in` of `trade_in-2`."""
    return case.rpartition("-")[0]


def next_name(kind: CaseKind, runs: Iterable[str]) -> str:
    """The name of the next run of a kind: `refund-1`, then `refund-2`."""
    numbers = [int(one.rpartition("-")[2]) for one in runs if kind_of(one) == kind]
    return f"{kind}-{max(numbers, default=0) + 1}"


class _Sale(Record):
    """A sale as a case meets it: `left` is what earlier cases have left of what was bought."""

    kind: CaseKind
    bought: tuple[SaleLine, ...]
    left: tuple[SaleLine, ...]
    amount: int
    open: Mapping[Key, str]

    def most(self, line: SaleLine, quantity: int) -> int:
        """The price of so many of a line, less what went back of all of them already."""
        whole = next(one for one in self.bought if one.key == line.key)
        return max(min(whole.amount * quantity // whole.quantity, line.amount), 0)


def _sale(checkout: Checkout, money: SaleMoney, terms: CaseTerms) -> _Sale:
    paid_today = terms.kind in KEEPING and terms.up_to == "payment"
    bought = sale_lines(
        checkout.package, checkout.quote, paid_today=paid_today, device=money.device
    )
    cases = counted(checkout.runs.values())
    return _Sale(
        kind=terms.kind,
        bought=bought,
        left=tuple(left(terms.kind, bought, cases)),
        amount=money.left(terms, cases),
        open={
            key: run.opened.case
            for run in checkout.runs.values()
            if run.open
            for key in keys_of(run.opened, bought)
        },
    )


def _allowed(sale: _Sale, terms: CaseTerms, money: SaleMoney, now: datetime) -> CaseAllowed:
    """The lines that are free and not used up; of each no more than is left in all."""
    room, until = max(sale.amount, 0), terms.until(money.started, now)
    lines = tuple(
        replace(line, amount=min(sale.most(line, line.quantity), room))
        for line in sale.left
        if line.part in PARTS[sale.kind] and line.key not in sale.open and line.quantity > 0
    )
    if sale.kind in KEEPING:
        lines = tuple(line for line in lines if line.amount)
    over = until is not None and now >= until
    lines = () if over else lines
    most = min(room, sum(line.amount for line in lines))
    return CaseAllowed(lines=lines, amount=most, until=until)


class _Judge(Record):
    """Holds one wish against a sale."""

    sale: _Sale
    allowed: CaseAllowed
    up_to: CaseBound = "received"

    def refused(self, code: str, message: str, **more: Any) -> CaseRefused:
        """A refusal with what is allowed."""
        return CaseRefused(code, message, self.allowed, **more)

    def time_and_person(
        self, checkout: Checkout, terms: CaseTerms, wish: CaseWish, now: datetime
    ) -> None:
        """The checkout is completed, the person may open it, and the time has not run out."""
        if checkout.completed_at is None or checkout.canceled is not None:
            raise self.refused("checkout_not_completed", "a case needs a completed checkout")
        if wish.by not in terms.by:
            message = f"a {terms.kind} cannot be opened by the {wish.by}"
            raise self.refused("case_opener_not_allowed", message, openers=terms.by)
        until = self.allowed.until
        if until is not None and now >= until:
            message = f"a {terms.kind} could be opened until {until.isoformat()}"
            raise self.refused("case_window_closed", message)

    def lines(self, wish: CaseWish) -> list[tuple[WantedLine, SaleLine]]:
        """Each line that is wanted with what is left of it."""
        if not wish.lines:
            found = [(WantedLine(part=one.part, sku=one.sku), one) for one in self.allowed.lines]
            return found or self._none()
        named = [(line, self._known(line)) for line in wish.lines]
        for number, (_, one) in enumerate(named):
            if any(one.key == other.key for _, other in named[:number]):
                raise self.refused("case_line_unknown", f"lines[{number}] is there twice")
        for number, (line, one) in enumerate(named):
            self._free(number, line, one)
        return named

    def _none(self) -> list[tuple[WantedLine, SaleLine]]:
        """Why nothing is possible: a case in the way, or nothing left."""
        mine = (line for line in self.sale.left if line.part in PARTS[self.sale.kind])
        case = next((self.sale.open[one.key] for one in mine if one.key in self.sale.open), None)
        if case is not None:
            raise self.refused("case_open", f"{case} is still open on it", case=case)
        raise self.refused("case_nothing_left", f"nothing is left for a {self.sale.kind}")

    def _known(self, wanted: WantedLine) -> SaleLine:
        """The line that is meant: by its SKU, or the only one of its part."""
        fitting = [
            line
            for line in self.sale.left
            if line.part == wanted.part and wanted.sku in (None, line.sku)
        ]
        if wanted.part not in PARTS[self.sale.kind] or len(fitting) != 1:
            message = f"a {self.sale.kind} can be about the lines that `possible` has, and no other"
            raise self.refused("case_line_unknown", message)
        return fitting[0]

    def _free(self, number: int, wanted: WantedLine, line: SaleLine) -> None:
        """No open case on it, and as many left as are wanted."""
        case = self.sale.open.get(line.key)
        if case is not None:
            raise self.refused(
                "case_open", f"lines[{number}]: {case} is still open on it", case=case
            )
        number_wanted = 1 if wanted.quantity is None else wanted.quantity
        if not 1 <= number_wanted <= line.quantity:
            message = f"lines[{number}]: {max(line.quantity, 0)} of it can be named, one at least"
            raise self.refused("case_quantity_too_high", message)

    def amounts(
        self, wish: CaseWish, wanted: Sequence[tuple[WantedLine, SaleLine]]
    ) -> tuple[CaseLine, ...]:
        """The lines with what goes back of each, in all no more than came in."""
        own = any(line.amount is not None for line, _ in wanted)
        if (own or wish.amount is not None) and wish.by == "customer":
            raise self.refused("case_amount_not_taken", "the customer names no amount")
        if own and wish.amount is not None:
            message = "name one amount for all lines, or an amount for each"
            raise self.refused("case_amount_not_taken", message)
        lines = [self._line(number, *one) for number, one in enumerate(wanted)]
        if wish.amount is not None:
            lines = self._shared(wish.amount, lines)
        elif not wish.lines and self.up_to == "payment":
            most = min(sum(line.amount for line in lines), max(self.sale.amount, 0))
            lines = self._shared(most, lines)
        total = sum(line.amount for line in lines)
        if total > self.sale.amount:
            message = f"{max(self.sale.amount, 0)} is left of what came in, not {total}"
            raise self.refused("case_amount_too_high", message)
        if self.sale.kind in KEEPING and not total:
            raise self.refused("case_nothing_left", f"nothing is left for a {self.sale.kind}")
        return tuple(lines)

    def _line(self, number: int, wanted: WantedLine, line: SaleLine) -> CaseLine:
        """What is wanted of a line; its price for as many, and never more than is left."""
        quantity = line.quantity if wanted.quantity is None else wanted.quantity
        most = self.sale.most(line, quantity)
        amount = most if wanted.amount is None else wanted.amount
        if not 0 <= amount <= most:
            raise self.refused("case_amount_too_high", f"lines[{number}]: {most} is left of it")
        return CaseLine(part=line.part, sku=line.sku, quantity=quantity, amount=amount)

    def _shared(self, amount: int, lines: Sequence[CaseLine]) -> list[CaseLine]:
        """A sum over the lines, the first ones first; a refund leaves out what gets nothing."""
        rest, shared = amount, []
        for line in lines:
            part = min(rest, line.amount)
            shared.append(replace(line, amount=part))
            rest -= part
        if rest or amount < 0:
            most = sum(line.amount for line in lines)
            raise self.refused("case_amount_too_high", f"{most} is left of these lines")
        keeping = self.sale.kind in KEEPING
        return [line for line in shared if line.amount or not keeping]
