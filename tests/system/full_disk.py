"""A full disk for some processes: no file of theirs grows beyond a size, whatever they try.

The kernel refuses the write (`EFBIG`), which reaches a program on the same way as `ENOSPC`; a
process may limit others of its own user, so this needs no disk and no root (setrlimit(2)).
"""

from __future__ import annotations

import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

ROOM_BYTES: Final = 4_096


@contextmanager
def full_disk(processes: Sequence[int], room: int = ROOM_BYTES) -> Iterator[None]:
    """While it lasts, no file of these processes can be written behind `room` bytes.

    Children that are born meanwhile inherit it, and keep it: start them again afterwards.
    """
    _limit(processes, room)
    try:
        yield
    finally:
        _limit(processes, resource.RLIM_INFINITY)


def _limit(processes: Sequence[int], size: int) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            _, most = resource.prlimit(process, resource.RLIMIT_FSIZE)
            resource.prlimit(process, resource.RLIMIT_FSIZE, (size, most))
