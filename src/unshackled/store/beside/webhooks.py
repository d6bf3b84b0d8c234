"""Webhook endpoints and deliveries."""

from __future__ import annotations

from typing import Final

TABLES: Final[tuple[str, ...]] = ()
