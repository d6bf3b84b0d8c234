"""`unshackled encryption …`: the keys that seal what is stored. API keys are `unshackled keys`."""

from __future__ import annotations

import asyncio
from os import getpid
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


@app.command("renew-signing-key")
def renew_signing_key() -> None:
    """Make a new key that signs results: published at once, it signs in ten minutes."""
    from unshackled.settings import load_settings
    from unshackled.store import open_store
    from unshackled.store.signing_keys import LEAD, SigningKeys
    from unshackled.system_clock import SystemClock

    async def run() -> str:
        settings = load_settings()
        store = open_store(
            settings.store, secret=settings.index_secret, keys=settings.key_management
        )
        await store.open()
        try:
            keys = SigningKeys(store.key_ring, store.tables.retailer_keys)
            return (await keys.renew(SystemClock().now())).id
        finally:
            await store.close()

    minutes = int(LEAD.total_seconds()) // 60
    typer.echo(f"{asyncio.run(run())}: published now, signs in {minutes} minutes")


@app.command()
def reindex(
    *,
    new_keys: Annotated[
        bool, typer.Option("--new-keys", help="Give each account a new key of the index first.")
    ] = False,
) -> None:
    """Fill the search index anew, beside live servers, which find by both keys; resumable."""
    from unshackled.adapter_registry import find
    from unshackled.flow.plan.registry import load_flows
    from unshackled.flow.runtime.indexer import Indexer
    from unshackled.flow.runtime.plan_registry import PlanRegistry
    from unshackled.settings import load_settings
    from unshackled.store import open_store
    from unshackled.system_clock import SystemClock

    async def run() -> int:
        settings, clock, adapters = load_settings(), SystemClock(), find()
        book = load_flows(settings.flows, adapters)
        keys = settings.key_management
        store = open_store(settings.store, secret=settings.index_secret, keys=keys)
        await store.open()
        try:
            plans = PlanRegistry(book, adapters, store, clock)
            indexer = Indexer(store, plans, clock, f"reindex.{getpid()}")
            return await indexer.again(typer.echo, renew=new_keys)
        finally:
            await store.close()

    typer.echo(f"done: {asyncio.run(run())} checkouts indexed")
