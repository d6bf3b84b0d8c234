"""A representative example beside the APR of each plan of a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from unshackled.domain.codec import encode
from unshackled.domain.fitting import Chosen, with_item
from unshackled.domain.loan import terms_of
from unshackled.domain.package import Selection
from unshackled.domain.representative_example import RepresentativeExample, example_of
from unshackled.domain.selection import amount_before_deposit
from unshackled.flow.plan.credit_offers import OfferedCreditPlan
from unshackled.http.catalogue.item_list import ItemList, ListRequest
from unshackled.http.checkouts.prices_shown import shown_example

Json = Any


def with_examples(asker: ListRequest, listed: ItemList) -> Callable[[Sequence[Any]], list[Json]]:
    """What writes the plans of a list, each with its example in the words of the asker."""

    def write(items: Sequence[OfferedCreditPlan]) -> list[Json]:
        return [
            {**encode(one), "representative_example": _shown(one, listed.chosen, asker)}
            for one in items
        ]

    return write


def _shown(plan: OfferedCreditPlan, chosen: Chosen, asker: ListRequest) -> Json:
    example = _example(plan, chosen, asker)
    return None if example is None else shown_example(example, asker.locale)


def _example(
    plan: OfferedCreditPlan, chosen: Chosen, asker: ListRequest
) -> RepresentativeExample | None:
    """Of the handset that is chosen, else of the first that completes the choice: the dearest."""
    catalogue = asker.catalogue
    whole = _completed(plan, chosen, asker)
    handset = catalogue.handset(whole.handset) if whole and whole.handset else None
    if whole is None or handset is None:
        return None
    amount = amount_before_deposit(whole, catalogue, plan, handset)
    deposit = _deposit(plan, chosen, amount)
    terms = terms_of(plan, amount - deposit, deposit)
    return example_of(
        terms, handset.price, rate_percent=plan.apr_percent, currency=catalogue.currency
    )


def _completed(plan: OfferedCreditPlan, chosen: Chosen, asker: ListRequest) -> Selection | None:
    """What the example is about: what is chosen and counts for its sums, and what is missing."""
    if chosen.handset is not None and chosen.model is None:
        return Selection(handset=chosen.handset)
    return asker.fitting.completed(with_item(chosen, plan))


def _deposit(plan: OfferedCreditPlan, chosen: Chosen, amount: int) -> int:
    """The deposit that is chosen, else the least with which the plan lends the rest."""
    if chosen.deposit is not None:
        return chosen.deposit
    if chosen.handset is not None:
        return plan.deposits[0].least
    beyond = amount - plan.max_amount if plan.max_amount is not None else 0
    return max(plan.min_deposit, beyond, plan.deposits[0].least)
