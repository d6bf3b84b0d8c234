"""The ledger of a checkout at rest: it comes out even, and says what the backends' books say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.ledger import Ledger
from unshackled.flow.plan.ledger.checkout_ledger import PlanOf, checkout_ledger
from unshackled.proving.simulation.backend import OPERATIONS, SimulatedEffect

Movements = Counter[tuple[str, str, str]]
# What a query tells of: no effect of ours is its row.
BY_QUERIES: Final = frozenset(
    transfer.what for one in OPERATIONS.values() if not one.effect for transfer in one.transfers
)


def violations(
    plan_of: PlanOf, checkout: Checkout, effects: Sequence[SimulatedEffect]
) -> Iterator[str]:
    """Each pair of parties between whom something is open, and each sum that the books deny."""
    ledger = checkout_ledger(plan_of, checkout, checkout.updated_at)
    for pair in ledger.pairs:
        if pair.open:
            yield f"{pair.open} is open between {pair.first} and {pair.second}"
    told, done = _told(ledger), _done(effects)
    for move in told | done:
        if told[move] != done[move]:
            yield f"{told[move]} {move[2]} from {move[0]} to {move[1]}, the books have {done[move]}"


def _told(ledger: Ledger) -> Movements:
    """What moved for good by the ledger, as reported: what was taken back is left out."""
    sums: Movements = Counter()
    back = {one.reference for one in ledger.entries if one.what == "taken_back"}
    for entry in ledger.entries:
        counts = entry.kind == "moved" and entry.reported and entry.what not in BY_QUERIES
        if counts and entry.reference not in back:
            sums[entry.sender, entry.receiver, entry.what] += entry.amount
    return sums


def _done(effects: Sequence[SimulatedEffect]) -> Movements:
    """What moved for good by the backends' books."""
    sums: Movements = Counter()
    for effect in effects:
        transfers = OPERATIONS[effect.operation].transfers if effect.stands else ()
        for transfer in transfers:
            output = effect.outcome.output  # type: ignore[union-attr]
            amount = getattr(output, transfer.field) or 0
            sums[transfer.sender, transfer.receiver, transfer.what] += amount * effect.times
    return sums
