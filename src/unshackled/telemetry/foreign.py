"""Lines of libraries, in our form: one JSON object each, without tracebacks and foreign texts.

A library writes whatever it likes: several lines, tracebacks as text, the values of tasks, whole
URLs, errors that repeat what they were given. Of all that the first line is kept, bounded, and of
an error its type and where it happened.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import PurePath
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from unshackled.telemetry.logs import Lines

LONGEST: Final = 300
MOST_FRAMES: Final = 12
TRACEBACK: Final = "Traceback (most recent call last)"
_FRAME: Final = re.compile(
    r'^\s{2,}File "([^"\n]{1,300})", line (\d{1,7}), in ([\w<>.]{1,100})', re.MULTILINE
)
_KIND: Final = re.compile(
    r"^(?:[A-Za-z_]\w{0,60}\.){0,8}([A-Za-z_]\w{0,60})(?::|\s*$)", re.MULTILINE
)
_QUERY: Final = re.compile(r"(\w{2,8}://[^\s?\"'<>]{1,300})\?[^\s\"'<>]{0,2000}")
# What the repr of a task or a future says it brought.
_BROUGHT: Final = re.compile(r"\b(exception|result)=.*", re.DOTALL)


class StandardHandler(logging.Handler):
    """Brings the lines of libraries that use `logging` into the same form."""

    def __init__(self, lines: Lines, write: Callable[[bytes], object]) -> None:
        super().__init__()
        self._lines = lines
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        self._write(self._lines(record, record.levelname.lower(), event_of(record)))


def event_of(record: logging.LogRecord) -> dict[str, Any]:
    """What is kept of a record: one line of its text, and the error that it is about."""
    text = _QUERY.sub(r"\1", _BROUGHT.sub(r"\1=…", _said(record)))
    found: dict[str, Any] = {"exc_info": record.exc_info}
    before, traceback, after = text.partition(TRACEBACK)
    if traceback and not record.exc_info:
        found |= _error_in(after)
    first = next((line.strip() for line in before.splitlines() if line.strip()), "")
    return {"event": _short(first or record.name), **found}


def _said(record: logging.LogRecord) -> str:
    """The text, with errors among its arguments named by their type."""
    try:
        args = record.args
        if isinstance(args, tuple):
            return str(record.msg) % tuple(map(_plain, args)) if args else _text(record.msg)
        if isinstance(args, Mapping):
            return str(record.msg) % {name: _plain(value) for name, value in args.items()}
        return _text(record.msg)
    except Exception:  # noqa: BLE001 - a wrong format must not break what logs it
        return _text(record.msg)


def _plain(value: object) -> object:
    return type(value).__qualname__ if isinstance(value, BaseException) else value


def _text(message: object) -> str:
    return str(_plain(message))


def _error_in(text: str) -> dict[str, Any]:
    """The type and the places of an error whose traceback was written as text."""
    frames = [f"{PurePath(file).stem}:{line} {name}" for file, line, name in _FRAME.findall(text)]
    kinds = _KIND.findall(text)
    return {
        **({"error": kinds[-1]} if kinds else {}),
        **({"error_at": frames[-MOST_FRAMES:]} if frames else {}),
    }


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def hook_the_rest(write: Callable[..., object]) -> None:
    """Let `write(event, exc_info=…)` tell what Python itself prints: what nobody caught, warnings.

    Else a thread, a finalizer or the end of the process writes a traceback among the lines.
    """

    def crashed(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        write("process.crashed", exc_info=(kind, error, trace))

    def thread_crashed(args: threading.ExceptHookArgs) -> None:
        write("thread.crashed", exc_info=args.exc_value)

    def unraisable(args: Any) -> None:
        write("process.unraisable", exc_info=args.exc_value)

    sys.excepthook = crashed
    threading.excepthook = thread_crashed
    sys.unraisablehook = unraisable
    logging.captureWarnings(capture=True)
