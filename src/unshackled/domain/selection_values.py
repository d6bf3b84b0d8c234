"""The fields of a selection by their paths: which values each can have, and how one is put in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from unshackled.domain.catalogue import Catalogue
from unshackled.domain.package import Selection
from unshackled.domain.records import replace

# So many allowed values are named with a problem.
MOST_ALLOWED: Final = 100
# What is chosen anew after a field was: its old value is not held against the new one.
NEXT_CHOICE: Final[Mapping[str, str]] = {
    "package.credit.plan": "package.credit.deposit",
    "package.trade_in.model": "package.trade_in.grade",
}
_ACCESSORY: Final = re.compile(r"package\.accessories\[(\d+)\]")


def values(path: str, selection: Selection, catalogue: Catalogue) -> Iterator[str]:
    """Every value that the catalogue has for a field, each once; none where it is no name."""
    if path == "package.handset":
        yield from (one.sku for one in catalogue.handsets)
    elif path == "package.tariff":
        yield from (one.sku for one in catalogue.tariffs)
    elif path == "package.credit.plan":
        yield from (one.code for one in catalogue.credit_plans)
    elif path == "package.trade_in.model":
        yield from dict.fromkeys(one.model for one in catalogue.trade_ins)
    elif path == "package.trade_in.grade" and selection.trade_in is not None:
        model = selection.trade_in.model
        yield from (one.grade for one in catalogue.trade_ins if one.model == model)
    elif path.startswith("package.accessories"):
        yield from (one.sku for one in catalogue.accessories)


def put(path: str, selection: Selection, value: str) -> Selection:
    """The selection with another value in one of the fields that have `values`."""
    credit, old, place = selection.credit, selection.trade_in, _ACCESSORY.fullmatch(path)
    if path == "package.handset":
        return replace(selection, handset=value)
    if path == "package.tariff":
        return replace(selection, tariff=value)
    if path == "package.credit.plan" and credit is not None:
        return replace(selection, credit=replace(credit, plan=value))
    if path == "package.trade_in.model" and old is not None:
        return replace(selection, trade_in=replace(old, model=value))
    if path == "package.trade_in.grade" and old is not None:
        return replace(selection, trade_in=replace(old, grade=value))
    whole, index = list(selection.accessories), int(place[1]) if place else 0
    whole[index : index + 1] = [value]
    return replace(selection, accessories=tuple(whole))
