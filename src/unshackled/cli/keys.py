"""`unshackled keys …`: API keys of retailers; a secret is shown once and stored as a hash."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unshackled.domain.records import replace

if TYPE_CHECKING:  # as in flows.py: `--help` need not wait
    from unshackled.store.port import Store

app = typer.Typer(no_args_is_help=True)
Retailer = Annotated[str, typer.Option(help="Whose key it is, e.g. northstar.")]
Scopes = Annotated[
    list[str],
    typer.Option("--scope", "--scopes", help="One, or some with commas; by default checkouts:*."),
]
Test = Annotated[bool, typer.Option("--test", help="For sandboxes only: nothing it does is real.")]
Origins = Annotated[
    list[str], typer.Option("--origin", help="A page's origin: makes a publishable key.")
]
KeyId = Annotated[str, typer.Argument(help="The fourth part of the key.")]


def _with_store(work: Callable[[Store], Coroutine[Any, Any, None]]) -> None:
    from unshackled.settings import load_settings
    from unshackled.store import open_store

    async def run() -> None:
        settings = load_settings()
        store = open_store(settings.store, secret=settings.index_secret)
        await store.open()
        try:
            await work(store)
        finally:
            await store.close()

    asyncio.run(run())


def _require_retailer(retailer: str) -> None:
    from unshackled.cli.flow_commands import book_of
    from unshackled.settings import load_settings

    known = book_of(load_settings().flows).retailers
    if retailer not in known:
        raise ValueError(f"unknown retailer {retailer!r}: allowed are {', '.join(sorted(known))}")


@app.command()
def create(
    retailer: Retailer,
    scopes: Scopes = [],  # noqa: B006 - typer
    origins: Origins = [],  # noqa: B006 - typer
    *,
    test: Test = False,
) -> None:
    """Make a key and print it, this once; a live one, or one for sandboxes."""
    from unshackled.http.auth.credentials import SCOPES, issue_key
    from unshackled.http.ids import RandomIds
    from unshackled.system_clock import SystemClock

    _require_retailer(retailer)
    clock = SystemClock()
    wanted = tuple(scope.strip() for given in scopes for scope in given.split(","))
    stored, text = issue_key(
        RandomIds(clock),
        retailer=retailer,
        kind="publishable" if origins else "secret",
        now=clock.now(),
        scopes=() if origins else wanted or SCOPES[:2],
        origins=tuple(origins),
        livemode=not test,
    )

    async def work(store: Store) -> None:
        await store.put_key(stored)

    _with_store(work)
    typer.echo(text)


@app.command("list")
def list_(retailer: Retailer) -> None:
    """List a retailer's keys, live and test, without their secrets."""
    from unshackled.domain.account import accounts_of, is_live

    _require_retailer(retailer)

    async def work(store: Store) -> None:
        found = [key for account in accounts_of(retailer) for key in await store.keys(account)]
        for key in sorted(found, key=lambda one: one.created_at):
            mode = "live" if is_live(key.retailer) else "test"
            ended = f"revoked {key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "active"
            may = ", ".join(key.scopes or key.origins)
            made = f"{key.created_at:%Y-%m-%d %H:%M}"
            typer.echo(f"{key.id:<24}{mode:<6}{key.kind:<13}{made:<18}{ended:<26}{may}")

    _with_store(work)


@app.command()
def revoke(key_id: KeyId) -> None:
    """End a key at once."""
    from unshackled.system_clock import SystemClock

    async def work(store: Store) -> None:
        key = await store.key(key_id)
        if key is None:
            raise ValueError(f"no key has the id {key_id!r}")
        await store.put_key(replace(key, revoked_at=SystemClock().now()))

    _with_store(work)
    typer.echo(f"{key_id} is revoked")
