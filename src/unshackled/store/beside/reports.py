"""Journeys and counts of the reports."""

from __future__ import annotations

from typing import Final

TABLES: Final[tuple[str, ...]] = ()
