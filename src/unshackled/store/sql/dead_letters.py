"""Dead letters in SQL; `body` is the event as a CloudEvent."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, cast

from unshackled.domain.account import accounts_of
from unshackled.store import encoding
from unshackled.store.cloudevent import dumps, loads
from unshackled.store.side_tables.dead_letters import OPEN, LetterRecord, LetterRecordPage
from unshackled.store.sql.tables import Row, Statement, Tables, Value

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS dead_letters (
        id TEXT PRIMARY KEY,
        consumer TEXT NOT NULL,
        event TEXT NOT NULL,
        retailer TEXT NOT NULL,
        body TEXT NOT NULL,
        error TEXT NOT NULL,
        detail TEXT NOT NULL,
        tries INTEGER NOT NULL,
        state TEXT NOT NULL,
        first_at TEXT NOT NULL,
        last_at TEXT NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS dead_letters_by_state ON dead_letters (state, first_at, id)",
)
COLUMNS: Final = (
    "id, consumer, event, retailer, body, error, detail, tries, state, first_at, last_at"
)
PUT: Final = f"""
    INSERT INTO dead_letters ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET
        tries = dead_letters.tries + excluded.tries, error = excluded.error,
        detail = excluded.detail, last_at = excluded.last_at
"""  # noqa: S608 - the names above
CLOSE: Final = """
    UPDATE dead_letters SET state = ?, last_at = ?, tries = tries + ?
    WHERE id = ? AND state = 'open' RETURNING id
"""


class SqlDeadLetters:
    """The dead letters of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, letter: LetterRecord) -> None:
        """Keep a letter; the same again adds its tries and keeps what was decided on it."""
        await self._tables.write(Statement(PUT, _row(letter)))

    async def get(self, letter: str) -> LetterRecord | None:
        """One letter by its id."""
        sql = f"SELECT {COLUMNS} FROM dead_letters WHERE id = ?"  # noqa: S608 - the names above
        rows = await self._tables.read(sql, letter)
        return _letter(rows[0]) if rows else None

    async def page(
        self,
        *,
        consumer: str | None = None,
        state: str | None = OPEN,
        retailer: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> LetterRecordPage:
        """Letters, the newest first; raises `ValueError` for a cursor that no page gave."""
        wheres, values = ["1 = 1"], list[Value]()
        given = (("consumer", consumer), ("state", state))
        for name, value in given:
            if value is not None:
                wheres.append(f"{name} = ?")
                values.append(value)
        if retailer is not None:
            wheres.append("retailer IN (?, ?)")
            values.extend(accounts_of(retailer))
        if after is not None:
            wheres.append("(first_at, id) < (?, ?)")
            values.extend(encoding.decode(after))
        sql = f"""
            SELECT {COLUMNS} FROM dead_letters WHERE {" AND ".join(wheres)}
            ORDER BY first_at DESC, id DESC LIMIT ?
        """  # noqa: S608 - the names above
        found = [_letter(row) for row in await self._tables.read(sql, *values, limit + 1)]
        last = found[limit - 1] if len(found) > limit else None
        return LetterRecordPage(
            letters=found[:limit],
            next=encoding.encode(encoding.stamp(last.first_at), last.id) if last else None,
        )

    async def close(self, letter: str, state: str, *, at: datetime, tries: int = 0) -> bool:
        """Decide on an open letter; False when it is not open (any more)."""
        ((*rows,),) = await self._tables.write(
            Statement(CLOSE, (state, encoding.stamp(at), tries, letter))
        )
        return bool(rows)


def _row(letter: LetterRecord) -> tuple[Value, ...]:
    return (
        letter.id,
        letter.consumer,
        letter.event.id,
        letter.event.retailer,
        dumps(letter.event).decode(),
        letter.error,
        letter.detail,
        letter.tries,
        letter.state,
        encoding.stamp(letter.first_at),
        encoding.stamp(letter.last_at),
    )


def _letter(row: Row) -> LetterRecord:
    _, consumer, _, _, body, error, detail, tries, state, first, last = cast("tuple[Any, ...]", row)
    return LetterRecord(
        consumer=consumer,
        event=loads(body),
        error=error,
        detail=detail,
        tries=tries,
        state=state,
        first_at=datetime.fromisoformat(first),
        last_at=datetime.fromisoformat(last),
    )
