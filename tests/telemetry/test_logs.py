"""Log lines: one JSON object each, with its trace, without anything personal."""

from __future__ import annotations

import errno
import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from tests.own_logging import own_logging
from tests.telemetry.conftest import NOON, Seen
from unshackled.errors import InDoubt
from unshackled.telemetry import REDACTED, configure_logging, get_logger, tell
from unshackled.telemetry.checkout_trace import log_fields
from unshackled.telemetry.logs import new_logger


def test_a_line_says_when_what_and_how_bad(seen: Seen) -> None:
    """Time, level and event come first, then the fields as given."""
    seen.logger.info("step.passed", step="stock", ms=1.5)
    assert seen.lines() == [
        {
            "time": "2026-03-01T12:00:00Z",
            "level": "info",
            "event": "step.passed",
            "step": "stock",
            "ms": 1.5,
        }
    ]


def test_a_line_carries_the_current_trace(seen: Seen) -> None:
    """trace_id and span_id are those of the span around it."""
    with seen.telemetry.tracer.start_as_current_span("work"):
        seen.logger.info("inside")
    (span,) = seen.spans()
    (line,) = seen.lines()
    assert (line["trace_id"], line["span_id"]) == (span.trace, span.id)


def test_a_line_carries_what_the_request_is_about(seen: Seen) -> None:
    """Fields told once are on every later line of the request."""
    token = log_fields.set({"checkout": "chk_1"})
    seen.logger.info("one")
    log_fields.reset(token)
    seen.logger.info("two")
    assert [line.get("checkout") for line in seen.lines()] == ["chk_1", None]


def test_what_a_request_is_about_is_redacted(seen: Seen) -> None:
    """Told fields pass the same nets."""
    token = log_fields.set({})
    tell({"email": "zelda", "note": "zelda@quixano.example", "step": "contact"})
    seen.logger.info("one")
    log_fields.reset(token)
    (line,) = seen.lines()
    assert (line["email"], line["note"], line["step"]) == (REDACTED, REDACTED, "contact")


def test_values_are_redacted(seen: Seen) -> None:
    """Known keys and patterns, in fields and in the event itself."""
    seen.logger.warning("card 4111111111111111", api_key="k1", note="mail zelda@quixano.example")
    text = seen.stream.getvalue().decode()
    assert not [leak for leak in ("4111", "k1", "zelda") if leak in text]


def test_the_text_of_a_foreign_error_is_not_written(seen: Seen) -> None:
    """Only its type, its cause's type and where it happened: the text can repeat any input."""
    try:
        int("Zelda Quixano")
    except ValueError:
        seen.logger.exception("broken")
    (line,) = seen.lines()
    assert line["level"] == "error"
    assert line["error"] == "ValueError"
    assert line["error_at"][0].endswith("test_the_text_of_a_foreign_error_is_not_written")
    assert "Zelda" not in str(line)


def test_the_text_of_our_own_error_is_written(seen: Seen) -> None:
    """It names provider and kind of failure, which operators need."""
    try:
        try:
            raise TimeoutError
        except TimeoutError as cause:
            raise InDoubt("legacy-shop: timed out", provider="legacy-shop") from cause
    except InDoubt:
        seen.logger.exception("broken")
    (line,) = seen.lines()
    assert line["error_text"] == "legacy-shop: timed out"
    assert line["error_cause"] == "TimeoutError"


def test_what_json_cannot_hold_is_named_by_type(seen: Seen) -> None:
    """A line is written whatever is put into it."""
    seen.logger.info("odd", value={1: object()}, ratio=float("nan"), big=10**30)
    (line,) = seen.lines()
    assert line["value"] == {"1": "<object>"}


def test_text_that_is_not_unicode_is_still_logged(seen: Seen) -> None:
    """What is logged never breaks what logs it."""
    seen.logger.info("odd", value="\ud800")
    (line,) = seen.lines()
    assert line["value"] == "'\\ud800'"


@pytest.fixture
def process_log() -> Iterator[io.BytesIO]:
    """The process's own logging, written to memory, as it was before afterwards."""
    stream = io.BytesIO()
    with own_logging():
        configure_logging("warning", stream, lambda: NOON)
        yield stream


def test_the_process_logs_from_its_level_on(process_log: io.BytesIO) -> None:
    """Lines below the level cost next to nothing and are not written; the logger is named."""
    logger = get_logger("unshackled.test")
    logger.info("quiet")
    logger.warning("loud")
    (line,) = [orjson.loads(text) for text in process_log.getvalue().splitlines()]
    assert (line["event"], line["logger"]) == ("loud", "unshackled.test")


def test_lines_of_libraries_have_the_same_form(process_log: io.BytesIO) -> None:
    """What goes through `logging` is JSON and redacted too."""
    logging.getLogger("uvicorn.error").error("cannot serve %s", "zelda@quixano.example")
    (line,) = [orjson.loads(text) for text in process_log.getvalue().splitlines()]
    assert (line["level"], line["logger"]) == ("error", "uvicorn.error")
    assert line["event"] == "cannot serve [redacted]"


def test_configuring_again_does_not_double_lines(process_log: io.BytesIO) -> None:
    """The last configuration counts, once."""
    again = io.BytesIO()
    configure_logging("warning", again, lambda: datetime.now(UTC))
    logging.getLogger("x").warning("once")
    assert (len(again.getvalue().splitlines()), process_log.getvalue()) == (1, b"")


def test_importing_telemetry_loads_no_exporter_and_no_rich() -> None:
    """The import budget of the design: what is optional loads on first use."""
    code = (
        "import sys, unshackled.telemetry as t\n"
        "started = t.start_telemetry()\n"
        "heavy = ('rich', 'prometheus_client', 'opentelemetry.exporter', 'requests', 'google')\n"
        "print([name for name in heavy if name in sys.modules])\n"
        "started.metrics_text(); started.shutdown()\n"
        "import rich.console\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


class FullDisk(io.RawIOBase):
    """A file that takes `room` bytes more; then every write is refused, as by a full disk."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.taken = b""

    def writable(self) -> bool:
        """It is opened for writing."""
        return True

    def write(self, line: Any) -> int:
        """As the system does: what fits, or an error where nothing fits."""
        part = bytes(line[: self.room])
        if not part:
            raise OSError(errno.ENOSPC, "no space left on device")
        self.taken += part
        self.room -= len(part)
        return len(part)


@pytest.mark.parametrize("buffered", [True, False])
def test_a_full_disk_stops_no_work(*, buffered: bool) -> None:
    """Lines are lost, not what logs them; the next line that fits says how many are missing."""
    disk = FullDisk(room=130)
    file: Any = io.BufferedWriter(disk) if buffered else disk
    logger = new_logger(file, lambda: NOON)
    for number in range(5):
        logger.warning("timer.store_away", number=number)
    disk.room = 10_000
    logger.warning("after")
    whole, torn, *rest = disk.taken.splitlines()
    assert orjson.loads(whole)["number"] == 0
    assert torn.startswith(b'{"time"')
    lost, after = [orjson.loads(line) for line in rest]
    assert (lost["event"], lost["level"], lost["lines"]) == ("log.lines_lost", "error", 4)
    assert after["event"] == "after"


def test_a_closed_file_stops_no_work() -> None:
    """At the end of a process standard output may be closed before the last line."""
    file = io.BytesIO()
    logger = new_logger(file, lambda: NOON)
    file.close()
    logger.warning("late")


def test_a_reader_that_is_gone_stops_no_work() -> None:
    """Whoever read our lines may end first: a broken pipe is no error of ours."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as file:
        new_logger(file, lambda: NOON).warning("nobody reads")
