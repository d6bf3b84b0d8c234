"""`unshackled encryption …`: the keys that seal what is stored. API keys are `unshackled keys`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)


@app.command("make-key")
def make_key() -> None:
    """Print a new master key, this once: UNSHACKLED_MASTER_KEY takes it."""
    from unshackled.encryption.master_keys import new_master_key

    typer.echo(new_master_key())


@app.command()
def rotate(
    *,
    retailer_keys: Annotated[
        bool, typer.Option("--retailer-keys", help="Give each account a new key for data first.")
    ] = False,
) -> None:
    """Rewrap what older keys wrap, and seal what lies in clear; beside live servers, resumable."""
    from unshackled.settings import load_settings
    from unshackled.store import open_store
    from unshackled.store.key_rotation import KeyRotation, Rotated
    from unshackled.system_clock import SystemClock

    async def run() -> Rotated:
        settings = load_settings()
        keys = settings.key_management
        store = open_store(settings.store, secret=settings.index_secret, keys=keys)
        await store.open()
        try:
            return await KeyRotation(store, SystemClock(), typer.echo).run(renew=retailer_keys)
        finally:
            await store.close()

    done = asyncio.run(run())
    typer.echo(
        f"done: {done.retailer_keys} retailer keys and {done.data_keys} data keys rewrapped,"
        f" {done.rows} checkouts and {done.secrets} webhook endpoints sealed"
    )
    if done.unreadable:
        typer.echo(f"{done.unreadable} checkouts cannot be read: they stay as they are", err=True)
        raise typer.Exit(1)
