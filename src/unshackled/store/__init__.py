"""Where checkouts live: the port, and the kinds of stores, of which a URL picks one."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from unshackled.encryption.key_management import KeyManagement
    from unshackled.store.port import Store

__all__ = ["STORES", "StoreKind", "file_of", "kind_of", "migrate", "open_store"]

# Each kind is imported by its own functions: it brings modules, or a driver, that the others have
# no need of.
# ruff: noqa: FBT001, PLC0415


class StoreKind(NamedTuple):
    """A kind of store: its URL as it is shown and as it is checked.

    `shared` by replicas; `persistent` if what it has outlives a process. `opened` makes the store
    of a URL, alone or not, with the secret of its index and its master keys; it connects nowhere
    yet. `migrated` brings one to this version's schema and says how it stands, in a line.
    """

    shown: str
    url: re.Pattern[str]
    shared: bool
    persistent: bool
    opened: Callable[[str, bool, str, KeyManagement | None], Store]
    migrated: Callable[[str], Awaitable[str]]


def _memory(url: str, alone: bool, secret: str, keys: KeyManagement | None) -> Store:
    from unshackled.store.memory import MemoryStore

    return MemoryStore(keys=keys)


async def _nothing(url: str) -> str:
    return f"{url}: nothing is kept"


def _sqlite(url: str, alone: bool, secret: str, keys: KeyManagement | None) -> Store:
    from unshackled.store.sqlite import SqliteStore

    path = Path(url.removeprefix(SQLITE))
    return SqliteStore(path, keys=keys, alone=alone, secret=secret)


async def _sqlite_schema(url: str) -> str:
    from unshackled.store.sqlite.schema import STEPS

    store = open_store(url)
    await store.open()
    await store.close()
    return f"{url}: schema {len(STEPS)}, current"


def _postgres(url: str, alone: bool, secret: str, keys: KeyManagement | None) -> Store:
    from unshackled.store.postgres import PostgresStore

    return PostgresStore(url, keys=keys, secret=secret)


async def _postgres_schema(url: str) -> str:
    from unshackled.store.postgres.migrate import migrate as to_newest

    return await to_newest(url)


SQLITE: Final = "sqlite:///"
# What separates the parts of an address is %-encoded in a password: else it is ambiguous.
_POSTGRES_URL: Final = (
    r"postgresql://([^/?#@]*@)?(\[[\da-fA-F:]+\]|[\w.-]*)(:\d+)?(,[\w.-]+(:\d+)?)*"
    r"(/[^/?#@]*)?(\?[^#@]*)?"
)
STORES: Final = (
    StoreKind(
        shown="memory:",
        url=re.compile("memory:"),
        shared=False,
        persistent=False,
        opened=_memory,
        migrated=_nothing,
    ),
    StoreKind(
        shown="sqlite:///<file>",
        url=re.compile(SQLITE + "[^?]+", re.DOTALL),
        shared=False,
        persistent=True,
        opened=_sqlite,
        migrated=_sqlite_schema,
    ),
    StoreKind(
        shown="postgresql://<user>:<password>@<host>/<database>",
        url=re.compile(_POSTGRES_URL),
        shared=True,
        persistent=True,
        opened=_postgres,
        migrated=_postgres_schema,
    ),
)


def kind_of(url: str) -> StoreKind:
    """The kind that a URL names; raises `ValueError` naming the allowed forms.

    `sqlite:///data.db` is relative to the working folder, `sqlite:////var/lib/data.db` is absolute.
    `postgresql://user:password@host:port/database` may carry what libpq knows, e.g.
    `?sslmode=verify-full`.
    """
    for kind in STORES:
        if kind.url.fullmatch(url):
            return kind
    # No more of the URL is repeated: it may carry a password.
    raise ValueError(f"allowed are {', '.join(kind.shown for kind in STORES)}")


def open_store(
    url: str, *, alone: bool = False, secret: str = "", keys: KeyManagement | None = None
) -> Store:
    """The store a URL names, not opened yet; raises `ValueError` naming the allowed forms.

    `alone` opens a file only while no other server has it open; `secret` goes into the key of the
    index by customer and order number. `keys` has the master key: without it no checkout can be
    written, and none that is sealed be read.
    """
    return kind_of(url).opened(url, alone, secret, keys)


def file_of(url: str) -> Path | None:
    """The file that a `sqlite:` URL names; None for any other."""
    path = url.removeprefix(SQLITE)
    return Path(path) if url.startswith(SQLITE) and path and "?" not in path else None


async def migrate(url: str) -> str:
    """Bring the store of a URL to this version's schema; says how it stands, in a line.

    Raises as opening does. What the line says of a database has no user and no password.
    """
    return await kind_of(url).migrated(url)
