"""VAT in prices that carry it: prices are gross, and the tax is worked out of their sum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Final

from pydantic import Field

from unshackled.domain.catalogue import Catalogue
from unshackled.domain.facts import Fact
from unshackled.domain.package import Package
from unshackled.domain.records import Record

_HUNDRED: Final = Decimal(100)


class VatLine(Record, Fact):
    """The VAT of all that is sold at one rate, in minor units; `gross` is `net` and `tax`.

    Rounded once for each rate, on the sum: `net` is `gross` * 100 / (100 + `percent`) to the
    nearest minor unit, half up, and `tax` is the rest.
    """

    rate: Annotated[str, Field(description="The name of the rate, e.g. standard.")]
    percent: Annotated[Decimal, Field(description="The rate of the market on the quote's day.")]
    gross: Annotated[int, Field(description="The prices with VAT, of the whole term.")]
    net: Annotated[int, Field(description="The prices without VAT.")]
    tax: Annotated[int, Field(description="The VAT.")]


def vat_line(rate: str, percent: Decimal, gross: int) -> VatLine:
    """The VAT in a sum of prices at one rate."""
    net = int((gross * _HUNDRED / (_HUNDRED + percent)).to_integral_value(ROUND_HALF_UP))
    return VatLine(rate=rate, percent=percent, gross=gross, net=net, tax=gross - net)


def vat_of(
    package: Package, catalogue: Catalogue, rates: Mapping[str, Decimal]
) -> tuple[VatLine, ...]:
    """The VAT of a package by rate, in the order of `rates`; none of items that say no rate.

    A handset counts with its whole cash price, however it is paid (interest carries no VAT), a
    tariff with all the months of its term. Raises `ValueError` for a rate that is not known.
    """
    sums: dict[str, int] = {}
    for rate, gross in _gross(package, catalogue):
        if rate is not None:
            sums[rate] = sums.get(rate, 0) + gross
    for rate in sums:
        if rate not in rates:
            raise ValueError(f"vat: {rate!r} is no rate: allowed are {', '.join(sorted(rates))}")
    return tuple(vat_line(rate, rates[rate], sums[rate]) for rate in rates if rate in sums)


def _gross(package: Package, catalogue: Catalogue) -> Iterable[tuple[str | None, int]]:
    """The rate's name and the price of each item; a rate that is not said is None."""
    if package.handset is not None:
        handset = catalogue.handset(package.handset.sku)
        yield handset.vat if handset else None, package.handset.price
    if package.tariff is not None:
        tariff = catalogue.tariff(package.tariff.sku)
        yield tariff.vat if tariff else None, package.tariff.total
    for line in package.accessories.lines if package.accessories else ():
        item = catalogue.accessory(line.sku)
        yield item.vat if item else None, line.price
