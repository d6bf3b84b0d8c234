"""A query that may take days waits for its answer, and says by when it is promised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from unshackled.sdk import Passed, Pending
from unshackled.testing.contract.base import Suite

LONGEST_POLL = timedelta(days=1)


class Waits(Suite):
    """Promises about operations that wait; an adapter that offers none keeps them all."""

    async def test_what_is_not_there_yet_is_waited_for(self) -> None:
        """`Pending` with a pause of a day at most and a moment that is to come; then the answer."""
        for bench, operation in self.benches():
            if not operation.waits:
                continue
            bench.stand_in.play("refer", operation.key, times=1)
            request = await bench.prepare(operation)
            outcome = await bench.send(operation, request, bench.call(operation))
            assert isinstance(outcome, Pending), operation.key
            assert timedelta(0) < outcome.poll_after <= LONGEST_POLL, operation.key
            if outcome.due_by is not None:
                assert outcome.due_by > datetime.now(UTC), operation.key
            bench.stand_in.now = lambda: datetime.now(UTC) + timedelta(days=2)
            later = await bench.send(operation, request, bench.call(operation))
            assert isinstance(later, Passed), operation.key
            assert isinstance(later.output, operation.output), operation.key
