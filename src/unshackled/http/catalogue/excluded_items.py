"""What a list leaves out: the reason in a sentence, and what would make it fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

from unshackled.domain.alternatives import Alternative, alternatives
from unshackled.domain.catalogue import CreditPlan, TradeInPrice
from unshackled.domain.fitting import Chosen, Fitting, Item
from unshackled.domain.selection import SelectionFault
from unshackled.messages import say

# So many are told, the first of the catalogue; the others are counted.
SHOWN: Final = 50
LeftOutItem: TypeAlias = tuple[Item, SelectionFault]


def excluded_body(
    left_out: Sequence[LeftOutItem], chosen: Chosen, fitting: Fitting, locale: str
) -> dict[str, Any]:
    """The members of the answer for it."""
    told = [_one(item, why, chosen, fitting, locale) for item, why in left_out[:SHOWN]]
    return {"excluded": told, "excluded_more": len(left_out) - len(told)}


def _one(
    item: Item, why: SelectionFault, chosen: Chosen, fitting: Fitting, locale: str
) -> dict[str, Any]:
    ways = _ways(item, why, chosen, fitting)
    found = {
        "item": _id(item),
        "title": item.model if isinstance(item, TradeInPrice) else item.title,
        "code": why.code,
        "message": say(locale, why.code, why.params),
        "would_fit": [{"parameter": one.parameter, "allowed": one.allowed} for one in ways],
    }
    return {**found, "grade": item.grade} if isinstance(item, TradeInPrice) else found


def _ways(
    item: Item, why: SelectionFault, chosen: Chosen, fitting: Fitting
) -> Iterable[Alternative]:
    """What to change; of what only providers do not take, the deposits that they would."""
    if fitting.reason(item, chosen) is not None:
        return alternatives(item, why, chosen, fitting)
    known = why.path == "package.credit.deposit" and why.allowed
    return [Alternative(parameter="deposit", allowed=why.allowed)] if known else []


def _id(item: Item) -> str:
    if isinstance(item, TradeInPrice):
        return item.model
    return item.code if isinstance(item, CreditPlan) else item.sku
