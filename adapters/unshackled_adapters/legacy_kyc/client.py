"""Talks to the bureau."""

from __future__ import annotations

from unshackled.sdk import Absent, Answer, Call, Found, HttpClient, Outcome, xml
from unshackled.sdk.ports import IdentityVerified, VerifyIdentity
from unshackled_adapters.legacy_kyc import mapping
from unshackled_adapters.legacy_kyc.settings import Settings


class TrueMatch:
    """The identity port at the bureau."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    async def verify(self, request: VerifyIdentity, call: Call) -> Outcome[IdentityVerified]:
        body = mapping.check(request, call, self._settings.product)
        return self._read(await self._post("/Check", body))

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        answer = await self._post("/Enquiry", mapping.enquiry(call), known=False)
        return Absent() if answer.status == 404 else self._read(answer)

    async def _post(self, path: str, body: xml.Markup, *, known: bool = True) -> Answer:
        document = mapping.document(
            body, self._settings.member, self._settings.password.get_secret_value()
        )
        return await self._http.request(
            "POST",
            path,
            content=document,
            headers={"Content-Type": "application/xml", "Accept": "application/xml"},
            expect=() if known else (404,),
        )

    def _read(self, answer: Answer) -> Outcome[IdentityVerified]:
        try:
            return mapping.outcome(answer.body, self._settings.poll_after)
        except ValueError as error:
            raise answer.malformed(str(error)) from None
