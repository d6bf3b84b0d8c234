"""Several catalogues as one: what is sold together, from backends that do not know each other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Final, TypeVar

from unshackled.domain.catalogue import Catalogue
from unshackled.domain.codec import digest
from unshackled.domain.records import Record

T = TypeVar("T")
# The version of the whole names those of its parts up to so many characters.
LONGEST_VERSION: Final = 64


class CataloguePart(Record):
    """What one source sells, under the name that it has in the retailer's file."""

    name: str
    catalogue: Catalogue


class SoldTwice(Record):
    """One item that a later source sells too, and otherwise: only the first one's is sold."""

    kind: str
    item: str
    first: str
    other: str


class MergedCatalogue(Record):
    """The whole, what of it two sources sell, and the sources that sell in another currency."""

    catalogue: Catalogue
    twice: tuple[SoldTwice, ...] = ()
    foreign: tuple[str, ...] = ()


def merged(parts: Sequence[CataloguePart], currency: str) -> MergedCatalogue | None:
    """Everything that the sources sell in a currency, in their order; None where none does.

    Of a SKU, a plan's code, or a model in a grade that several sources sell, the first one's item
    counts. It is told as sold twice where the others' are not the very same. A source in another
    currency sells nothing. The version names each source's.
    """
    local = [one for one in parts if one.catalogue.currency == currency]
    if not local:
        return None
    twice: list[SoldTwice] = []

    def of(kind: str, key: Callable[[Any], Hashable], pick: Callable[[Catalogue], Any]) -> Any:
        offers = [(part.name, one) for part in local for one in pick(part.catalogue)]
        return tuple(_first(kind, key, offers, twice))

    whole = Catalogue(
        currency=currency,
        version=_version(local),
        handsets=of("handset", _sku, lambda one: one.handsets),
        tariffs=of("tariff", _sku, lambda one: one.tariffs),
        credit_plans=of("credit_plan", lambda one: one.code, lambda one: one.credit_plans),
        accessories=of("accessory", _sku, lambda one: one.accessories),
        trade_ins=of("trade_in", _device, lambda one: one.trade_ins),
    )
    foreign = tuple(one.name for one in parts if one not in local)
    return MergedCatalogue(catalogue=whole, twice=tuple(twice), foreign=foreign)


def _first(
    kind: str,
    key: Callable[[Any], Hashable],
    offers: Iterable[tuple[str, T]],
    twice: list[SoldTwice],
) -> Iterable[T]:
    seen: dict[Hashable, tuple[str, T]] = {}
    for name, item in offers:
        first, known = seen.setdefault(key(item), (name, item))
        if known != item:
            label = str(key(item))
            twice.append(SoldTwice(kind=kind, item=label, first=first, other=name))
    return [item for _, item in seen.values()]


def _sku(item: Any) -> Hashable:
    sku: str = item.sku
    return sku


def _device(item: Any) -> Hashable:
    return f"{item.model} {item.grade}"


def _version(parts: Sequence[CataloguePart]) -> str:
    """Each source's beside its name; a digest of them where that is too long."""
    whole = "+".join(f"{one.name}@{one.catalogue.version}" for one in parts)
    return whole if len(whole) <= LONGEST_VERSION else digest(whole).removeprefix("sha256:")[:32]
