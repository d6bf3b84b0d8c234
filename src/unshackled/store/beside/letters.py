"""Dead letters: events that a consumer could not take."""

from __future__ import annotations

from typing import Final

TABLES: Final[tuple[str, ...]] = ()
