"""`collect: number`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from unshackled.domain.entries import PAC, UK_MOBILE
from unshackled.domain.facts import Fact
from unshackled.domain.form import Finding, Given, WrongFields
from unshackled.domain.personal import Personal
from unshackled.domain.records import Record

Json = Any
KEPT_WITH: Final = ("pac", "current_number")
# The same as JSON Schema: kept with both, else with none.
RULE: Final[Mapping[str, Json]] = {
    "if": {"properties": {"keep_number": {"const": True}}, "required": ["keep_number"]},
    "then": {
        "required": list(KEPT_WITH),
        "properties": {name: {"type": "string"} for name in KEPT_WITH},
    },
    "else": {"properties": {name: {"type": "null"} for name in KEPT_WITH}},
}


def read_number(value: Mapping[str, Json], given: Given) -> Mapping[str, Json]:
    """The choice as it is; raises `WrongFields` where half of it is missing."""
    keep = value.get("keep_number")
    if keep is None:
        return value
    sent = [name for name in KEPT_WITH if value.get(name)]
    if keep:
        half = [name for name in KEPT_WITH if name in value and name not in sent]
        found = [_needed(name, by="keep_number") for name in half]
    else:
        found = [_needed("keep_number", by=name) for name in sent[:1]]
    if found:
        raise WrongFields(*found)
    return value


def _needed(name: str, *, by: str) -> Finding:
    return Finding(path=name, code="needed_with", params={"other": by})


class NumberChoice(Record, Fact):
    """A new number, or the code to bring the old one (PAC: ABC123456) and which one that is."""

    keep_number: bool = False
    pac: Personal[Annotated[str, PAC]] | None = None
    current_number: Personal[Annotated[str, UK_MOBILE]] | None = None

    whole: ClassVar[object] = staticmethod(read_number)
    rule: ClassVar[Mapping[str, Json]] = RULE
