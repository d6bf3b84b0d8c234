"""How alike two providers answer: counts by hour in the store, and the report made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, cast

from unshackled.routing.compare import Difference
from unshackled.store.cursor import stamp
from unshackled.store.sql.tables import Row, Statement, Tables

Verdict = Literal["agreed", "differed", "failed", "skipped"]
# The row of a whole comparison, beside those of its fields.
WHOLE: Final = ""
ADD: Final = """
    INSERT INTO parity_counts
        (retailer, route, live, candidate, operation, hour, field, verdict, amount, example)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (retailer, route, live, candidate, operation, hour, field, verdict)
    DO UPDATE SET amount = parity_counts.amount + excluded.amount,
        example = COALESCE(excluded.example, parity_counts.example)
"""
SUM: Final = """
    SELECT retailer, route, live, candidate, operation, field, verdict,
        CAST(sum(amount) AS BIGINT), max(example)
    FROM parity_counts WHERE hour >= ?
    GROUP BY retailer, route, live, candidate, operation, field, verdict
    ORDER BY retailer, route, live, candidate, operation, field, verdict
"""
PRUNE: Final = "DELETE FROM parity_counts WHERE hour < ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Who was compared with whom, for which operation."""

    retailer: str
    route: str
    live: str
    candidate: str
    operation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldParity:
    """A field that differed: how often, and the last example of both sides."""

    field: str
    differed: int
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairParity:
    """The report of one pair: comparisons by verdict, and the fields that differed, worst first.

    `failed` are calls that the candidate did not answer, `skipped` those that were not sent
    because it was too busy or out.
    """

    pair: Pair
    agreed: int = 0
    differed: int = 0
    failed: int = 0
    skipped: int = 0
    fields: tuple[FieldParity, ...] = ()

    @property
    def compared(self) -> int:
        """How many answers were compared."""
        return self.agreed + self.differed


@dataclass(slots=True)
class Tally:
    """What was compared since the last flush, in this process."""

    counts: Counter[tuple[Pair, str, str]] = field(default_factory=Counter)
    examples: dict[tuple[Pair, str], str] = field(default_factory=dict)

    def add(self, pair: Pair, verdict: Verdict, differences: Sequence[Difference] = ()) -> None:
        """One comparison."""
        self.counts[pair, WHOLE, verdict] += 1
        for one in differences:
            self.counts[pair, one.field, "differed"] += 1
            self.examples[pair, one.field] = f"{one.live} | {one.candidate}"

    def take(self) -> Tally:
        """What is there, leaving nothing."""
        taken = Tally(self.counts, self.examples)
        self.counts, self.examples = Counter(), {}
        return taken

    def put_back(self, other: Tally) -> None:
        """What could not be written is for the next time."""
        self.counts.update(other.counts)
        self.examples = {**other.examples, **self.examples}


class ParityTable:
    """The counts of the store; every method raises `StoreUnavailable` when it is away."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, tally: Tally, at: datetime) -> None:
        """Add what one process counted."""
        hour = stamp(at.replace(minute=0, second=0, microsecond=0))
        statements = [
            Statement(
                ADD,
                (
                    *(pair.retailer, pair.route, pair.live, pair.candidate, pair.operation),
                    *(hour, name, verdict, amount, tally.examples.get((pair, name))),
                ),
            )
            for (pair, name, verdict), amount in tally.counts.items()
        ]
        if statements:
            await self._tables.write(*statements)

    async def report(self, since: datetime) -> Sequence[PairParity]:
        """Every pair that was compared since then, by hours."""
        hour = stamp(since.replace(minute=0, second=0, microsecond=0))
        rows = await self._tables.read(SUM, hour)
        return list(_pairs(rows))

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Forget what is older; `limit` is kept for the shape of the others."""
        await self._tables.write(Statement(PRUNE, (stamp(before),)))
        return 0


def _pairs(rows: Sequence[Row]) -> Iterator[PairParity]:
    grouped: dict[Pair, list[tuple[str, str, int, str]]] = {}
    for row in rows:
        retailer, route, live, candidate, operation, name, verdict, amount, example = cast(
            "tuple[Any, ...]", row
        )
        pair = Pair(
            retailer=retailer, route=route, live=live, candidate=candidate, operation=operation
        )
        grouped.setdefault(pair, []).append((name, verdict, int(amount), example or ""))
    for pair, counts in grouped.items():
        whole: Mapping[str, int] = {v: n for name, v, n, _ in counts if name == WHOLE}
        fields = [
            FieldParity(field=name, differed=amount, example=example)
            for name, _, amount, example in counts
            if name != WHOLE
        ]
        yield PairParity(
            pair=pair, **whole, fields=tuple(sorted(fields, key=lambda one: -one.differed))
        )
