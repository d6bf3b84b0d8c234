"""The engine's promises, checked from outside: what the API tells against what backends recorded.

`violations` is pure; `observe` gathers what it needs over HTTP.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from unshackled.domain.states import FINAL_STATUSES, UNSETTLED, WAITING, State
from unshackled.flow.engine.status import Status
from unshackled.testing.ledger_promises import MOVING, broken_promises

Json = Any

# What ends each effect, as the stand-ins write it down under the same reference.
ENDS: Final[Mapping[str, tuple[str, ...]]] = {
    "stock.reserve": ("stock.release", "stock.expire", "stock.consume"),
    "orders.place": ("orders.cancel",),
    "payment.charge": ("payment.refund",),
    "payment.authorise": ("payment.void",),
    "payment.capture": (),
    "credit.apply": ("credit.withdraw",),
    "credit.activate": (),
    "credit.settle": (),
    "agreement.sign": ("agreement.void",),
    "mandate.set_up": ("mandate.cancel",),
    "trade_in.accept": ("trade_in.cancel",),
    "sim.activate": (),
}
# What an effect goes into, and what the two have in common in the ledger.
GOES_INTO: Final[Mapping[str, tuple[str, str]]] = {
    "credit.apply": ("credit.activate", "application"),
    "payment.authorise": ("payment.capture", "payment"),
    # A void gives back what was captured of its hold.
    "payment.capture": ("payment.void", "payment"),
}
# The step that uses up what another one made.
SUCCESSORS: Final[Mapping[str, str]] = {
    "stock.reserve": "orders.place",
    "credit.apply": "credit.activate",
    "payment.authorise": "payment.capture",
}
# Not of a checkout alone: a session belongs to the adapter, and messages about events are written
# ahead in a table of their own.
ELSEWHERE: Final = frozenset({"session.login", "notification.send"})


@dataclass(frozen=True, kw_only=True)
class FinalCheckout:
    """One checkout at the end: its resource, its events, oldest first, and its ledger if read."""

    checkout: Json
    events: Sequence[Json]
    ledger: Json = None

    @property
    def references(self) -> frozenset[str]:
        """Every reference that was written ahead."""
        started = (one for one in self.events if one["type"] == "step.started.v1")
        return frozenset(one["data"]["reference"] for one in started)


@dataclass(kw_only=True)
class LedgerView:
    """What the backends recorded for one checkout."""

    entries: Sequence[Json]
    counts: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        self.counts = Counter(one["effect"] for one in self.entries)

    def standing(self, effect: str) -> list[Json]:
        """What was done and not taken back or used up."""
        ended = {one["reference"] for one in self.entries if one["effect"] in ENDS[effect]}
        done = [one for one in self.entries if one["effect"] == effect]
        return [one for one in done if one["reference"] not in ended and not self._used(one)]

    def _used(self, entry: Json) -> bool:
        """An accepted application ends in its agreement, a hold in its capture."""
        if entry["effect"] not in GOES_INTO:
            return False
        later, shared = GOES_INTO[entry["effect"]]
        found = [one for one in self.entries if one["effect"] == later]
        return any(one[shared] == entry[shared] for one in found)

    def captured(self) -> int:
        """Charged or captured, and not given back, in minor units."""
        taken = (*self.standing("payment.charge"), *self.standing("payment.capture"))
        return sum(one["amount"] for one in taken)

    def reserved(self) -> int:
        """Authorised, and neither captured nor let go, in minor units."""
        return sum(one["amount"] for one in self.standing("payment.authorise"))


def violations(observed: Sequence[FinalCheckout], ledger: Sequence[Json]) -> list[str]:
    """Every broken promise in one line each; empty where all were kept."""
    owners = {ref: one.checkout["id"] for one in observed for ref in one.references}
    entries: dict[str, list[Json]] = {one.checkout["id"]: [] for one in observed}
    found = list(_repeated(ledger))
    for entry in ledger:
        owner = owners.get(entry["reference"])
        if owner is not None:
            entries[owner].append(entry)
        elif entry["effect"] not in ELSEWHERE:
            found.append(f"{entry['effect']} {entry['reference']} was never written ahead")
    for one in observed:
        books = LedgerView(entries=entries[one.checkout["id"]])
        broken = (*_legal(one.checkout), *_ordered(one), *_effects(one.checkout, books))
        broken = (*broken, *_money(one.checkout, books))
        if one.ledger is not None:
            standing = {effect: books.standing(effect) for effect in MOVING}
            ended = one.checkout["status"] in FINAL_STATUSES
            broken = (*broken, *broken_promises(one.ledger, standing, ended=ended))
        found += [f"{one.checkout['id']} ({one.checkout['retailer']}): {what}" for what in broken]
    return found


def _repeated(ledger: Sequence[Json]) -> Iterator[str]:
    """No reference is done twice, at whichever backend."""
    times = Counter((one["effect"], one["reference"]) for one in ledger)
    for (effect, reference), count in times.items():
        if count > 1:
            yield f"{effect} {reference} was done {count} times"


def _legal(checkout: Json) -> Iterator[str]:
    """The status is one of ours, nothing is under way, and the end is a whole one."""
    status = checkout["status"]
    if status not in set(Status):
        yield f"unknown status {status}"
    if not checkout["settled"]:
        yield f"not settled: {_states(checkout)}"
    for step in checkout["steps"]:
        if step["state"] not in set(State):
            yield f"{step['name']} is in no state: {step['state']}"
        elif step["state"] in UNSETTLED:
            yield f"{step['name']} is still {step['state']} ({step['code']})"
    if (status == Status.COMPLETED) != (checkout["order"] is not None):
        yield f"{status} with order {checkout['order']}"


def _states(checkout: Json) -> str:
    return ", ".join(f"{step['name']}={step['state']}" for step in checkout["steps"])


def _ordered(one: FinalCheckout) -> Iterator[str]:
    """Events are in order, and none is newer than the snapshot."""
    places = [tuple(map(int, event["id"].rsplit("-", 2)[1:])) for event in one.events]
    if any(later <= earlier for earlier, later in pairwise(places)):
        yield "its events are out of order"
    if not places or places[-1][0] > one.checkout["version"]:
        yield f"its events do not fit version {one.checkout['version']}"


def _effects(checkout: Json, books: LedgerView) -> Iterator[str]:
    """What stands is what passed steps say, once each; a canceled checkout leaves nothing."""
    by_effect = {step["does"]: step for step in checkout["steps"] if step["does"] in ENDS}
    for effect in ENDS:
        count = len(books.standing(effect))
        step = by_effect.get(effect)
        state = step["state"] if step else None
        if checkout["status"] == Status.CANCELED:
            wanted = (0, 0)
        elif state in WAITING:
            wanted = (0, 1)
        elif state == State.PASSED and not _used_up(checkout, effect):
            wanted = (1, 1)
        else:
            wanted = (0, 0)
        if not wanted[0] <= count <= wanted[1]:
            yield f"{effect}: {count} standing, its step is {state}, {checkout['status']}"
    if books.counts["credit.hard_search"] > 1:
        yield f"{books.counts['credit.hard_search']} hard searches"


def _used_up(checkout: Json, effect: str) -> bool:
    """Goods go into the order, an application into its agreement."""
    states = {step["does"]: step["state"] for step in checkout["steps"]}
    successor = SUCCESSORS.get(effect)
    return successor is not None and states.get(successor) == State.PASSED


def _money(checkout: Json, books: LedgerView) -> Iterator[str]:
    """A completed checkout has its order, its money, its goods and its agreement, once each."""
    if checkout["status"] != Status.COMPLETED:
        if checkout["status"] == Status.CANCELED and books.captured():
            yield f"canceled, and {books.captured()} of its money is kept"
        return
    yield from _paid(checkout, books)
    orders = books.standing("orders.place")
    if len(orders) != 1:
        yield f"completed with {len(orders)} orders"
    credit, live = checkout["package"].get("credit"), books.standing("credit.activate")
    if [one["amount"] for one in live] != ([credit["amount"]] if credit else []):
        yield f"{len(live)} live agreements for {credit and credit['amount']}"
    goods = any(checkout["package"].get(part) for part in ("handset", "accessories"))
    if books.counts["stock.consume"] != int(goods):
        yield f"stock was consumed {books.counts['stock.consume']} times"


def _paid(checkout: Json, books: LedgerView) -> Iterator[str]:
    """What is due today was taken, or is held where the flow only holds it; nothing besides."""
    due = next(one["amount"] for one in checkout["totals"] if one["type"] == "due_today")
    steps = {step["does"] for step in checkout["steps"]}
    takes = not steps.isdisjoint(("payment.charge", "payment.capture"))
    wanted = (due, 0) if takes else (0, due) if "payment.authorise" in steps else (0, 0)
    for what, is_, be in zip(
        ("captured", "held"), (books.captured(), books.reserved()), wanted, strict=True
    ):
        if is_ != be:
            yield (
                f"{what} {is_}, due today {due}" if be else f"{what} {is_} beside the payment steps"
            )
