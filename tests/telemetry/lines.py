"""The log of a test as it would be written: JSON lines of every logger of the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog  # noqa: TID251 - the lines are asserted as they are written
from structlog.testing import capture_logs  # noqa: TID251 - the same

from unshackled.telemetry.logs import Lines

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Written:
    """What was written, line by line."""

    raw: list[bytes] = field(default_factory=list)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every line as the object it is."""
        return [orjson.loads(line) for line in self.raw]

    def of(self, *events: str) -> list[dict[str, Any]]:
        """The lines of some events."""
        return [line for line in self.lines if line["event"] in events]


@contextmanager
def log_lines() -> Iterator[Written]:
    """Write into memory, also for loggers that were used before."""
    written, lines = Written(), Lines(lambda: NOON)

    def write(logger: Any, level: str, event: Any) -> Any:
        written.raw.append(lines(logger, level, event))
        raise structlog.DropEvent

    with capture_logs():
        processors = structlog.get_config()["processors"]
        processors[:] = [write]
        yield written
