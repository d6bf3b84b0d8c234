"""SOAP 1.1 to ShopServer: the session, which runs out, and faults."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from unshackled.sdk import Answer, HttpClient, InDoubt, NotSent, Refused, soap, xml
from unshackled.sdk.soap import Fault
from unshackled.sdk.xml import Element
from unshackled_adapters.legacy_shop.settings import Settings

PATH: Final = "/ShopService"
NAMESPACE: Final = "urn:shopserver:4"
SESSION: Final = "<Session>{session}</Session>"
REQUEST: Final = "<{action}>{body}</{action}>"
LOGIN: Final = "<User>{user}</User><Password>{password}</Password><Shop>{shop}</Shop>"
CODE: Final = re.compile(r"[A-Z]+(?:_[A-Z]+)*")
SESSION_OVER: Final = frozenset({"SESSION_EXPIRED", "SESSION_UNKNOWN"})


class ShopServer:
    """One user's session, shared by every call and renewed when it has run out."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self.poll_after = settings.poll_after
        self._http = http
        self._session = ""
        self._login = asyncio.Lock()

    async def call(self, action: str, body: xml.Markup) -> Element:
        """The answer's `<action>Response`; raises `Fault` for a fault of the caller."""
        session = self._session or await self._renew("")
        try:
            return await self._send(action, body, session)
        except Fault as fault:
            if fault.code not in SESSION_OVER:
                raise
        # A fault about the session proves that nothing was done, so the call may go again.
        return await self._send(action, body, await self._renew(session))

    async def _renew(self, stale: str) -> str:
        """Log in, unless somebody did since `stale`; the call itself was not sent yet."""
        async with self._login:
            if self._session != stale:
                return self._session
            fields = {
                "user": self._settings.user,
                "password": self._settings.password.get_secret_value(),
                "shop": self._settings.shop,
            }
            try:
                answer = await self._send("Login", xml.render(LOGIN, **fields), "")
                self._session = xml.text(answer, "Token")
            except Fault as fault:
                raise Refused(f"ShopServer: login {fault.code}", code=fault.code) from None
            except (InDoubt, ValueError):
                raise NotSent("ShopServer: login gave no session") from None
            return self._session

    async def _send(self, action: str, body: xml.Markup, session: str) -> Element:
        message = soap.envelope(
            xml.render(REQUEST, action=xml.Markup(action), body=body),
            header=xml.render(SESSION, session=session),
            namespace=NAMESPACE,
        )
        answer = await soap.post(self._http, PATH, f"{NAMESPACE}/{action}", message)
        return opened(answer, action)


def owns(answer: Answer) -> bool:
    """Whether ShopServer said it: a fault with one of its codes."""
    fault = soap.fault_of(answer)
    return fault is not None and CODE.fullmatch(fault.code) is not None


def opened(answer: Answer, action: str) -> Element:
    """The response inside an envelope.

    Raises `Fault` for a fault of the caller, `InDoubt` for one of the server and for anything
    that is no answer to this action.
    """
    try:
        return soap.opened(answer, f"{action}Response")
    except Fault as fault:
        if fault.side != "Client" or not CODE.fullmatch(fault.code):
            raise answer.malformed(f"{action}: a fault of the server") from None
        raise


__all__ = ["NAMESPACE", "PATH", "Fault", "ShopServer", "opened", "owns"]
