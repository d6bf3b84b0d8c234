"""`unshackled ops audit|requests|approve|reject`: who did what, and the second person."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from unshackled.cli.ops_client import (
    HERE,
    AsJson,
    Key,
    OpsClient,
    Reason,
    Url,
    part,
    show_json,
    show_table,
)


def install(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (audit, requests, approve, reject):
        app.command()(command)


def audit(
    *,
    key: Key,
    operator: Annotated[str | None, typer.Option()] = None,
    action: Annotated[str | None, typer.Option()] = None,
    retailer: Annotated[str | None, typer.Option()] = None,
    subject: Annotated[str | None, typer.Option(help="A checkout, letter or selection.")] = None,
    outcome: Annotated[
        Literal["done", "refused", "failed", "waiting"] | None, typer.Option()
    ] = None,
    since: Annotated[str | None, typer.Option(help="RFC 3339, with its zone.")] = None,
    until: Annotated[str | None, typer.Option(help="RFC 3339, with its zone.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="By default all.")] = None,
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """Read the audit log, the newest first; with --json a line for each entry, to export."""
    query: dict[str, Any] = {
        "operator": operator,
        "action": action,
        "retailer": retailer,
        "subject": subject,
        "outcome": outcome,
        "since": since,
        "until": until,
        "limit": 500 if limit is None else min(limit, 500),
    }
    rows = list(OpsClient(url, key).rows("audit", limit, **query))
    if as_json:
        show_json(rows)
        return
    cells = [
        (
            *(one["at"], one["operator"], one["action"], one["subject"], one["step"]),
            *(one["outcome"] or "under way", one["code"], one["reason"]),
        )
        for one in rows
    ]
    heads = ("AT", "OPERATOR", "ACTION", "SUBJECT", "STEP", "OUTCOME", "CODE", "REASON")
    show_table(heads, cells, "nothing was done")


def requests(
    *,
    key: Key,
    state: Literal["waiting", "approved", "done", "refused", "rejected", "expired"] = "waiting",
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """List what waits for a second person."""
    items = OpsClient(url, key).get("requests", state=state)["items"]
    if as_json:
        show_json(items)
        return
    cells = [
        (
            *(one["id"], one["operator"], one["action"], one["subject"], one["step"]),
            *(one["reason"], one["expires_at"]),
        )
        for one in items
    ]
    heads = ("REQUEST", "OPERATOR", "ACTION", "SUBJECT", "STEP", "REASON", "UNTIL")
    show_table(heads, cells, f"no {state} requests")


def approve(
    request: str, *, reason: Reason, key: Key, url: Url = HERE, as_json: AsJson = False
) -> None:
    """Carry out what another operator asked for."""
    _decide(OpsClient(url, key), request, "approve", reason, as_json=as_json)


def reject(
    request: str, *, reason: Reason, key: Key, url: Url = HERE, as_json: AsJson = False
) -> None:
    """Turn a request down, or take back your own."""
    _decide(OpsClient(url, key), request, "reject", reason, as_json=as_json)


def _decide(server: OpsClient, request: str, word: str, reason: str, *, as_json: bool) -> None:
    done = server.post(f"requests/{part(request)}/{word}", {"reason": reason})
    if as_json:
        show_json([done])
    else:
        typer.echo(f"{done['action']} of {done['subject']}: {done['state']}")
