"""Schemas of routes, providers and parity under `/ops`."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import BaseModel, Field

from unshackled.http.described import Described
from unshackled.http.ops.ops_schemas import OperatorBody


class SplitRoute(OperatorBody):
    """New shares of a split."""

    shares: dict[str, float] = Field(
        min_length=1,
        max_length=20,
        description="Percent by provider; who is not named keeps its own, the first has the rest.",
    )


class ProviderOfRoute(OperatorBody):
    """One provider of a route."""

    provider: str = Field(max_length=64)


class Maintenance(OperatorBody):
    """A time in which a provider is not picked."""

    begins: str = Field(max_length=40, description="RFC 3339, with an offset.")
    ends: str = Field(max_length=40, description="RFC 3339, with an offset.")


class Measured(Described):
    """How one operation of a provider has done lately, in this process."""

    operation: str
    success_rate: float
    calls: float


class RouteProvider(Described):
    """A provider on a route; `share` is a percent, null where it has none."""

    provider: str
    share: float | None
    closed: bool
    out: bool = Field(description="Disabled, or in a window of maintenance.")
    measured: list[Measured]


class RouteShadow(Described):
    """The candidate that is asked beside whoever serves; `running` null: too little to say."""

    candidate: str
    running: bool | None


class OpsRoute(Described):
    """How a route stands: its shares, who is out, its shadow, and who changed it last."""

    retailer: str = Field(description="`northstar:test` where test keys use it.")
    livemode: bool
    route: str
    how: str
    providers: list[RouteProvider]
    shadow: RouteShadow | None
    changed_at: datetime | None
    changed_by: str | None
    reason: str | None


class RouteList(Described):
    """Every route."""

    items: list[OpsRoute]


class MaintenanceWindow(Described):
    """A time in which a provider is not picked."""

    begins: datetime
    ends: datetime


class OpsProvider(Described):
    """What operators set about a provider."""

    retailer: str
    livemode: bool
    provider: str
    disabled: bool
    windows: list[MaintenanceWindow]
    changed_at: datetime | None
    changed_by: str | None
    reason: str | None


class ParityField(Described):
    """A field in which the answers differed; `example` reads `live | candidate`."""

    field: str
    differed: int
    example: str


class PairParity(Described):
    """How alike a candidate answers; `failed` gave no answer, `skipped` were not asked."""

    retailer: str
    livemode: bool
    route: str
    live: str
    candidate: str
    operation: str
    agreed: int
    differed: int
    failed: int
    skipped: int
    fields: list[ParityField]


class ParityReport(Described):
    """Every pair that was compared."""

    since: datetime
    items: list[PairParity]


class WaitingRoom(Described):
    """The waiting room of a retailer in one mode."""

    retailer: str
    livemode: bool
    rate_per_minute: float = Field(description="New checkouts that are let in.")
    waiting: int = Field(description="Places that are given away and whose turn is to come.")
    wait_seconds: int = Field(description="How long a customer who came now would wait.")


class WaitingRoomList(Described):
    """Every waiting room."""

    items: list[WaitingRoom]


ROUTING_ANSWERS: Final[tuple[type[BaseModel], ...]] = (
    OpsRoute,
    RouteList,
    OpsProvider,
    PairParity,
    ParityReport,
    WaitingRoom,
    WaitingRoomList,
)
ROUTING_REQUESTS: Final[tuple[type[BaseModel], ...]] = (SplitRoute, ProviderOfRoute, Maintenance)
