"""`collect: number`: a new number or the old one, on an eSIM or a card.

Where codes free a number (Ofcom General Condition C7) a PAC keeps it, and a STAC ends the old
contract and gives it up. Where the customer declares it to the new network alone (TKG § 59) there
is no code. Which of them holds says the market, see `domain.number_porting`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from unshackled.domain.entries import MARKET_MOBILE, PAC, STAC, CalendarDay
from unshackled.domain.facts import Fact, added
from unshackled.domain.form import Finding, Given, WrongFields
from unshackled.domain.number_porting import PortDates, PortingRules, last_code_day, port_dates
from unshackled.domain.personal import Personal
from unshackled.domain.records import Record

Json = Any
SimType: TypeAlias = Literal["esim", "physical"]
TEXT: Final = {"type": "string"}
NONE: Final = {"type": "null"}
# What only a customer says who changes networks, and what only some markets ask for.
_LATER: Final = ("code_expires", "port_date")
_CODED: Final = ("pac", "stac", "code_expires")
_DECLARED: Final = ("porting_consent",)


def _given_with(**fields: Json) -> dict[str, Json]:
    return {"required": list(fields), "properties": fields}


def _when(name: str, is_: Json, then: Json, other: Json) -> dict[str, Json]:
    chosen = {"required": [name], "properties": {name: is_}}
    return {"if": chosen, "then": then, "else": other}


_NEW: Final[Mapping[str, Json]] = {
    "properties": dict.fromkeys(("pac", "stac", "current_number", *_LATER), NONE)
}
_LEFT: Final = _given_with(current_number=TEXT)
_LEFT["properties"] = {**_LEFT["properties"], "pac": NONE}
_KEPT: Final = _given_with(pac=TEXT, current_number=TEXT)
_KEPT["properties"] = {**_KEPT["properties"], "stac": NONE}
# The same as JSON Schema: kept with a PAC, left with a STAC, each with the number; else new.
RULE: Final[Mapping[str, Json]] = {
    **_when("keep_number", {"const": True}, _KEPT, _when("stac", TEXT, _LEFT, _NEW)),
    "allOf": [{"properties": {"porting_consent": {"const": False}}}],
}
_CONSENTED: Final[Mapping[str, Json]] = _when(
    "keep_number",
    {"const": True},
    _given_with(current_number=TEXT, porting_consent={"const": True}),
    {
        "properties": {
            "current_number": NONE,
            "port_date": NONE,
            "porting_consent": {"const": False},
        }
    },
)


def read_number(value: Mapping[str, Json], given: Given) -> Mapping[str, Json]:
    """The choice as it is; raises `WrongFields` where half of it is missing, or it is over."""
    if value.get("keep_number") is None:
        return value
    found = _foreign(value, given) or [*_halves(value, given), *_over(value, given)]
    if found:
        raise WrongFields(*found)
    return value


def _foreign(value: Mapping[str, Json], given: Given) -> list[Finding]:
    """What the form of this market does not have."""
    return [Finding(path=name, code="unknown_field") for name in _absent(given) if value.get(name)]


def _absent(given: Given) -> tuple[str, ...]:
    rules = given.porting
    if rules is None:
        return (*_CODED, *_DECLARED, "current_number", "port_date")
    if rules.by == "declaration":
        return _CODED
    return _DECLARED if "stac" in rules.codes else (*_DECLARED, "stac")


def _halves(value: Mapping[str, Json], given: Given) -> list[Finding]:
    """What is needed with what was sent, or cannot be sent with it."""
    keep, leaves = value["keep_number"], value.get("stac")
    if keep and given.porting is None:
        return [Finding(path="keep_number", code="number_stays")]
    if not keep and "stac" not in value:  # one was sent, and was none
        return []
    if keep and leaves:
        return [Finding(path="stac", code="not_with", params={"other": "keep_number"})]
    if keep:
        coded = given.porting is not None and given.porting.by == "code"
        needed = ("pac", "current_number") if coded else ("porting_consent", "current_number")
        return [_needed(name, by="keep_number") for name in _missing(value, needed)]
    if leaves:
        wrong = [_needed("keep_number", by="pac")] if value.get("pac") else []
        return [*wrong, *(_needed(n, by="stac") for n in _missing(value, ("current_number",)))]
    lone = ("pac", "current_number", *_DECLARED, *_LATER)
    return [_needed("keep_number", by=name) for name in lone if value.get(name)][:1]


def _missing(value: Mapping[str, Json], names: tuple[str, ...]) -> list[str]:
    """Those that are not said; what was wrong in itself is not there at all."""
    return [name for name in names if name in value and not value[name]]


def _needed(name: str, *, by: str) -> Finding:
    return Finding(path=name, code="needed_with", params={"other": by})


def _over(value: Mapping[str, Json], given: Given) -> list[Finding]:
    """A code that is over, and a day that is not on offer (any more)."""
    rules = given.porting
    if rules is None or not (value["keep_number"] or value.get("stac")):
        return []
    expires, wished = _day(value.get("code_expires")), _day(value.get("port_date"))
    if expires is not None and expires < given.today:
        return [Finding(path="code_expires", code="code_expired", params={"until": expires})]
    latest = last_code_day(rules, given.today)
    if expires is not None and expires > latest:
        params = {"days": rules.code_days, "until": latest}
        return [Finding(path="code_expires", code="code_expires_too_late", params=params)]
    if wished is None:
        return []
    days = [day.isoformat() for day in _on_offer(rules, given, expires).dates]
    if wished.isoformat() in days:
        return []
    return [Finding(path="port_date", code="day_not_offered", params={"allowed": days})]


def _on_offer(rules: PortingRules, given: Given, expires: date | None = None) -> PortDates:
    return port_dates(rules, given.moment, given.calendar, expires)


def _day(text: Json) -> date | None:
    return date.fromisoformat(text) if text else None


def due_form(schema: Mapping[str, Json], given: Given) -> Mapping[str, Json]:
    """The form as this market has it, with the days on which a number can be brought along now."""
    days = () if given.porting is None else _on_offer(given.porting, given).dates
    by = None if given.porting is None else given.porting.by
    return _as_due(_Same(schema), by, _absent(given), days)


class _Same:
    """A form by which object it is, for a cache."""

    def __init__(self, schema: Mapping[str, Json]) -> None:
        self.schema = schema

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.schema is other.schema

    def __hash__(self) -> int:
        return id(self.schema)


@lru_cache(maxsize=256)
def _as_due(
    form: _Same, by: str | None, absent: tuple[str, ...], days: tuple[date, ...]
) -> Mapping[str, Json]:
    fields = {n: one for n, one in form.schema["properties"].items() if n not in absent}
    if days:
        text, nothing = fields["port_date"]["anyOf"]
        offered = {**text, "enum": [day.isoformat() for day in days]}
        fields["port_date"] = {**fields["port_date"], "anyOf": [offered, nothing]}
    made = {**form.schema, "properties": fields}
    return _without_codes(made) if by == "declaration" else made


def _without_codes(form: Mapping[str, Json]) -> Mapping[str, Json]:
    """The form with the rule of a market without codes; a flow's own rules stay beside it."""
    if "if" not in form:
        return {**form, "allOf": [_CONSENTED, *form["allOf"][1:]]}
    return {**{name: one for name, one in form.items() if name not in RULE}, **_CONSENTED}


def counts_until(choice: NumberChoice, given: Given) -> datetime | None:
    """Until when it may be ordered as it was chosen; None where it is ordered at any time.

    A day ends with the order by which it is closed, a code with its last day.
    """
    rules = given.porting
    if rules is None or not choice.changes_networks:
        return None
    ends = []
    if choice.code_expires is not None:
        after = datetime.combine(choice.code_expires + timedelta(days=1), time.min)
        ends.append(after.replace(tzinfo=given.moment.tzinfo).astimezone(UTC))
    if choice.port_date is not None:
        dates = _on_offer(rules, given, choice.code_expires)
        ends.append(dates.closes.get(choice.port_date, given.moment.astimezone(UTC)))
    return min(ends, default=None)


class NumberChoice(Record, Fact):
    """A new number, or the old one, or its contract ended; and which kind of SIM it is on.

    A PAC (ABC123456) keeps the present number, a STAC (123456ABC) gives it up; each needs the
    number. `code_expires` is the last day of the code, where the customer knows it. Without a
    `port_date` it is done on the next possible day. `porting_consent` is the customer's declaration
    in markets without codes.
    """

    keep_number: bool = False
    pac: Personal[Annotated[str, PAC]] | None = None
    current_number: Personal[Annotated[str, MARKET_MOBILE]] | None = None
    stac: Personal[Annotated[str, STAC]] | None = added(None)
    code_expires: Annotated[date, CalendarDay("the last day of the code")] | None = added(None)
    port_date: Annotated[date, CalendarDay("one of the days on offer")] | None = added(None)
    porting_consent: bool = added(default=False)
    sim: SimType = added("esim")

    whole: ClassVar[object] = staticmethod(read_number)
    rule: ClassVar[Mapping[str, Json]] = RULE
    due: ClassVar[object] = staticmethod(due_form)
    lasts: ClassVar[object] = staticmethod(counts_until)

    @property
    def changes_networks(self) -> bool:
        """Whether an old contract ends with it."""
        return self.keep_number or self.stac is not None
