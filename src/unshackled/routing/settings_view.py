"""What operators set for routes and providers, as this process knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from unshackled.domain.clock import Clock
from unshackled.domain.records import replace
from unshackled.store.side_tables.routing_settings import (
    Kind,
    ProviderSettings,
    RouteSettings,
    RoutingSetting,
    RoutingSettings,
    Settings,
)

DEFAULTS: Final[Mapping[str, Settings]] = {
    "route": RouteSettings(),
    "provider": ProviderSettings(),
}


class SettingsView:
    """The settings as they were read last; what this process sets itself counts at once."""

    def __init__(self, table: RoutingSettings, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._entries: dict[tuple[str, Kind, str], RoutingSetting] = {}

    def entry(self, retailer: str, kind: Kind, name: str) -> RoutingSetting:
        """What was set last, as this process knows it."""
        known = self._entries.get((retailer, kind, name))
        if known is not None:
            return known
        return RoutingSetting(retailer=retailer, kind=kind, name=name, settings=DEFAULTS[kind])

    def _settings(self, retailer: str, kind: Kind, name: str) -> Settings:
        known = self._entries.get((retailer, kind, name))
        return DEFAULTS[kind] if known is None else known.settings

    def route(self, retailer: str, name: str) -> RouteSettings:
        """The settings of a route."""
        found = self._settings(retailer, "route", name)
        return found if isinstance(found, RouteSettings) else RouteSettings()

    def provider(self, retailer: str, name: str) -> ProviderSettings:
        """The settings of a provider."""
        found = self._settings(retailer, "provider", name)
        return found if isinstance(found, ProviderSettings) else ProviderSettings()

    def out(self, retailer: str, provider: str) -> bool:
        """Whether a provider is disabled or in a window of maintenance."""
        return self.provider(retailer, provider).out(self._clock.now())

    def away(self, retailer: str, provider: str) -> bool:
        """Whether a provider is in a window of maintenance."""
        return self.provider(retailer, provider).away(self._clock.now())

    async def put(
        self, entry: RoutingSetting, settings: Settings, *, by: str, reason: str
    ) -> RoutingSetting:
        """Set anew what stood at `entry`; raises `Conflict` where another process was first."""
        changed = replace(
            entry,
            settings=settings,
            changed_at=self._clock.now(),
            changed_by=by,
            reason=reason,
        )
        await self._table.put(changed)
        stored = replace(changed, version=entry.version + 1)
        self._entries[entry.retailer, entry.kind, entry.name] = stored
        return stored

    async def refresh(self) -> None:
        """Read what is set; raises `StoreUnavailable`."""
        found = await self._table.all()
        self._entries = {(one.retailer, one.kind, one.name): one for one in found}
