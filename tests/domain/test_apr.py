"""The APR against the European Commission's published examples, and its properties."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from unshackled.domain.apr import Flow, apr_percent, monthly_apr_percent, published
from unshackled.domain.periods import Period, add_months


def at(amount: float, months: int = 0) -> Flow:
    return Flow(amount_minor=round(amount * 100), at=Period(months=months))


def level(amount: float, first: int, last: int) -> list[Flow]:
    return [at(amount, month) for month in range(first, last + 1)]


def listed(*amounts: float) -> list[Flow]:
    return [at(amount, month) for month, amount in enumerate(amounts, start=1)]


LOAN = [at(200_000)]
FEE = [at(4_000)]

# European Commission, DG FISMA, "Examples for the calculation of the APRC", January 2015.
EXAMPLES: dict[str, tuple[list[Flow], list[Flow], str]] = {
    "1": (LOAN, FEE + level(1432.86, 1, 240), "6.434412"),
    "3 insurance": (LOAN, FEE + level(1449.53, 1, 240), "6.588554"),
    "4 payment protection": (LOAN, FEE + level(1599.53, 1, 240), "7.946625"),
    "5 financed insurance": (LOAN, FEE + level(1490.18, 1, 240), "6.961575"),
    "6 exit fee": (LOAN, [*FEE, *level(1432.86, 1, 240), at(100, 240)], "6.436359"),
    "7 balloon": (LOAN, [*FEE, *level(1199.10, 1, 180), at(142_097.69, 180)], "6.409523"),
    "8 interest only": (LOAN, [*FEE, *level(1166.67, 1, 240), at(200_000, 240)], "7.430479"),
    "8 rate rises": (
        LOAN,
        [*FEE, *level(1166.67, 1, 6), *level(1398.33, 7, 240), at(200_000, 240)],
        "8.869280",
    ),
    "11 fixed amount": (LOAN, [*FEE, *level(1500, 1, 220), at(407.70, 221)], "6.452756"),
    "20 discount": (LOAN, FEE + level(1319.91, 1, 24) + level(1423.41, 25, 240), "6.190654"),
    "21 variable": (LOAN, FEE + level(1319.91, 1, 9) + level(1374.06, 10, 240), "5.853526"),
    "21 illustrative": (LOAN, FEE + level(1319.91, 1, 9) + level(1530.61, 10, 240), "7.199734"),
    "22 capped": (LOAN, FEE + level(1349.91, 1, 9) + level(1404.06, 10, 240), "6.134668"),
    "27 amount unknown": ([at(170_000)], [at(3_400), *level(1217.93, 1, 240)], "6.434402"),
    "28 foreign currency": (LOAN, [at(4_008), *level(1322.55, 1, 240)], "5.396096"),
    "29 capped exchange": (LOAN, [at(4_008), *level(1352.61, 1, 240)], "5.682613"),
    "31 line of credit": (
        [at(30_000)],
        [at(600)]
        + listed(2669.62, 2655.49, 2641.35, 2627.22, 2613.08, 2598.95)
        + [
            at(amount, month)
            for month, amount in enumerate(
                (2584.81, 2570.68, 2556.54, 2542.41, 2528.27, 2514.14), start=7
            )
        ],
        "11.164789",
    ),
    "32 three drawdowns": (
        [at(7_500), at(7_500, 3), at(15_000, 6)],
        [
            at(600),
            *listed(667.41, 663.87, 660.34, 1532.54, 1524.3, 1516.05, 4092.62, 4070.24),
            *(
                at(amount, month)
                for month, amount in enumerate((4047.86, 4025.48, 4003.1, 3980.71), start=9)
            ),
        ],
        "13.063818",
    ),
    "34 drawn twice": (
        [at(1_500), at(1_500, 9)],
        [
            at(30),
            *listed(175.73, 174.73, 173.72, 172.71, 171.7, 170.7, 169.69, 168.68, 167.67),
            at(509.07, 10),
            at(506.04, 11),
            at(503.02, 12),
        ],
        "11.415822",
    ),
    "35 deferred debit card": (
        [at(3_000, month) for month in (0, 3, 6, 9)],
        [at(60), at(100, 3), *(at(3_000, month) for month in (3, 6, 9, 12))],
        "5.583621",
    ),
    "37 card": (
        [at(1_500)],
        [
            at(30),
            *listed(160.81, 134.91, 134.01, 133.11, 132.21, 131.31, 130.41, 129.5, 128.6),
            at(127.7, 10),
            at(126.8, 11),
            at(125.9, 12),
        ],
        "16.991403",
    ),
    "38 overdraft": ([at(3_000)], [at(60), *level(24.12, 1, 3), at(3_000, 3)], "19.429412"),
    "39 fixed overdraft": ([at(3_000)], [at(60), at(3132.09, 6)], "13.494231"),
    "40 bridging loan": (LOAN, [*FEE, at(207_618.17, 6)], "12.206644"),
    "41 retained interest": (LOAN, [*FEE, at(7_500), at(200_000, 6)], "12.573788"),
    "42 bridging, unknown": (LOAN, [*FEE, *level(1250, 1, 12), at(200_000, 12)], "10.039962"),
    "43 charge before drawdown": (
        [at(30_000, 12)],
        [at(150), at(450, 12), *level(356.11, 13, 132)],
        "8.269278",
    ),
    "44 shared equity": (
        LOAN,
        [*FEE, *level(1111.11, 1, 60), *level(1349.94, 61, 180), at(32_075.08, 180)],
        "3.470057",
    ),
}


# The source's spreadsheet stopped early here: 41 is 100 ((2000 / 1885)^2 - 1) = 12.57378861.
LOOSE = {
    "32 three drawdowns",
    "34 drawn twice",
    "35 deferred debit card",
    "37 card",
    "38 overdraft",
    "39 fixed overdraft",
    "41 retained interest",
}


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - LOOSE))
def test_published_examples_by_months_agree_to_six_decimals(name: str) -> None:
    """Every example of the European Commission gives its published figure."""
    advances, repayments, expected = EXAMPLES[name]
    assert Decimal(expected) == apr_percent(advances, repayments).quantize(Decimal("0.000001"))


@pytest.mark.parametrize("name", sorted(LOOSE))
def test_published_examples_that_were_solved_loosely_agree_to_three_decimals(name: str) -> None:
    """The others agree as far as the source's own solution goes."""
    advances, repayments, expected = EXAMPLES[name]
    found = apr_percent(advances, repayments)
    assert abs(Decimal(expected) - found) < Decimal("0.0002")
    assert published(Decimal(expected)) == published(found)


def dated(first: date, amount: int, count: int, step_months: int) -> list[Flow]:
    return [
        Flow(amount_minor=amount, at=add_months(first, step * step_months)) for step in range(count)
    ]


# The same source, examples 2 and 18: intervals that are no whole number of periods.
ODD_DAYS = {
    "2.1": (date(2012, 1, 12), dated(date(2012, 2, 15), 143357, 240, 1), "6.434185"),
    "2.2 leap year": (date(2013, 1, 12), dated(date(2013, 2, 15), 143356, 240, 1), "6.434111"),
    "2.3 yearly": (date(2012, 1, 12), dated(date(2012, 2, 15), 1654186, 20, 12), "6.282070"),
    "18.1 two weeks": (date(2013, 2, 15), dated(date(2013, 3, 1), 142901, 240, 1), "6.435937"),
    "18.2 leap day": (date(2012, 3, 12), dated(date(2012, 5, 1), 143754, 240, 1), "6.432478"),
}


@pytest.mark.parametrize("name", ODD_DAYS)
def test_published_examples_with_odd_days_agree_to_six_decimals(name: str) -> None:
    """Dates alone are enough: periods and odd days are found as the Commission counts them."""
    drawn, instalments, expected = ODD_DAYS[name]
    found = apr_percent(
        [Flow(amount_minor=20_000_000, at=drawn)],
        [Flow(amount_minor=400_000, at=drawn), *instalments],
    )
    assert Decimal(expected) == found.quantize(Decimal("0.000001"))


def test_odd_days_as_periods_give_the_same_figure() -> None:
    """A period of months and days is as good as two dates."""
    repayments = [
        Flow(amount_minor=143356, at=Period(months=month, days=3, days_in_year=366))
        for month in range(1, 241)
    ]
    found = apr_percent([at(200_000)], [at(4_000), *repayments])
    assert Decimal("6.434111") == found.quantize(Decimal("0.000001"))


# 98/7/EC Annex III: part A counts days of the calendar, part B equal months.
OLD_DIRECTIVE: dict[str, tuple[list[Flow], list[Flow], str]] = {
    "A1": (
        [Flow(amount_minor=100_000, at=date(1994, 1, 1))],
        [Flow(amount_minor=120_000, at=date(1995, 7, 1))],
        "12.96",
    ),
    "A2": (
        [Flow(amount_minor=95_000, at=date(1994, 1, 1))],
        [Flow(amount_minor=120_000, at=date(1995, 7, 1))],
        "16.90",
    ),
    "A3": (
        [Flow(amount_minor=100_000, at=date(1994, 1, 1))],
        [
            Flow(amount_minor=60_000, at=date(1995, 1, 1)),
            Flow(amount_minor=60_000, at=date(1996, 1, 1)),
        ],
        "13.07",
    ),
    "B1": ([at(1_000)], [at(1_200, 18)], "12.92"),
    "B2": ([at(950)], [at(1_200, 18)], "16.85"),
    "B3": ([at(1_000)], [at(600, 12), at(600, 24)], "13.07"),
}


@pytest.mark.parametrize("name", OLD_DIRECTIVE)
def test_examples_of_the_old_directive_agree_to_two_decimals(name: str) -> None:
    """The calendar basis of 98/7/EC is the unit `year`; equal months are periods."""
    advances, repayments, expected = OLD_DIRECTIVE[name]
    found = apr_percent(advances, repayments, unit="year")
    assert Decimal(expected) == found.quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    ("rate", "expected"),
    [("12.95", "13.0"), ("12.94999", "12.9"), ("0", "0.0"), ("1286.15", "1286.2")],
)
def test_a_published_rate_has_one_decimal_half_up(rate: str, expected: str) -> None:
    """A figure of 5 at the second decimal rounds up."""
    assert expected == str(published(Decimal(rate)))


def test_a_rate_that_is_a_half_exactly_is_not_lost_in_binary() -> None:
    """1,000 lent and 1,129.50 repaid after a year is 12.95 %, published as 13.0."""
    assert Decimal("13.0") == published(apr_percent([at(1_000)], [at(1129.50, 12)]))


amounts = st.integers(min_value=100, max_value=10_000_000)
months = st.integers(min_value=1, max_value=60)


@given(amount=amounts, count=months)
def test_without_a_charge_the_rate_is_zero(amount: int, count: int) -> None:
    """What is repaid is what was lent, whenever: 0 %, exactly."""
    each, left = divmod(amount, count)
    repayments = [Flow(amount_minor=each, at=Period(months=k)) for k in range(1, count + 1)]
    repayments.append(Flow(amount_minor=left, at=Period(months=count)))
    assert Decimal(0) == apr_percent([Flow(amount_minor=amount)], repayments)


@given(amount=amounts, count=months, charge=st.integers(min_value=1, max_value=1_000_000))
def test_with_a_charge_the_rate_is_above_zero(amount: int, count: int, charge: int) -> None:
    """A penny of charge is a rate."""
    repaid = Flow(amount_minor=amount + charge, at=Period(months=count))
    assert apr_percent([Flow(amount_minor=amount)], [repaid]) > 0


@given(
    amount=amounts,
    each=st.integers(min_value=100, max_value=1_000_000),
    count=months,
    more=st.integers(min_value=1, max_value=100_000),
)
def test_a_higher_charge_is_a_higher_rate(amount: int, each: int, count: int, more: int) -> None:
    """The rate never falls when any repayment grows."""

    def rate(extra: int) -> Decimal:
        repayments = [Flow(amount_minor=each, at=Period(months=k)) for k in range(1, count + 1)]
        repayments.append(Flow(amount_minor=amount + extra, at=Period(months=count)))
        return apr_percent([Flow(amount_minor=amount)], repayments)

    assert rate(0) <= rate(more)


@given(
    amount=amounts,
    over=st.integers(min_value=0, max_value=100),
    count=months,
    scale=st.integers(min_value=2, max_value=1000),
)
def test_the_rate_does_not_depend_on_the_unit_of_money(
    amount: int, over: int, count: int, scale: int
) -> None:
    """Pence or pounds, the rate is the same."""

    def rate(factor: int) -> Decimal:
        repaid = Flow(amount_minor=amount * (100 + over) * factor, at=Period(months=count))
        return apr_percent([Flow(amount_minor=amount * 100 * factor)], [repaid])

    assert abs(rate(1) - rate(scale)) < Decimal("1e-6")


@given(
    first=amounts,
    second=amounts,
    each=st.integers(min_value=1, max_value=2_000_000),
    count=st.integers(min_value=7, max_value=60),
)
def test_at_the_rate_found_both_sides_of_the_equation_are_equal(
    first: int, second: int, each: int, count: int
) -> None:
    """Charge or rebate, one drawdown or two: the present values match to a ten-thousandth."""
    advances = [Flow(amount_minor=first), Flow(amount_minor=second, at=Period(months=6))]
    repayments = [Flow(amount_minor=each, at=Period(months=k)) for k in range(7, count + 1)]
    growth = 1 + float(apr_percent(advances, repayments)) / 100
    assume(growth > 0.1)
    lent = first + second * growth**-0.5
    repaid = sum(each * growth ** (-k / 12) for k in range(7, count + 1))
    assert lent == pytest.approx(repaid, rel=1e-4)


@given(
    amount=st.integers(min_value=1, max_value=5_000_000),
    payments=st.lists(st.integers(min_value=1, max_value=200_000), min_size=1, max_size=120),
)
def test_a_loan_repaid_monthly_has_the_rate_of_the_equation(
    amount: int, payments: list[int]
) -> None:
    """The quick way and the general one agree, dear or free or repaid with less than was lent."""
    flows = [Flow(amount_minor=one, at=Period(months=n)) for n, one in enumerate(payments, 1)]
    wanted: Decimal | None
    try:
        wanted = apr_percent([Flow(amount_minor=amount)], flows)
    except (ValueError, OverflowError):
        wanted = None
    assume(wanted is not None)
    found = monthly_apr_percent(amount, payments)
    assert float(found) == pytest.approx(float(wanted or 0), rel=1e-7, abs=1e-7)


REFUSED: dict[str, Callable[[], Decimal]] = {
    "no advance": lambda: apr_percent([], [at(1, 1)]),
    "negative amount": lambda: apr_percent([at(100)], [at(-1, 1)]),
    "mixed moments": lambda: apr_percent(
        [Flow(amount_minor=1, at=date(2026, 1, 1))], [Flow(amount_minor=1)]
    ),
    "no rate": lambda: apr_percent([at(100)], [at(100), at(100, 1)]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_rate_is_refused(name: str) -> None:
    """Nonsense raises, it never comes out as a figure."""
    with pytest.raises(ValueError, match=r"advances|at:|no rate"):
        REFUSED[name]()
