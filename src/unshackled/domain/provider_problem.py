"""What went wrong between us and a provider, as operators read it; nothing personal is in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from msgspec.structs import replace

from unshackled.domain.records import Record

# How many are kept of each step, the newest.
MOST: Final = 5
CallKind = Literal["call", "look_up", "undo", "callback", "shadow"]


class ProviderProblem(Record, omit_defaults=True):
    """A call that failed, that could not be made, or whose answer was of no use any more.

    `outcome` is `not_sent`, `in_doubt`, `refused` or `broken` of a call; `unreachable` where nobody
    could be asked; `expired` where what came had ended already; `timed_out` where no answer came
    until the deadline. `code` says why, in our words. `vendor_code`, `request_id` and `status` are
    the vendor's. The same again only counts: `times` since `since`.
    """

    at: datetime
    outcome: str
    code: str
    provider: str | None = None
    operation: str = ""
    asked: CallKind = "call"
    reference: str | None = None
    status: int | None = None
    vendor_code: str | None = None
    request_id: str | None = None
    trace_id: str | None = None
    attempt: int = 1
    sends: int = 0
    times: int = 1
    since: datetime | None = None

    def same(self, other: ProviderProblem) -> bool:
        """Whether it is the same trouble once more."""
        return self._kind() == other._kind()

    def _kind(self) -> tuple[object, ...]:
        return (
            *(self.provider, self.operation, self.asked, self.outcome, self.code),
            *(self.status, self.vendor_code),
        )


Problems = Mapping[str, tuple[ProviderProblem, ...]]


def with_problem(known: Problems, step: str, problem: ProviderProblem) -> Problems:
    """The same problems and one more of a step: the newest last, no more than `MOST`."""
    before = known.get(step, ())
    if before and before[-1].same(problem):
        last = before[-1]
        problem = replace(problem, times=last.times + 1, since=last.since or last.at)
        before = before[:-1]
    return {**known, step: (*before, problem)[-MOST:]}
