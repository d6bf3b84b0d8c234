"""The side tables in this process's memory, and what they have in common.

No method awaits anything, so each is a transaction by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, TypeVar

from unshackled.store import encoding

T = TypeVar("T")
# Raises `StoreUnavailable` while the store is closed.
Ping: TypeAlias = Callable[[], None]


def page_of(
    rows: Iterable[T],
    place: Callable[[T], tuple[str, str]],
    *,
    after: str | None,
    limit: int,
    newest: bool = True,
) -> tuple[list[T], str | None]:
    """A page in the order of (time as text, id), and the cursor of the one behind it."""
    ordered = sorted(rows, key=place, reverse=newest)
    if after is not None:
        begin = encoding.decode(after)
        ordered = [row for row in ordered if (place(row) < begin if newest else place(row) > begin)]
    found = ordered[:limit]
    return found, encoding.encode(*place(found[-1])) if len(ordered) > limit else None


def plain(value: Any) -> Any:
    """What JSON makes of a value, as a copy. Raises `TypeError` for what JSON lacks."""
    return json.loads(json.dumps(value))
