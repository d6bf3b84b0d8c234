"""The ledger that the API tells of a checkout, against what the backends wrote down for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

Json = Any
# Effects whose rows have the amount of the movement that the ledger has under the same reference.
MOVING: Final = ("payment.charge", "payment.capture", "credit.activate", "credit.settle")


def broken_promises(
    ledger: Json, standing: Mapping[str, Iterable[Json]], *, ended: bool
) -> Iterator[str]:
    """Each pair of parties that is not even, and each sum that a backend's book denies.

    Before a checkout has `ended` a pair may be uneven: who said yes owes what is due today, while
    they are still at their bank's page.
    `standing` are the rows of each effect that was not taken back. What is only there in a book
    because its answer was lost, and was taken back, is in neither.
    """
    for pair in ledger["pairs"]:
        if pair["open"] and ended:
            yield f"{pair['open']} is open between {pair['first']} and {pair['second']}"
    told, done = _told(ledger), _done(standing)
    for reference in told.keys() | done.keys():
        if told[reference] != done[reference]:
            yield f"{reference} moved {told[reference]}, the books have {done[reference]}"


def _told(ledger: Json) -> Counter[str]:
    """What moved for good in the purchase, by our reference.

    What a new credit paid of an older one is part of the row of its activation.
    """
    sums: Counter[str] = Counter()
    moved = [one for one in ledger["entries"] if one["kind"] == "moved"]
    activated = {one["reference"] for one in moved if one["what"] == "credit"}
    for entry in moved:
        paid_off = entry["what"] == "settlement" and entry["reference"] in activated
        if entry["run"] == "purchase" and not paid_off:
            sign = -1 if entry["what"] == "taken_back" else 1
            sums[entry["reference"]] += sign * entry["amount"]
    return sums


def _done(standing: Mapping[str, Iterable[Json]]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for effect in MOVING:
        for row in standing[effect]:
            sums[row["reference"]] += row["amount"]
    return sums
