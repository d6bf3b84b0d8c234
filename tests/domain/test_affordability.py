"""What a customer can repay a month, and what credit would fit (CONC 5.2A)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.affordability import (
    AffordabilityPolicy,
    affordability,
    dearest_instalment,
    dearest_month,
)
from unshackled.domain.affordable_offers import NAMED, affordable_offers
from unshackled.domain.catalogue import Catalogue, CreditPlan, Handset
from unshackled.domain.customer import IncomeAndOutgoings
from unshackled.domain.package import (
    CreditChoice,
    Instalments,
    Selection,
    StatedRise,
    TariffLine,
)
from unshackled.domain.pricing import Priced, price
from unshackled.domain.records import replace
from unshackled.markets import market_pack
from unshackled.ports.outcome import Declined, Passed
from unshackled.steps.rule import AffordabilityFacts, affordable
from unshackled.testing.samples import sample

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
RULES_NOW = market_pack("GB").on(NOW.date())
MONEY = st.integers(0, 1_000_000)


def means(
    income: int, housing: int = 0, other: int = 0, credit: int = 0, dependents: int = 0
) -> IncomeAndOutgoings:
    """A customer's month."""
    return IncomeAndOutgoings(
        monthly_net_income=income,
        monthly_housing_cost=housing,
        monthly_other_commitments=other,
        monthly_credit_commitments=credit,
        dependents=dependents,
        employment="employed",
    )


@pytest.mark.parametrize(
    ("customer", "policy", "new", "disposable", "most"),
    [
        (means(200_000, 80_000, 20_000), {}, 0, 100_000, 100_000),
        (means(200_000, 80_000, 20_000), {"max_share_percent": 50}, 0, 100_000, 50_000),
        (means(200_000, 80_000, 20_000), {"min_left": 70_000}, 0, 100_000, 30_000),
        (
            *(means(200_000, 80_000, 20_000), {"max_share_percent": 25, "min_left": 70_000}),
            *(0, 100_000, 25_000),
        ),
        (means(200_000, 80_000, 20_000), {"buffer_percent": 10}, 0, 90_000, 90_000),
        (means(200_000, 80_000, 20_000, 15_000), {}, 1_800, 83_200, 83_200),
        (means(200_000, 80_000, 0, 0, 2), {"per_dependent": 25_000}, 0, 70_000, 70_000),
        (means(100_000, 99_999), {}, 0, 1, 1),
        (means(100_000, 99_999), {"max_share_percent": 99}, 0, 1, 0),
        (means(100_000, 33), {"buffer_percent": 1}, 0, 99_966, 99_966),
        (means(0, 50_000), {}, 0, -50_000, 0),
        (means(0), {}, 0, 0, 0),
    ],
)
def test_examples_worked_by_hand(
    customer: IncomeAndOutgoings, policy: dict[str, int], new: int, disposable: int, most: int
) -> None:
    """Income less outgoings with their buffer, dependents and the tariff; then share and rest."""
    rule = AffordabilityPolicy(**policy)
    found = affordability(customer, most, rule, new_commitments=new)
    assert (found.disposable, found.most, found.affordable) == (disposable, most, True)
    assert not affordability(customer, most + 1, rule, new_commitments=new).affordable


@given(
    st.builds(means, MONEY, MONEY, MONEY, MONEY, st.integers(0, 20)),
    MONEY,
    st.builds(
        AffordabilityPolicy,
        max_share_percent=st.integers(1, 100),
        min_left=MONEY,
        buffer_percent=st.integers(0, 100),
        per_dependent=MONEY,
    ),
    st.integers(0, 100_000),
)
def test_it_is_monotone(
    customer: IncomeAndOutgoings, instalment: int, policy: AffordabilityPolicy, more: int
) -> None:
    """More income never makes it worse; more outgoings, dependents or instalment never better."""
    base = affordability(customer, instalment, policy)
    richer = replace(customer, monthly_net_income=customer.monthly_net_income + more)
    assert affordability(richer, instalment, policy).most >= base.most
    for name in (
        "monthly_housing_cost",
        "monthly_other_commitments",
        "monthly_credit_commitments",
        "dependents",
    ):
        poorer = replace(customer, **{name: getattr(customer, name) + more})
        assert affordability(poorer, instalment, policy).most <= base.most
    assert affordability(customer, instalment, policy, new_commitments=more).most <= base.most
    assert base.affordable or not affordability(customer, instalment + more, policy).affordable
    # What is repaid leaves what the policy wants left, and takes no more than its share.
    if base.most:
        assert base.disposable - base.most >= policy.min_left
        assert base.most * 100 <= base.disposable * policy.max_share_percent


@pytest.mark.parametrize(
    "policy",
    [
        {"max_share_percent": 0},
        {"max_share_percent": 101},
        {"min_left": -1},
        {"buffer_percent": -1},
        {"per_dependent": -1},
    ],
)
def test_a_policy_that_nobody_fits_is_refused(policy: dict[str, int]) -> None:
    """The message names the field."""
    with pytest.raises(ValueError, match=next(iter(policy))):
        AffordabilityPolicy(**policy)


def _facts(**changes: Any) -> AffordabilityFacts:
    priced = price(CHOSEN, CATALOGUE, rules=RULES_NOW, now=NOW, quote_id="q")
    assert isinstance(priced, Priced)
    assert priced.package.credit is not None
    usual: dict[str, Any] = {
        "income": sample(IncomeAndOutgoings),
        "credit": priced.package.credit,
        "tariff": None,
    }
    return AffordabilityFacts(**{**usual, **changes})


def test_the_rule_passes_with_its_figures_or_declines_with_them() -> None:
    """231947 less 78313 and 21559 leaves 132075; 60000 over 12 months is 5000."""
    outcome = affordable(_facts(), NOW, RULES_NOW)
    assert isinstance(outcome, Passed)
    assert (outcome.output.disposable, outcome.output.instalment) == (132_075, 5_000)
    declined = affordable(_facts(min_left=130_000), NOW, RULES_NOW)
    assert isinstance(declined, Declined)
    assert declined.code == "unaffordable"
    assert declined.details is not None
    assert declined.details.figures is not None
    assert declined.details.figures.most == 2_075


def test_the_dearest_month_of_the_tariff_counts() -> None:
    """A stated rise in the term is a commitment that is known."""
    rise = StatedRise(starts=NOW.date(), monthly=2_300, from_month=4, months=20)
    tariff = TariffLine(
        sku="sim", title="SIM", monthly=2_000, term_months=24, data_gb=5, total=0, rises=(rise,)
    )
    assert dearest_month(tariff) == 2_300
    outcome = affordable(_facts(tariff=tariff), NOW, RULES_NOW)
    assert isinstance(outcome, Passed)
    assert outcome.output.disposable == 132_075 - 2_300


def test_the_dearest_instalment_counts() -> None:
    """The last one may be above the others."""
    uneven = replace(
        _facts().credit, instalments=Instalments(count=3, first=100, regular=100, last=103)
    )
    assert dearest_instalment(uneven) == 103


CATALOGUE = Catalogue(
    currency="GBP",
    version="1",
    handsets=(Handset(sku="phone", title="Phone", price=60_000),),
    credit_plans=(
        CreditPlan(code="c-12", title="12 months", months=12, apr_percent=Decimal(0)),
        CreditPlan(code="c-24", title="24 months", months=24, apr_percent=Decimal("9.9")),
        CreditPlan(
            code="c-36", title="36 months", months=36, apr_percent=Decimal(0), min_amount=50_000
        ),
    ),
)
CHOSEN = Selection(handset="phone", credit=CreditChoice(plan="c-12", deposit=0))


def _offers(most: int, selection: Selection = CHOSEN, least_today: int = 0) -> list[Any]:
    found = affordable_offers(
        selection,
        CATALOGUE,
        most,
        rules=RULES_NOW,
        now=NOW,
        taken=lambda priced: priced.quote.due_today == 0 or priced.quote.due_today >= least_today,
    )
    return [(one.plan, one.deposit, one.instalment) for one in found]


def test_longer_plans_and_larger_deposits_are_named() -> None:
    """2000 a month repay 43564 in 24 months at 9.9 %: the rest is paid today, in whole pounds."""
    found = _offers(2_000)
    assert [(plan, deposit) for plan, deposit, _ in found] == [
        ("c-36", 0),
        ("c-24", 16_500),
        ("c-12", 36_000),
    ]
    assert all(instalment <= 2_000 for *_, instalment in found)
    # One pound less of a deposit does not do.
    short = price(
        replace(CHOSEN, credit=CreditChoice(plan="c-24", deposit=16_400)),
        CATALOGUE,
        rules=RULES_NOW,
        now=NOW,
        quote_id="q",
    )
    assert isinstance(short, Priced)
    assert short.package.credit is not None
    assert dearest_instalment(short.package.credit) > 2_000


def test_a_plan_that_cannot_fit_is_not_named() -> None:
    """36 months begin at 50000, which is 1389 a month; at 1000 only the others are left."""
    assert [plan for plan, *_ in _offers(1_000)] == ["c-24", "c-12"]
    assert _offers(0) == []


def test_what_no_provider_takes_is_not_named() -> None:
    """A deposit below what a card payment may be is left out."""
    assert ("c-24", 16_500) not in [one[:2] for one in _offers(2_000, least_today=20_000)]


def test_without_a_handset_there_is_nothing_to_name() -> None:
    """Credit pays for a handset."""
    assert _offers(2_000, Selection()) == []


@given(st.integers(0, 8_000), st.integers(0, 59_000))
def test_every_offer_can_be_had_and_repaid(most: int, deposit: int) -> None:
    """It prices, and its dearest instalment is no more than was asked for."""
    chosen = replace(CHOSEN, credit=CreditChoice(plan="c-12", deposit=deposit))
    found = _offers(most, chosen)
    assert len(found) <= NAMED
    for plan, paid, instalment in found:
        priced = price(
            replace(chosen, credit=CreditChoice(plan=plan, deposit=paid)),
            CATALOGUE,
            rules=RULES_NOW,
            now=NOW,
            quote_id="q",
        )
        assert isinstance(priced, Priced)
        assert priced.package.credit is not None
        assert dearest_instalment(priced.package.credit) == instalment <= most
