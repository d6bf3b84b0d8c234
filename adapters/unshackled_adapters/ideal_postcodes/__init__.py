"""Ideal Postcodes: the Royal Mail address file, by postcode."""

from __future__ import annotations

from datetime import date

from unshackled.sdk import Adapter, Api, Marks
from unshackled_adapters.ideal_postcodes.client import IdealPostcodes
from unshackled_adapters.ideal_postcodes.mapping import COUNTRIES, owns
from unshackled_adapters.ideal_postcodes.settings import Settings

ADAPTER = Adapter(
    title="Ideal Postcodes",
    settings=Settings,
    owns=owns,
    connect=IdealPostcodes,
    ports={"address": lambda client: client},
    api=Api(
        name="Ideal Postcodes API",
        version="v1 (OpenAPI 4.17.0)",
        checked=date(2026, 11, 22),
        documents="https://docs.ideal-postcodes.co.uk/docs/api/postcodes",
        licence="MIT",
    ),
    countries=COUNTRIES,
    hosts=("api.ideal-postcodes.co.uk",),
    marks=Marks(codes=("code",)),
)

__all__ = ["ADAPTER", "Settings"]
