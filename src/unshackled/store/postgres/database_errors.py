"""What went wrong in PostgreSQL, or on the way to it, in the words of `unshackled.errors`.

Connecting failed, the connection broke, no answer in time, a server that starts, stops, is full,
read-only or refuses us: `StoreUnavailable`. Two writers in each other's way: `Conflict`. What is
left is our own mistake and stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg

from unshackled.errors import Conflict, StoreUnavailable

# SQLSTATE, or the class of them: https://www.postgresql.org/docs/current/errcodes-appendix.html
AWAY: Final = (
    "08",  # the connection
    "25006",  # read-only: a stand-by that was not promoted yet
    "28",  # who we are was not accepted
    "3D",  # no such database
    "53",  # out of memory, disk or connections
    "55P03",  # a lock was not to be had
    "57",  # shutting down, starting up, canceled by an operator
    "58",  # the machine below
    "XX",  # the server's own errors
)
RACES: Final = "40"  # deadlock or serialization


class LostRace(Conflict):
    """Two writers waited for each other: this one was undone, and may simply try again."""


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Raise our own errors for what is not our mistake; `where` names the database."""
    try:
        yield
    except TimeoutError:
        raise StoreUnavailable(f"{where} did not answer in time") from None
    except OSError as error:
        raise StoreUnavailable(f"{where} cannot be reached: {error.strerror or error}") from None
    except asyncpg.PostgresError as error:
        if is_away(error):
            raise StoreUnavailable(f"{where} is not available: {error.args[0]}") from None
        if str(error.sqlstate).startswith(RACES):
            raise LostRace("two writers were in each other's way") from None
        raise
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        if not is_away(error):
            raise
        raise StoreUnavailable(f"the connection to {where} broke: {error}") from None


def is_away(error: BaseException) -> bool:
    """Whether an error says that the database, or the connection to it, is not usable now."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate).startswith(AWAY)
    ours = isinstance(error, asyncpg.DataError)  # a value that does not fit its column
    broken = OSError | TimeoutError | asyncpg.InterfaceError | asyncpg.InternalClientError
    return isinstance(error, broken) and not ours
