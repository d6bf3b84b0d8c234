"""A price that names a VAT rate which the market has not is not sold, and told."""

from __future__ import annotations

import pytest

from unshackled.catalogues.vat_names import with_known_rates
from unshackled.domain.catalogue import Accessory, Catalogue, Handset, Tariff
from unshackled.ports.catalogue import CatalogueFound, LeftOut


def found(vat: str | None) -> CatalogueFound:
    """A catalogue with one item of each kind at a rate, and one more handset without any."""
    contents = Catalogue(
        currency="EUR",
        version="1",
        handsets=(
            Handset(sku="H", title="H", price=100, vat=vat),
            Handset(sku="P", title="P", price=1),
        ),
        tariffs=(Tariff(sku="T", title="T", monthly=1, term_months=1, vat=vat),),
        accessories=(Accessory(sku="A", title="A", price=1, vat=vat),),
    )
    return CatalogueFound(catalogue=contents, left_out=(LeftOut(kind="tariff", item="x", why="y"),))


@pytest.mark.parametrize("vat", [None, "standard"])
def test_a_known_rate_and_none_are_sold(vat: str | None) -> None:
    """Nothing is left out for them."""
    assert with_known_rates(found(vat), {"standard"}) == found(vat)


def test_an_unknown_rate_is_left_out_by_name() -> None:
    """Each item with its kind; the one without a rate stays."""
    left = with_known_rates(found("luxury"), {"standard"})
    assert [one.sku for one in left.catalogue.handsets] == ["P"]
    assert (left.catalogue.tariffs, left.catalogue.accessories) == ((), ())
    assert [(one.kind, one.item) for one in left.left_out] == [
        ("tariff", "x"),
        ("handset", "H"),
        ("tariff", "T"),
        ("accessory", "A"),
    ]
