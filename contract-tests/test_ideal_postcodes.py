"""Ideal Postcodes keeps the contract, and its own codes mean what they mean."""

from __future__ import annotations

from typing import Any, ClassVar

import httpx
import pytest
from pydantic import SecretStr

from unshackled.outbound.in_process import in_process
from unshackled.sdk import Declined, HttpClient, InDoubt, NotSent, Passed, Refused
from unshackled.sdk.ports import Address, AddressVerified, VerifyAddress
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled.testing.samples import sample

NOT_FOUND = Declined(code="address_not_found")


class TestIdealPostcodes(AdapterContract):
    adapter = "ideal_postcodes"
    refused_data: ClassVar = {
        "address.verify": [{"address": {"postcode": "ZZ1 1ZZ"}}, {"address": {"postcode": "LS1-1"}}]
    }
    settings: ClassVar = {"api_key": "ak_made_up"}

    def keyed(self, **settings: object) -> AdapterHarness:
        """A bench with other settings."""
        bench = self.bench()
        other = bench.settings.model_copy(update=settings)
        return AdapterHarness(adapter=bench.adapter, stand_in=bench.stand_in, settings=other)

    async def verify(self, bench: AdapterHarness | None = None, **changes: Any) -> Any:
        """Verify the sample address, changed."""
        bench = bench or self.bench()
        (verify,) = bench.operations
        request = VerifyAddress(address=sample(Address, **changes))
        return await bench.run(verify, request=request)

    async def test_the_delivery_point_is_the_udprn(self) -> None:
        """The UDPRN is written with the eight digits that Royal Mail gives it."""
        passed = await self.verify()
        assert passed == Passed(output=AddressVerified(delivery_point="51000001"))

    async def test_a_postcode_that_does_not_exist_is_a_decline(self) -> None:
        """4040 is a business no: the vendor's own test postcode for it declines."""
        assert await self.verify(postcode="ID1 KFA") == NOT_FOUND

    async def test_a_house_that_does_not_exist_is_a_decline(self) -> None:
        """A known postcode without the house that the customer wrote declines."""
        assert await self.verify(line1="99 Longacre Mews") == NOT_FOUND

    async def test_what_is_not_built_yet_is_no_delivery_point(self) -> None:
        """A premise of the file Not Yet Built declines, though the vendor lists it."""
        assert await self.verify(line1="16 Longacre Mews") == NOT_FOUND

    async def test_a_crown_dependency_is_covered(self) -> None:
        """Jersey is in the Postcode Address File."""
        found = await self.verify(
            line1="3, La rue du Moulin", town="St Helier", postcode="JE2 0ZZ", country="JE"
        )
        assert found == Passed(output=AddressVerified(delivery_point="51003000"))

    async def test_another_country_declines_without_asking(self) -> None:
        """An address abroad is not in this file: no look-up is paid for it."""
        bench = self.bench()
        bench.stand_in.play("error")
        assert await self.verify(bench, country="FR") == NOT_FOUND

    async def test_every_page_of_a_postcode_is_read(self) -> None:
        """A hall of 120 rooms has two pages, and the last room is found."""
        found = await self.verify(
            line1="Room 117, Wells Hall", line2="College Lane", postcode="NR21 0AC"
        )
        assert found == Passed(output=AddressVerified(delivery_point="51002000"))
        short = self.keyed(pages=1)
        missed = await self.verify(
            short, line1="Room 117, Wells Hall", line2="College Lane", postcode="NR21 0AC"
        )
        assert missed == NOT_FOUND

    @pytest.mark.parametrize("postcode", ["ID1 CLIP", "ID1 CHOP"])
    async def test_no_look_ups_left_is_not_a_decline(self, postcode: str) -> None:
        """4020 and 4021 prove that nothing was done: another provider may be asked."""
        with pytest.raises(NotSent, match="no look-ups left"):
            await self.verify(postcode=postcode)

    async def test_a_wrong_key_is_refused(self) -> None:
        """4010 is ours to mend: a person looks, and the key is not told."""
        with pytest.raises(Refused) as refused:
            await self.verify(self.keyed(api_key=SecretStr("wrong-key")))
        assert "wrong-key" not in str(refused.value)

    async def test_another_404_is_not_a_missing_postcode(self) -> None:
        """Only 4040 says that the postcode does not exist; what is not theirs is in doubt."""
        app = self.stand_in().app()
        http = HttpClient("bench", f"{BASE_URL}/elsewhere", transport=in_process(app))
        with pytest.raises(InDoubt):
            await self.verify(self.bench(http=http))

    async def test_another_code_than_success_is_unreadable(self) -> None:
        """A 200 that does not say 2000 is not believed."""

        def odd(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json={"code": 2001, "result": [], "total": 0})

        http = HttpClient("bench", BASE_URL, transport=httpx.MockTransport(odd))
        with pytest.raises(InDoubt, match="unexpected shape"):
            await self.verify(self.bench(http=http))

    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            ("/v1/postcodes/id1%201qd", 200, 2000),
            ("/v1/postcodes/ID11QD?page=x", 400, 4000),
            ("/v1/postcodes/ID11QD?api_key=", 401, 4010),
            ("/v1/postcodes/ID1KFA", 404, 4040),
        ],
    )
    async def test_the_stand_in_answers_as_the_vendor(
        self, path: str, status: int, code: int
    ) -> None:
        """Postcodes ignore case and spaces, and the code begins with the status."""
        url = path if "api_key" in path else f"{path}{'&' if '?' in path else '?'}api_key=ak_test"
        wire = httpx.ASGITransport(app=self.stand_in().app())
        async with httpx.AsyncClient(transport=wire, base_url=BASE_URL) as client:
            answer = await client.get(url)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
