"""Whether a candidate is sick: its errors and mismatches in a sliding window."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from unshackled.domain.records import Record
from unshackled.flow.language.policy import CutBack

WINDOW_SIZE: Final = 10_000


@dataclass(slots=True)
class _Window:
    """The newest results with their times; `bad` are those that count against it."""

    results: deque[tuple[float, bool]] = field(default_factory=deque)
    bad: int = 0

    def note(self, now: float, *, bad: bool) -> None:
        self.results.append((now, bad))
        self.bad += bad
        if len(self.results) > WINDOW_SIZE:
            self._drop()

    def share(self, since: float) -> tuple[float, int]:
        """The percent that was bad, and of how many."""
        while self.results and self.results[0][0] < since:
            self._drop()
        count = len(self.results)
        return (self.bad * 100 / count if count else 0.0), count

    def _drop(self) -> None:
        self.bad -= self.results.popleft()[1]

    def forget(self) -> None:
        self.results.clear()
        self.bad = 0


class CutBackReason(Record):
    """Why a candidate must lose its share: `errors` or `mismatches`, in percent of `calls`."""

    what: str
    percent: float
    limit: float
    calls: int

    def __str__(self) -> str:
        return f"{self.percent:.1f} % {self.what} of {self.calls} (limit {self.limit:g} %)"


@dataclass(slots=True)
class Watch:
    """One candidate on one route, under the settings of one version."""

    version: int = 0
    errors: _Window = field(default_factory=_Window)
    mismatches: _Window = field(default_factory=_Window)

    def called(self, now: float, *, failed: bool) -> None:
        """A call to the candidate ended; `failed` where it gave no answer."""
        self.errors.note(now, bad=failed)

    def compared(self, now: float, *, differs: bool) -> None:
        """An answer of the candidate was compared."""
        self.mismatches.note(now, bad=differs)

    def verdict(self, limits: CutBack, now: float) -> CutBackReason | None:
        """Whether one of the limits is passed."""
        since = now - limits.window.total_seconds()
        for what, window, limit in (
            ("errors", self.errors, limits.errors),
            ("mismatches", self.mismatches, limits.mismatches),
        ):
            percent, calls = window.share(since)
            if calls >= limits.calls and percent > limit:
                return CutBackReason(what=what, percent=percent, limit=limit, calls=calls)
        return None

    def forget(self) -> None:
        """Begin anew: the candidate lost its share, what it did before must not count again."""
        self.errors.forget()
        self.mismatches.forget()
