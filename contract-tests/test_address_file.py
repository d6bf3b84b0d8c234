"""The address file keeps the contract."""

from __future__ import annotations

from typing import ClassVar

import pytest

from unshackled.sdk import Declined, Passed
from unshackled.sdk.ports import Address, VerifyAddress
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.samples import sample


class TestAddressFile(AdapterContract):
    adapter = "address_file"
    refused_data: ClassVar = {"address.verify": [{"address": {"postcode": "LS1"}}]}
    settings: ClassVar = {"api_key": "demo-address-key"}

    @pytest.mark.parametrize(
        "changes", [{"postcode": "HS9 9ZZ"}, {"postcode": "10115", "country": "DE"}]
    )
    async def test_an_address_that_the_file_has_not_is_declined(
        self, changes: dict[str, str]
    ) -> None:
        """The stand-in's example of nowhere, and a country whose addresses it does not have."""
        bench = self.bench()
        (verify,) = bench.operations
        request = VerifyAddress(address=sample(Address, **changes))
        assert await bench.run(verify, request=request) == Declined(code="address_not_found")

    async def test_an_address_written_twice_is_one_place(self) -> None:
        """Spaces and capitals do not make another delivery point."""
        bench = self.bench()
        (verify,) = bench.operations
        points = []
        for line, postcode in (("1 Longacre Mews", "NR21 0AA"), ("1  longacre mews", "NR210AA")):
            address = sample(Address, line1=line, postcode=postcode)
            outcome = await bench.run(verify, request=VerifyAddress(address=address))
            assert isinstance(outcome, Passed)
            points.append(outcome.output)
        assert points[0] == points[1]
