"""Which premise of a postcode a customer means: exactly one, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from unshackled.sdk.ports import Address
from unshackled_adapters.ideal_postcodes.words import Written, words

Words = tuple[str, ...]

FLAT: Final = ("flat",)
# Words that tell one part of a building from another; so does whatever has a digit.
PARTS: Final = frozenset(
    {"basement", "flat", "floor", "maisonette", "penthouse", "room", "studio", "suite", "unit"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Premise:
    """One premise of the file, in folded words; `point` is its UDPRN.

    `number` is the house number, `10a` and `10-12` included; `street` the nearest thoroughfare.
    `wide` is the street that this one is off; `around` has what customers add or leave out:
    localities, towns, counties.
    """

    point: str
    part: Words
    name: Words
    number: Words
    street: Words
    organisation: Words
    box: Words
    wide: Words
    around: tuple[Words, ...]

    @property
    def building(self) -> tuple[Words, Words, Words]:
        """What all parts of one building share."""
        return self.name, self.number, self.street


def premise(row: Mapping[str, Any]) -> Premise:
    """A premise as the file writes it (PAF fields)."""
    name, number = words(row["building_name"]), words(row["building_number"])
    if not number and name and name[0][0].isdecimal():
        name, number = (), name
    near, wide = words(row["dependant_thoroughfare"]), words(row["thoroughfare"])
    around = (
        words(row["postcode"]),
        words(row["double_dependant_locality"]),
        words(row["dependant_locality"]),
        words(row["post_town"]),
        words(row["county"]),
        words(row["department_name"]),
    )
    return Premise(
        point=_point(row["udprn"]),
        part=words(row["sub_building_name"]),
        name=name,
        number=number,
        street=near or wide,
        organisation=words(row["organisation_name"]),
        box=words("po box", row["po_box"]) if row["po_box"] else (),
        wide=wide if near else (),
        around=around,
    )


def meant(address: Address, premises: Sequence[Premise]) -> str | None:
    """The UDPRN of the one premise that the customer's lines name; None for none or several."""
    divided = {premise.building for premise in premises if premise.part}
    names = {premise.name for premise in premises}
    best: dict[str, tuple[int, bool]] = {}
    for one in premises:
        written = Written(words(address.line1, address.line2))
        likeness = _likeness(written, one, divided=one.building in divided)
        elsewhere = any(written.take(name) for name in names - {one.name})
        if likeness is not None and not elsewhere:
            best[one.point] = max(likeness, best.get(one.point, likeness))
    top = max(best.values(), default=None)
    points = [point for point, likeness in best.items() if likeness == top]
    return points[0] if len(points) == 1 else None


def _likeness(written: Written, one: Premise, *, divided: bool) -> tuple[int, bool] | None:
    """How many words a premise explains, and whether it leaves no firm unnamed; None: not it."""
    numbered, on_street = _take_number(written, one)
    named = written.take(one.name)
    parted = written.take(one.part) or written.take(_without_flat(one.part))
    if parted:
        written.take(FLAT)
    firm = written.take(one.organisation)
    boxed = written.take(one.box)
    identified = numbered or named if one.number or one.name else parted or firm or boxed
    if not identified or (one.part and not parted) or (one.box and not boxed):
        return None
    on_street = on_street or written.take(one.street) or not one.street
    for phrase in (one.wide if on_street else (), *one.around):
        written.take(phrase)
    whole = (numbered or not one.number) and (named or not one.name)
    undivided = whole and not one.part and not divided
    if _unexplained(written.left, on_street=on_street, undivided=undivided):
        return None
    return written.taken, firm or not one.organisation


def _unexplained(left: Words, *, on_street: bool, undivided: bool) -> bool:
    """Whether the words left over speak of another place.

    A house may have a nickname, and flats that the file does not know: they share its letter box.
    """
    apart = [word for word in left if _tells_apart(word)]
    if not on_street:
        return bool(left)
    return bool(apart) and not (undivided and PARTS.intersection(apart))


def _take_number(written: Written, one: Premise) -> tuple[bool, bool]:
    """Whether the number was there, and the street with it: a number alone may be a flat's."""
    if not one.number:
        return False, False
    if one.street and written.take((*one.number, *one.street)):
        return True, True
    street_elsewhere = one.street and Written(written.left).take(one.street)
    return not street_elsewhere and written.take(one.number), False


def _without_flat(part: Words) -> Words:
    return tuple(word for word in part if word not in FLAT)


def _tells_apart(word: str) -> bool:
    return word in PARTS or any(letter.isdecimal() for letter in word)


def _point(udprn: object) -> str:
    """Up to eight digits, written as eight."""
    if not isinstance(udprn, int) or not 0 < udprn < 100_000_000:
        raise ValueError("udprn")
    return f"{udprn:08d}"
