"""A list and a price never disagree: an item is listed exactly if some price has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.shelves import AGES, catalogues, choices
from unshackled.domain.alternatives import Alternative, alternatives
from unshackled.domain.catalogue import (
    Accessory,
    Catalogue,
    CreditPlan,
    Grade,
    Handset,
    Tariff,
    TradeInPrice,
)
from unshackled.domain.fitting import IMEI, Chosen, Fitting, Item, with_item
from unshackled.domain.package import CreditChoice, Selection, TradeInChoice
from unshackled.domain.pricing import Priced, price
from unshackled.domain.records import replace
from unshackled.domain.selection import Judged, SelectionFault, check
from unshackled.domain.selection_values import NEXT_CHOICE, put
from unshackled.markets import market_pack

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RULES: Final = market_pack("GB").on(NOW.date())


def items(catalogue: Catalogue) -> Iterator[Item]:
    """Everything on sale."""
    yield from catalogue.handsets
    yield from catalogue.tariffs
    yield from catalogue.credit_plans
    yield from catalogue.accessories
    yield from catalogue.trade_ins


def completions(chosen: Chosen, catalogue: Catalogue) -> Iterator[Selection]:
    """Every completion, without any cleverness: each handset, plan, deposit and grade there is."""
    base = Selection(handset=chosen.handset, tariff=chosen.tariff, accessories=chosen.accessories)
    goods, missing = [base], not (chosen.handset or chosen.tariff or chosen.accessories)
    if chosen.handset is None and (chosen.credit or missing):
        goods = [replace(base, handset=one.sku) for one in catalogue.handsets]
    if missing and not chosen.credit:
        goods += [replace(base, tariff=one.sku) for one in catalogue.tariffs]
        goods += [replace(base, accessories=(one.sku,)) for one in catalogue.accessories]
    plans = [chosen.plan] if chosen.plan else [one.code for one in catalogue.credit_plans]
    grades: list[Grade] = [chosen.grade] if chosen.grade else ["good", "worn"]
    for whole, grade in product(goods, grades if chosen.model else [None]):
        old = TradeInChoice(imei=IMEI, model=chosen.model or "", grade=grade) if grade else None
        selection = replace(whole, trade_in=old)
        if not chosen.credit:
            yield selection
            continue
        for plan in plans:
            for deposit in deposits(chosen, selection, plan, catalogue):
                yield replace(selection, credit=CreditChoice(plan=plan, deposit=deposit))


def deposits(
    chosen: Chosen, selection: Selection, code: str, catalogue: Catalogue
) -> Iterable[int]:
    """The one that is chosen, or every one at which a bound of the plan could be met."""
    plan = catalogue.credit_plan(code)
    handset = catalogue.handset(selection.handset or "")
    if chosen.deposit is not None or plan is None or handset is None:
        return [chosen.deposit or 0]
    worths = {0, *(one.value for one in catalogue.trade_ins)}
    bounds = {plan.least, plan.max_amount or 0}
    edges = {handset.price - worth - bound for worth in worths for bound in bounds}
    return sorted({0, plan.min_deposit, *(one for one in edges if one >= 0)})


def is_priced(selection: Selection, catalogue: Catalogue, age: int | None) -> bool:
    """Whether it has a price, and no age forbids it."""
    if check(selection, catalogue, RULES, age=age):
        return False
    return isinstance(price(selection, catalogue, rules=RULES, now=NOW, quote_id="q"), Priced)


@given(catalogue=catalogues(), chosen=choices(), age=AGES)
def test_an_item_fits_exactly_if_some_completion_has_a_price(
    catalogue: Catalogue, chosen: Chosen, age: int | None
) -> None:
    """Whatever is chosen, of any catalogue: and what keeps it out is a problem of `check`."""
    fitting = Fitting(Judged(catalogue=catalogue, rules=RULES, age=age))
    for item in items(catalogue):
        reason, wanted = fitting.reason(item, chosen), with_item(chosen, item)
        possible = list(completions(wanted, catalogue))
        assert (reason is None) == any(is_priced(one, catalogue, age) for one in possible), item
        if reason is None:
            completed = fitting.completed(wanted)
            assert completed is not None
            assert is_priced(completed, catalogue, age)
        else:
            found = {
                (one.path, one.code)
                for each in possible
                for one in check(each, catalogue, RULES, age=age)
            }
            assert not found or (reason.path, reason.code) in found


@given(catalogue=catalogues(), chosen=choices(), age=AGES)
def test_nothing_that_is_allowed_is_refused(
    catalogue: Catalogue, chosen: Chosen, age: int | None
) -> None:
    """Put in the place of what was wrong it is not refused there, and makes no new problem."""
    fitting = Fitting(Judged(catalogue=catalogue, rules=RULES, age=age))
    for selection in [*completions(chosen, catalogue)][:3]:
        for fault in check(selection, catalogue, RULES, age=age):
            for value in fault.allowed:
                holds(value, fault, selection, catalogue, age)
    for fault in fitting.contradictions(chosen):
        assert fault.code


def holds(
    value: str, fault: SelectionFault, selection: Selection, catalogue: Catalogue, age: int | None
) -> None:
    """One allowed value is taken."""
    if fault.path == "package.credit.deposit":
        for edge in value.split(" to "):
            credit = CreditChoice(plan=selection.credit.plan, deposit=int(edge))  # type: ignore[union-attr]
            again = check(replace(selection, credit=credit), catalogue, RULES, age=age)
            assert fault.path not in [one.path for one in again]
        return
    if fault.path == "package":
        first = {"handset": catalogue.handsets, "tariff": catalogue.tariffs}
        assert first.get(value, catalogue.accessories)
        return
    before = {one.path for one in check(selection, catalogue, RULES, age=age)} - {fault.path}
    after = check(put(fault.path, selection, value), catalogue, RULES, age=age)
    assert {one.path for one in after} - {NEXT_CHOICE.get(fault.path)} <= before


@given(catalogue=catalogues(), chosen=choices(), age=AGES)
def test_what_would_make_an_item_fit_does(
    catalogue: Catalogue, chosen: Chosen, age: int | None
) -> None:
    """Every alternative, put in the place of the one choice that it names."""
    fitting = Fitting(Judged(catalogue=catalogue, rules=RULES, age=age))
    for item in items(catalogue):
        reason = fitting.reason(item, chosen)
        for one in alternatives(item, reason, chosen, fitting) if reason else ():
            for value in one.allowed:
                judged, changed = changed_to(one, value, chosen, fitting.judged)
                assert Fitting(judged).reason(item, changed) is None, (item, one)


def changed_to(
    one: Alternative, value: str, chosen: Chosen, judged: Judged
) -> tuple[Judged, Chosen]:
    """The choice, and the age, with another value of one parameter."""
    if one.parameter == "age":
        return replace(judged, age=int(value.split(maxsplit=1)[0])), chosen
    if one.parameter == "deposit":
        return judged, replace(chosen, deposit=int(value.split(maxsplit=1)[0]))
    field = {"credit_plan": "plan"}.get(one.parameter, one.parameter)
    return judged, replace(chosen, **{field: value})


BIG = Handset(sku="BIG", title="Big", price=90_000)
SMALL = Handset(sku="SMALL", title="Small", price=9_000)
ANY = Tariff(sku="ANY", title="Any", monthly=1_000, term_months=12)
ONLY_BIG = replace(ANY, sku="ONLY_BIG", title="For the big one", handsets=("BIG",))
PLAN = CreditPlan(code="PLAN", title="Plan", months=24, apr_percent=Decimal(0), min_amount=20_000)
LESS = replace(PLAN, code="LESS", trade_in_reduces_credit=True, min_age=18)
CASE = Accessory(sku="CASE", title="Case for the big one", price=1_900, handsets=("BIG",))
CHARGER = Accessory(sku="CHARGER", title="Charger", price=2_500)
OLD = TradeInPrice(model="Old", grade="good", value=70_000)
WORN = TradeInPrice(model="Old", grade="worn", value=70_001)
SHOP = Catalogue(
    currency="GBP",
    version="1",
    handsets=(BIG, SMALL),
    tariffs=(ANY, ONLY_BIG),
    credit_plans=(PLAN, LESS),
    accessories=(CASE, CHARGER),
    trade_ins=(OLD, WORN),
)


def fitting_with(*candidates: Item, age: int | None = None, **picked: object) -> list[Item]:
    """Those of the candidates that go with what is picked."""
    fitting, chosen = Fitting(Judged(catalogue=SHOP, rules=RULES, age=age)), Chosen(**picked)  # type: ignore[arg-type]
    return [one for one in candidates if fitting.reason(one, chosen) is None]


def test_all_that_is_chosen_narrows_together() -> None:
    """A tariff, a plan, a deposit and an old device each leave something out."""
    assert fitting_with(BIG, SMALL, tariff="ANY") == [BIG, SMALL]
    assert fitting_with(BIG, SMALL, tariff="ONLY_BIG") == [BIG]
    assert fitting_with(BIG, SMALL, tariff="ANY", plan="PLAN") == [BIG]
    assert fitting_with(BIG, SMALL, plan="PLAN", deposit=70_001) == []
    assert fitting_with(BIG, SMALL, accessories=("CHARGER", "CASE")) == [BIG]
    assert fitting_with(OLD, WORN, handset="BIG", plan="LESS") == [OLD]
    assert fitting_with(OLD, WORN, handset="BIG", plan="PLAN") == [OLD, WORN]
    assert fitting_with(OLD, WORN, handset="BIG", plan="LESS", deposit=1) == []
    assert fitting_with(PLAN, LESS, handset="BIG", model="Old", grade="worn") == [PLAN]
    assert fitting_with(PLAN, LESS, handset="BIG", model="Old") == [PLAN, LESS]


def test_a_choice_narrows_what_it_needs_a_third_for() -> None:
    """Credit needs a handset that it can pay, so a case for another handset is left out."""
    small_case = replace(CASE, sku="SMALL_CASE", handsets=("SMALL",))
    shop = replace(SHOP, accessories=(CASE, small_case))
    fitting = Fitting(Judged(catalogue=shop, rules=RULES))
    assert fitting.reason(CASE, Chosen(plan="PLAN")) is None
    reason = fitting.reason(small_case, Chosen(plan="PLAN"))
    assert reason is not None
    assert reason.code == "incompatible"


def test_an_age_leaves_out_what_is_sold_from_a_greater_one_on() -> None:
    """At 17 a plan for grown-ups is left out; where no age is known nothing is."""
    assert fitting_with(PLAN, LESS, handset="BIG", age=17) == [PLAN]
    assert fitting_with(PLAN, LESS, handset="BIG", age=18) == [PLAN, LESS]
    assert fitting_with(PLAN, LESS, handset="BIG") == [PLAN, LESS]


def test_what_contradicts_itself_is_named_with_what_would_do() -> None:
    """Two choices that nothing can join: each problem names its field and what is allowed."""
    fitting = Fitting(Judged(catalogue=SHOP, rules=RULES))
    (fault,) = fitting.contradictions(Chosen(handset="SMALL", tariff="ONLY_BIG"))
    assert (fault.path, fault.code, fault.allowed) == ("package.tariff", "incompatible", ("ANY",))
    (fault,) = fitting.contradictions(Chosen(handset="SMALL", plan="PLAN"))
    assert (fault.path, fault.allowed) == ("package.credit.plan", ())
    assert fitting.contradictions(Chosen()) == ()


def test_an_excluded_item_says_which_choice_to_change() -> None:
    """A case for the big one needs it; a deposit too high for the plan needs a lower one."""
    fitting = Fitting(Judged(catalogue=SHOP, rules=RULES, age=17))

    def ways(item: Item, chosen: Chosen) -> list[Alternative]:
        reason = fitting.reason(item, chosen)
        assert reason is not None
        return list(alternatives(item, reason, chosen, fitting))

    small = Chosen(handset="SMALL", tariff="ANY")
    assert ways(CASE, small) == [Alternative(parameter="handset", allowed=("BIG",))]
    high = Chosen(handset="BIG", deposit=70_001)
    assert ways(PLAN, high) == [Alternative(parameter="deposit", allowed=("0 to 70000",))]
    assert ways(LESS, Chosen(handset="BIG")) == [
        Alternative(parameter="age", allowed=("18 or more",))
    ]


@given(st.integers(0, 90_000))
def test_a_deposit_fits_a_plan_exactly_in_its_range(deposit: int) -> None:
    """Both ends included."""
    least, most = PLAN.deposits_on(BIG.price) or (1, 0)
    fits = PLAN in fitting_with(PLAN, handset="BIG", deposit=deposit)
    assert fits == (least <= deposit <= most)
