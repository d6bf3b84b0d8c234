"""Log lines: one JSON object each, with trace ids, redacted, written at once.

Nothing else imports structlog: `get_logger` is the way in.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias, cast

import orjson
from opentelemetry.trace import get_current_span

from unshackled.errors import UnshackledError
from unshackled.telemetry.checkout_trace import log_fields
from unshackled.telemetry.foreign import StandardHandler, hook_the_rest
from unshackled.telemetry.redact import REDACTED, is_hidden, redact, redact_text
from unshackled.telemetry.sink import Sink

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

Logger: TypeAlias = "FilteringBoundLogger"
EventDict = MutableMapping[str, Any]
# Frames of an error that are written down, the innermost.
FRAMES: Final = 12
LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


def get_logger(name: str) -> Logger:
    """A logger; `name` (a module's `__name__`) goes into every line."""
    return cast("Logger", _FirstLine(name))


class _FirstLine:
    """A logger of structlog, which loads with the first line and not with every module of ours."""

    __slots__ = ("_logger", "_name")

    def __init__(self, name: str) -> None:
        self._name = name
        self._logger: Any = None

    def __getattr__(self, method: str) -> Any:
        """A method of structlog's logger."""
        if self._logger is None:
            self._logger = _structlog().get_logger(self._name)
        return getattr(self._logger, method)


@cache
def _structlog() -> Any:
    """structlog, without rich: that is for tracebacks we never print, and five times larger."""
    hidden = "rich" not in sys.modules
    if hidden:
        sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        import structlog
    finally:
        if hidden:
            sys.modules.pop("rich", None)
    return structlog


class Lines:
    """Turns events into lines: the last processor of structlog, and the formatter of `logging`."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def __call__(self, logger: object, level: str, event: EventDict) -> bytes:
        """The line of one event, without its end."""
        line: dict[str, Any] = {
            "time": self._now(),
            "level": level,
            "event": redact_text(str(event.pop("event", ""))),
        }
        name = getattr(logger, "name", None)
        if name is not None:
            line["logger"] = name
        line |= _trace() | (log_fields.get() or {})
        error = _error(event.pop("exc_info", None))
        for key, value in event.items():
            line[key] = REDACTED if is_hidden(key) else redact(value)
        return _dumped(line | error)


_OPTIONS: Final = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def _dumped(line: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(line, default=_unknown, option=_OPTIONS)
    except TypeError:
        # A lone surrogate, say: what is logged must never break what logs it.
        return orjson.dumps({name: ascii(value) for name, value in line.items()})


def _unknown(value: object) -> str:
    return f"<{type(value).__qualname__}>"


def _trace() -> dict[str, Any]:
    context = get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {
        "trace_id": format(context.trace_id, "032x"),
        "span_id": format(context.span_id, "016x"),
    }


def _error(info: object) -> dict[str, Any]:
    """The type and place of an error; its text only where it is ours, which promise to be clean."""
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if not isinstance(error, BaseException):
        return {}
    found: dict[str, Any] = {"error": type(error).__qualname__}
    if isinstance(error, UnshackledError):
        found["error_text"] = redact_text(str(error))
    cause = error.__cause__ or error.__context__
    if cause is not None:
        found["error_cause"] = type(cause).__qualname__
    return found | {"error_at": _frames(error)}


def _frames(error: BaseException) -> list[str]:
    frames: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        module = trace.tb_frame.f_globals.get("__name__", "?")
        frames.append(f"{module}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[-FRAMES:]


class Writer:
    """What structlog hands a finished line to, whatever its level; `name` is the logger's."""

    __slots__ = ("critical", "debug", "error", "info", "name", "warning")

    def __init__(self, write: Callable[[bytes], None], name: str | None = None) -> None:
        self.name = name
        self.debug = self.info = self.warning = self.error = self.critical = write


def _sink(file: BinaryIO, lines: Lines) -> Sink:
    """A file that takes our lines; after a gap it says how many are missing."""

    def gap(count: int) -> bytes:
        return lines(None, "error", {"event": "log.lines_lost", "lines": count})

    return Sink(file, gap)


def configure_logging(
    level: str = "info",
    file: BinaryIO | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    *,
    everything: bool = False,
    for_good: bool = True,
) -> None:
    """Set up structlog and `logging` for this process; `file` is standard output by default.

    `for_good`, loggers keep what is set now once they have written, which is cheaper: no later
    call reaches them.

    With `everything` what Python itself would print becomes a line too: warnings, and errors that
    nobody caught.
    """
    lines, structlog = Lines(now), _structlog()
    write = _sink(file or sys.stdout.buffer, lines)
    structlog.configure(
        processors=[lines],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=partial(Writer, write),
        cache_logger_on_first_use=for_good,
    )
    root = logging.getLogger()
    for handler in [old for old in root.handlers if isinstance(old, StandardHandler)]:
        root.removeHandler(handler)
    root.addHandler(StandardHandler(lines, write))
    root.setLevel(max(LEVELS[level], logging.INFO))
    if everything:
        hook_the_rest(get_logger("unshackled.process").error)


def new_logger(file: BinaryIO, now: Callable[[], datetime], level: str = "debug") -> Any:
    """A logger of its own that writes to `file`, whatever the process has configured."""
    lines, structlog = Lines(now), _structlog()
    return structlog.wrap_logger(
        Writer(_sink(file, lines)),
        processors=[lines],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
    )
