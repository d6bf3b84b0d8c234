"""Talks to LineDesk."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from unshackled.sdk import Absent, Call, Found, HttpClient, InDoubt, Outcome, Undecided, soap, xml
from unshackled.sdk.answers import operation_name
from unshackled.sdk.ports import ActivateSim, SimActivated, SimStopped, StopSim
from unshackled.sdk.xml import Element
from unshackled_adapters.legacy_bss import ceasing, mapping, security
from unshackled_adapters.legacy_bss.settings import Settings

T = TypeVar("T")

PATH: Final = "/linedesk/services/Provisioning"
NAMESPACE: Final = "urn:linedesk:provisioning:5"
# LineDesk reads ASCII with character references, whatever encoding it was installed with.
ENCODING: Final = "us-ascii"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Generic[T]):
    """How orders of one operation are read: one just placed, and those under a reference."""

    submitted: Callable[[Element, Call, Settings, datetime], Outcome[T]]
    outcome: Callable[[Element, Call, Settings, datetime], Found[T]]


ACTIVATED: Final = Reading(submitted=mapping.submitted, outcome=mapping.line_outcome)
STOPPED: Final = Reading(submitted=ceasing.submitted, outcome=ceasing.outcome)


class LegacyBssClient:
    """The SIM port at LineDesk."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    async def activate(self, request: ActivateSim, call: Call) -> Outcome[SimActivated]:
        body = mapping.order(request, call, self._settings)
        return await self._order("SubmitOrder", body, call, ACTIVATED)

    async def stop(self, request: StopSim, call: Call) -> Outcome[SimStopped]:
        body = ceasing.order(request, call, self._settings)
        return await self._order("CeaseLine", body, call, STOPPED)

    async def _order(
        self, action: str, body: xml.Markup, call: Call, reading: Reading[T]
    ) -> Outcome[T]:
        try:
            answer = await self._ask(action, body)
        except soap.Fault as fault:
            if fault.code == mapping.DUPLICATE:
                return await self._ordered_before(action, call, reading)
            raise mapping.failure(action, fault) from None
        now = self._http.clock.now()
        return _read(action, lambda: reading.submitted(answer, call, self._settings, now))

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        stops = operation_name(operation) == "stop"
        found: Found[object] = await (
            self._find(call, STOPPED) if stops else self._find(call, ACTIVATED)
        )
        # A worker commits what it has in hand, though the caller has gone.
        until = call.send_by and call.send_by + self._settings.longest_work
        if isinstance(found, Absent) and until and self._http.clock.now() < until:
            raise Undecided("LineDesk: FindOrders has nothing yet: too early to say")
        return found

    async def _find(self, call: Call, reading: Reading[T]) -> Found[T]:
        try:
            answer = await self._ask("FindOrders", mapping.find(call.reference))
        except soap.Fault as fault:
            raise mapping.failure("FindOrders", fault) from None
        now = self._http.clock.now()
        return _read("FindOrders", lambda: reading.outcome(answer, call, self._settings, now))

    async def _ordered_before(self, action: str, call: Call, reading: Reading[T]) -> Outcome[T]:
        """The order that made this one a duplicate."""
        found = await self._find(call, reading)
        if isinstance(found, Absent):
            raise InDoubt(f"LineDesk: {action} is a duplicate of an order that it does not find")
        return found

    async def _ask(self, action: str, body: xml.Markup) -> Element:
        """The response to one message; raises `soap.Fault` for any fault."""
        token = security.token(
            self._settings.user,
            self._settings.password.get_secret_value(),
            nonce=secrets.token_bytes(16),
            now=self._http.clock.now(),
        )
        message = soap.envelope(body, header=token, namespace=NAMESPACE, encoding=ENCODING)
        soap_action = f"{NAMESPACE}:{action}"
        answer = await soap.post(self._http, PATH, soap_action, message, encoding=ENCODING)
        return soap.opened(answer, f"{action}Response")


def _read(action: str, mapping: Callable[[], T]) -> T:
    try:
        return mapping()
    except ValueError as error:
        kind = type(error).__name__
        raise InDoubt(f"LineDesk: {action} answered something unexpected ({kind})") from None
