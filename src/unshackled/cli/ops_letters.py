"""`unshackled ops letters …`: events that a consumer could not take."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import typer

from unshackled.cli.ops_client import (
    HERE,
    AsJson,
    Key,
    OpsClient,
    Reason,
    Url,
    marked,
    part,
    show_json,
    show_table,
    waits,
)

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(
    *,
    key: Key,
    retailer: Annotated[str | None, typer.Option(help="By default all.")] = None,
    consumer: Annotated[str | None, typer.Option(help="By default any.")] = None,
    state: Literal["open", "replayed", "discarded"] = "open",
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """List dead letters, the newest first."""
    query: dict[str, Any] = {"retailer": retailer, "consumer": consumer, "state": state}
    items = list(OpsClient(url, key).rows("letters", **query))
    if as_json:
        show_json(items)
        return
    rows = [
        (one["id"], one["type"], marked(one), one["error"], one["tries"], one["first_at"])
        for one in items
    ]
    heads = ("LETTER", "EVENT", "RETAILER", "ERROR", "TRIES", "SINCE")
    show_table(heads, rows, f"no {state} dead letters")


@app.command()
def show(letter: str, *, key: Key, url: Url = HERE) -> None:
    """Show a dead letter with its event, as JSON."""
    found = OpsClient(url, key).get(f"letters/{part(letter)}")
    typer.echo(json.dumps(found, indent=2, ensure_ascii=False))


@app.command()
def replay(
    letter: str, *, reason: Reason, key: Key, url: Url = HERE, as_json: AsJson = False
) -> None:
    """Hand the event to its consumer once more."""
    _decide(OpsClient(url, key), letter, "replay", reason, as_json=as_json)


@app.command()
def discard(
    letter: str, *, reason: Reason, key: Key, url: Url = HERE, as_json: AsJson = False
) -> None:
    """Close it for good: its consumer never gets the event."""
    _decide(OpsClient(url, key), letter, "discard", reason, as_json=as_json)


def _decide(server: OpsClient, letter: str, word: str, reason: str, *, as_json: bool) -> None:
    done: dict[str, Any] = server.post(f"letters/{part(letter)}/{word}", {"reason": reason})
    if as_json:
        show_json([done])
    elif not waits(done):
        why = f" ({done['error']})" if done["state"] == "open" else ""
        typer.echo(f"{letter}: {done['state']}{why}")
