"""`unshackled keys …`: API keys of retailers; a secret is shown once and stored as a hash."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Annotated, Any

import typer

from unshackled.clock import SystemClock
from unshackled.http.credentials import SCOPES, issue_key
from unshackled.http.ids import RandomIds
from unshackled.settings import load_settings
from unshackled.store import open_store
from unshackled.store.port import Store

app = typer.Typer(no_args_is_help=True)


def _with_store(work: Callable[[Store], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        store = open_store(load_settings().store)
        await store.open()
        try:
            await work(store)
        finally:
            await store.close()

    asyncio.run(run())


@app.command()
def create(
    retailer: Annotated[str, typer.Option(help="Whose key it is, e.g. northstar.")],
    scope: Annotated[list[str], typer.Option(help=f"One of {', '.join(SCOPES)}.")] = [],  # noqa: B006
    origin: Annotated[list[str], typer.Option(help="Origins: makes a publishable key.")] = [],  # noqa: B006
) -> None:
    """Make a key and print it, this once."""
    clock = SystemClock()
    kind: Any = "publishable" if origin else "secret"
    stored, text = issue_key(
        RandomIds(clock),
        retailer=retailer,
        kind=kind,
        now=clock.now(),
        scopes=() if origin else tuple(scope or SCOPES[:2]),
        origins=tuple(origin),
    )

    async def work(store: Store) -> None:
        await store.put_key(stored)

    _with_store(work)
    typer.echo(text)


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The third part of the key.")]) -> None:
    """End a key at once."""

    async def work(store: Store) -> None:
        key = await store.key(key_id)
        if key is None:
            raise ValueError(f"no key has the id {key_id!r}")
        await store.put_key(replace(key, revoked_at=SystemClock().now()))

    _with_store(work)
    typer.echo(f"{key_id} is revoked")
