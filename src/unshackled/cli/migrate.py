"""`unshackled migrate`: the store gets this version's schema."""

from __future__ import annotations

import asyncio

import typer

from unshackled.errors import StoreError


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(migrate)


def migrate() -> None:
    """Bring the store to this version's schema; an embedded store does it at start-up too."""
    from unshackled.settings import load_settings, variable
    from unshackled.store import migrate as to_newest

    try:
        typer.echo(asyncio.run(to_newest(load_settings().store)))
    except StoreError as error:
        raise StoreError(f"{variable('store')}: {error}") from error
