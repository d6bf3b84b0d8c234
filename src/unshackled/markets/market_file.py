"""One market's file: read, checked entry by entry, and put together by date.

Every rule covers the whole time of the file, without a gap and without two entries for one day.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, Final, get_type_hints

import msgspec
from msgspec import Meta

from unshackled.domain.market_rules import MarketPack, MarketRules, RuleEntry, day_after
from unshackled.domain.records import Record, declared
from unshackled.domain.time_zones import time_zone
from unshackled.markets import WrongMarket

_PATH: Final = re.compile(r"(.*) - at `\$(.*)`")
_OWN: Final = frozenset({"market", "starts", "ends"})
Source = Annotated[str, Meta(min_length=8, max_length=400)]


class _Entry(Record, rename={"starts": "from", "last": "to"}):
    """An entry of a rule as the file has it: from its first day to its last, with the law."""

    starts: date
    value: Any
    source: Source
    last: date | None = None


class _MarketFile(Record, rename={"starts": "from"}):
    """A file: which market, and since when it knows the rules."""

    market: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    name: Annotated[str, Meta(min_length=2, max_length=80)]
    currencies: Annotated[
        tuple[Annotated[str, Meta(pattern="^[A-Z]{3}$")], ...], Meta(min_length=1)
    ]
    time_zones: Annotated[tuple[str, ...], Meta(min_length=1)]
    holidays: Annotated[str, Meta(pattern="^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
    starts: date
    rules: Mapping[str, Any]


_Entries = Annotated[tuple[_Entry, ...], Meta(min_length=1, max_length=100)]


@cache
def rule_types() -> Mapping[str, Any]:
    """The type of each rule's value, by the rule's name."""
    hints = get_type_hints(MarketRules, include_extras=True)
    return {name: kind for name, kind in hints.items() if name in _names()}


def _names() -> tuple[str, ...]:
    return tuple(one.name for one in declared(MarketRules) if one.name not in _OWN)


def pack_of(code: str, raw: bytes, name: str) -> MarketPack:
    """The pack that a file says; raises `WrongMarket` naming the field and what is allowed."""
    file = _read(raw, name)
    if file.market != code:
        raise WrongMarket(f"{name}: market: {file.market!r} is in the file of {code}")
    _require_zones(file, name)
    _require_rules(file, name)
    entries = tuple(
        entry
        for rule, written in file.rules.items()
        for entry in _entries(rule, _as(_Entries, written, f"rules.{rule}", name), file, name)
    )
    return MarketPack(
        code=code,
        name=file.name,
        currencies=file.currencies,
        time_zones=file.time_zones,
        holidays=file.holidays,
        entries=entries,
        periods=tuple(_periods(code, file.starts, entries)),
    )


def _read(raw: bytes, name: str) -> _MarketFile:
    try:
        found = tomllib.loads(raw.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongMarket(f"{name}: is no TOML: {error}") from None
    file: _MarketFile = _as(_MarketFile, found, "", name)
    return file


def _as(shape: Any, value: Any, under: str, name: str) -> Any:
    """A value of the file by its type; refused with the field in front of what is wrong."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        found = _PATH.fullmatch(str(error))
        path, said = (found[2], found[1]) if found else ("", str(error))
        where = f"{under}{path if under else path.removeprefix('.')}"
        said = f"{said[:1].lower()}{said[1:]}"
        raise WrongMarket(": ".join(part for part in (name, where, said) if part)) from None


def _require_zones(file: _MarketFile, name: str) -> None:
    for index, zone in enumerate(file.time_zones):
        try:
            time_zone(zone)
        except ValueError as error:
            raise WrongMarket(f"{name}: time_zones[{index}]: {error}") from None


def _require_rules(file: _MarketFile, name: str) -> None:
    for rule in file.rules:
        if rule not in rule_types():
            allowed = ", ".join(sorted(rule_types()))
            raise WrongMarket(f"{name}: rules.{rule}: is no rule: allowed are {allowed}")
    for field in declared(MarketRules):
        if field.required and field.name in rule_types() and field.name not in file.rules:
            raise WrongMarket(
                f"{name}: rules.{field.name}: is missing: every market says it; write"
                f" `[[rules.{field.name}]]` with from, value and source"
            )


def _entries(
    rule: str, written: Sequence[_Entry], file: _MarketFile, name: str
) -> Iterator[RuleEntry]:
    """The entries of a rule, oldest first; refused where a day has none, or two."""
    where = f"{name}: rules.{rule}"
    for index, one in enumerate(written):
        if one.last is not None and one.last < one.starts:
            raise WrongMarket(f"{where}[{index}].to: {one.last} is before its from, {one.starts}")
    for index, (one, later) in enumerate(pairwise(written), start=1):
        if one.last is None or later.starts <= one.last:
            raise WrongMarket(
                f"{where}[{index}].from: {later.starts} overlaps the entry before it: that one"
                f" needs a `to` before {later.starts}"
            )
        if later.starts != day_after(one.last):
            raise WrongMarket(
                f"{where}[{index}].from: nothing is said from {day_after(one.last)} until"
                f" {later.starts}: write {day_after(one.last)}, or an entry between them"
            )
    if written[0].starts > file.starts:
        raise WrongMarket(
            f"{where}[0].from: nothing is said from {file.starts} (the file's `from`) until"
            f" {written[0].starts}"
        )
    if written[-1].last is not None:
        raise WrongMarket(
            f"{where}[{len(written) - 1}].to: nothing is said after {written[-1].last}: the last"
            " entry has no `to`"
        )
    for index, one in enumerate(written):
        yield _entry(rule, one, f"rules.{rule}[{index}].value", name)


def _entry(rule: str, one: _Entry, where: str, name: str) -> RuleEntry:
    value = _as(rule_types()[rule], one.value, where, name)
    if rule == "vat":
        _require_rates(value, where, name)
    return RuleEntry(rule=rule, value=value, starts=one.starts, last=one.last, source=one.source)


def _require_rates(rates: Mapping[str, Any], where: str, name: str) -> None:
    if not rates:
        raise WrongMarket(f'{name}: {where}: names no rate: write {{standard = "20"}}')
    for rate, percent in rates.items():
        if not (percent.is_finite() and 0 <= percent <= 100):
            raise WrongMarket(f"{name}: {where}.{rate}: {percent} is not 0 to 100")


def _periods(code: str, starts: date, entries: Sequence[RuleEntry]) -> Iterator[MarketRules]:
    """One record for each span of days in which no rule changes."""
    cuts = sorted({starts, *(one.starts for one in entries if one.starts > starts)})
    for begin, end in pairwise([*cuts, None]):
        if begin is None:
            continue
        values = {one.rule: one.value for one in entries if one.holds(begin)}
        yield MarketRules(market=code, starts=begin, ends=end, **values)
