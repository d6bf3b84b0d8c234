"""Prices in time at both catalogues of TMF620: what is sold when, and what cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.sdk.ports import CatalogueFound, PriceRise
from unshackled_adapters.telco import offerings as telco
from unshackled_adapters.tmf import catalogue as tmf

LONDON = "Europe/London"
NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
Json = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """What a catalogue says: the catalogue, what was left out, and until when it counts."""

    output: CatalogueFound
    until: datetime | None


def at_tmf(offered: list[Json], now: datetime = NOW) -> Found:
    """The Open API catalogue."""
    found = tmf.catalogue_of({"version": "1"}, offered, [], LONDON, now=now, currency="GBP")
    return Found(found.output, found.valid_until)


def at_telco(offered: list[Json], now: datetime = NOW) -> Found:
    """The telco's own."""
    found: Any = telco.catalogue(offered, "GBP", LONDON, now)
    return Found(found.output, found.valid_until)


both = pytest.mark.parametrize("read", [at_tmf, at_telco])
Read = Callable[..., Found]


def price(value: float, start: str | None = None, end: str | None = None, **more: Any) -> Json:
    """A price by value, and when it holds."""
    told = {"startDateTime": start, "endDateTime": end}
    valid = {key: value for key, value in told.items() if value is not None}
    money = {"taxIncludedAmount": {"unit": "GBP", "value": value}}
    return {"name": f"price of {value}", "price": money, "validFor": valid, **more}


def offering(
    category: str, *prices: Json, data: str = "20", name: str = "one", **more: Any
) -> Json:
    """An offering that is on sale."""
    kind = "recurring" if category == "tariff" else "oneTime"
    return {
        "id": name,
        "name": name,
        "lifecycleStatus": "Active",
        "lastUpdate": "2026-01-01T00:00:00Z",
        "category": [{"id": category, "name": category}],
        "prodSpecCharValueUse": [
            {"name": "data", "productSpecCharacteristicValue": [{"value": data}]}
        ],
        "productOfferingTerm": [{"duration": {"amount": 24, "units": "month"}}],
        "productOfferingPrice": [{"priceType": kind, **one} for one in prices],
        **more,
    }


@both
@pytest.mark.parametrize(
    ("prices", "sold"),
    [
        ([price(10)], 1_000),
        ([price(10, "2026-01-01T00:00:00Z"), price(12, "2026-06-01T00:00:00Z")], 1_200),
        ([price(12, "2026-06-01T00:00:00Z"), price(10, "2026-01-01T00:00:00Z")], 1_200),
        ([price(10), price(12, "2026-06-01T00:00:00Z")], 1_200),
        ([price(10, end="2026-07-01T12:00:00Z"), price(12)], 1_200),
        ([price(10, end="2026-07-01T12:00:01Z")], 1_000),
        ([price(10, "2026-07-01T12:00:00Z")], 1_000),
        ([price(10, "2026-07-01T12:00:01Z")], None),
        ([price(10, "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z")], None),
        ([price(10, "2026-07-01")], 1_000),
        ([price(10), price(12, "2026-07-02")], 1_000),
        ([price(10, "2026-01-01", "2026-07-02"), price(8, "2026-06-01", "2026-06-30")], 1_000),
    ],
)
@pytest.mark.parametrize("category", ["handset", "tariff"])
def test_the_price_in_force_that_started_last_is_asked(
    read: Read, category: str, prices: list[Json], sold: int | None
) -> None:
    """`start <= now < end`; what ended or has not begun is not sold."""
    found = read([offering(category, *prices)]).output
    assert found.left_out == ()
    items: Any = found.catalogue.handsets or found.catalogue.tariffs
    asked = [getattr(item, "price", None) or item.monthly for item in items]
    assert asked == ([] if sold is None else [sold])


@both
def test_a_day_is_one_of_the_retailers_zone(read: Read) -> None:
    """A price of the 1st of July begins at midnight in London, an hour before that of UTC."""
    one = [offering("handset", price(10, end="2026-07-01"), price(12, "2026-07-01"))]
    before = read(one, datetime(2026, 6, 30, 22, 59, tzinfo=UTC)).output.catalogue
    after = read(one, datetime(2026, 6, 30, 23, 0, tzinfo=UTC)).output.catalogue
    assert [before.handsets[0].price, after.handsets[0].price] == [1_000, 1_200]


@both
def test_a_price_to_come_is_a_rise_of_a_tariff(read: Read) -> None:
    """Stated in advance, by the retailer's day; one that is past is the price itself."""
    prices = [
        price(10, "2025-01-01T00:00:00Z"),
        price(12, "2026-04-01T00:00:00+01:00"),
        price(14, "2027-03-31T23:30:00Z"),
        price(99, "2027-05-01T00:00:00Z", "2027-05-01T00:00:00Z"),
    ]
    (tariff,) = read([offering("tariff", *prices)]).output.catalogue.tariffs
    assert tariff.monthly == 1_200
    assert tariff.price_rises == (PriceRise(starts=date(2027, 4, 1), monthly=1_400),)


@both
def test_an_offering_has_its_time_too(read: Read) -> None:
    """One that ended, or begins later, is not sold whatever its price says."""
    ended = offering("handset", price(10), name="a", validFor={"endDateTime": "2026-07-01"})
    later = offering("tariff", price(10), name="b", validFor={"startDateTime": "2026-07-02"})
    found = read([ended, later, offering("handset", price(10), name="c")])
    assert [one.sku for one in found.output.catalogue.handsets] == ["c"]
    assert found.output.catalogue.tariffs == ()
    assert found.output.left_out == ()


@both
def test_a_catalogue_counts_until_something_begins_or_ends(read: Read) -> None:
    """Rises are known in advance; everything else that changes ends what was read."""
    rising = offering("tariff", price(10), price(12, "2026-07-05"), name="a")
    assert read([rising]).until is None
    ends = offering("handset", price(10, end="2026-08-01T00:00:00Z"), name="b")
    begins = offering("handset", price(10, "2026-07-20T00:00:00Z"), name="c")
    assert read([rising, ends]).until == datetime(2026, 8, 1, tzinfo=UTC)
    assert read([rising, ends, begins]).until == datetime(2026, 7, 20, tzinfo=UTC)


@both
@pytest.mark.parametrize(
    "wrong",
    [
        offering("tariff", price(10), price(30, priceType="oneTime")),
        offering("tariff", price(10), data="0.5"),
        offering("tariff", price(10), data="lots"),
        offering("tariff", price(10), data="-1"),
        offering("tariff", price(10), productOfferingTerm=[]),
        offering("tariff", price(10), productOfferingTerm=[{"duration": {"amount": 0}}]),
        offering("tariff", price(10, recurringChargePeriodType="year")),
        offering("tariff", price(10, "soon")),
        offering("tariff"),
        offering("handset", price(10), price(11)),
        offering("handset", price(0.005)),
        offering("handset", {"price": {"taxIncludedAmount": {"unit": "EUR", "value": 10}}}),
        offering("handset", {"name": "a price of nothing"}),
        offering("handset", price(10), name="h" * 65),
        offering("handset", price(10), name="good"),
    ],
    ids=range(15),
)
def test_one_that_cannot_be_read_is_left_out_alone(read: Read, wrong: Json) -> None:
    """It is named with the reason; all the others are sold."""
    good = [
        offering("handset", price(10), name="good"),
        offering("tariff", price(5), name="fine"),
    ]
    found = read([*good, wrong]).output
    assert [one.sku for one in found.catalogue.handsets] == ["good"]
    assert [one.sku for one in found.catalogue.tariffs] == ["fine"]
    (left,) = found.left_out
    assert left.item == wrong["id"][:64]
    assert left.why


@both
def test_where_nothing_can_be_read_the_catalogue_is_none(read: Read) -> None:
    """What was read before is served instead of an empty shop."""
    with pytest.raises(ValueError, match="no offering"):
        read([offering("tariff", price(10), data="0.5")])


@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(1, 30), st.none() | st.integers(1, 30), st.integers(1, 99)
        ),
        max_size=5,
        unique_by=lambda one: one[0],
    ),
    st.integers(1, 30),
)
def test_no_price_is_asked_outside_its_time(
    told: list[tuple[int | None, int | None, int]], day: int
) -> None:
    """Whatever prices there are: one that holds, and none that holds started later."""

    def at(number: int | None) -> str | None:
        return f"2026-06-{number:02}T00:00:00Z" if number else None

    prices = [price(value, at(start), at(end)) for start, end, value in told]
    now = datetime(2026, 6, day, tzinfo=UTC)
    holding = [
        (start or 0, value)
        for start, end, value in told
        if (start or 0) <= day and (end is None or day < end)
    ]
    if not prices:
        return
    for read in (at_tmf, at_telco):
        found = read([offering("handset", *prices)], now).output.catalogue.handsets
        wanted = [max(holding)[1] * 100] if holding else []
        assert [one.price for one in found] == wanted
