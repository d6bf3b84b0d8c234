"""The stand-in's address file: made-up premises of made-up streets, in the fields of PAF."""

from __future__ import annotations

from typing import Any, Final

EMPTY: Final = (
    *("dependant_locality", "double_dependant_locality", "thoroughfare", "dependant_thoroughfare"),
    *("building_number", "building_name", "sub_building_name", "po_box", "department_name"),
    *("organisation_name", "umprn", "su_organisation_indicator", "delivery_point_suffix"),
    *("line_2", "line_3", "administrative_county", "postal_county", "district", "ward"),
    *("longitude", "latitude", "eastings", "northings", "uprn", "county_code"),
)


def row(udprn: int, postcode: str, dataset: str = "paf", **fields: object) -> dict[str, Any]:
    """One premise with every field of PAF; what is not said is empty."""
    outward, _, inward = postcode.partition(" ")
    said: dict[str, Any] = dict.fromkeys(EMPTY, "") | {
        "id": f"{dataset}_{fields.get('umprn', udprn)}",
        "dataset": dataset,
        "udprn": udprn,
        "postcode": postcode,
        "postcode_outward": outward,
        "postcode_inward": inward,
        "postcode_type": "S",
        "post_town": "Fakenham",
        "county": "Norfolk",
        "traditional_county": "Norfolk",
        "country": "England",
        "country_iso": "GBR",
        "country_iso_2": "GB",
        "language": "cy" if dataset == "pafw" else "en",
    }
    said |= fields
    inside = (said["sub_building_name"], said["building_name"], said["building_number"])
    said["premise"] = ", ".join(part for part in inside if part)
    street = said["dependant_thoroughfare"] or said["thoroughfare"]
    said["line_1"] = " ".join(part for part in (said["premise"], street) if part)
    return said


def _mews() -> list[dict[str, Any]]:
    """A street of houses, one of them in flats, a shop, a named house and one not built yet."""
    here = {"thoroughfare": "Longacre Mews", "dependant_locality": "Little Snoring"}
    at = "NR21 0AA"
    houses = [row(51_000_000 + n, at, building_number=str(n), **here) for n in range(1, 7)]
    flats = [
        row(51_000_100 + n, at, sub_building_name=name, building_number="7", **here)
        for n, name in enumerate(("Flat 1", "Flat 2", "Ground Floor Flat"))
    ]
    return [
        *houses,
        *flats,
        row(51_000_200, at, building_name="10A", **here),
        row(51_000_201, at, building_name="10-12", **here),
        row(51_000_202, at, building_name="The Old Forge", **here),
        row(51_000_203, at, building_number="14", organisation_name="Snoring Bakes Ltd", **here),
        row(51_000_204, at, building_number="14", **here),
        row(51_000_205, at, "nyb", building_number="16", **here),
        row(51_000_206, at, building_number="1", **here | {"thoroughfare": "Longacre Street"}),
        row(
            51_000_207,
            at,
            building_number="2",
            dependant_thoroughfare="St. John's Yard",
            **here,
        ),
    ]


def _court() -> list[dict[str, Any]]:
    """Rose Court, 10 Mill Road: flats of one building, and a house behind one letter box."""
    at, here = "NR21 0AB", {"thoroughfare": "Mill Road"}
    flats = [
        row(
            51_001_000 + n,
            at,
            sub_building_name=f"Apartment {n}",
            building_name="Rose Court",
            building_number="10",
            **here,
        )
        for n in range(1, 5)
    ]
    house = row(51_001_100, at, building_number="12", **here)
    rooms = [
        row(
            51_001_100,
            at,
            "mr",
            umprn=61_000_000 + n,
            sub_building_name=f"Flat {n}",
            building_number="12",
            **here,
        )
        for n in (1, 2)
    ]
    alone = row(51_001_101, at, building_number="14", **here)
    return [*flats, house, *rooms, alone]


def _hall() -> list[dict[str, Any]]:
    """A hall of 120 rooms: more than one page."""
    return [
        row(
            51_002_000,
            "NR21 0AC",
            "mr",
            umprn=62_000_000 + n,
            sub_building_name=f"Room {n}",
            building_name="Wells Hall",
            thoroughfare="College Lane",
        )
        for n in range(1, 121)
    ]


def _jersey() -> list[dict[str, Any]]:
    """A house in a Crown dependency."""
    there = {"country": "Jersey", "country_iso": "JEY", "country_iso_2": "JE"}
    return [
        row(
            51_003_000,
            "JE2 0ZZ",
            building_number="3",
            thoroughfare="La Rue du Moulin",
            **there | {"post_town": "Jersey", "county": "", "traditional_county": ""},
        )
    ]


FILE: Final = {
    "NR210AA": _mews(),
    "NR210AB": _court(),
    "NR210AC": _hall(),
    "JE20ZZ": _jersey(),
    "ID11QD": [row(50_906_066, "ID1 1QD", building_number="2", thoroughfare="Barons Court Road")],
}
