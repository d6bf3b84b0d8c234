"""Several catalogues as one: the first that sells a thing counts, and what differs is told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.shelves import catalogues
from unshackled.domain.catalogue import Catalogue, Handset, Tariff
from unshackled.domain.merged_catalogue import (
    LONGEST_VERSION,
    CataloguePart,
    SoldTwice,
    merged,
)
from unshackled.domain.records import replace

PHONE = Handset(sku="A", title="A", price=10_000)
TARIFF = Tariff(sku="T", title="T", monthly=1_000, term_months=12, handsets=("A",))
SHOP = CataloguePart(
    name="shop", catalogue=Catalogue(currency="GBP", version="7", handsets=(PHONE,))
)
TELCO = CataloguePart(
    name="telco", catalogue=Catalogue(currency="GBP", version="7", tariffs=(TARIFF,))
)


def test_handsets_of_one_are_sold_with_tariffs_of_another() -> None:
    """And the version says whose each is, though both call theirs the same."""
    found = merged([SHOP, TELCO], "GBP")
    assert found is not None
    assert (found.catalogue.handsets, found.catalogue.tariffs) == ((PHONE,), (TARIFF,))
    assert found.catalogue.version == "shop@7+telco@7"
    assert (found.twice, found.foreign) == ((), ())


def test_the_first_that_sells_a_thing_counts() -> None:
    """The very same twice is nothing to tell; another price is."""
    dearer = replace(TELCO.catalogue, handsets=(replace(PHONE, price=11_000),))
    for first, second in ((SHOP, dearer), (SHOP, SHOP.catalogue)):
        found = merged([first, replace(TELCO, catalogue=second)], "GBP")
        assert found is not None
        assert found.catalogue.handsets == (PHONE,)
        told = SoldTwice(kind="handset", item="A", first="shop", other="telco")
        assert found.twice == ((told,) if second is dearer else ())


def test_one_in_another_currency_sells_nothing() -> None:
    """No amount is ever taken for one of another currency; where all are foreign there is none."""
    euros = replace(TELCO, catalogue=replace(TELCO.catalogue, currency="EUR"))
    found = merged([SHOP, euros], "GBP")
    assert found is not None
    assert (found.catalogue.tariffs, found.foreign) == ((), ("telco",))
    assert merged([euros], "GBP") is None
    assert merged([], "GBP") is None


def test_a_version_is_bounded_and_changes_with_each_part() -> None:
    """Of long ones a digest."""
    long = [replace(SHOP, name=f"{'shop' * 8}-{place}") for place in range(5)]
    found, other = merged(long, "GBP"), merged(long[:-1], "GBP")
    assert found is not None
    assert other is not None
    assert len(found.catalogue.version) <= LONGEST_VERSION
    assert found.catalogue.version != other.catalogue.version


@given(st.lists(catalogues(), min_size=1, max_size=3))
def test_everything_that_is_sold_is_sold_once(offers: list[Catalogue]) -> None:
    """Each item of each part is in the whole, or the first of its name is; the rest is told."""
    parts = [CataloguePart(name=f"p{n}", catalogue=one) for n, one in enumerate(offers)]
    found = merged(parts, "GBP")
    assert found is not None
    told = {(one.kind, one.item) for one in found.twice}
    skus = [one.sku for one in found.catalogue.handsets]
    assert len(skus) == len(set(skus))
    for part in parts:
        for item in part.catalogue.handsets:
            assert item in found.catalogue.handsets or ("handset", item.sku) in told
        for plan in part.catalogue.credit_plans:
            assert plan in found.catalogue.credit_plans or ("credit_plan", plan.code) in told
