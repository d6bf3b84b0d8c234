"""Small commands that look: `adapters list`, `migrate`."""

from __future__ import annotations

import asyncio

import typer

from unshackled.errors import StoreError

adapters = typer.Typer(no_args_is_help=True)


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(migrate)
    app.add_typer(adapters, name="adapters", help="Show which backends are at hand.")


@adapters.command("list")
def list_() -> None:
    """List every adapter with its capabilities, and whether it brings a stand-in."""
    from unshackled.shelf import find

    shelf = find()
    for name in shelf.names:
        adapter = shelf.load(name)
        fake = "stand-in" if shelf.has_stand_in(name) else "-"
        typer.echo(f"{name:<16}{adapter.title:<42}{fake:<10}{', '.join(sorted(adapter.ports))}")


@adapters.callback()
def _group() -> None:
    """Keeps `list` a command of its own while it is the only one."""


def migrate() -> None:
    """Bring the store to this version's schema; start-up does it too."""
    from unshackled.settings import load_settings, variable
    from unshackled.store import open_store
    from unshackled.store.schema import STEPS

    url = load_settings().store

    async def run() -> None:
        store = open_store(url)
        try:
            await store.open()
        except StoreError as error:
            raise StoreError(f"{variable('store')}: {error}") from error
        await store.close()

    asyncio.run(run())
    kept = "nothing is kept" if url == "memory:" else f"schema {len(STEPS)}, current"
    typer.echo(f"{url}: {kept}")
