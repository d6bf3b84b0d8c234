"""Talks to LineDesk."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final, TypeVar

from unshackled.sdk import Absent, Call, Found, HttpClient, InDoubt, Outcome, Undecided, soap, xml
from unshackled.sdk.ports import ActivateSim, SimActivated
from unshackled.sdk.xml import Element
from unshackled_adapters.legacy_bss import mapping, security
from unshackled_adapters.legacy_bss.settings import Settings

T = TypeVar("T")

PATH: Final = "/linedesk/services/Provisioning"
NAMESPACE: Final = "urn:linedesk:provisioning:5"
# LineDesk reads ASCII with character references, whatever encoding it was installed with.
ENCODING: Final = "us-ascii"


class LegacyBssClient:
    """The SIM port at LineDesk."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    async def activate(self, request: ActivateSim, call: Call) -> Outcome[SimActivated]:
        body = mapping.order(request, call, self._settings)
        try:
            answer = await self._ask("SubmitOrder", body)
        except soap.Fault as fault:
            if fault.code == mapping.DUPLICATE:
                return await self._ordered_before(call)
            raise mapping.failure("SubmitOrder", fault) from None
        now = self._http.clock.now()
        return _read("SubmitOrder", lambda: mapping.submitted(answer, call, self._settings, now))

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        found = await self._find(call)
        # A worker commits what it has in hand, though the caller has gone.
        until = call.send_by and call.send_by + self._settings.longest_work
        if isinstance(found, Absent) and until and self._http.clock.now() < until:
            raise Undecided("LineDesk: FindOrders has nothing yet: too early to say")
        return found

    async def _find(self, call: Call) -> Found[SimActivated]:
        try:
            answer = await self._ask("FindOrders", mapping.find(call.reference))
        except soap.Fault as fault:
            raise mapping.failure("FindOrders", fault) from None
        now = self._http.clock.now()
        return _read("FindOrders", lambda: mapping.line_outcome(answer, call, self._settings, now))

    async def _ordered_before(self, call: Call) -> Outcome[SimActivated]:
        """The order that made this one a duplicate."""
        found = await self._find(call)
        if isinstance(found, Absent):
            raise InDoubt("LineDesk: SubmitOrder is a duplicate of an order that it does not find")
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
