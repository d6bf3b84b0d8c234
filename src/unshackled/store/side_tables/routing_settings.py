"""Runtime data of routes and providers: what operators, and the cut-back, set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, Protocol

from unshackled.domain.records import Record

Kind = Literal["route", "provider"]


class RouteSettings(Record):
    """The shares of a route in percent by provider; None leaves those of the file.

    `closed` providers were killed: nothing is sent to them, and what stands there moves away.
    """

    weights: Mapping[str, float] | None = None
    closed: tuple[str, ...] = ()


class Window(Record):
    """A time in which a provider is not picked."""

    begins: datetime
    ends: datetime


class ProviderSettings(Record):
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


class RoutingSetting(Record):
    """What was set for a route or a provider, by whom, when and why; version 0 was never set."""

    retailer: str
    kind: Kind
    name: str
    settings: Settings
    version: int = 0
    changed_at: datetime | None = None
    changed_by: str = ""
    reason: str = ""


class RoutingSettings(Protocol):
    """Entries by (retailer, kind, name); two operators cannot overwrite each other's."""

    async def all(self) -> Sequence[RoutingSetting]:
        """Everything that was ever set, by (retailer, kind, name): a few for each retailer."""
        ...

    async def put(self, entry: RoutingSetting) -> None:
        """Replace what stood at `entry.version`, which grows by one; `Conflict` if it moved on.

        `changed_at` must be given.
        """
        ...
