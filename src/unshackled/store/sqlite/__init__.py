"""The embedded store: one SQLite file for one server."""

from __future__ import annotations

from unshackled.store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
