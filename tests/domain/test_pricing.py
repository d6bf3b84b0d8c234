"""Pricing a selection: the rules, the sums, and every problem at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.catalogue import (
    Accessory,
    Catalogue,
    CreditPlan,
    Handset,
    PriceRise,
    Tariff,
    TradeInPrice,
)
from unshackled.domain.codec import decode, encode
from unshackled.domain.documents import TEMPLATES, TariffFacts
from unshackled.domain.documents.document_model import DocumentTable
from unshackled.domain.package import CreditChoice, Selection, TradeInChoice
from unshackled.domain.periods import add_months
from unshackled.domain.personal import split
from unshackled.domain.pricing import Priced, SelectionFault, price
from unshackled.domain.quote import Monthly
from unshackled.domain.records import replace
from unshackled.markets import market_pack
from unshackled.messages import written

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GB = market_pack("GB").on(NOW.date())
IMEI = "490154203237518"

CATALOGUE = Catalogue(
    currency="GBP",
    version="2026-11",
    handsets=(
        Handset(sku="N9", title="Nimbus 9", price=71_800),
        Handset(sku="N1", title="Nimbus 1", price=9_900),
    ),
    tariffs=(
        Tariff(
            sku="AIR",
            title="Air 100",
            monthly=1_800,
            term_months=24,
            data_gb=100,
            price_rises=(
                PriceRise(starts=date(2027, 4, 1), monthly=1_980),
                PriceRise(starts=date(2028, 4, 1), monthly=2_160),
            ),
        ),
        Tariff(sku="ONLY1", title="N1 deal", monthly=500, term_months=1, handsets=("N1",)),
        Tariff(sku="LONG", title="Three years", monthly=900, term_months=36),
    ),
    credit_plans=(
        CreditPlan(
            code="P20",
            title="20 months",
            months=20,
            apr_percent=Decimal(0),
            min_deposit=4_900,
            min_amount=10_000,
        ),
        CreditPlan(
            code="P24",
            title="24 months",
            months=24,
            apr_percent=Decimal("9.9"),
            max_amount=60_000,
            trade_in_reduces_credit=True,
        ),
        CreditPlan(
            code="BNPL13",
            title="Thirteen",
            months=13,
            apr_percent=Decimal(0),
            product="deferred_payment",
        ),
        CreditPlan(
            code="BNPL3",
            title="Pay in 3",
            months=3,
            apr_percent=Decimal(0),
            product="deferred_payment",
        ),
    ),
    accessories=(Accessory(sku="CASE", title="Case", price=1_999),),
    trade_ins=(
        TradeInPrice(model="Nimbus 5", grade="good", value=12_000),
        TradeInPrice(model="Nimbus 5", grade="worn", value=6_000),
    ),
)


def priced(**picked: Any) -> Priced:
    found = price(Selection(**picked), CATALOGUE, rules=GB, now=NOW, quote_id="quo_1")
    assert isinstance(found, Priced), found
    return found


def problems(**picked: Any) -> tuple[SelectionFault, ...]:
    found = price(Selection(**picked), CATALOGUE, rules=GB, now=NOW, quote_id="quo_1")
    assert isinstance(found, tuple), found
    return found


def codes(**picked: Any) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in problems(**picked)]


def credit(plan: str = "P20", deposit: int = 4_900) -> CreditChoice:
    return CreditChoice(plan=plan, deposit=deposit)


def old_phone(**changes: Any) -> TradeInChoice:
    usual: dict[str, Any] = {"imei": IMEI, "model": "Nimbus 5", "grade": "good"}
    return TradeInChoice(**{**usual, **changes})


def test_the_interest_free_check_comes_out_to_the_penny() -> None:
    """£718 - £49 = £669 over 20 months is £33.45 a month."""
    terms = priced(handset="N9", credit=credit()).package.credit
    assert terms is not None
    assert (terms.amount, terms.deposit, terms.total_payable) == (66_900, 4_900, 71_800)
    assert terms.instalments.amounts == (3_345,) * 20
    assert Decimal("0.0") == terms.apr_percent


def test_due_today_is_the_deposit_and_the_accessories() -> None:
    """The rest of the handset is in the credit."""
    quote = priced(handset="N9", credit=credit(), accessories=("CASE", "CASE")).quote
    assert quote.due_today == 4_900 + 2 * 1_999


def test_without_credit_the_handset_is_paid_today() -> None:
    """The cash price is due at once and there is no APR."""
    quote = priced(handset="N9").quote
    assert (quote.due_today, quote.total_payable, quote.apr_percent) == (71_800, 71_800, None)
    assert quote.per_month == ()


def test_a_tariff_costs_its_stated_rises_in_pounds_and_pence() -> None:
    """Five months at £18.00 to March, twelve at £19.80, seven at £21.60: each a row of its own."""
    found = priced(tariff="AIR")
    assert found.package.tariff is not None
    assert found.package.tariff.total == 5 * 1_800 + 12 * 1_980 + 7 * 2_160
    first, second = date(2027, 4, 1), date(2028, 4, 1)
    assert found.quote.per_month == (
        Monthly(part="tariff", amount=1_800, months=5),
        Monthly(part="tariff", amount=1_980, months=12, from_month=6, starts=first),
        Monthly(part="tariff", amount=2_160, months=7, from_month=18, starts=second),
    )
    assert [(rise.starts, rise.monthly) for rise in found.package.tariff.rises] == [
        (first, 1_980),
        (second, 2_160),
    ]
    assert found.quote.due_today == 0


def test_the_contract_summary_states_every_rise() -> None:
    """What a month costs at first, and from which day it costs more."""
    found = priced(tariff="AIR")
    assert found.package.tariff is not None
    facts = TariffFacts(tariff=found.package.tariff, quote=found.quote)
    model = written(TEMPLATES["contract_summary"], facts, "en-GB").model
    assert ("Price a month at first", "£18.00") in model.lines()
    (rises,) = (block for block in model.blocks if isinstance(block, DocumentTable))
    assert rises.columns == ("From", "Rise a month", "New price a month")
    assert rises.rows == (
        ("1 April 2027", "£1.80", "£19.80"),
        ("1 April 2028", "£1.80", "£21.60"),
    )


@given(
    today=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    rises=st.lists(
        st.tuples(st.dates(date(2025, 1, 1), date(2030, 1, 1)), st.integers(0, 9_999)), max_size=4
    ),
    term=st.integers(1, 24),
)
def test_the_months_add_up_to_what_the_tariff_costs(
    today: date, rises: list[tuple[date, int]], term: int
) -> None:
    """Every month of the term is in one row, in order, at what it costs on its day."""
    stated = tuple(PriceRise(starts=day, monthly=amount) for day, amount in rises)
    tariff = Tariff(sku="T", title="T", monthly=1_500, term_months=term, price_rises=stated)
    catalogue = Catalogue(currency="GBP", version="1", tariffs=(tariff,))
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    found = price(Selection(tariff="T"), catalogue, rules=GB, now=now, quote_id="quo_1")
    assert isinstance(found, Priced)
    rows = found.quote.per_month
    assert sum(row.amount * row.months for row in rows) == found.quote.total_payable
    assert [row.from_month for row in rows] == [
        1 + sum(row.months for row in rows[:place]) for place in range(len(rows))
    ]
    assert sum(row.months for row in rows) == term
    for row in rows[1:]:
        assert row.starts is not None
        assert row.starts <= add_months(today, row.from_month - 1)
        assert row.starts > add_months(today, row.from_month - 2)


def test_the_quote_says_what_is_paid_each_month_part_by_part() -> None:
    """Credit and airtime are separate contracts with different ends."""
    quote = priced(handset="N9", tariff="AIR", credit=credit()).quote
    assert [(part.part, part.amount, part.months) for part in quote.per_month] == [
        ("credit", 3_345, 20),
        ("tariff", 1_800, 5),
        ("tariff", 1_980, 12),
        ("tariff", 2_160, 7),
    ]


def test_the_apr_of_the_rounded_payments_is_that_of_the_plan() -> None:
    """A plan of 9.9 % is quoted at 9.9 %."""
    found = priced(handset="N9", credit=credit("P24", 11_800))
    assert found.package.credit is not None
    assert Decimal("9.9") == found.quote.apr_percent == found.package.credit.apr_percent


def test_a_trade_in_never_lowers_what_is_due_today() -> None:
    """Its value is an estimate until the device is inspected."""
    with_it = priced(handset="N9", credit=credit(), trade_in=old_phone())
    without = priced(handset="N9", credit=credit())
    assert without.quote.due_today == with_it.quote.due_today
    assert without.package.credit == with_it.package.credit
    assert with_it.quote.trade_in_estimate == 12_000


def test_a_plan_may_let_the_trade_in_lower_the_credit() -> None:
    """The credit is price - trade-in - deposit where the plan says so."""
    terms = priced(handset="N9", credit=credit("P24", 0), trade_in=old_phone()).package.credit
    assert terms is not None
    assert terms.amount == 71_800 - 12_000


def test_a_quote_has_its_validity_and_its_id() -> None:
    """Time and id come in as arguments."""
    quote = priced(handset="N9").quote
    assert quote.id == "quo_1"
    assert NOW + timedelta(minutes=30) == quote.valid_until
    assert not quote.expired(NOW)
    assert quote.expired(quote.valid_until)


def test_equal_prices_have_equal_digests() -> None:
    """The id and the validity are not in the digest; every amount is."""
    first = price(Selection(handset="N9"), CATALOGUE, rules=GB, now=NOW, quote_id="quo_1")
    later = price(
        Selection(handset="N9"), CATALOGUE, rules=GB, now=NOW + timedelta(1), quote_id="quo_2"
    )
    dearer = replace(CATALOGUE, handsets=(Handset(sku="N9", title="Nimbus 9", price=71_801),))
    other = price(Selection(handset="N9"), dearer, rules=GB, now=NOW, quote_id="quo_1")
    assert isinstance(first, Priced)
    assert isinstance(later, Priced)
    assert isinstance(other, Priced)
    assert first.quote.digest == later.quote.digest != other.quote.digest


@pytest.mark.parametrize(
    ("picked", "expected"),
    [
        ({}, [("package", "empty_package")]),
        ({"trade_in": old_phone()}, [("package", "empty_package")]),
        ({"credit": credit()}, [("package", "empty_package")]),
        ({"tariff": "AIR", "credit": credit()}, [("package.credit", "credit_without_handset")]),
        ({"handset": "X"}, [("package.handset", "unknown_sku")]),
        ({"tariff": "X"}, [("package.tariff", "unknown_sku")]),
        ({"tariff": "LONG"}, [("package.tariff", "term_too_long")]),
        ({"handset": "N9", "tariff": "ONLY1"}, [("package.tariff", "incompatible")]),
        ({"accessories": ("CASE", "X")}, [("package.accessories[1]", "unknown_sku")]),
        (
            {"handset": "N9", "credit": credit("X")},
            [("package.credit.plan", "unknown_plan")],
        ),
        (
            {"handset": "N1", "credit": credit()},
            [("package.credit.plan", "incompatible")],
        ),
        (
            {"handset": "N9", "credit": credit(deposit=4_899)},
            [("package.credit.deposit", "deposit_out_of_range")],
        ),
        (
            {"handset": "N9", "credit": credit(deposit=-1)},
            [("package.credit.deposit", "deposit_out_of_range")],
        ),
        (
            {"handset": "N9", "credit": credit(deposit=71_800)},
            [("package.credit.deposit", "deposit_out_of_range")],
        ),
        (
            {"handset": "N9", "credit": credit("P24", 0)},
            [("package.credit.deposit", "deposit_out_of_range")],
        ),
        (
            {"handset": "N9", "credit": credit("BNPL13", 0)},
            [("package.credit.plan", "not_deferred_payment")],
        ),
        (
            {"handset": "N9", "trade_in": old_phone(imei="490154203237519")},
            [("package.trade_in.imei", "invalid_imei")],
        ),
        (
            {"handset": "N9", "trade_in": old_phone(model="X")},
            [("package.trade_in.model", "unknown_sku")],
        ),
        (
            {"handset": "N9", "trade_in": old_phone(grade="broken")},
            [("package.trade_in.grade", "unknown_sku")],
        ),
        (
            {"handset": "X", "tariff": "Y", "accessories": ("Z",)},
            [
                ("package.handset", "unknown_sku"),
                ("package.tariff", "unknown_sku"),
                ("package.accessories[0]", "unknown_sku"),
            ],
        ),
    ],
)
def test_a_selection_without_a_price_says_everything_that_is_wrong(
    picked: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Each rule has its path and code, and all problems come together."""
    assert expected == codes(**picked)


def test_a_problem_says_what_is_allowed() -> None:
    """Unknown names list the known ones; bounds are given in minor units."""
    (unknown,) = problems(handset="X")
    assert unknown.allowed == ("N9", "N1")
    (deposit,) = problems(handset="N9", credit=credit(deposit=0))
    assert deposit.allowed == ("4900 to 61800",)
    assert deposit.params == {"least": 4_900, "most": 61_800, "currency": "GBP"}


def test_a_problem_never_repeats_personal_data() -> None:
    """A wrong IMEI is named by its path only."""
    (problem,) = problems(handset="N9", trade_in=old_phone(imei="111111111111111"))
    assert "1111" not in str(problem)


def test_an_interest_free_plan_of_three_payments_may_be_deferred_payment() -> None:
    """At most 12 instalments within 12 months, at 0 %."""
    terms = priced(handset="N9", credit=credit("BNPL3", 0)).package.credit
    assert terms is not None
    assert terms.product == "deferred_payment"


def test_a_priced_package_survives_json_and_its_imei_is_personal() -> None:
    """Encoded and decoded it is the same; the public half holds no IMEI."""
    found = priced(handset="N9", tariff="AIR", credit=credit(), trade_in=old_phone())
    data = encode(found)
    assert found == decode(Priced, data)
    public, personal = split(Priced, data)
    assert IMEI not in str(public)
    assert IMEI in str(personal)


@given(
    deposit=st.integers(min_value=0, max_value=80_000),
    plan=st.sampled_from(["P20", "P24", "BNPL3"]),
    tariff=st.sampled_from([None, "AIR"]),
    accessories=st.lists(st.just("CASE"), max_size=3),
    old=st.sampled_from([None, old_phone(), old_phone(grade="worn")]),
)
def test_every_quote_adds_up(
    deposit: int,
    plan: str,
    tariff: str | None,
    accessories: list[str],
    old: TradeInChoice | None,
) -> None:
    """Sums are the sums of lines, the credit covers the handset, and nothing is below zero."""
    selection = Selection(
        handset="N9",
        tariff=tariff,
        credit=credit(plan, deposit),
        accessories=tuple(accessories),
        trade_in=old,
    )
    found = price(selection, CATALOGUE, rules=GB, now=NOW, quote_id="q")
    if not isinstance(found, Priced):
        assert [problem.code for problem in found] == ["deposit_out_of_range"]
        return
    quote, terms = found.quote, found.package.credit
    assert terms is not None
    assert sum(line.due_today for line in quote.lines) == quote.due_today >= 0
    assert sum(line.total for line in quote.lines) == quote.total_payable >= quote.due_today
    reduced = quote.trade_in_estimate if plan == "P24" else 0
    assert 71_800 - reduced == terms.amount + terms.deposit
    assert terms.total_payable == terms.deposit + sum(terms.instalments.amounts)
    assert sum(terms.instalments.amounts) >= terms.amount
