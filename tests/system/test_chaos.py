"""A short chaos: two replicas, PostgreSQL and NATS as processes, and one fault of every kind."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.budget import budget
from unshackled.proving.chaos.chaos_run import ChaosPlan, run

ROOT = Path(__file__).parents[2]
# The pause is longer than a lease; the other faults happen to the replica that is awake.
FAULTS = (
    *("pause replica", "kill replica", "kill broker", "sick backend"),
    *("pause database", "kill database", "pause broker", "drain replica"),
    *("fill database", "idle broker", "shrink broker"),
)


@pytest.mark.timeout(600)
async def test_nothing_is_lost_or_doubled_when_everything_is_killed() -> None:
    """Each fault once under load: books, log, stream, reports and messages agree at the end."""
    told: list[str] = []
    with TemporaryDirectory() as folder:
        plan = ChaosPlan(
            seed=5,
            seconds=300,
            flows=ROOT / "flows",
            folder=Path(folder),
            replicas=2,
            customers=budget(4, 6),
            gaps=(0.3, 1.0),
            pace=budget(0.5, 1.0),
            kinds=FAULTS,
        )
        found = await run(plan, told.append)
    assert found.violations == [], told
    assert (found.lost, found.doubled) == (0, 0)
    assert dict.fromkeys(sorted(FAULTS), 1) == found.survived
    assert len(found.recovery_seconds) == 1
    assert found.ended.get("completed", 0) >= 10
    assert found.events == found.published > 0
    assert found.letters_replayed > 0
