"""A store of dictionaries, for tests and simulations: nothing outlives it."""

from __future__ import annotations

from unshackled.store.memory.store import MemoryStore

__all__ = ["MemoryStore"]
