"""Small commands that look: `adapters list`, `migrate`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from unshackled.errors import StoreError

if TYPE_CHECKING:  # as in flows.py: `--help` need not wait
    from unshackled.sdk import Adapter, Doubt

adapters = typer.Typer(no_args_is_help=True)


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(migrate)
    app.add_typer(adapters, name="adapters", help="Show which backends are at hand.")


@adapters.command("list")
def list_() -> None:
    """List every adapter, its operations, and for each effect the way out of doubt."""
    from unshackled.shelf import find

    shelf = find()
    for name in shelf.names:
        adapter = shelf.load(name)
        fake = "stand-in" if shelf.has_stand_in(name) else "-"
        typer.echo(f"{name:<16}{adapter.title:<42}{fake:<10}{', '.join(sorted(adapter.ports))}")
        for operation, way in _operations(adapter):
            typer.echo(f"  {operation:<28}{way}")


def _operations(adapter: Adapter) -> Iterator[tuple[str, str]]:
    from unshackled.ports import all_operations
    from unshackled.sdk import Doubt

    for key, operation in sorted(all_operations().items()):
        if operation.capability in adapter.ports:
            way = _way(adapter.doubt.get(key, Doubt()))
            undo = "undo, sent until it is done" if operation.is_undo else way
            yield key, undo if operation.effect else "query"


def _way(doubt: Doubt) -> str:
    """How a doubt ends, in the order in which it is tried."""
    hours = doubt.key_lifetime.total_seconds() / 3600 if doubt.key_lifetime else 0
    resend = [f"resend within {hours:g} h"] if hours else []
    ask = ["look up by our reference"] if doubt.lookup else []
    return ", then ".join([*resend, *ask, "a person"])


@adapters.callback()
def _group() -> None:
    """Keeps `list` a command of its own while it is the only one."""


def migrate() -> None:
    """Bring the store to this version's schema; an embedded store does it at start-up too."""
    from unshackled.settings import load_settings, variable
    from unshackled.store import migrate as to_newest

    try:
        typer.echo(asyncio.run(to_newest(load_settings().store)))
    except StoreError as error:
        raise StoreError(f"{variable('store')}: {error}") from error
