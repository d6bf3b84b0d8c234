"""What goes with all that is chosen so far: the rule by which the lists of a catalogue are cut.

An item fits exactly when some completion of the choice with it has no problem by `faults`, which is
what pricing refuses by: so a list and a quote can not disagree. A completion fills in only what is
still missing and what nobody would choose otherwise:

- where credit is chosen (a plan, or a deposit), a handset and a plan, any that is sold;
- where no goods and no tariff are chosen, any handset, else a tariff or an accessory;
- of an old device its grade, any that is taken, and any valid IMEI;
- the smallest deposit that plan and handset allow.

Nothing that is chosen is changed, and no other part is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final, TypeAlias

from unshackled.domain.catalogue import (
    Accessory,
    Catalogue,
    CreditPlan,
    Grade,
    Handset,
    Tariff,
    TradeInPrice,
)
from unshackled.domain.normal import digits
from unshackled.domain.package import CreditChoice, Selection, TradeInChoice
from unshackled.domain.records import Record, replace
from unshackled.domain.selection import (
    IMEI_EXAMPLE,
    Judged,
    SelectionFault,
    amount_before_deposit,
    check,
    faults,
)

Item: TypeAlias = Handset | Tariff | CreditPlan | Accessory | TradeInPrice
IMEI: Final = digits(IMEI_EXAMPLE)
# Of a model that is not taken in any.
UNKNOWN_GRADE: Final = "good"


class Chosen(Record):
    """What a customer has picked so far, by SKU and code; None is not chosen yet.

    `deposit` is in minor units.
    """

    handset: str | None = None
    tariff: str | None = None
    plan: str | None = None
    deposit: int | None = None
    accessories: tuple[str, ...] = ()
    model: str | None = None
    grade: Grade | None = None

    @property
    def credit(self) -> bool:
        """Whether something of a credit is chosen."""
        return self.plan is not None or self.deposit is not None

    @property
    def something(self) -> bool:
        """Whether anything is chosen that could go together with something else or not."""
        return self != Chosen()


def with_item(chosen: Chosen, item: Item) -> Chosen:
    """The choice with an item, in the place of another of its kind; accessories are added to."""
    match item:
        case Handset():
            return replace(chosen, handset=item.sku)
        case Tariff():
            return replace(chosen, tariff=item.sku)
        case CreditPlan():
            return replace(chosen, plan=item.code)
        case Accessory():
            return replace(chosen, accessories=(*chosen.accessories, item.sku))
        case TradeInPrice():
            return replace(chosen, model=item.model, grade=item.grade)


class Fitting:
    """The rule for one catalogue, the rules of a day and a customer's age."""

    def __init__(self, judged: Judged) -> None:
        """Nothing is looked at before it is asked for."""
        self.judged = judged
        self._catalogue = judged.catalogue

    def reason(self, item: Item, chosen: Chosen) -> SelectionFault | None:
        """Why an item does not go with what is chosen; None where it does."""
        _, wrong = self._nearest(with_item(chosen, item))
        return wrong[0] if wrong else None

    def completed(self, chosen: Chosen) -> Selection | None:
        """A completion without a problem; None where there is none."""
        selection, wrong = self._nearest(chosen)
        return None if wrong else selection

    def contradictions(self, chosen: Chosen) -> tuple[SelectionFault, ...]:
        """What is wrong with a choice by itself, each with what is allowed; nothing is fine."""
        if not chosen.something:
            return ()
        selection, wrong = self._nearest(chosen)
        judged = self.judged
        return wrong and check(selection, judged.catalogue, judged.rules, age=judged.age)

    def _nearest(self, chosen: Chosen) -> tuple[Selection, tuple[SelectionFault, ...]]:
        """The first completion with the fewest problems, and these."""
        completions = self._completions(chosen)
        best = next(completions)
        wrong = tuple(faults(best, self.judged))
        while wrong and (other := next(completions, None)) is not None:
            less = tuple(faults(other, self.judged))
            if len(less) < len(wrong):
                best, wrong = other, less
        return best, wrong

    def _completions(self, chosen: Chosen) -> Iterator[Selection]:
        """Every completion, but of handsets which are the same to every rule only one."""
        for base in self._goods(chosen):
            for old in self._old_devices(chosen):
                selection = replace(base, trade_in=old)
                if not chosen.credit:
                    yield selection
                    continue
                for plan in self._plans(chosen):
                    yield self._with_credit(selection, plan, chosen.deposit)

    def _goods(self, chosen: Chosen) -> Iterator[Selection]:
        base = Selection(
            handset=chosen.handset, tariff=chosen.tariff, accessories=chosen.accessories
        )
        empty = not (base.handset or base.tariff or base.accessories)
        if base.handset is not None or not (chosen.credit or empty):
            yield base
            return
        possible = [replace(base, handset=one.sku) for one in self._handsets(base)]
        if not chosen.credit:
            possible += [Selection(tariff=one.sku) for one in self._catalogue.tariffs]
            possible += [Selection(accessories=(one.sku,)) for one in self._catalogue.accessories]
        yield from possible or [base]

    def _handsets(self, base: Selection) -> Iterable[Handset]:
        """Those that the tariff and the accessories go with; all, where there is none such."""
        chosen = [self._catalogue.tariff(base.tariff)] if base.tariff else []
        extras = [self._catalogue.accessory(sku) for sku in base.accessories]
        only = [set(one.handsets) for one in (*chosen, *extras) if one and one.handsets]
        if not only:
            return self._unlike
        common = set.intersection(*only)
        return _unlike(h for h in self._catalogue.handsets if h.sku in common) or self._unlike

    @cached_property
    def _unlike(self) -> Sequence[Handset]:
        return _unlike(self._catalogue.handsets)

    def _plans(self, chosen: Chosen) -> Iterator[str]:
        if chosen.plan is not None:
            yield chosen.plan
        else:
            yield from [one.code for one in self._catalogue.credit_plans] or [""]

    def _old_devices(self, chosen: Chosen) -> Iterator[TradeInChoice | None]:
        if chosen.model is None:
            yield None
            return
        grades = [one.grade for one in self._catalogue.trade_ins if one.model == chosen.model]
        for grade in [chosen.grade] if chosen.grade else grades or [UNKNOWN_GRADE]:
            yield TradeInChoice(imei=IMEI, model=chosen.model, grade=grade)

    def _with_credit(self, selection: Selection, code: str, deposit: int | None) -> Selection:
        """With the deposit that is chosen, or the smallest that there can be."""
        catalogue, plan = self._catalogue, self._catalogue.credit_plan(code)
        handset = catalogue.handset(selection.handset) if selection.handset else None
        if deposit is None and plan is not None and handset is not None:
            amount = amount_before_deposit(selection, catalogue, plan, handset)
            deposit = (plan.deposits_on(amount) or (plan.min_deposit, 0))[0]
        return replace(selection, credit=CreditChoice(plan=code, deposit=deposit or 0))


def _unlike(handsets: Iterable[Handset]) -> Sequence[Handset]:
    """One of each kind that rules tell apart where no tariff or accessory names handsets.

    The dearest first: what any plan can pay is found at once.
    """
    kinds: dict[tuple[int, int | None], Handset] = {}
    for one in handsets:
        kinds.setdefault((one.price, one.min_age), one)
    return sorted(kinds.values(), key=lambda one: -one.price)


__all__ = ["Catalogue", "Chosen", "Fitting", "Item", "with_item"]
