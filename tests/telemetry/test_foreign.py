"""What libraries log: one JSON object a line, an error as bounded fields, nothing personal."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import traceback
from collections.abc import Callable
from typing import Any, Final

import orjson
import pytest

from tests.telemetry.conftest import NOON
from unshackled.telemetry.foreign import LONGEST, MOST_FRAMES, StandardHandler
from unshackled.telemetry.logs import Lines

PERSONAL: Final = "Zelda Quixano of NR21 0AA"
Log = Callable[[logging.Logger], object]


def _failed(depth: int = 0) -> ValueError:
    try:
        return _failed(depth - 1) if depth else int(PERSONAL)  # type: ignore[return-value]
    except ValueError as error:
        return error


def _raised(log: logging.Logger, text: str, *args: object, depth: int = 0) -> None:
    def deep(left: int) -> None:
        if left:
            deep(left - 1)
        int(PERSONAL)

    try:
        deep(depth)
    except ValueError:
        log.exception(text, *args)


def _as_text() -> str:
    return "".join(traceback.format_exception(_failed()))


CASES: Final[dict[str, tuple[str, Log, str | None]]] = {
    "uvicorn's exception in an application": (
        "uvicorn.error",
        lambda log: _raised(log, "Exception in ASGI application\n"),
        "ValueError",
    ),
    "a lifespan's traceback as text": (
        "uvicorn.error",
        lambda log: log.error(_as_text()),
        "ValueError",
    ),
    "a task that nobody awaited": (
        "asyncio",
        lambda log: log.error(
            "Task exception was never retrieved\nfuture: <Task finished name='Task-1' "
            "coro=<f() done> exception=ValueError('%s')>",
            PERSONAL,
            exc_info=_failed(),
        ),
        "ValueError",
    ),
    "a slow task with what it brought": (
        "asyncio",
        lambda log: log.warning("Executing <Task finished result='%s'> took 1 s", PERSONAL),
        None,
    ),
    "a client's error as an argument": (
        "aiohttp.client",
        lambda log: log.error("request failed: %s", _failed()),
        None,
    ),
    "a broker's error": (
        "nats.aio.client",
        lambda log: log.error("nats: encountered error", exc_info=_failed()),
        "ValueError",
    ),
    "a database's pool": (
        "psycopg.pool",
        lambda log: log.warning("error connecting in %r: %s", "pool-1", _failed()),
        None,
    ),
    "a URL with a query": (
        "httpx",
        lambda log: log.info("GET https://a.example/x?name=Zelda+Quixano&postcode=NR21+0AA 200"),
        None,
    ),
    "a wrong format": ("x", lambda log: log.error("only %d", *("one", PERSONAL)), None),
    "an error as the message": ("x", lambda log: log.error(_failed()), None),
    "very much": ("x", lambda log: log.error("a" * 100_000), None),
    "a deep stack": ("x", lambda log: _raised(log, "deep", depth=200), "ValueError"),
}


@pytest.mark.parametrize(("logger", "log", "error"), CASES.values(), ids=CASES)
def test_a_library_writes_one_bounded_line(logger: str, log: Log, error: str | None) -> None:
    """Whatever it passes: one object, one line of text, the type and places of the error."""
    stream = io.BytesIO()
    handler = StandardHandler(Lines(lambda: NOON), lambda line: stream.write(line + b"\n"))
    own = logging.Logger(logger)  # noqa: LOG001 - one of its own leaves no trace
    own.addHandler(handler)
    log(own)
    (raw,) = stream.getvalue().splitlines()
    line: dict[str, Any] = orjson.loads(raw)
    assert line["logger"] == logger
    assert 0 < len(line["event"]) <= LONGEST
    assert "\n" not in line["event"]
    assert line.get("error") == error
    assert (error is None) == ("error_at" not in line)
    assert len(line.get("error_at", [])) <= MOST_FRAMES
    for text in ("Zelda", "Quixano", "NR21", "Traceback", 'File "'):
        assert text not in raw.decode()
    assert len(raw) < 4_000


LOUD: Final = """
import asyncio, logging, threading, warnings
from unshackled.telemetry import configure_logging
configure_logging("info", everything=True)

class Bad:
    def __del__(self):
        int("Zelda Quixano")

async def forgotten():
    int("Zelda Quixano")

async def main():
    task = asyncio.create_task(forgotten())
    await asyncio.sleep(0)
    del task

Bad()
asyncio.run(main())
thread = threading.Thread(target=int, args=("Zelda Quixano",))
thread.start()
thread.join()
warnings.warn("old")
int("Zelda Quixano")
"""


def test_nothing_of_python_itself_is_written_beside_the_lines() -> None:
    """Finalizers, threads, forgotten tasks, warnings and the end of the process are lines too."""
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", LOUD], capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr == b""
    lines = [orjson.loads(line) for line in done.stdout.splitlines()]
    events = [line["event"] for line in lines]
    assert "process.unraisable" in events
    assert "thread.crashed" in events
    assert events[-1] == "process.crashed"
    assert any("never retrieved" in event for event in events)
    assert any("old" in event for event in events)
    assert b"Zelda" not in done.stdout
