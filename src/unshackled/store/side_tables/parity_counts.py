"""How alike two providers answer: counts by hour, and the report made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from unshackled.domain.records import Record

Verdict = Literal["agreed", "differed", "failed", "skipped"]
# The row of a whole comparison, beside those of its fields.
WHOLE: Final = ""
RETENTION: Final = timedelta(days=91)  # a report reaches back 90


class ProviderPair(Record, order=True):
    """Who was compared with whom, for which operation."""

    retailer: str
    route: str
    live: str
    candidate: str
    operation: str


class ParityCount(Record):
    """How often a verdict fell on a field of a pair, `WHOLE` on all of it; the last example."""

    pair: ProviderPair
    field: str
    verdict: Verdict
    amount: int
    example: str | None = None


class FieldParity(Record):
    """A field that differed: how often, and an example of both sides."""

    field: str
    differed: int
    example: str


class ProviderParity(Record):
    """The report of one pair: comparisons by verdict, and the fields that differed, worst first.

    `failed` are calls that the candidate did not answer, `skipped` those that were not sent
    because it was too busy or out.
    """

    pair: ProviderPair
    agreed: int = 0
    differed: int = 0
    failed: int = 0
    skipped: int = 0
    fields: tuple[FieldParity, ...] = ()

    @property
    def compared(self) -> int:
        """How many answers were compared."""
        return self.agreed + self.differed


class ParityCounts(Protocol):
    """Counts by hour, added to by every process."""

    async def add(self, counts: Sequence[ParityCount], at: datetime) -> None:
        """Add what one process counted to the hour of `at`, in one transaction."""
        ...

    async def report(self, since: datetime) -> Sequence[ProviderParity]:
        """Every pair that was compared since then, by hours; see `report_of`."""
        ...

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete counts of hours that began before; how many."""
        ...


def hour_of(at: datetime) -> datetime:
    """When the hour of a time began."""
    return at.replace(minute=0, second=0, microsecond=0)


def report_of(counts: Iterable[ParityCount]) -> Iterator[ProviderParity]:
    """Reports by pair; `counts` come in the order of pair and field, hours summed up."""
    grouped: dict[ProviderPair, list[ParityCount]] = {}
    for one in counts:
        grouped.setdefault(one.pair, []).append(one)
    for pair, mine in grouped.items():
        whole: Mapping[str, int] = {one.verdict: one.amount for one in mine if one.field == WHOLE}
        fields = [
            FieldParity(field=one.field, differed=one.amount, example=one.example or "")
            for one in mine
            if one.field != WHOLE
        ]
        yield ProviderParity(
            pair=pair, **whole, fields=tuple(sorted(fields, key=lambda one: -one.differed))
        )
