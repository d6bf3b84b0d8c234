"""Reading what people write into a model: each field says what may be sent and how it is kept.

A model is a frozen dataclass. Its fields carry an `Entry` in their annotation, which only matters
at submission: what was kept once is read back by the types alone, whatever is asked for today.
`whole` of a model looks at its fields together.
"""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from datetime import UTC, date, datetime, time
from functools import cache
from types import NoneType
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args, get_origin

from unshackled.domain.age_limits import AgeLimit
from unshackled.domain.modulus import Table
from unshackled.domain.number_porting import BY_CODE, PortingRules
from unshackled.domain.personal import fields_of
from unshackled.domain.records import AbstractRecord, Record, declared

Json = Any
LONGEST_NAME: Final = 64


class Given(Record):
    """What reading needs to know: the retailer's day and country, and who may buy what is bought.

    `age_limits` are those of what is bought. `bank` has the weights by which bank accounts are
    checked, where they are configured.
    `days_on_offer` are the days that may be chosen, as ISO 8601 writes them.
    `now` is in the zone of the retailer's `market`, whose working days are those of `calendar` and
    in which numbers are brought along by the rules of `porting`: None where that is not done.
    """

    today: date
    country: str = "GB"
    age_limits: tuple[AgeLimit, ...] = ()
    bank: Table | None = None
    days_on_offer: tuple[str, ...] = ()
    now: datetime | None = None
    market: str = "GB"
    calendar: str = "GB-ENG"
    porting: PortingRules | None = BY_CODE

    @property
    def moment(self) -> datetime:
        """Now, or the beginning of the day where only that is known."""
        return self.now or datetime.combine(self.today, time.min, UTC)


class Finding(Record):
    """One wrong field: its path, a code, and the parameters of the sentence for people.

    What was sent is never in it.
    """

    path: str
    code: str
    params: Mapping[str, Json] = field(default_factory=dict)


class Refusal(Record):
    """Everything that is wrong with a body."""

    findings: tuple[Finding, ...]


class FormFault(ValueError):
    """What was sent for a field is not taken."""

    def __init__(self, code: str, **params: Json) -> None:
        """The code and the parameters of its sentence."""
        super().__init__(code)
        self.code = code
        self.params = params


Whole: TypeAlias = Callable[[Mapping[str, Json], Given], Mapping[str, Json]]
Due: TypeAlias = Whole
Lasts: TypeAlias = Callable[[Any, Given], datetime | None]


class FormEntry(AbstractRecord):
    """How one field is written: `schema` says what may be sent, `read` gives what is kept."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """It is a mark of a field, whose type alone says how what was kept is read back."""
        return handler(source)

    @abstractmethod
    def schema(self) -> dict[str, Json]:
        """The JSON Schema of what may be sent."""

    @abstractmethod
    def read(self, sent: Json, given: Given) -> Json:
        """What is kept; raises `Wrong`."""


class WrongFields(FormFault):
    """More than one field is wrong, or one that is known only from the others."""

    def __init__(self, *findings: Finding) -> None:
        """Keep them all."""
        super().__init__(findings[0].code)
        self.findings = findings


class Flag(FormEntry, kw_only=False):
    """`true` or `false`."""

    title: str = ""

    def schema(self) -> dict[str, Json]:
        """A boolean."""
        return {"type": "boolean", **({"title": self.title} if self.title else {})}

    def read(self, sent: Json, given: Given) -> Json:
        """The same; text and numbers are refused."""
        if not isinstance(sent, bool):
            raise FormFault("not_a_yes_or_no")
        return sent


class Choice(FormEntry, kw_only=False):
    """One of some words."""

    words: tuple[str, ...]

    def schema(self) -> dict[str, Json]:
        """The words."""
        return {"type": "string", "enum": list(self.words)}

    def read(self, sent: Json, given: Given) -> Json:
        """The same word."""
        if not isinstance(sent, str) or sent not in self.words:
            raise FormFault("wrong_option", allowed=list(self.words))
        return sent


class FormField(Record):
    """One field of a model."""

    name: str
    entry: FormEntry
    optional: bool
    default: Json = dataclasses.MISSING

    def schema(self) -> dict[str, Json]:
        """What may be sent for it."""
        title = {"title": self.name.replace("_", " ").capitalize()}
        found = {**title, **self.entry.schema()}
        if self.optional:
            title = {"title": found.pop("title")}
            found = {"anyOf": [found, {"type": "null"}], **title}
        if self.default is not dataclasses.MISSING:
            found["default"] = self.default
        return found


def _entries(annotation: object) -> Iterator[FormEntry]:
    """The entries in an annotation, the arms of a union included."""
    if get_origin(annotation) is Literal:
        yield Choice(get_args(annotation))
    elif annotation is bool:
        yield Flag()
    elif get_origin(annotation) is Annotated:
        inside, *marks = get_args(annotation)
        own = [mark for mark in marks if isinstance(mark, FormEntry)]
        yield from own or _entries(inside)
    else:
        for arm in get_args(annotation):
            yield from _entries(arm)


@cache
def slots(model: type) -> tuple[FormField, ...]:
    """The fields of a model; raises `TypeError` for one that says not how it is written."""
    defaults = {one.name: one.default for one in declared(model)}
    found = []
    for name, annotation in fields_of(model).items():
        entry = next(_entries(annotation), None)
        if entry is None:
            raise TypeError(f"{model.__name__}.{name} has no entry: nobody knows how it is read")
        optional = NoneType in get_args(annotation)
        found.append(FormField(name=name, entry=entry, optional=optional, default=defaults[name]))
    return tuple(found)


@cache
def schema(model: Any) -> Json:
    """The JSON Schema of what may be sent; what it refuses is refused by `read`."""
    fields = slots(model)
    return {
        "title": model.__name__,
        "description": (model.__doc__ or "").split("\n\n")[0],
        "type": "object",
        "properties": {slot.name: slot.schema() for slot in fields},
        "required": [slot.name for slot in fields if slot.default is dataclasses.MISSING],
        "additionalProperties": False,
        **getattr(model, "rule", {}),
    }


def due_schema(model: type, given: Given) -> Json:
    """The form as it is now: what a model's own `due` makes of its schema, e.g. days on offer."""
    due: Due | None = getattr(model, "due", None)
    return schema(model) if due is None else due(schema(model), given)


def lasts_until(model: type, output: object, given: Given) -> datetime | None:
    """Until when a submission counts, where the model says so."""
    lasts: Lasts | None = getattr(model, "lasts", None)
    return None if lasts is None else lasts(output, given)


def read(model: type, body: Mapping[str, Json], given: Given) -> dict[str, Json] | Refusal:
    """What is kept of a body, as the JSON of the model; or everything that is wrong with it."""
    kept: dict[str, Json] = {}
    findings = [*_unknown(model, body)]
    for slot in slots(model):
        try:
            kept |= _one(slot, body, given)
        except FormFault as wrong:
            findings.append(Finding(path=slot.name, code=wrong.code, params=wrong.params))
    whole: Whole | None = getattr(model, "whole", None)
    if whole is not None:
        try:
            kept = dict(whole(kept, given))
        except WrongFields as wrong:
            known = {finding.path for finding in findings}
            findings += [one for one in wrong.findings if one.path not in known]
    return Refusal(findings=tuple(findings)) if findings else kept


def _one(slot: FormField, body: Mapping[str, Json], given: Given) -> dict[str, Json]:
    sent = body.get(slot.name)
    if slot.name not in body and slot.default is not dataclasses.MISSING:
        return {slot.name: slot.default}
    if sent is None and slot.optional:
        return {slot.name: None}
    if sent is None:
        raise FormFault("missing")
    return {slot.name: slot.entry.read(sent, given)}


def _unknown(model: type, body: Mapping[str, Json]) -> Iterable[Finding]:
    names = [slot.name for slot in slots(model)]
    for name in body:
        if name not in names:
            yield Finding(path=name[:LONGEST_NAME], code="unknown_field", params={"allowed": names})
