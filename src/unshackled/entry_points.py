"""What installed packages bring: adapters, step kinds, consumers, each in a group of its own."""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any


def entry_points_of(group: str) -> tuple[EntryPoint, ...]:
    """The entry points of a group, by name."""
    return tuple(sorted(_everywhere(tuple(sys.path)).select(group=group), key=lambda it: it.name))


@lru_cache(maxsize=4)
def _everywhere(path: tuple[str, ...]) -> Any:
    """Every entry point on a search path: reading them all is slow, so it happens once."""
    return entry_points()
