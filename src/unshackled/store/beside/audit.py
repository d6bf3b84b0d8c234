"""What operators did, and what waits for a second person."""

from __future__ import annotations

from typing import Final

TABLES: Final[tuple[str, ...]] = ()
