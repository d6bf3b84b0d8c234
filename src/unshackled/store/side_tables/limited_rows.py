"""Rows that API keys write, so many in a span, under ids made of their contents."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from unshackled.domain.records import Record


class WriteLimit(Record):
    """At most so many new rows of one API key in any span of this length."""

    most: int
    span: timedelta


class LimitedWrite(Record):
    """What came of adding a row: it is `new`, or was there; or the key may write `again_at`."""

    new: bool = False
    again_at: datetime | None = None


class LimitedRow(Protocol):
    """What such a row says of itself; `ends` is the end of its validity."""

    @property
    def id(self) -> str:
        """Made of its contents."""
        ...

    @property
    def account(self) -> str:
        """Whose it is."""
        ...

    @property
    def key(self) -> str:
        """The public id of the API key that wrote it."""
        ...

    @property
    def created_at(self) -> datetime:
        """When it was written."""
        ...

    @property
    def ends(self) -> datetime:
        """When it stops counting."""
        ...


R = TypeVar("R", bound=LimitedRow)


class LimitedRows(Protocol[R]):
    """The rows of all accounts."""

    async def add(self, row: R, limit: WriteLimit) -> LimitedWrite:
        """Insert it, unless one of its id is there or its key has written too many before it.

        One that is there is found whatever its key has written. The limit counts over all
        processes; what was pruned or written at another `created_at` counts no more.
        """
        ...

    async def get(self, account: str, row: str) -> R | None:
        """One of an account by its id; raises `ValueError` for what this version cannot read."""
        ...

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete some whose validity ended before; how many."""
        ...
