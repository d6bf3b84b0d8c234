"""Items whose price names a VAT rate that the market has not: nobody can say their tax."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar

from unshackled.domain.catalogue import Accessory, Catalogue, Handset, Tariff
from unshackled.domain.records import replace
from unshackled.ports.catalogue import CatalogueFound, LeftOut

Taxed = TypeVar("Taxed", Handset, Tariff, Accessory)


def with_known_rates(read: CatalogueFound, rates: Collection[str]) -> CatalogueFound:
    """The catalogue without such items; each of them is among those that are left out."""
    contents = read.catalogue
    wrong = [
        *_wrong("handset", contents.handsets, rates),
        *_wrong("tariff", contents.tariffs, rates),
        *_wrong("accessory", contents.accessories, rates),
    ]
    if not wrong:
        return read
    return CatalogueFound(catalogue=_known(contents, rates), left_out=(*read.left_out, *wrong))


def _wrong(
    kind: str, items: Iterable[Handset | Tariff | Accessory], rates: Collection[str]
) -> Iterable[LeftOut]:
    for one in items:
        if one.vat is not None and one.vat not in rates:
            yield LeftOut(kind=kind, item=one.sku, why="a VAT rate that the market has not")


def _known(contents: Catalogue, rates: Collection[str]) -> Catalogue:
    def of(items: tuple[Taxed, ...]) -> tuple[Taxed, ...]:
        return tuple(one for one in items if one.vat is None or one.vat in rates)

    return replace(
        contents,
        handsets=of(contents.handsets),
        tariffs=of(contents.tariffs),
        accessories=of(contents.accessories),
    )
