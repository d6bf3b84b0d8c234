"""`unshackled markets`: which markets there are, and what the law of one says on a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from unshackled.domain.market_rules import MarketPack, RuleEntry

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """List every market: code, name, currencies, time zones, calendar of holidays."""
    from unshackled.markets import market_codes, market_pack

    for code in market_codes():
        typer.echo(_heading(market_pack(code)))


@app.command()
def show(
    market: Annotated[str, typer.Argument(help="Its code, e.g. GB.")],
    on: Annotated[
        str | None, typer.Option(help="The day, e.g. 2026-07-15; today on its calendar.")
    ] = None,
) -> None:
    """Show the rules of a market on a day, each with its days and its source."""
    from unshackled.domain.time_zones import local
    from unshackled.markets import market_pack
    from unshackled.system_clock import SystemClock

    pack = market_pack(market)
    day = _day(on) if on else local(SystemClock().now(), pack.time_zones[0]).date()
    try:
        rules = pack.on(day)
    except LookupError as error:
        raise ValueError(str(error.args[0])) from None
    until = f" until {rules.ends}" if rules.ends else ""
    typer.echo(
        f"{_heading(pack)}\nOn {day.isoformat()}; no rule changes from {rules.starts}{until}."
    )
    for entry in pack.entries_on(day):
        typer.echo("\n".join(_lines(entry)))


def _heading(pack: MarketPack) -> str:
    money, zones = ", ".join(pack.currencies), ", ".join(pack.time_zones)
    return f"{pack.code}  {pack.name:<18}{money:<6}{zones:<32}{pack.holidays}"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--on: {text!r} is no day: write one as 2026-07-15") from None


def _lines(entry: RuleEntry) -> Iterable[str]:
    last = entry.last.isoformat() if entry.last else "open"
    yield f"  {entry.rule:<34}{_written(entry.value)}"
    yield f"    {entry.starts.isoformat()} to {last}: {entry.source}"


def _written(value: Any) -> str:
    """A value as its file has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | str):
        return str(value)
    from unshackled.domain.codec import encode

    said = {name: one for name, one in encode(value).items() if one}
    return ", ".join(f"{name} {one}" for name, one in said.items())
