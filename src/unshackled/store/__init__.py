"""Where checkouts live: the port, its implementations, and the URL that picks one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from unshackled.store.memory import MemoryStore
from unshackled.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from unshackled.store.port import Store

__all__ = ["MemoryStore", "SqliteStore", "open_store"]

SQLITE: Final = "sqlite:///"


def open_store(url: str) -> Store:
    """The store a URL names, not opened yet; raises `ValueError` naming the allowed forms.

    `sqlite:///data.db` is relative to the working folder, `sqlite:////var/lib/data.db` is absolute.
    """
    if url == "memory:":
        return MemoryStore()
    path = url.removeprefix(SQLITE)
    if url.startswith(SQLITE) and path and "?" not in path:
        return SqliteStore(Path(path))
    scheme = url.partition(":")[0]  # no more of it: a database URL may carry a password
    raise ValueError(f"store: {scheme!r} is not one of sqlite:///<path>, memory:")
