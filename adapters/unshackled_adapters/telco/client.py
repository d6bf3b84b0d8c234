"""Talks to the telco."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import quote

from unshackled.sdk import Absent, Answer, Call, Found, HttpClient, Outcome
from unshackled.sdk.answers import operation_name, read
from unshackled.sdk.ports import (
    ActivateSim,
    AskPortCompletion,
    BrowseCatalogue,
    CatalogueFound,
    CheckPorting,
    PortCompleted,
    PortingChecked,
    SimActivated,
    SimStopped,
    StopSim,
)
from unshackled_adapters.telco import mapping, offerings, porting_mapping
from unshackled_adapters.telco.settings import Settings

ORDERS: Final = "/serviceOrdering/v4/serviceOrder"
CHECKS: Final = "/numberPorting/v1/checkPortIn"
PORTS: Final = "/numberPorting/v1/portIn"
OFFERINGS: Final = "/productCatalogManagement/v4/productOffering"


class Telco:
    """What both ports share: the key, the channel, the HTTP client."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self.settings = settings
        self._http = http
        self._headers = {"Authorization": f"Bearer {settings.api_key.get_secret_value()}"}

    def now(self) -> datetime:
        """By our clock: the telco's answers do not say when they were written."""
        return self._http.clock.now()

    async def get(self, path: str, params: Mapping[str, str]) -> Answer:
        """Read a collection."""
        return await self._http.request("GET", path, params=params, headers=self._headers)

    async def post(self, path: str, body: object) -> Answer:
        """Add to a collection; 409 says that it is there already."""
        return await self._http.request(
            "POST", path, json=body, headers=self._headers, expect=(409,)
        )


class TelcoSim:
    """The SIM port at this telco."""

    def __init__(self, telco: Telco) -> None:
        self._telco = telco

    async def activate(self, request: ActivateSim, call: Call) -> Outcome[SimActivated]:
        answer = await self._telco.post(ORDERS, mapping.service_order(request, call))
        if answer.status == 409:
            answer = await self._ask(call)
            return read(answer, lambda result: self._activated(result[0]))
        return read(answer, self._activated)

    async def stop(self, request: StopSim, call: Call) -> Outcome[SimStopped]:
        body = mapping.cessation(mapping.line_of(request, call), call)
        answer = await self._telco.post(ORDERS, body)
        if answer.status == 409:
            answer = await self._ask(call)
            return read(answer, lambda result: self._stopped(result[0]))
        return read(answer, self._stopped)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        reader: Callable[[Mapping[str, object]], Outcome[object]] = {
            "activate": self._activated,
            "stop": self._stopped,
        }[operation_name(operation)]
        return read(await self._ask(call), partial(_found, reader))

    async def _ask(self, call: Call) -> Answer:
        return await self._telco.get(ORDERS, {"externalId": call.reference})

    def _activated(self, order: Mapping[str, object]) -> Outcome[SimActivated]:
        return mapping.activated(order, self._telco.settings.poll_after)

    def _stopped(self, order: Mapping[str, object]) -> Outcome[SimStopped]:
        return mapping.stopped(order, self._telco.settings.poll_after)


def _found(
    reader: Callable[[Mapping[str, object]], Outcome[object]],
    orders: list[Mapping[str, object]],
) -> Found[object]:
    """The order under our reference, if there is one."""
    if not isinstance(orders, list):
        raise TypeError("no list")
    return reader(orders[0]) if orders else Absent()


class TelcoPorting:
    """The porting port at this telco."""

    def __init__(self, telco: Telco) -> None:
        self._telco = telco

    async def check(self, request: CheckPorting, call: Call) -> Outcome[PortingChecked]:
        answer = await self._telco.post(CHECKS, porting_mapping.question(request))
        return read(answer, lambda data: porting_mapping.checked(data, call.time_zone))

    async def completion(self, request: AskPortCompletion, call: Call) -> Outcome[PortCompleted]:
        path = f"{PORTS}/{quote(request.line.subscription, safe='')}"
        poll_after = self._telco.settings.port_poll_after
        return read(
            await self._telco.get(path, {}),
            lambda data: porting_mapping.completed(data, poll_after, call.time_zone),
        )


class TelcoCatalogue:
    """The catalogue port at this telco."""

    def __init__(self, telco: Telco) -> None:
        self._telco = telco

    async def browse(self, request: BrowseCatalogue, call: Call) -> Outcome[CatalogueFound]:
        params = {"channel": self._telco.settings.channel, "currency": call.currency}
        answer = await self._telco.get(OFFERINGS, params)
        shelf = partial(
            offerings.catalogue,
            currency=call.currency,
            time_zone=call.time_zone,
            now=self._telco.now(),
        )
        return read(answer, shelf)
