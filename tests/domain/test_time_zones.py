"""Days are the retailer's: the same moment is another day elsewhere."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from unshackled.domain.catalogue import Catalogue, PriceRise, Tariff
from unshackled.domain.package import Selection
from unshackled.domain.pricing import Priced, price
from unshackled.domain.records import replace
from unshackled.domain.time_zones import local, time_zone
from unshackled.markets import market_pack
from unshackled.ports.credit import AgreementStanding
from unshackled.ports.outcome import Passed
from unshackled.ports.upgrade_rules import UpgradeFacts, upgrade_eligibility
from unshackled.sdk import ports
from unshackled.sdk.answers import day_of
from unshackled.testing.samples import sample

HALF_PAST_MIDNIGHT = datetime(2027, 3, 31, 23, 30, tzinfo=UTC)  # 00:30 BST on 1 April
GB = market_pack("GB").on(date(2027, 4, 1))
TARIFF = Tariff(
    sku="sim",
    title="SIM",
    monthly=1_000,
    term_months=12,
    price_rises=(PriceRise(starts=date(2027, 4, 1), monthly=1_180),),
)


def monthly(zone: str, at: datetime = HALF_PAST_MIDNIGHT) -> int:
    """What a month costs at a moment in a zone."""
    found = price(
        Selection(tariff="sim"),
        Catalogue(currency="GBP", version="1", tariffs=(TARIFF,)),
        rules=GB,
        now=local(at, zone),
        quote_id="quo_1",
    )
    assert isinstance(found, Priced)
    assert found.package.tariff is not None
    assert found.quote.valid_until == at + timedelta(minutes=30)
    return found.package.tariff.monthly


@pytest.mark.parametrize("name", ["Europe/London", "America/Argentina/Salta", "Etc/GMT+1", "UTC"])
def test_a_zone_is_known_by_its_iana_name(name: str) -> None:
    """Two or three parts, or UTC."""
    assert time_zone(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "BST",
        "europe/london",
        "Europe",
        "Europe/Atlantis",
        "../London",
        "posix/UTC",
        "localtime",
    ],
)
def test_what_is_no_iana_name_is_refused(name: str) -> None:
    """The message says what to write, whatever zone files the machine has."""
    with pytest.raises(ValueError, match="write one as `time_zone: Europe/London`"):
        time_zone(name)


def test_a_price_rise_begins_at_the_retailers_midnight() -> None:
    """Half past midnight in London on 1 April is with the rise, and still without it in UTC."""
    assert monthly("Europe/London") == 1_180
    assert monthly("UTC") == monthly("America/New_York") == 1_000
    before = datetime(2027, 3, 31, 22, 59, tzinfo=UTC)
    assert monthly("Europe/London", before) == 1_000


def test_a_quote_is_valid_for_its_time_on_the_night_when_the_clocks_change() -> None:
    """Half an hour is half an hour, though the wall clock jumps."""
    assert monthly("Europe/London", datetime(2026, 10, 25, 0, 45, tzinfo=UTC)) == 1_000
    assert monthly("Europe/London", datetime(2027, 3, 28, 0, 45, tzinfo=UTC)) == 1_000


def test_a_settlement_is_counted_from_the_retailers_day() -> None:
    """One month more has passed at half past midnight in London than in UTC an hour behind it."""
    standing = sample(
        AgreementStanding,
        apr_percent="9.9",
        amount=54_461,
        repayments_made=18,
        started=datetime(2025, 9, 29, 9, 0, tzinfo=UTC),
    )
    facts = UpgradeFacts(
        standing=standing,
        device=sample(ports.DeviceReturn),
        valuation=sample(ports.DeviceValued, amount=0),
    )
    here = upgrade_eligibility(facts, local(HALF_PAST_MIDNIGHT, "Europe/London"), GB)
    there = upgrade_eligibility(facts, HALF_PAST_MIDNIGHT, GB)
    assert isinstance(here, Passed)
    assert isinstance(there, Passed)
    assert here.output != there.output
    assert here == upgrade_eligibility(facts, datetime(2027, 4, 1, 12, tzinfo=UTC), GB)
    began = datetime(2025, 9, 28, 23, 0, tzinfo=UTC)  # midnight in London, on the 29th
    moved = replace(facts, standing=replace(standing, started=began))
    assert upgrade_eligibility(moved, local(HALF_PAST_MIDNIGHT, "Europe/London"), GB) == here


def test_a_settlement_counts_from_when_the_markets_law_says() -> None:
    """In Germany on the day that it is asked for, in GB 28 days later."""
    facts = UpgradeFacts(
        standing=sample(
            AgreementStanding,
            apr_percent="9.9",
            amount=54_461,
            repayments_made=18,
            started=datetime(2025, 9, 29, 9, 0, tzinfo=UTC),
        ),
        device=sample(ports.DeviceReturn),
        valuation=sample(ports.DeviceValued, amount=0),
    )
    asked = datetime(2027, 4, 20, 12, tzinfo=UTC)
    germany = market_pack("DE").on(asked.date())
    assert germany.settlement_notice_days == 0
    there = upgrade_eligibility(facts, asked, germany)
    assert isinstance(there, Passed)
    assert there == upgrade_eligibility(facts, asked - timedelta(days=28), GB)
    assert there != upgrade_eligibility(facts, asked, GB)


def test_a_day_that_a_backend_writes_as_a_moment_is_the_retailers() -> None:
    """Midnight of 1 April in London is 31 March in UTC."""
    assert day_of("2027-03-31T23:00:00Z", "Europe/London") == date(2027, 4, 1)
    assert day_of("2027-04-01T00:00:00+01:00", "Europe/London") == date(2027, 4, 1)
    assert day_of("2027-03-31T23:00:00Z", "UTC") == date(2027, 3, 31)
