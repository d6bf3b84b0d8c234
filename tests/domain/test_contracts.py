"""A quote contract by contract: today, each month, until when, in all, and the VAT in it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_pricing import CATALOGUE, GB, NOW, credit, old_phone, priced
from unshackled.domain.catalogue import Accessory, Catalogue, CreditPlan, Handset, PriceRise, Tariff
from unshackled.domain.codec import decode, encode
from unshackled.domain.contracts import Contract, ContractMonths, contracts_of
from unshackled.domain.package import CreditChoice, Instalments, Selection
from unshackled.domain.pricing import Priced, price
from unshackled.domain.quote import Quote, QuoteLine
from unshackled.domain.records import replace
from unshackled.domain.representative_example import Repayment, borrowing_rate, example_of
from unshackled.domain.vat import VatLine, vat_line
from unshackled.markets import market_pack
from unshackled.messages import example_text

DE = market_pack("DE").on(date(2026, 11, 22))


def contracts(**picked: Any) -> dict[str, Contract]:
    """The contracts of a selection, by part."""
    found = priced(**picked)
    return {one.part: one for one in contracts_of(found.package, found.quote)}


def test_a_package_is_contract_by_contract() -> None:
    """Worked by hand: £718 less £49 is £669 over 20; 5 + 12 + 7 months of airtime from 22 Nov."""
    found = contracts(handset="N9", tariff="AIR", credit=credit(), accessories=("CASE",))
    assert list(found) == ["handset", "credit", "tariff", "accessories"]
    handset, loan, airtime = found["handset"], found["credit"], found["tariff"]
    assert (handset.due_today, handset.total, handset.per_month) == (4_900, 4_900, ())
    assert (handset.price, handset.financed, handset.traded_in) == (71_800, 66_900, 0)
    assert loan.per_month == (
        ContractMonths(amount=3_345, months=20, from_month=1, begins=date(2026, 11, 22)),
    )
    assert (loan.total, loan.months, loan.ends) == (66_900, 20, date(2028, 7, 22))
    assert loan.regulated is True
    assert [(row.amount, row.months, row.from_month) for row in airtime.per_month] == [
        (1_800, 5, 1),
        (1_980, 12, 6),
        (2_160, 7, 18),
    ]
    assert [(row.begins, row.rises_on) for row in airtime.per_month] == [
        (date(2026, 11, 22), None),
        (date(2027, 4, 22), date(2027, 4, 1)),
        (date(2028, 4, 22), date(2028, 4, 1)),
    ]
    assert (airtime.total, airtime.starts, airtime.ends) == (
        47_880,
        date(2026, 11, 22),
        date(2028, 11, 21),
    )
    assert (found["accessories"].due_today, found["accessories"].ends) == (1_999, None)


def test_what_an_old_device_pays_is_part_of_the_price() -> None:
    """The trade-in lowers the credit, not what is due today."""
    found = contracts(handset="N9", credit=credit("P24", 20_000), trade_in=old_phone())["handset"]
    assert (found.price, found.due_today, found.financed, found.traded_in) == (
        71_800,
        20_000,
        39_800,
        12_000,
    )


@pytest.mark.parametrize(
    ("day", "months", "ends"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 27)),
        (date(2026, 3, 31), 1, date(2026, 4, 29)),
        (date(2028, 1, 31), 1, date(2028, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 27)),
        (date(2028, 2, 29), 24, date(2030, 2, 27)),
        (date(2026, 11, 30), 24, date(2028, 11, 29)),
        (date(2026, 12, 31), 2, date(2027, 2, 27)),
        (date(2027, 1, 1), 12, date(2027, 12, 31)),
    ],
)
def test_a_commitment_ends_the_day_before_its_next_month_would_begin(
    day: date, months: int, ends: date
) -> None:
    """A month without that day ends with its last one, in leap years too."""
    tariff = Tariff(sku="T", title="T", monthly=1_000, term_months=months)
    catalogue = Catalogue(currency="GBP", version="1", tariffs=(tariff,))
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    found = price(Selection(tariff="T"), catalogue, rules=GB, now=now, quote_id="q")
    assert isinstance(found, Priced)
    [contract] = contracts_of(found.package, found.quote)
    assert (contract.starts, contract.ends, contract.months) == (day, ends, months)


def test_a_quote_of_before_has_no_dates() -> None:
    """It is read as it was stored; its sums are there."""
    found = priced(handset="N9", tariff="AIR", credit=credit())
    later = ("priced_on", "rate_percent", "credit_regulated", "vat")
    old = decode(Quote, {k: v for k, v in encode(found.quote).items() if k not in later})
    assert old.digest == found.quote.digest
    for one in contracts_of(found.package, old):
        assert (one.starts, one.ends, one.regulated) == (None, None, None)
        assert all(row.begins is None for row in one.per_month)


def test_what_a_step_brought_is_a_payment_of_its_own() -> None:
    """A paid delivery is paid today, and has no months."""
    found = priced(handset="N9")
    line = QuoteLine(part="delivery", title="Delivery", due_today=495, total=495, step="slot")
    quote = found.quote.with_step_lines([line], 0, of="chk_1")
    *_, last = contracts_of(found.package, quote)
    assert (last.part, last.due_today, last.total, last.per_month) == ("delivery", 495, 495, ())
    assert quote.priced_on == NOW.date()


@pytest.mark.parametrize(
    ("percent", "gross", "net", "tax"),
    [
        ("20", 71_800, 59_833, 11_967),
        ("20", 121_679, 101_399, 20_280),
        ("19", 10_000, 8_403, 1_597),
        ("19", 118_998, 99_998, 19_000),
        ("20", 3, 3, 0),
        ("20", 1, 1, 0),
        ("100", 1, 1, 0),
        ("0", 995, 995, 0),
        ("5", 0, 0, 0),
    ],
)
def test_the_vat_in_a_price_is_rounded_once(percent: str, gross: int, net: int, tax: int) -> None:
    """Net to the nearest minor unit, half up; the tax is the rest."""
    found = vat_line("standard", Decimal(percent), gross)
    assert (found.gross, found.net, found.tax) == (gross, net, tax)


def with_vat(handset: str | None, tariff: str | None, accessory: str | None) -> Catalogue:
    """The catalogue whose prices carry VAT."""
    return replace(
        CATALOGUE,
        handsets=tuple(replace(one, vat=handset) for one in CATALOGUE.handsets),
        tariffs=tuple(replace(one, vat=tariff) for one in CATALOGUE.tariffs),
        accessories=tuple(replace(one, vat=accessory) for one in CATALOGUE.accessories),
    )


def vat(catalogue: Catalogue, **picked: Any) -> tuple[VatLine, ...]:
    """The VAT of a selection."""
    found = price(Selection(**picked), catalogue, rules=GB, now=NOW, quote_id="q")
    assert isinstance(found, Priced), found
    return found.quote.vat


def test_vat_is_summed_by_rate() -> None:
    """£718.00, £478.80 and £19.99 at 20 % hold £202.80; a part without a rate counts nowhere."""
    whole = {"handset": "N9", "tariff": "AIR", "accessories": ("CASE",), "credit": credit()}
    assert vat(with_vat("standard", "standard", "standard"), **whole) == (
        VatLine(rate="standard", percent=Decimal(20), gross=121_679, net=101_399, tax=20_280),
    )
    assert [(one.rate, one.gross) for one in vat(with_vat("standard", None, "zero"), **whole)] == [
        ("standard", 71_800),
        ("zero", 1_999),
    ]
    assert vat(CATALOGUE, **whole) == ()


def test_vat_is_part_of_what_a_quote_says() -> None:
    """Without it the digest is that of before; with it another rate is another quote."""
    plain, taxed = (
        price(Selection(handset="N9"), one, rules=GB, now=NOW, quote_id="q")
        for one in (CATALOGUE, with_vat("standard", None, None))
    )
    german = price(
        Selection(handset="N9"),
        replace(with_vat("standard", None, None), currency="GBP"),
        rules=DE,
        now=NOW,
        quote_id="q",
    )
    assert isinstance(plain, Priced)
    assert isinstance(taxed, Priced)
    assert isinstance(german, Priced)
    assert len({plain.quote.digest, taxed.quote.digest, german.quote.digest}) == 3
    assert german.quote.vat[0].percent == 19
    later = taxed.quote.with_step_lines([], 0, of="chk")
    assert later.digest == taxed.quote.digest


def test_a_rate_that_the_market_has_not_is_an_error() -> None:
    """It names what is allowed; a catalogue that is read leaves such items out."""
    with pytest.raises(
        ValueError, match="'luxury' is no rate: allowed are reduced, standard, zero"
    ):
        vat(with_vat("luxury", None, None), handset="N9")


def test_an_example_has_every_item_of_the_rule() -> None:
    """CONC 3.5.5R, by the worked loan: £669 over 20 at 0 %."""
    found = priced(handset="N9", credit=credit())
    terms, rate = found.package.credit, found.quote.rate_percent
    assert terms is not None
    assert rate == 0
    example = example_of(terms, 71_800, rate_percent=rate, currency="GBP")
    assert example.repayments == (Repayment(amount=3_345, count=20),)
    assert (example.cash_price, example.advance_payment, example.credit) == (71_800, 4_900, 66_900)
    assert (example.months, example.total_payable, str(example.apr_percent)) == (20, 71_800, "0.0")
    assert example_text(example, "en-GB") == (
        "Representative example: cash price £718.00, advance payment £49.00, total amount of credit"
        " £669.00, rate of interest 0 % a year (fixed), no other charges, duration 20 months,"
        " 20 monthly repayments of £33.45, total amount payable £718.00."
        " Representative 0.0 % APR."
    )
    assert example_text(replace(example, currency="EUR"), "de-DE") == (
        "Repräsentatives Beispiel: Barzahlungspreis 718,00\xa0€, Anzahlung 49,00\xa0€,"
        " Nettodarlehensbetrag 669,00\xa0€, gebundener Sollzinssatz 0 % pro Jahr,"
        " keine weiteren Kosten, Laufzeit 20 Monate, 20 monatliche Raten zu 33,45\xa0€,"
        " Gesamtbetrag 718,00\xa0€. Effektiver Jahreszins 0,0 %."
    )


def test_an_example_says_another_last_repayment_and_the_trade_in() -> None:
    """All that is due is in the sentence."""
    found = priced(handset="N9", credit=credit("P24", 20_000), trade_in=old_phone())
    assert found.package.credit is not None
    terms = replace(
        found.package.credit,
        instalments=Instalments(count=24, first=1_827, regular=1_827, last=1_830),
    )
    example = example_of(terms, 71_800, rate_percent=Decimal("9.9"), currency="GBP")
    text = example_text(example, "en-GB")
    assert "trade-in £120.00, total amount of credit £398.00" in text
    assert "23 monthly repayments of £18.27, a last one of £18.30" in text
    assert "rate of interest 9.48 % a year (fixed)" in text
    assert text.endswith("Representative 9.9 % APR.")
    once = replace(
        terms, months=1, instalments=Instalments(count=1, first=400, regular=400, last=400)
    )
    example = example_of(once, 71_800, rate_percent=Decimal("9.9"), currency="GBP")
    assert "duration 1 month, 1 monthly repayment of £4.00," in example_text(example, "en-GB")


@pytest.mark.parametrize(
    ("yearly", "charged"), [("0", "0"), ("0.0", "0"), ("9.9", "9.48"), ("29.9", "26.45")]
)
def test_the_borrowing_rate_is_twelve_times_that_of_a_month(yearly: str, charged: str) -> None:
    """(1.099 to the power of 1/12, less 1) times 12 is 9.48 %."""
    assert str(borrowing_rate(Decimal(yearly))) == charged


AMOUNTS = st.integers(1_000, 200_000)
RATES = st.sampled_from(["0", "5.5", "9.9", "29.9"])


@given(
    cash=AMOUNTS,
    part=st.integers(0, 90),
    months=st.integers(1, 60),
    rate=RATES,
    term=st.integers(1, 24),
    rises=st.lists(
        st.tuples(st.dates(date(2026, 6, 1), date(2029, 6, 1)), st.integers(0, 9_000)), max_size=4
    ),
    extras=st.integers(0, 3),
    kinds=st.tuples(*[st.sampled_from([None, "standard", "reduced", "zero"])] * 3),
    day=st.dates(date(2026, 7, 1), date(2028, 12, 31)),
)
def test_the_rows_add_up(
    *,
    cash: int,
    part: int,
    months: int,
    rate: str,
    term: int,
    rises: list[tuple[date, int]],
    extras: int,
    kinds: tuple[str | None, str | None, str | None],
    day: date,
) -> None:
    """Today and the months are the total, the contracts the quote's, net and tax the gross."""
    stated = tuple(PriceRise(starts=at, monthly=amount) for at, amount in rises)
    catalogue = Catalogue(
        currency="GBP",
        version="1",
        handsets=(Handset(sku="H", title="H", price=cash, vat=kinds[0]),),
        tariffs=(
            Tariff(
                sku="T",
                title="T",
                monthly=1_500,
                term_months=term,
                price_rises=stated,
                vat=kinds[1],
            ),
        ),
        credit_plans=(CreditPlan(code="P", title="P", months=months, apr_percent=Decimal(rate)),),
        accessories=(Accessory(sku="A", title="A", price=1_999, vat=kinds[2]),),
    )
    selection = Selection(
        handset="H",
        tariff="T",
        credit=CreditChoice(plan="P", deposit=cash * part // 100),
        accessories=("A",) * extras,
    )
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    found = price(selection, catalogue, rules=GB, now=now, quote_id="q")
    if not isinstance(found, Priced):
        return
    quote, listed = found.quote, contracts_of(found.package, found.quote)
    assert sum(one.due_today for one in listed) == quote.due_today
    assert sum(one.total for one in listed) == quote.total_payable
    for one in listed:
        of_months = sum(row.amount * row.months for row in one.per_month)
        assert one.due_today + of_months == one.total
        assert sum(row.months for row in one.per_month) == (one.months or 0)
        assert [row.from_month for row in one.per_month] == [
            1 + sum(row.months for row in one.per_month[:place])
            for place in range(len(one.per_month))
        ]
        if one.part == "handset":
            assert one.price == cash
            assert one.due_today + (one.financed or 0) + (one.traded_in or 0) == cash
    _check_vat(found, kinds, cash)


def _check_vat(found: Priced, kinds: tuple[str | None, ...], cash: int) -> None:
    tariff, extras = found.package.tariff, found.package.accessories
    sums = zip(
        kinds, (cash, tariff.total if tariff else 0, extras.total if extras else 0), strict=True
    )
    expected: dict[str, int] = {}
    for kind, amount in sums:
        if kind is not None:
            expected[kind] = expected.get(kind, 0) + amount
    listed = {one.rate: one.gross for one in found.quote.vat}
    assert listed == {kind: amount for kind, amount in expected.items() if kind in listed}
    assert all(amount == 0 for kind, amount in expected.items() if kind not in listed)
    for one in found.quote.vat:
        assert one.net + one.tax == one.gross
        assert abs(one.tax - one.net * one.percent / 100) <= 1
