"""Conditions: CEL over JSON, typed from the classes of the facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.codec import encode
from unshackled.domain.customer import IncomeAndOutgoings
from unshackled.domain.package import CreditTerms, HandsetLine, Instalments, Package
from unshackled.domain.quote import Quote
from unshackled.flow.plan.condition_variables import present
from unshackled.flow.plan.conditions import BadCondition, compile_condition, steps_read

CREDIT = CreditTerms(
    plan="p",
    title="24 months",
    product="fixed_sum_loan",
    amount=66_900,
    deposit=4_900,
    months=24,
    apr_percent=Decimal("9.9"),
    instalments=Instalments(count=24, first=1, regular=1, last=1),
    total_payable=71_800,
)
HANDSET = HandsetLine(sku="h", title="Phone", price=71_800)
QUOTE = Quote(
    id="q",
    currency="GBP",
    due_today=4_900,
    per_month=(),
    total_payable=71_800,
    apr_percent=None,
    trade_in_estimate=0,
    lines=(),
    valid_until=datetime(2026, 1, 1, tzinfo=UTC),
    digest="d",
)
OUTPUTS: Mapping[str, type] = {"income": IncomeAndOutgoings}


def seen(package: Package, **steps: Any) -> dict[str, Any]:
    """The variables as the engine gives them."""
    return {
        "package": present(encode(package)),
        "quote": present(encode(QUOTE)),
        "retailer": {"id": "northstar", "currency": "GBP"},
        "steps": steps,
    }


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("has(package.credit)", True),
        ("has(package.tariff)", False),
        ("package.credit.amount > 30000", True),
        ("package.credit.apr_percent > 9.8", True),
        ("has(quote.apr_percent)", False),
        ("package.handset.title == 'Phone' && quote.due_today < 5000", True),
        ("retailer.id in ['northstar', 'orbit'] // package", True),
        ('retailer.id == "package"', False),
        ("quote.lines.exists(line, line.total > 0)", False),
        ("package.credit.instalments.count == 24", True),
        ("package .credit. months == 24", True),
        ("package.accessories.lines.exists(line, line.price > 3)", None),
    ],
)
def test_condition_gives_the_answer(source: str, expected: bool | None) -> None:
    """Amounts are integers, rates are doubles, an absent part is absent."""
    condition = compile_condition(source, OUTPUTS)
    assert condition.evaluate(seen(Package(handset=HANDSET, credit=CREDIT))) is expected


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("package.kredit", "column 8: undefined field 'kredit'"),
        ("package.credit.amout > 1", "allowed are amount, apr_percent"),
        ("steps.address.town == 'x'", "allowed are income"),
        ("steps.income.salary > 1", "allowed are dependents, employment"),
        ("basket > 1", "undeclared reference to 'basket': allowed are package, quote"),
        ("pack_ge.credit.amount > 1", "undeclared reference to 'pack_ge'"),
        ("package.credit.amount > 'a'", "no matching overload"),
        ("package.credit.apr_percent > 9", "no matching overload"),
        ("package.credit.amount", "gives int"),
        ("package", "gives package"),
        ("has(package.credit) &&", "column 23: Syntax error"),
        ("has(package.credit) &&\n  nobody", "line 2, column 3"),
        ("lookup(package.credit.plan)", "undeclared reference to 'lookup'"),
        ("Package{} == package", "column"),
    ],
)
def test_wrong_condition_is_refused(source: str, said: str) -> None:
    """Names, types and the result are checked, and the message says the column."""
    with pytest.raises(BadCondition) as refused:
        compile_condition(source, OUTPUTS)
    assert said in str(refused.value)


def test_condition_is_undecided_until_its_step_is_settled() -> None:
    """A step that is missing leaves it open, unless the rest decides it alone."""
    condition = compile_condition(
        "has(package.credit) && has(steps.income) && steps.income.monthly_net_income > 100", OUTPUTS
    )
    assert condition.steps == {"income"}
    with_credit, without = Package(credit=CREDIT), Package(handset=HANDSET)
    assert condition.evaluate(seen(with_credit)) is None
    assert condition.evaluate(seen(without)) is False
    assert condition.evaluate(seen(with_credit, income=None)) is False
    assert condition.evaluate(seen(with_credit, income={"monthly_net_income": 101})) is True
    assert condition.evaluate(seen(with_credit, income={"monthly_net_income": 99})) is False


def test_hostile_condition_runs_out_of_budget() -> None:
    """Nested loops over a long list end in an error value, not in a hang."""
    condition = compile_condition(
        "quote.lines.all(a, quote.lines.all(b, quote.lines.all(c, c.total >= b.total)))", {}
    )
    lines = [{"total": 1}] * 300
    variables = seen(Package()) | {"quote": {"lines": lines}}
    assert condition.evaluate(variables) is None


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("steps.income.a > 1 || has(steps.credit)", {"income", "credit"}),
        ("'steps.income' == package.steps.income", set()),
        ("steps . income.a > 1 // steps.other", {"income"}),
    ],
)
def test_steps_that_a_condition_reads_are_known(source: str, expected: set[str]) -> None:
    """Only `steps.<name>` outside of strings, comments and other values counts."""
    assert steps_read(source) == expected


@given(st.text(max_size=60))
def test_any_text_is_compiled_or_refused(source: str) -> None:
    """No text makes the compiler fail in another way."""
    try:
        compiled = compile_condition(source, OUTPUTS)
    except BadCondition:
        return
    assert compiled.source == source


@given(amount=st.integers(0, 10**9), limit=st.integers(0, 10**9))
def test_amounts_compare_as_integers(amount: int, limit: int) -> None:
    """A condition agrees with Python on every amount."""
    condition = compile_condition(f"package.handset.price > {limit}", {})
    handset = HandsetLine(sku="h", title="Phone", price=amount)
    assert condition.evaluate(seen(Package(handset=handset))) is (amount > limit)
