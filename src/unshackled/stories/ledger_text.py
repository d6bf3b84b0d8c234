"""A ledger as lines for a terminal: a block for each pair of parties, its entries below."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from unshackled.domain.money import Money, format_money

Json = Any


def ledger_lines(ledger: Json) -> Iterator[str]:
    """Each pair with what is open between the two, then each entry: owed, or moved by whom."""
    currency = ledger["currency"]
    for pair in ledger["pairs"]:
        yield _pair_line(pair, currency)
        for entry in ledger["entries"]:
            if {entry["from"], entry["to"]} == {pair["first"], pair["second"]}:
                yield f"    {_entry_line(entry, currency)}"
    for contract in ledger["contracts"]:
        number = f" {contract['number']}" if contract["number"] else ""
        parties = f"{contract['from']} to {contract['to']}"
        yield f"{contract['what']}{number}, {parties}: {contract['state']}"


def _pair_line(pair: Json, currency: str) -> str:
    open_ = _money(pair["open"], currency) + " open" if pair["open"] else "even"
    later = f", {_money(pair['later'], currency)} later" if pair["later"] else ""
    return f"{pair['first']} and {pair['second']}: {open_}{later}"


def _entry_line(entry: Json, currency: str) -> str:
    amount = _money(entry["amount"], currency)
    parties = f"{entry['from']} → {entry['to']}"
    text = f"{entry['kind']:<6}{parties:<23}{amount:>11}  {entry['what'].replace('_', ' ')}"
    return f"{text}{''.join(_details(entry))}"


def _details(entry: Json) -> Iterator[str]:
    if entry["run"] != "purchase":
        yield f", {entry['run']}"
    if entry["terms"] is not None:
        last = entry["terms"]["last"]
        yield f", {entry['terms']['payments']} payments{f' until {_day(last)}' if last else ''}"
    elif entry["due"] is not None and entry["due"] != entry["at"][:10]:
        yield f", due {_day(entry['due'])}"
    if entry["provider"]:
        yield f", says {entry['provider']}"


def _day(written: str) -> str:
    return f"{date.fromisoformat(written):%d %b %Y}"


def _money(amount: int, currency: str) -> str:
    return format_money(Money(amount=amount, currency=currency))
