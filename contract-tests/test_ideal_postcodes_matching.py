"""Which delivery point a customer means: exactly one, or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.sdk.ports import Address
from unshackled.testing.samples import sample
from unshackled_adapters.ideal_postcodes.fake_file import FILE, row
from unshackled_adapters.ideal_postcodes.matching import Premise, meant, premise
from unshackled_adapters.ideal_postcodes.words import words

MEWS = [premise(one) for one in FILE["NR210AA"]]
COURT = [premise(one) for one in FILE["NR210AB"]]
ROWS = [one for rows in FILE.values() for one in rows]


def found(premises: Sequence[Premise], line1: str, line2: str | None = None) -> str | None:
    """The delivery point that two lines mean."""
    return meant(sample(Address, line1=line1, line2=line2), premises)


@pytest.mark.parametrize(
    ("line1", "line2", "point"),
    [
        ("1 Longacre Mews", None, "51000001"),
        ("1, LONGACRE  MEWS", "Little Snoring", "51000001"),
        ("No. 1", "Longacre Mews", "51000001"),
        ("2 Longacre Mews, NR21 0AA, Norfolk", None, "51000002"),
        ("1 Longacre St.", None, "51000206"),
        ("2 Saint John's Yard", None, "51000207"),
        ("2 St Johns Yard", "Longacre Mews", "51000207"),
        ("10 A Longacre Mews", None, "51000200"),
        ("10-12 Longacre Mews", None, "51000201"),
        ("Old Forge", None, "51000202"),
        ("The Old Forge, Longacre Mews", None, "51000202"),
        ("3", None, "51000003"),
        ("Holly Cottage, 2 Longacre Mews", None, "51000002"),
        ("14 Longacre Mews", None, "51000204"),
        ("Snoring Bakes Ltd", "14 Longacre Mews", "51000203"),
    ],
)
def test_a_house_is_found_however_it_is_written(line1: str, line2: str | None, point: str) -> None:
    """Capitals, marks, accents, abbreviations and lines make no difference."""
    assert found(MEWS, line1, line2) == point


@pytest.mark.parametrize(
    ("line1", "point"),
    [
        ("Flat 3, Rose Court", "51001003"),
        ("Apartment 3, Rose Court, 10 Mill Road", "51001003"),
        ("Apt 3, 10 Mill Rd", "51001003"),
        ("3 Rose Court, Mill Road", "51001003"),
        ("Flat 2, 12 Mill Road", "51001100"),
        ("12 Mill Road", "51001100"),
        ("Flat 2, 14 Mill Road", "51001101"),
    ],
)
def test_a_flat_is_found_in_its_building(line1: str, point: str) -> None:
    """A flat has its own point, or shares that of the house whose letter box it uses."""
    assert found(COURT, line1) == point


@pytest.mark.parametrize(
    ("line1", "why"),
    [
        ("10 Mill Road", "a building of flats, and no flat said"),
        ("Rose Court", "the same by name"),
        ("Flat 9, Rose Court", "a flat that the building does not have"),
        ("Flat 3, 12 Mill Road", "a household that the house does not have"),
        ("Unit 3, Rose Court", "a unit is not a flat"),
        ("Rose Court, 12 Mill Road", "two buildings"),
        ("12 14 Mill Road", "two numbers"),
        ("14 Mill Lane", "another street"),
        ("99 Mill Road", "no such number"),
        ("Flat 14", "a flat's number is not a house's"),
        ("Mill Road", "a street alone"),
        ("", "nothing"),
    ],
)
def test_what_is_not_one_place_is_none(line1: str, why: str) -> None:
    """An unknown or ambiguous address is not guessed: the customer writes it again."""
    assert found(COURT, line1) is None, why


def test_one_number_on_two_streets_needs_its_street() -> None:
    """A number alone counts only where it is one place of the postcode."""
    assert found(MEWS, "1") is None
    assert found(MEWS, "4") == "51000004"


def test_a_flat_of_one_is_not_the_flat_one_of_ten() -> None:
    """Flat 1 of house 10 and flat 10 of house 1 are told apart by what stands before the street."""
    rows = [
        row(1, "ZZ1 1AA", sub_building_name="Flat 1", building_number="10", thoroughfare="Elm Row"),
        row(2, "ZZ1 1AA", sub_building_name="Flat 10", building_number="1", thoroughfare="Elm Row"),
    ]
    premises = [premise(one) for one in rows]
    assert found(premises, "Flat 1, 10 Elm Row") == "00000001"
    assert found(premises, "Flat 10, 1 Elm Row") == "00000002"
    assert found(premises[:1], "Flat 10, 1 Elm Row") is None


def test_a_box_and_a_firm_alone_are_premises() -> None:
    """A PO Box is found by its number, a firm without a number by its name."""
    rows = [
        row(1, "ZZ1 1AA", po_box="61"),
        row(2, "ZZ1 1AA", organisation_name="Acme & Sons", thoroughfare="Elm Row"),
    ]
    premises = [premise(one) for one in rows]
    assert found(premises, "P.O. Box 61") == "00000001"
    assert found(premises, "Acme and Sons, Elm Row") == "00000002"
    assert found(premises, "PO Box 62") is None


@pytest.mark.parametrize("one", ROWS, ids=lambda one: one["id"])
def test_each_premise_is_found_by_its_own_lines(one: dict[str, Any]) -> None:
    """What the file writes on its lines leads to the same delivery point."""
    rows = next(rows for rows in FILE.values() if one in rows)
    lines = f"{one['organisation_name']} {one['line_1']}"
    assert found([premise(each) for each in rows], lines) == f"{one['udprn']:08d}"


def test_a_udprn_that_is_none_is_not_taken() -> None:
    """A row without a UDPRN is unreadable, not a delivery point."""
    with pytest.raises(ValueError, match="udprn"):
        premise(row(0, "ZZ1 1AA"))


@given(st.text(max_size=60))
def test_folding_words_twice_changes_nothing(text: str) -> None:
    """Folded words are their own folding, whatever was typed."""
    once = words(text)
    assert words(" . ".join(once)) == once


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_typed_breaks_the_matching(line1: str, line2: str) -> None:
    """Any text leads to a point of the file or to none."""
    points = {one.point for one in MEWS}
    assert found(MEWS, line1, line2) in {None, *points}
