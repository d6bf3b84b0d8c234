"""Runtime data of routes and providers: what operators, and the cut-back, set in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, cast

import orjson

from unshackled.domain.codec import decode, encode
from unshackled.flow.engine.ranking import RouteState
from unshackled.store.cursor import stamp
from unshackled.store.sql.tables import Row, Statement, Tables

Kind = Literal["route", "provider"]

READ: Final = """
    SELECT retailer, kind, name, data, version, changed_at, changed_by, reason
    FROM routing_settings ORDER BY retailer, kind, name
"""
BEGIN: Final = """
    INSERT INTO routing_settings
        (data, version, changed_at, changed_by, reason, retailer, kind, name)
    VALUES (?, 1, ?, ?, ?, ?, ?, ?) ON CONFLICT (retailer, kind, name) DO NOTHING RETURNING name
"""
CHANGE: Final = """
    UPDATE routing_settings
    SET data = ?, version = version + 1, changed_at = ?, changed_by = ?, reason = ?
    WHERE retailer = ? AND kind = ? AND name = ? AND version = ? RETURNING name
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSettings:
    """The shares of a route in percent by provider; None leaves those of the file.

    `closed` providers were killed: nothing is sent to them, and what stands there moves away.
    """

    weights: Mapping[str, float] | None = None
    closed: tuple[str, ...] = ()

    @property
    def state(self) -> RouteState:
        """As a ranking wants it."""
        return RouteState(weights=self.weights, closed=frozenset(self.closed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A time in which a provider is not picked."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """Whether a provider is out, for good or in windows of maintenance."""

    disabled: bool = False
    windows: tuple[Window, ...] = ()

    def out(self, now: datetime) -> bool:
        """Whether it may not be picked now."""
        return self.disabled or self.away(now)

    def away(self, now: datetime) -> bool:
        """Whether it is in one of its windows."""
        return any(one.begins <= now < one.ends for one in self.windows)


Settings = RouteSettings | ProviderSettings
SHAPES: Final[Mapping[str, type[RouteSettings | ProviderSettings]]] = {
    "route": RouteSettings,
    "provider": ProviderSettings,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row: what was set, by whom, when and why; version 0 was never set."""

    retailer: str
    kind: Kind
    name: str
    settings: Settings
    version: int = 0
    changed_at: datetime | None = None
    changed_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SettingsTable:
    """The rows of the store; every method raises `StoreUnavailable` when it is away."""

    tables: Tables = field(repr=False)

    async def all(self) -> Sequence[Entry]:
        """Everything that was ever set: a few rows for each retailer."""
        return [_entry(row) for row in await self.tables.read(READ)]

    async def put(self, entry: Entry) -> None:
        """Replace what stood at `entry.version`; raises `Conflict` where it moved on."""
        at = stamp(cast("datetime", entry.changed_at))
        data = orjson.dumps(encode(entry.settings)).decode()
        said = (data, at, entry.changed_by, entry.reason)
        where = (entry.retailer, entry.kind, entry.name)
        if entry.version == 0:
            statement = Statement(BEGIN, (*said, *where), must=True)
        else:
            statement = Statement(CHANGE, (*said, *where, entry.version), must=True)
        await self.tables.write(statement)


def _entry(row: Row) -> Entry:
    retailer, kind, name, data, version, changed_at, changed_by, reason = cast(
        "tuple[str, Kind, str, str, int, str, str, str]", row
    )
    return Entry(
        retailer=retailer,
        kind=kind,
        name=name,
        settings=decode(SHAPES[kind], orjson.loads(data)),
        version=version,
        changed_at=datetime.fromisoformat(changed_at),
        changed_by=changed_by,
        reason=reason,
    )
