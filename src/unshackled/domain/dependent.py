"""Fields that are given together: where one is there, so are those that it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from unshackled.domain.form import Finding, Given, WrongFields
from unshackled.domain.records import Record

Json = Any
Whole = Callable[[Mapping[str, Json], Given], Mapping[str, Json]]
# What is as good as not given: a box that is not ticked, an empty line.
NOT_GIVEN: Final = (None, "", False)
MISSING: Final = (None, "")


class Needs(Record):
    """The judgement of a whole form: `needs` by field, after what the model itself says."""

    needs: Mapping[str, Sequence[str]]
    before: Whole | None = None

    def __call__(self, value: Mapping[str, Json], given: Given) -> Mapping[str, Json]:
        """The form as it is; raises `WrongFields` naming each field that another one needs."""
        if self.before is not None:
            value = self.before(value, given)
        found = {
            other: Finding(path=other, code="needed_with", params={"other": name})
            for name, others in self.needs.items()
            for other in others
            if not _any(value.get(name), NOT_GIVEN)
            and other in value
            and _any(value[other], MISSING)
        }
        if found:
            raise WrongFields(*found.values())
        return value

    def rule(self, before: Mapping[str, Json]) -> Mapping[str, Json]:
        """The same as JSON Schema, beside the model's own."""
        rules = [_rule(name, others) for name, others in self.needs.items()]
        return {"allOf": [*([before] if before else []), *rules]}


def _rule(name: str, others: Sequence[str]) -> Json:
    return {
        "if": {"required": [name], "properties": {name: {"not": {"enum": list(NOT_GIVEN)}}}},
        "then": {
            "required": list(others),
            "properties": {other: {"not": {"enum": list(MISSING)}} for other in others},
        },
    }


def _any(value: Json, among: Sequence[Json]) -> bool:
    """Whether it is one of these: 0 is not False."""
    return any(value is one or (isinstance(one, str) and value == one) for one in among)
