"""Where log lines go: a file on a disk that may be full, or a pipe whose reader may be gone.

A line that cannot be written is lost and counted; the work that it tells of goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, BinaryIO


class Sink:
    """Writes whole lines to `file`, and never raises for what the file cannot take.

    Once lines can be written again, `lost_line(count)` says before the next one how many are
    missing. Lines bypass the file's own buffer: what could not be written does not linger there.
    """

    def __init__(self, file: BinaryIO, lost_line: Callable[[int], bytes]) -> None:
        self._file = file
        self._raw: Any = getattr(file, "raw", file)
        self._lost_line = lost_line
        self._lost = 0
        self._torn = False
        self._lock = Lock()

    def __call__(self, line: bytes) -> None:
        """Write one line, given without its end."""
        with self._lock:
            try:
                self._file.flush()
                if self._lost:
                    self._write(self._lost_line(self._lost))
                    self._lost = 0
                self._write(line)
            except (OSError, ValueError):
                # ValueError: the file is closed. Of neither can anybody be told here.
                self._lost += 1

    def _write(self, line: bytes) -> None:
        """The whole line; after one that was broken off, on a line of its own."""
        left = (b"\n" if self._torn else b"") + line + b"\n"
        while left:
            taken = self._raw.write(left)
            if not taken:
                raise BlockingIOError
            self._torn = True
            left = left[taken:]
        self._torn = False
