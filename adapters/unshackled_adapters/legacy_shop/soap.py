"""SOAP 1.1 to ShopServer: the session, which runs out, and faults."""

from __future__ import annotations

import asyncio
from typing import Final

from unshackled.sdk import Answer, HttpClient, InDoubt, NotSent, Refused, xml
from unshackled.sdk.xml import Element
from unshackled_adapters.legacy_shop.settings import Settings

PATH: Final = "/ShopService"
NAMESPACE: Final = "urn:shopserver:4"
ENVELOPE: Final = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns="{namespace}">'
    "<soap:Header><Session>{session}</Session></soap:Header>"
    "<soap:Body><{action}>{body}</{action}></soap:Body></soap:Envelope>"
)
LOGIN: Final = "<User>{user}</User><Password>{password}</Password><Shop>{shop}</Shop>"
SESSION_OVER: Final = frozenset({"SESSION_EXPIRED", "SESSION_UNKNOWN"})


class Fault(Exception):
    """ShopServer understood and did not do it; `code` is its own word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ShopServer:
    """One user's session, shared by every call and renewed when it has run out."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
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
        envelope = xml.render(
            ENVELOPE,
            namespace=NAMESPACE,
            session=session,
            action=xml.Markup(action),
            body=body,
        )
        answer = await self._http.request(
            "POST",
            PATH,
            content=envelope,
            headers={
                "Content-Type": "text/xml; charset=utf-8",
                "SOAPAction": f'"{NAMESPACE}/{action}"',
                "Accept": "text/xml",
            },
            expect=(500,),
        )
        return opened(answer, action)


def opened(answer: Answer, action: str) -> Element:
    """The response inside an envelope.

    Raises `Fault` for a fault of the caller, `InDoubt` for one of the server and for anything
    that is no answer to this action.
    """
    try:
        root = xml.parse(answer.body)
        fault = xml.find(root, "Body/Fault")
        if fault is not None and xml.text(fault, "faultcode").rpartition(":")[2] == "Client":
            raise Fault(xml.text(fault, "detail/Code"))
    except ValueError as error:
        raise answer.malformed(f"{action}: {error}") from None
    response = xml.find(root, f"Body/{action}Response")
    if answer.status == 500 or response is None:
        raise answer.malformed(f"{action}: no response in it")
    return response
