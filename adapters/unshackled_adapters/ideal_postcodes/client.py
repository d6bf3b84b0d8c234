"""Talks to Ideal Postcodes."""

from __future__ import annotations

from unshackled.sdk import (
    Answer,
    Call,
    Declined,
    HttpClient,
    NotSent,
    Outcome,
    Refused,
)
from unshackled.sdk.answers import read
from unshackled.sdk.ports import AddressVerified, VerifyAddress
from unshackled_adapters.ideal_postcodes import mapping
from unshackled_adapters.ideal_postcodes.matching import Premise
from unshackled_adapters.ideal_postcodes.settings import Settings


class IdealPostcodes:
    """The address port: every premise of the postcode is read, and the lines matched here.

    Only the postcode leaves us; the lines that the customer wrote do not.
    """

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        key = settings.api_key.get_secret_value()
        self._headers = {"Authorization": f'IDEALPOSTCODES api_key="{key}"'}
        self._pages = settings.pages
        self._http = http

    async def verify(self, request: VerifyAddress, call: Call) -> Outcome[AddressVerified]:
        address = request.address
        if address.country not in mapping.COUNTRIES:
            return mapping.NOT_FOUND
        found = await self._premises(address.postcode)
        return found if isinstance(found, Declined) else mapping.verified(address, found)

    async def _premises(self, postcode: str) -> list[Premise] | Declined:
        """Every premise of a postcode, or that there is none such."""
        found: list[Premise] = []
        seen = 0
        for number in range(self._pages):
            page = await self._page(postcode.replace(" ", ""), number)
            if isinstance(page, Declined):
                return page
            if not page.read:
                break
            found += page.premises
            seen += page.read
            if seen >= page.total:
                break
        return found

    async def _page(self, postcode: str, number: int) -> mapping.Page | Declined:
        """A page; a decline where the postcode does not exist."""
        answer = await self._http.request(
            "GET",
            f"/v1/postcodes/{postcode}",
            headers=self._headers,
            params={"page": number} if number else None,
            expect=(402, 404),
        )
        if answer.status not in (402, 404):
            return read(answer, mapping.page)
        return self._unknown(answer)

    def _unknown(self, answer: Answer) -> Declined:
        """That there is no such postcode; raises where the answer says anything else."""
        code, provider = mapping.code(answer.body), self._http.provider
        if code in mapping.EXHAUSTED:
            raise NotSent(f"{provider}: no look-ups left (code {code})", provider=provider)
        if code != mapping.NO_POSTCODE:
            raise Refused(
                f"{provider}: status {answer.status}, code {code}",
                provider=provider,
                code=str(code),
            )
        return Declined(code="address_not_found", vendor_code=str(code))
