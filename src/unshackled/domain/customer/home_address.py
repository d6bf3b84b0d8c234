"""`collect: address`: by the rules of its country."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Final

from unshackled.domain import postal
from unshackled.domain.entries import Code, Text
from unshackled.domain.facts import Fact, added
from unshackled.domain.form import Finding, Given, WrongFields
from unshackled.domain.personal import Personal
from unshackled.domain.records import Record

Json = Any


def _is_country(code: str) -> bool:
    return code in postal.COUNTRIES


COUNTRY: Final = Code(
    code="unknown_country",
    example="GB",
    is_good=_is_country,
    most=10,
    description="ISO 3166-1, two letters; GB if left out",
)
POSTCODE: Final = Text(
    most=20, least=0, example="LS1 1AA", description="empty where the country has none"
)
REGION: Final = Text(
    most=80,
    example="California",
    description="state, province or county, where an address of the country needs one",
)


def read_address(value: Mapping[str, Json], given: Given) -> Mapping[str, Json]:
    """The postcode and region as the country writes them; raises `WrongFields`."""
    country = value.get("country")
    if country is None:
        return value
    found = dict(value)
    wrong = [*_postcode(found, country), *_region(found, country)]
    if wrong:
        raise WrongFields(*wrong)
    return found


def _postcode(address: dict[str, Json], country: str) -> Iterator[Finding]:
    sent = address.get("postcode")
    if sent is None or (not sent and not postal.rules_of(country).needs_postcode):
        return
    made = postal.postcode_of(sent, country)
    if made is None:
        params = {"country": country, "example": postal.example_of(country)}
        yield Finding(path="postcode", code="invalid_postcode", params=params)
    address["postcode"] = made


def _region(address: dict[str, Json], country: str) -> Iterator[Finding]:
    sent = address.get("region")
    if sent is None:
        if "region" in address and postal.rules_of(country).needs_region:
            yield Finding(path="region", code="region_needed", params={"country": country})
        return
    made = postal.region_of(sent, country)
    if made is None:
        known = sorted(set(postal.rules_of(country).regions.values()))
        params = {"country": country, "allowed": known}
        yield Finding(path="region", code="unknown_region", params=params)
    address["region"] = made


class Address(Record, Fact):
    """Where the customer lives."""

    line1: Personal[Annotated[str, Text(example="1 Longacre Mews")]]
    town: Personal[Annotated[str, Text(example="Leeds")]]
    postcode: Personal[Annotated[str, POSTCODE]]
    line2: Personal[Annotated[str, Text(least=0)]] | None = None
    country: Annotated[str, COUNTRY] = "GB"
    region: Personal[Annotated[str, REGION]] | None = added(None)

    whole: ClassVar[object] = staticmethod(read_address)

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands above town and postcode on a parcel, the region included."""
        return tuple(line for line in (self.line1, self.line2, self.region) if line)
