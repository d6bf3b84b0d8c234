"""The mark of personal data: which part of a value may leave the personal part of a snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from unshackled.domain.personal import Personal, merge, split


@dataclass(frozen=True)
class Device:
    imei: Personal[str]
    model: str


@dataclass(frozen=True)
class Other:
    name: Personal[str]


@dataclass(frozen=True)
class Order:
    id: str
    name: Personal[str] | None
    device: Device
    spare: Device | None
    several: tuple[Device, ...]
    named: Mapping[str, Device]
    either: Device | Other | None
    plain: tuple[int, ...]


DEVICE = {"imei": "490154203237518", "model": "Fern 6"}
WHOLE: dict[str, Any] = {
    "id": "ord_1",
    "name": "Wilhelmina",
    "device": DEVICE,
    "spare": None,
    "several": [DEVICE],
    "named": {"first": DEVICE},
    "either": DEVICE,
    "plain": [1, 2],
}


def test_divides_at_the_mark() -> None:
    """Marked fields are personal, at any depth; everything else is public, in its order."""
    public, personal = split(Order, WHOLE)
    assert public == {
        "id": "ord_1",
        "device": {"model": "Fern 6"},
        "spare": None,
        "plain": [1, 2],
    }
    assert list(public) == ["id", "device", "spare", "plain"]
    assert personal["device"] == {"imei": "490154203237518"}


@pytest.mark.parametrize("name", ["name", "several", "named", "either"])
def test_hides_whole_what_cannot_be_divided(name: str) -> None:
    """A list, a mapping or a choice of types with anything personal inside is hidden whole."""
    public, personal = split(Order, WHOLE)
    assert name not in public
    assert personal[name] == WHOLE[name]


def test_the_halves_make_the_whole() -> None:
    """`merge` undoes `split`, and neither changes what it was given."""
    assert merge(*split(Order, WHOLE)) == WHOLE
    assert DEVICE == {"imei": "490154203237518", "model": "Fern 6"}


def test_an_absent_field_stays_absent() -> None:
    """A field that is not in the data is in neither half."""
    assert split(Order, {"id": "ord_1"}) == ({"id": "ord_1"}, {})
