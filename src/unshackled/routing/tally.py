"""What this process compared since it last wrote it down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from unshackled.routing.compare import Difference
from unshackled.store.side_tables.parity_counts import WHOLE, ParityCount, ProviderPair, Verdict


@dataclass(slots=True)
class ParityTally:
    """What was compared since the last flush, in this process."""

    counts: Counter[tuple[ProviderPair, str, Verdict]] = field(default_factory=Counter)
    examples: dict[tuple[ProviderPair, str], str] = field(default_factory=dict)

    def add(
        self, pair: ProviderPair, verdict: Verdict, differences: Sequence[Difference] = ()
    ) -> None:
        """One comparison."""
        self.counts[pair, WHOLE, verdict] += 1
        for one in differences:
            self.counts[pair, one.field, "differed"] += 1
            self.examples[pair, one.field] = f"{one.live} | {one.candidate}"

    def take(self) -> ParityTally:
        """What is there, leaving nothing."""
        taken = ParityTally(self.counts, self.examples)
        self.counts, self.examples = Counter(), {}
        return taken

    def put_back(self, other: ParityTally) -> None:
        """What could not be written is for the next time."""
        self.counts.update(other.counts)
        self.examples = {**other.examples, **self.examples}

    def counted(self) -> list[ParityCount]:
        """What is there, as the store takes it."""
        return [
            ParityCount(
                pair=pair,
                field=name,
                verdict=verdict,
                amount=amount,
                example=self.examples.get((pair, name)),
            )
            for (pair, name, verdict), amount in self.counts.items()
        ]
