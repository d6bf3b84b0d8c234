"""Where checkouts live: the port, its implementations, and the URL that picks one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from unshackled.store.port import Store

__all__ = ["file_of", "migrate", "open_store"]

SQLITE: Final = "sqlite:///"
POSTGRES: Final = "postgresql://"


def open_store(url: str, *, alone: bool = False, secret: str = "") -> Store:
    """The store a URL names, not opened yet; raises `ValueError` naming the allowed forms.

    `sqlite:///data.db` is relative to the working folder, `sqlite:////var/lib/data.db` is absolute.
    `postgresql://user:password@host:port/database` may carry what libpq knows, e.g.
    `?sslmode=verify-full`. `alone` opens a file only while no other server has it open; `secret`
    goes into the key of the index by customer and order number.
    """
    # Each brings modules, or a driver, that who uses another has no need of.
    if url.startswith(POSTGRES):
        from unshackled.store.postgres import PostgresStore  # noqa: PLC0415

        return PostgresStore(url, secret=secret)
    if url == "memory:":
        from unshackled.store.memory import MemoryStore  # noqa: PLC0415

        return MemoryStore()
    path = file_of(url)
    if path is not None:
        from unshackled.store.sqlite import SqliteStore  # noqa: PLC0415

        return SqliteStore(path, alone=alone, secret=secret)
    scheme = url.partition(":")[0]  # no more of it: a database URL may carry a password
    raise ValueError(
        f"store: {scheme!r} is not one of postgresql://<address>, sqlite:///<path>, memory:"
    )


def file_of(url: str) -> Path | None:
    """The file that a `sqlite:` URL names; None for any other."""
    path = url.removeprefix(SQLITE)
    return Path(path) if url.startswith(SQLITE) and path and "?" not in path else None


async def migrate(url: str) -> str:
    """Bring the store of a URL to this version's schema; says how it stands, in a line.

    Raises as opening does. What the line says of a database has no user and no password.
    """
    if url.startswith(POSTGRES):
        from unshackled.store.postgres.migrate import migrate as to_newest  # noqa: PLC0415

        return await to_newest(url)
    store = open_store(url)
    await store.open()
    await store.close()
    if url == "memory:":
        return f"{url}: nothing is kept"
    from unshackled.store.sqlite.schema import STEPS  # noqa: PLC0415

    return f"{url}: schema {len(STEPS)}, current"
