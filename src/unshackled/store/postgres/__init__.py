"""The store for many replicas: PostgreSQL through asyncpg, which only this package imports."""

from __future__ import annotations

from unshackled.store.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
