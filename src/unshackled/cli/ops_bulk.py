"""`unshackled ops bulk`: one action on many checkouts; tried out first, then done."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal

import typer

from unshackled.cli.ops_client import (
    HERE,
    AsJson,
    Evidence,
    Key,
    OpsClient,
    Reason,
    Url,
    show_json,
    show_table,
    waits,
)

State = Literal["in_review", "in_doubt", "undo_failed", "waiting_provider"]


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(bulk)


def bulk(
    action: Literal["retry", "skip", "cancel"],
    *,
    reason: Reason,
    key: Key,
    retailer: Annotated[str | None, typer.Option(help="By default all.")] = None,
    live: Annotated[bool | None, typer.Option("--live/--test", help="By default both.")] = None,
    state: Annotated[State | None, typer.Option(help="By default any.")] = None,
    step: Annotated[str | None, typer.Option()] = None,
    provider: Annotated[str | None, typer.Option()] = None,
    code: Annotated[str | None, typer.Option()] = None,
    older_than: Annotated[int | None, typer.Option(help="Seconds.")] = None,
    evidence: Evidence = None,
    digest: Annotated[
        str | None, typer.Option(help="Of the dry run: act on what it found.")
    ] = None,
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """Retry, skip or cancel many: without --digest only what would be done is shown."""
    body: dict[str, Any] = {
        "action": action,
        "reason": reason,
        "evidence": evidence,
        "retailer": retailer,
        "livemode": live,
        "state": state,
        "step": step,
        "provider": provider,
        "code": code,
        "older_than": older_than,
        "dry_run": digest is None,
        "digest": digest,
    }
    done = OpsClient(url, key).post("bulk", body)
    if as_json:
        show_json([done])
    elif not waits(done):
        _tell(done)


def _tell(done: dict[str, Any]) -> None:
    items = done["items"]
    cells = ("checkout", "case", "step", "outcome", "code")
    rows = [[item[cell] for cell in cells] for item in items]
    show_table(("CHECKOUT", "CASE", "STEP", "OUTCOME", "PROBLEM"), rows, "nothing fits")
    if done["dry_run"] and items:
        typer.echo(f"{done['matched']} found, nothing done; to do it: --digest {done['digest']}")
    elif items:
        counted = Counter(str(item["outcome"]) for item in items)
        typer.echo(", ".join(f"{count} {name}" for name, count in sorted(counted.items())))
    if done["more"]:
        typer.echo("there are more: run it again")
