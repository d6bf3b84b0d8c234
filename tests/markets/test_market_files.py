"""A market's file is read whole, or refused by the name of what is wrong."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.market_rules import MarketPack, NoticePeriod
from unshackled.markets import UnknownMarket, WrongMarket, market_codes, market_pack
from unshackled.markets.market_file import pack_of, rule_types

ROOT = Path(__file__).parents[2]
WHOLE = """
market = "XX"
name = "Nowhere"
currencies = ["XTS"]
time_zones = ["Europe/Paris"]
holidays = "FR"
from = 2020-01-01

[rules]
vat = [{from = 2020-01-01, value = {standard = "20"}, source = "Law of VAT"}]
goods_withdrawal_days = [{from = 2019-01-01, value = 14, source = "Law of goods"}]
credit_withdrawal_days = [{from = 2019-01-01, value = 14, source = "Law of credit"}]
airtime_months_max = [
  {from = 2019-01-01, to = 2024-06-30, value = 24, source = "Law of airtime"},
  {from = 2024-07-01, value = 12, source = "Law of shorter airtime"},
]
airtime_notice = [{from = 2019-01-01, value = {months = 1}, source = "Law of airtime"}]
apr = [{from = 2019-01-01, value = "2008/48/EC", source = "Law of credit"}]
contract_records_years = [{from = 2019-01-01, value = 6, source = "Law of records"}]
"""


def read(old: str = "", new: str = "") -> MarketPack:
    """The pack of the whole file, with a text in it replaced."""
    assert old in WHOLE
    return pack_of("XX", WHOLE.replace(old, new, 1).encode(), "xx.toml")


def test_a_whole_file_is_a_pack() -> None:
    """Its periods end where a rule changes, and the last one is open."""
    pack = read()
    assert [(one.starts, one.ends) for one in pack.periods] == [
        (date(2020, 1, 1), date(2024, 7, 1)),
        (date(2024, 7, 1), None),
    ]
    assert pack.on(date(2024, 6, 30)).airtime_months_max == 24
    assert pack.on(date(2024, 7, 1)).airtime_months_max == 12
    assert pack.on(date(2024, 7, 1)).vat == {"standard": Decimal(20)}


def test_a_day_before_the_rules_is_an_error() -> None:
    """No day is filled by a guess."""
    with pytest.raises(LookupError, match="XX has no rules for 2019-12-31"):
        read().on(date(2019, 12, 31))


AIRTIME = '{from = 2024-07-01, value = 12, source = "Law of shorter airtime"}'
GOODS = '{from = 2019-01-01, value = 14, source = "Law of goods"}'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2024-07-01", "2024-06-30", r"rules.airtime_months_max\[1\].from: 2024-06-30 overlaps"),
        ("2024-07-01", "2024-07-02", r"airtime_months_max\[1\].from: nothing is said from 2024-07"),
        (", to = 2024-06-30", "", r"airtime_months_max\[1\].from: .* needs a `to` before 2024-07"),
        ("to = 2024-06-30", "to = 2018-06-30", r"airtime_months_max\[0\].to: .* is before its"),
        ("{from = 2024-07-01", "{from = 2024-07-01, to = 2030-01-01", r"\[1\].to: nothing is said"),
        (f"[{GOODS}]", "[]", r"rules.goods_withdrawal_days: .*length"),
        ("2019-01-01, value = 14", "2021-01-01, value = 14", r"\[0\].from: nothing is said from"),
        (GOODS, f"{GOODS}, {GOODS}", r"rules.goods_withdrawal_days\[1\].from: .* overlaps"),
        ("value = 14", 'value = "14"', r"rules.goods_withdrawal_days\[0\].value: expected `int`"),
        ("value = 14", "value = true", r"rules.goods_withdrawal_days\[0\].value: expected `int`"),
        (
            "value = 14",
            "value = -1",
            r"rules.goods_withdrawal_days\[0\].value: expected `int` >= 0",
        ),
        ("value = 14", "valeu = 14", r"rules.goods_withdrawal_days\[0\]: .*valeu"),
        (', source = "Law of goods"', "", r"rules.goods_withdrawal_days\[0\]: .*`source`"),
        ('"Law of goods"', '""', r"rules.goods_withdrawal_days\[0\].source: .*length"),
        (
            "2020-01-01, value",
            "2020-01-01T00:00:00, value",
            r"rules.vat\[0\].from: expected `date`",
        ),
        ('"20"', "true", r"rules.vat\[0\].value.*: expected `decimal`"),
        ('"20"', '"200"', r"rules.vat\[0\].value.standard: 200 is not 0 to 100"),
        ('"20"', '"NaN"', r"rules.vat\[0\].value.standard: NaN is not 0 to 100"),
        ('{standard = "20"}', "{}", r"rules.vat\[0\].value: names no rate"),
        ("{months = 1}", "{month = 1}", r"rules.airtime_notice\[0\].value: .*`month`"),
        ('"2008/48/EC"', '"flat"', r"rules.apr\[0\].value: invalid enum value 'flat'"),
        ("goods_withdrawal_days", "goods_withdraw_days", r"goods_withdraw_days: is no rule: allow"),
        ("goods_withdrawal_days", "market", r"rules.market: is no rule"),
        ("apr =", "document_language =", r"rules.apr: is missing: every market says it"),
        ('market = "XX"', 'market = "YY"', r"market: 'YY' is in the file of XX"),
        ('market = "XX"', 'market = "xx"', r"market: expected `str` matching"),
        ('["XTS"]', "[]", r"currencies: .*length"),
        ('["XTS"]', '["xts"]', r"currencies\[0\]: expected `str` matching"),
        (
            '["Europe/Paris"]',
            '["Mars/Olympus"]',
            r"time_zones\[0\]: 'Mars/Olympus' is no time zone",
        ),
        ('holidays = "FR"', "", r"missing required field `holidays`"),
        ("from = 2020-01-01\n", "", r"missing required field `from`"),
        ('name = "Nowhere"', 'name = "Nowhere"\ncolour = "blue"', "unknown field `colour`"),
        ('name = "Nowhere"', 'name = "Nowhere"\nname = "Here"', "is no TOML"),
    ],
)
def test_a_wrong_file_is_refused_by_field(old: str, new: str, said: str) -> None:
    """Gaps, overlaps, unknown keys and wrong values never become rules."""
    with pytest.raises(WrongMarket, match=f"^xx.toml: {said}" if "is no TOML" in said else said):
        read(old, new)


@given(st.binary(max_size=200))
def test_no_file_breaks_the_reader(raw: bytes) -> None:
    """Whatever it is, it is refused as a wrong file."""
    with pytest.raises(WrongMarket, match=r"^xx\.toml: "):
        pack_of("XX", raw, "xx.toml")


@given(
    st.lists(st.integers(1, 900), min_size=1, max_size=6),
    st.lists(st.integers(1, 900), min_size=1, max_size=6),
    st.integers(0, 6_000),
)
def test_every_day_has_the_values_of_its_entries(
    airtime: list[int], records: list[int], later: int
) -> None:
    """Whatever the entries are cut like, a day's rules are those that are the law on it."""
    text = WHOLE.partition("airtime_months_max")[0] + _entries("airtime_months_max", airtime)
    text += (
        'airtime_notice = [{from = 2019-01-01, value = {days = 30}, source = "Law of notice"}]\n'
    )
    text += 'apr = [{from = 2019-01-01, value = "2008/48/EC", source = "Law of credit"}]\n'
    text += _entries("contract_records_years", records)
    pack = pack_of("XX", text.encode(), "xx.toml")
    day = date(2020, 1, 1) + timedelta(days=later)
    rules = pack.on(day)
    held = {one.rule: one.value for one in pack.entries_on(day)}
    assert held["airtime_months_max"] == rules.airtime_months_max
    assert held["contract_records_years"] == rules.contract_records_years
    assert rules.starts <= day
    assert rules.ends is None or day < rules.ends


def _entries(rule: str, lengths: list[int]) -> str:
    """One entry after the other, each so many days long; the last one open."""
    begin, found = date(2019, 6, 1), []
    for number, days in enumerate(lengths, start=1):
        last = begin + timedelta(days=days - 1)
        to = f", to = {last}" if number < len(lengths) else ""
        found.append(f'{{from = {begin}{to}, value = {number}, source = "Law number {number}"}}')
        begin = last + timedelta(days=1)
    return f"{rule} = [{', '.join(found)}]\n"


def test_the_markets_are_known_by_their_codes() -> None:
    """A market without a file is refused, with those that there are."""
    assert {"DE", "GB"} <= set(market_codes())
    for code in ("US", "gb", "", "../gb"):
        with pytest.raises(UnknownMarket, match="allowed are DE, GB"):
            market_pack(code)


def test_the_united_kingdom_has_its_rules() -> None:
    """Each with the day it begins on; the sources are named."""
    pack = market_pack("GB")
    today = pack.on(date(2026, 11, 30))
    assert (pack.currencies, pack.holidays, pack.time_zones[0]) == (
        ("GBP",),
        "GB-ENG",
        "Europe/London",
    )
    assert today.vat["standard"] == 20
    assert (today.goods_withdrawal_days, today.credit_withdrawal_days) == (14, 14)
    assert (today.credit_repayment_days, today.credit_information_max) == (30, 6_026_000)
    assert (today.airtime_months_max, today.airtime_notice) == (24, NoticePeriod(days=30))
    assert (today.settlement_notice_days, today.contract_records_years) == (28, 6)
    assert all(one.source for one in pack.entries)


@pytest.mark.parametrize(
    ("day", "rises", "deferred"),
    [
        (date(2025, 1, 16), False, False),
        (date(2025, 1, 17), True, False),
        (date(2026, 7, 14), True, False),
        (date(2026, 7, 15), True, True),
    ],
)
def test_the_rules_of_the_united_kingdom_change_on_their_days(
    day: date, rises: bool, deferred: bool
) -> None:
    """Rises in pounds and pence from 17 January 2025, deferred payment from 15 July 2026."""
    rules = market_pack("GB").on(day)
    assert (rules.airtime_rises_in_amounts, rules.deferred_payment_regulated) == (rises, deferred)
    assert rules.regulated(apr_percent=Decimal(0), months=3) is deferred
    assert rules.regulated(apr_percent=Decimal(0), months=20)
    assert rules.regulated(apr_percent=Decimal("9.9"), months=3)


def test_germany_has_its_rules() -> None:
    """VAT of 19 %, 14 days twice, 24 months and one month's notice, documents in German."""
    pack = market_pack("DE")
    rules = pack.on(date(2026, 11, 30))
    assert (pack.currencies, pack.time_zones, pack.holidays) == (("EUR",), ("Europe/Berlin",), "DE")
    assert rules.vat == {"standard": Decimal(19)}
    assert (rules.goods_withdrawal_days, rules.credit_withdrawal_days) == (14, 14)
    assert (rules.airtime_months_max, rules.airtime_notice) == (24, NoticePeriod(months=1))
    assert (rules.apr, rules.document_language) == ("2008/48/EC", "de")
    assert rules.regulated(apr_percent=Decimal(0), months=3)


def test_every_rule_and_market_is_described() -> None:
    """In docs/markets.md, each by its name."""
    text = (ROOT / "docs" / "markets.md").read_text()
    rows = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    named = {
        name
        for line in text.splitlines()
        if line.startswith("| `")
        for name in line.split("`")[1::2]
    }
    assert set(rule_types()) <= named
    assert set(market_codes()) <= rows
