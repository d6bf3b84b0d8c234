"""What each operation of a capability declares, and what an adapter declares for it in doubt."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, Literal, TypeAlias, TypeVar, get_args, get_type_hints

from unshackled.domain.ledger import Transfer
from unshackled.domain.records import Record
from unshackled.ports.outcome import Passed

Method = TypeVar("Method", bound=Callable[..., Any])
_DECLARED = "__operation__"
Carried: TypeAlias = Literal["handset", "tariff", "credit", "accessories", "trade_in"]
Collected: TypeAlias = Literal["due_today", "instalments", "tariff_months"]
Moved: TypeAlias = Literal["due_today", "credit"]


class Delivery(Record):
    """Goods that an operation has sent to the customer: `what` they are, in a message.

    `address` names the field of its request that says where to. `chosen_in` names the field by
    which the customer chooses that it is sent at all; None: it always is.
    """

    what: str
    address: str
    chosen_in: str | None = None


class Operation(Record):
    """One operation of a capability: a query reads, an effect changes the world.

    `undo` names the operation that takes an effect back; `leaves_nothing` says that there is
    nothing to take back. `follows` names the operation whose provider and reference it needs.
    `carries` are the parts of the package that it reserves, orders, activates or hands on;
    `collects` the prices that it takes, or holds for the operation `taken_by` to take.
    `lapses_after` names the field of its request that says how long what it did lasts: its backend
    is asked for that. `counts_for` names one that says how long its output counts for us, however
    much longer its provider lets it; None there: as long as its provider says. `by_customer` says
    that nobody can do it again without the customer.
    `supplied_by` names the operation by which a customer's answer reaches a provider that wants to
    know more; that one, `supplies`, is the engine's to call, and may be called again.
    `waits` says that a query may take days: its provider answers `Pending` until it knows.
    `claims` names the field of its request that has a device, by its `imei`: of an account one
    checkout at a time may have such an effect on it.
    `moves` names the sum of money that it is asked for: what is due today, or the credit. A
    provider may take only some sums of it.
    `of_sale` names the effects of a sale that it deals with once that is completed: only case flows
    call it, at the provider of the first of them that passed, whose reference is at hand. An undo
    that has it may be called by them too; its request is then a `TakesBack`.
    `delivers` says what it has sent to the customer, and where its request has the address.
    `transfers` say between whom the money moves that its output reports; its undo moves it back.
    """

    capability: str
    name: str
    request: type
    output: type
    effect: bool
    declinable: bool
    undo: str | None
    leaves_nothing: bool
    hard_search: bool
    follows: str | None
    is_undo: bool
    summary: str
    carries: frozenset[Carried] = frozenset()
    collects: frozenset[Collected] = frozenset()
    taken_by: str | None = None
    lapses_after: str | None = None
    moves: Moved | None = None
    counts_for: str | None = None
    by_customer: bool = False
    waits: bool = False
    supplied_by: str | None = None
    supplies: bool = False
    claims: str | None = None
    of_sale: tuple[str, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    delivers: Delivery | None = None

    @property
    def by_engine(self) -> bool:
        """Whether the engine calls it by itself: no step of a flow does."""
        return (self.is_undo and not self.of_sale) or self.supplies

    @property
    def lifetime(self) -> str | None:
        """The field of its request that says how long it lasts."""
        return self.lapses_after or self.counts_for

    @property
    def key(self) -> str:
        """`capability.name`, as flows write it."""
        return f"{self.capability}.{self.name}"

    @property
    def undoable(self) -> bool:
        """Whether a finished call can be taken back or leaves nothing behind."""
        return not self.effect or self.undo is not None or self.leaves_nothing


def _declare(**facts: object) -> Callable[[Method], Method]:
    def mark(method: Method) -> Method:
        setattr(method, _DECLARED, facts)
        return method

    return mark


def query(
    *,
    declinable: bool = False,
    follows: str | None = None,
    moves: Moved | None = None,
    counts_for: str | None = None,
    waits: bool = False,
    of_sale: Sequence[str] = (),
    transfers: Sequence[Transfer] = (),
) -> Callable[[Method], Method]:
    """Declare an operation that only reads."""
    return _declare(
        effect=False,
        declinable=declinable,
        follows=follows,
        moves=moves,
        counts_for=counts_for,
        waits=waits,
        of_sale=tuple(of_sale),
        transfers=tuple(transfers),
    )


def effect(
    *,
    undo: str | None = None,
    leaves_nothing: bool = False,
    declinable: bool = False,
    hard_search: bool = False,
    follows: str | None = None,
    carries: Sequence[Carried] = (),
    collects: Sequence[Collected] = (),
    taken_by: str | None = None,
    lapses_after: str | None = None,
    moves: Moved | None = None,
    counts_for: str | None = None,
    by_customer: bool = False,
    supplied_by: str | None = None,
    claims: str | None = None,
    of_sale: Sequence[str] = (),
    transfers: Sequence[Transfer] = (),
    delivers: Delivery | None = None,
) -> Callable[[Method], Method]:
    """Declare an operation that changes the world."""
    return _declare(
        effect=True,
        undo=undo,
        leaves_nothing=leaves_nothing,
        declinable=declinable,
        hard_search=hard_search,
        follows=follows,
        carries=frozenset(carries),
        collects=frozenset(collects),
        taken_by=taken_by,
        lapses_after=lapses_after,
        moves=moves,
        counts_for=counts_for,
        by_customer=by_customer,
        supplied_by=supplied_by,
        claims=claims,
        of_sale=tuple(of_sale),
        transfers=tuple(transfers),
        delivers=delivers,
    )


def undoes(
    *, of_sale: Sequence[str] = (), request: type | None = None, output: type | None = None
) -> Callable[[Method], Method]:
    """Declare an operation that takes an effect back; no flow of a sale ever names it.

    With `of_sale` a case flow may: then a step asks it by `request`, and has `output` of it.
    """
    asked = {} if request is None else {"request": request, "output": output or type(None)}
    return _declare(effect=True, is_undo=True, of_sale=tuple(of_sale), **asked)


def supplies() -> Callable[[Method], Method]:
    """Declare an operation that tells a provider what it wanted to know.

    Like an undo it is repeatable: what it did once it does not do again.
    """
    return _declare(effect=True, supplies=True)


def _output(answer: object) -> type:
    """The output type inside `Outcome[...]`; `NoneType` where the operation answers nothing."""
    for arm in get_args(answer):
        if getattr(arm, "__origin__", None) is Passed:
            output: type = get_args(arm)[0]
            return output
    return type(None)


@cache
def operations(capability: str, protocol: type) -> Mapping[str, Operation]:
    """Every declared operation of a capability's Protocol by its name; not to be changed."""
    found = {}
    for name, method in inspect.getmembers(protocol, inspect.isfunction):
        declared = getattr(method, _DECLARED, None)
        if declared is None:
            continue
        hints = get_type_hints(method)
        facts: dict[str, Any] = {
            "undo": None,
            "leaves_nothing": False,
            "declinable": False,
            "hard_search": False,
            "follows": None,
            "is_undo": False,
        } | declared
        shapes = {"request": hints["request"], "output": _output(hints["return"])}
        found[name] = Operation(
            capability=capability,
            name=name,
            summary=(inspect.getdoc(method) or "").split("\n")[0],
            **(shapes | facts),
        )
    for one in found.values():
        _require_names(one, found)
    return found


def _require_names(one: Operation, known: Mapping[str, Operation]) -> None:
    """Whatever an operation names is an operation of its capability; raises `ValueError`."""
    named = (one.undo, one.follows, one.taken_by, one.supplied_by, *one.of_sale)
    if unknown := sorted({name for name in named if name is not None} - set(known)):
        allowed = ", ".join(sorted(known))
        message = f"{one.key} names {', '.join(unknown)}: allowed are {allowed}"
        raise ValueError(message)
    if queries := [name for name in one.of_sale if not known[name].effect]:
        message = f"{one.key} is of the sale's {', '.join(queries)}, which has no effect"
        raise ValueError(message)


class Doubt(Record):
    """The declared way out of doubt for one effect.

    `key_lifetime`: the backend honours our reference as an idempotency key for that long, so the
    same request may be sent again. `lookup`: it can be asked by our reference, and "absent" counts
    when asked after the call was given up. Neither: a person decides. An older doubt falls from
    the first to the second to the third.
    """

    key_lifetime: timedelta | None = None
    lookup: bool = False

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways in the order they are taken: `idempotent`, `lookup`, `manual`."""
        return (
            *(("idempotent",) if self.key_lifetime is not None else ()),
            *(("lookup",) if self.lookup else ()),
            "manual",
        )


def idempotent(*, key_lifetime: timedelta = timedelta(hours=24), lookup: bool = True) -> Doubt:
    """The backend repeats its first answer for the same reference."""
    return Doubt(key_lifetime=key_lifetime, lookup=lookup)


def lookup() -> Doubt:
    """The backend has no idempotency, but can be asked by our reference."""
    return Doubt(lookup=True)


def manual() -> Doubt:
    """The backend can neither repeat nor be asked: a person decides."""
    return Doubt()
