"""What a customer has chosen, as the query of a list says it; and what is wrong with it."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from fastapi import Depends, Query

from unshackled.domain.bounds import LISTS
from unshackled.domain.catalogue import Grade
from unshackled.domain.fitting import Chosen, Fitting
from unshackled.domain.records import Record, replace
from unshackled.domain.selection import SelectionFault
from unshackled.http.checkouts.create import wrong_field
from unshackled.http.checkouts.prices import errors_of
from unshackled.http.problems import Problem

# The parameters, by what they stand for in a package.
PARAMETERS: Final = {
    "package.handset": "query.handset",
    "package.tariff": "query.tariff",
    "package.credit": "query.credit_plan",
    "package.credit.plan": "query.credit_plan",
    "package.credit.deposit": "query.deposit",
    "package.trade_in.model": "query.trade_in_model",
    "package.trade_in.grade": "query.trade_in_grade",
}
Listed: TypeAlias = Literal["handset", "tariff", "credit_plan", "accessories", "trade_in"]
Code = Annotated[str, Query(max_length=64)]
HANDSET: Final = Query(max_length=64, description="SKU of the handset that is chosen.")
TARIFF: Final = Query(max_length=64, description="SKU of the tariff that is chosen.")
PLAN: Final = Query(max_length=64, description="Code of the credit plan that is chosen.")
DEPOSIT: Final = Query(
    ge=0, le=10**9, description="What is paid of the handset today, in minor units."
)
ACCESSORIES: Final = Query(
    max_length=LISTS["accessories"],
    description="SKUs of the accessories that are chosen: the parameter is repeated.",
)
MODEL: Final = Query(max_length=64, description="Model of the old device that is traded in.")
GRADE: Final = Query(description="Its condition; without it, any that is taken.")
AGE: Final = Query(
    ge=0,
    le=150,
    description="The customer's age in years: what is sold from a greater `min_age` on is left out."
    " Without it nothing is.",
)
INCLUDE: Final = Query(
    description="`excluded`: also what does not go with the choice, with the reason."
)
LOCALE: Final = Query(
    max_length=35, description="Of the sentences, BCP 47; by default the retailer's."
)


class ListChoice(Record):
    """The query of a list."""

    chosen: Chosen
    age: int | None = None
    excluded: bool = False
    locale: str | None = None


async def _choice(  # noqa: PLR0917 - one for each parameter of the query
    handset: Annotated[str | None, HANDSET] = None,
    tariff: Annotated[str | None, TARIFF] = None,
    credit_plan: Annotated[str | None, PLAN] = None,
    deposit: Annotated[int | None, DEPOSIT] = None,
    accessories: Annotated[list[Code], ACCESSORIES] = [],  # noqa: B006 - copied below
    trade_in_model: Annotated[str | None, MODEL] = None,
    trade_in_grade: Annotated[Grade | None, GRADE] = None,
    age: Annotated[int | None, AGE] = None,
    include: Annotated[Literal["excluded"] | None, INCLUDE] = None,
    locale: Annotated[str | None, LOCALE] = None,
) -> ListChoice:
    if trade_in_grade is not None and trade_in_model is None:
        says = "is the condition of an old device: send `trade_in_model` too"
        raise wrong_field("query.trade_in_model", "missing", says, ())
    chosen = Chosen(
        handset=handset,
        tariff=tariff,
        plan=credit_plan,
        deposit=deposit,
        accessories=tuple(accessories),
        model=trade_in_model,
        grade=trade_in_grade,
    )
    return ListChoice(chosen=chosen, age=age, excluded=include is not None, locale=locale)


TheChoice = Annotated[ListChoice, Depends(_choice)]


def beside(listed: Listed, chosen: Chosen) -> Chosen:
    """What is chosen beside an item of a list: one that is chosen of its kind is replaced.

    An accessory is one more.
    """
    if listed == "handset":
        return replace(chosen, handset=None)
    if listed == "tariff":
        return replace(chosen, tariff=None)
    if listed == "credit_plan":
        return replace(chosen, plan=None)
    return replace(chosen, model=None, grade=None) if listed == "trade_in" else chosen


def refuse_contradictions(
    fitting: Fitting, choice: ListChoice, listed: Listed, locale: str
) -> None:
    """A problem for what is chosen and not on sale, or can not be bought together.

    One of the list's own kind has only to be on sale: an item would take its place.
    """
    alone = _only(listed, choice.chosen)
    unknown = [one for one in fitting.contradictions(alone) if one.code.startswith("unknown_")]
    found = [*unknown, *fitting.contradictions(beside(listed, choice.chosen))]
    if found:
        says = "What is chosen is not sold, or not sold together."
        named = list({(one.path, one.code): one for one in map(_of_query, found)}.values())
        raise Problem("invalid_input", says, errors=errors_of(named, locale))


def _only(listed: Listed, chosen: Chosen) -> Chosen:
    if listed == "handset":
        return Chosen(handset=chosen.handset)
    if listed == "tariff":
        return Chosen(tariff=chosen.tariff)
    if listed == "credit_plan":
        return Chosen(plan=chosen.plan)
    return Chosen(model=chosen.model, grade=chosen.grade) if listed == "trade_in" else Chosen()


def _of_query(fault: SelectionFault) -> SelectionFault:
    """The problem at the parameter that it is a problem of."""
    path = PARAMETERS.get(fault.path, fault.path.replace("package.", "query."))
    return replace(fault, path=path)
