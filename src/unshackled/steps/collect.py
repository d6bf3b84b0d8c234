"""`collect: contact`: the customer gives data that fits a model."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, ValidationError

from unshackled.domain import form
from unshackled.domain.codec import decode, encode
from unshackled.domain.customer import MODELS, Contact
from unshackled.domain.dependent import Needs
from unshackled.domain.documents import Template
from unshackled.domain.entries import Text, Whole
from unshackled.domain.facts import Fact
from unshackled.domain.form import Finding, Flag, FormEntry, Given, Refusal
from unshackled.domain.personal import PERSONAL
from unshackled.domain.records import Record
from unshackled.markets import BEFORE_MARKETS
from unshackled.messages import ever_written, say
from unshackled.ports.card_charge_rules import CARD_CHARGE_CONSENT
from unshackled.ports.credit import SEARCH_CONSENT
from unshackled.ports.outcome import Outcome, Passed
from unshackled.ports.payment_dates import (
    DateFacts,
    DatesOnOffer,
    date_counts_until,
    dates_on_offer,
)
from unshackled.steps import (
    BaseDefinition,
    Definition,
    FieldError,
    InvalidInput,
    Json,
    KindContext,
    Options,
    StepContext,
    WrongValue,
    one_of,
)

# Models by which a customer agrees to a sentence, and what it is written from.
WORDINGS: Final[Mapping[str, Template]] = {
    "card_charge_consent": CARD_CHARGE_CONSENT,
    "credit_search_consent": SEARCH_CONSENT,
}


class OfferedDates(Record):
    """A date that is chosen from those on offer: the field, and what the offer is made of.

    `until` says how long a date that was chosen counts.
    """

    field: str
    request: type
    on_offer: Callable[[Any, datetime, str], DatesOnOffer]
    until: Callable[[Any, date, datetime, str], datetime]


# Models of which a field is a date on offer.
DATES: Final[Mapping[str, OfferedDates]] = {
    "first_payment": OfferedDates(
        field="first_payment_date",
        request=DateFacts,
        on_offer=dates_on_offer,
        until=date_counts_until,
    )
}
_MOST: Final = 2**53 - 1  # whole numbers that every JSON reader keeps (RFC 8259 section 6)


class AddedField(Options, extra="forbid"):
    """A field that a flow adds to a model."""

    type: Literal["boolean", "integer", "string"] = Field(
        default="string", description="What is written into it."
    )
    title: str = Field(default="", description="What customers read beside it.")
    required: bool = Field(default=True, description="Whether it must be filled in.")
    public: bool = Field(default=False, description="Whether it is no personal data.")
    needs: list[str] = Field(
        default=[],
        description="Fields that are filled in with it or not at all.",
        json_schema_extra={"minItems": 1},  # an empty list says nothing
    )


class CollectOptions(Options):
    """The keys that only `collect` knows."""

    fields: dict[str, AddedField] = Field(
        default={}, description="Fields that the flow adds to the model: name: what it is."
    )


def _entry(field: AddedField) -> tuple[type, FormEntry]:
    """The type and entry of a field that a flow adds."""
    if field.type == "integer":
        return int, Whole(title=field.title, least=-_MOST, most=_MOST)
    if field.type == "boolean":
        return bool, Flag(title=field.title)
    return str, Text(title=field.title, most=200, least=1 if field.required else 0)


def field_errors(findings: Iterable[Finding], locale: str) -> tuple[FieldError, ...]:
    """Every wrong field with its sentence in the customer's language, never what was sent."""
    return tuple(
        FieldError(
            path=one.path,
            code=one.code,
            message=say(locale, one.code, one.params),
            allowed=tuple(one.params.get("allowed", ())),
        )
        for one in findings
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(BaseDefinition):
    """A step that waits for one model of customer data.

    With a `template` the customer agrees to a sentence: the action shows it, and the submission
    says by its digest which one they saw. With `dates` they choose one of those on offer.
    """

    model: type[Fact]
    dates: OfferedDates | None = None

    def schema(self) -> Json:
        """The JSON Schema of what may be sent."""
        model: Any = self.model
        return form.schema(model)

    def due_schema(self, view: StepContext) -> Json:
        """The same, with the dates on offer and the one that counts where it is left out."""
        offered = self._offered(view)
        model: Any = self.model
        if self.dates is None or offered is None:
            return form.due_schema(model, _given(view, None))
        return _with_dates(model, self.dates.field, offered)

    def _offered(self, view: StepContext) -> DatesOnOffer | None:
        if self.dates is None or view.request is None:
            return None
        return self.dates.on_offer(view.request, view.now, view.calendar)

    def submit(self, body: Mapping[str, Json], view: StepContext) -> Outcome[Any]:
        """The data as a typed fact; raises `InvalidInput` with every wrong field."""
        offered = self._offered(view)
        if view.stored:
            output = self._read_back(body)
        else:
            found = form.read(self.model, self._whole(body, offered), _given(view, offered))
            if isinstance(found, Refusal):
                raise InvalidInput(field_errors(found.findings, view.locale))
            output = decode(self.model, found)
        self._require_wording(output, view)
        return Passed(output=output, valid_until=self._until(output, view, offered))

    def _whole(self, body: Mapping[str, Json], offered: DatesOnOffer | None) -> Mapping[str, Json]:
        """The submission, with the date that counts where none was chosen."""
        if self.dates is None or offered is None:
            return body
        return {self.dates.field: _written(offered.default), **body}

    def _until(
        self, output: Any, view: StepContext, offered: DatesOnOffer | None
    ) -> datetime | None:
        """How long it counts; raises `InvalidInput` where a date is not on offer any more.

        It may have been chosen on another day, or of another lender's dates.
        """
        if self.dates is None or offered is None:
            return self._lasts(output, view)
        day: date = getattr(output, self.dates.field)
        if day not in offered.dates:
            allowed = [*map(_written, offered.dates)]
            found = Finding(
                path=self.dates.field, code="day_not_offered", params={"allowed": allowed}
            )
            raise InvalidInput(field_errors([found], view.locale))
        return self.dates.until(view.request, day, view.now, view.calendar)

    def _lasts(self, output: Any, view: StepContext) -> datetime | None:
        """How long it counts by the model itself; raises `InvalidInput` once that is over."""
        given = _given(view, None)
        until = form.lasts_until(self.model, output, given)
        if until is None or until > view.now:
            return until
        found = form.read(self.model, encode(output), given)
        findings = found.findings if isinstance(found, Refusal) else ()
        raise InvalidInput(field_errors(findings, view.locale))

    def _require_wording(self, output: Any, view: StepContext) -> None:
        """No customer agrees to a sentence that they were not shown."""
        paper = self.paper(view)
        if self.template is None or paper is None:
            return
        same = output.wording == paper.digest
        if not same and view.stored:
            same = output.wording in ever_written(self.template, view.request, view.locale)
        if not same:
            found = Finding(path="wording", code="other_document")
            raise InvalidInput(field_errors([found], view.locale))

    def _read_back(self, body: Mapping[str, Json]) -> Fact:
        """What was taken before, by its types alone; raises `InvalidInput` where it is damaged."""
        try:
            return decode(self.model, dict(body))
        except ValidationError:
            raise InvalidInput(()) from None

    def stored_form(self, body: Mapping[str, Json], outcome: Outcome[Any]) -> Json:
        """The data as it is kept: the same whichever way it was written."""
        return encode(outcome.output) if isinstance(outcome, Passed) else dict(body)

    def objections(self, output: Mapping[str, Json], view: StepContext) -> Sequence[FieldError]:
        """Nothing is added that the customer is too young for by their own data."""
        if not (view.age_limits and issubclass(self.model, Contact)):
            return ()
        born, today = decode(self.model, dict(output)).date_of_birth, view.now.date()
        found = [
            Finding(path=f"package.{limit.part}", code=limit.code, params=limit.params)
            for limit in view.age_limits
            if limit.refuses(born, today)
        ]
        return field_errors(found, view.locale)


def _given(view: StepContext, offered: DatesOnOffer | None) -> Given:
    return Given(
        today=view.now.date(),
        country=view.country,
        age_limits=view.age_limits,
        bank=view.bank,
        days_on_offer=tuple(map(_written, offered.dates)) if offered else (),
        now=view.now,
        market=view.market.code if view.market else BEFORE_MARKETS,
        calendar=view.calendar,
        porting=view.rules.number_porting,
    )


@lru_cache(maxsize=256)
def _with_dates(model: Any, field: str, offered: DatesOnOffer) -> Json:
    """The schema of a model with the dates on offer; the same object for the same dates."""
    whole = form.schema(model)
    days = {"enum": [*map(_written, offered.dates)], "default": _written(offered.default)}
    properties = whole["properties"]
    return {
        **whole,
        "properties": {**properties, field: properties[field] | days},
        "required": [name for name in whole["required"] if name != field],
    }


def _written(day: date) -> str:
    return day.isoformat()


def _needs(model: type[Fact], fields: Mapping[str, AddedField]) -> Needs | None:
    """Which fields are given together; raises `WrongValue` for a field that there is not."""
    needs = {
        name: tuple(field.needs)
        for name, field in fields.items()
        if "needs" in field.model_fields_set
    }
    known = sorted({*model.__dataclass_fields__, *fields})  # type: ignore[attr-defined]
    for name, others in needs.items():
        for other in others:
            if other not in known or other == name:
                allowed = ", ".join(one for one in known if one != name)
                raise WrongValue(f"field {name!r} needs {other!r}: allowed are {allowed}")
    return Needs(needs=needs, before=getattr(model, "whole", None)) if needs else None


def _extended(model: type[Fact], fields: Mapping[str, AddedField]) -> type[Fact]:
    """The model with a flow's own fields: personal unless `public: true`.

    A field of the model itself may only say what it needs.
    """
    annotations: dict[str, Any] = {}
    needs = _needs(model, fields)
    for name, field in fields.items():
        if name in model.__dataclass_fields__:  # type: ignore[attr-defined]
            if field.model_fields_set == {"needs"}:
                continue
            raise WrongValue(
                f"field {name!r} is part of the model already: only `needs` is allowed"
            )
        kind, entry = _entry(field)
        typed: Any = Annotated[kind, entry]
        typed = typed if field.public else Annotated[typed, PERSONAL]
        annotations[name] = typed if field.required else typed | None
    space: dict[str, Any] = {
        "__annotations__": annotations,
        "__module__": model.__module__,
        "__doc__": model.__doc__,
        "__pydantic_config__": ConfigDict(extra="forbid"),
        **{name: None for name in annotations if not fields[name].required},
    }
    if needs is not None:
        space["whole"] = staticmethod(needs)
        space["rule"] = needs.rule(getattr(model, "rule", {}))
    # A record makes its like; a model of another package may be a dataclass.
    made: type[Fact] = types.new_class(
        f"{model.__name__}WithFields", (model,), exec_body=lambda body: body.update(space)
    )
    return made if issubclass(made, Record) else dataclass(frozen=True, kw_only=True)(made)


class CollectKind:
    """The kind `collect`."""

    key = "collect"
    options = CollectOptions

    def value_schema(self) -> Json:
        """A model's name."""
        return {"enum": sorted(MODELS)}

    def define(
        self, value: Any, options: CollectOptions | Mapping[str, Json], library: KindContext
    ) -> Definition:
        """A step for the named model, with the flow's own fields; of a stored step as it is."""
        model: type[Fact] = one_of(value, MODELS, "model")
        added = CollectOptions.model_validate(options).fields
        if added:
            model = _extended(model, added)
        template, dates = WORDINGS.get(value), DATES.get(value)
        about = template or dates
        return Collect(
            kind=self.key,
            detail=value,
            entry="customer",
            action="submit",
            request=about.request if about is not None else None,
            output=model,
            model=model,
            template=template,
            by_market=hasattr(model, "due"),
            dates=dates,
        )


KIND = CollectKind()
