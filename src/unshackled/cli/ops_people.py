"""`unshackled ops find | erase | export`: a person's checkouts, and what is stored of them."""

from __future__ import annotations

import json
from collections import Counter
from typing import Annotated, Any

import typer

from unshackled.cli.ops_client import (
    HERE,
    AsJson,
    Evidence,
    Key,
    OpsClient,
    Reason,
    Url,
    part,
    show_json,
    show_table,
    waits,
)

Retailer = Annotated[str, typer.Option(help="The retailer's id.")]
Live = Annotated[bool, typer.Option("--live/--test", help="Which mode; by default live.")]
Email = Annotated[str | None, typer.Option(help="Their e-mail address.")]
Phone = Annotated[str | None, typer.Option(help="Their phone number.")]
Imei = Annotated[str | None, typer.Option(help="Of a device of theirs.")]
CustomerRef = Annotated[str | None, typer.Option(help="The retailer's number for them.")]
Order = Annotated[str | None, typer.Option(help="An order's number.")]


def install(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (find, erase, export):
        app.command()(command)


def find(
    *,
    retailer: Retailer,
    key: Key,
    live: Live = True,
    email: Email = None,
    phone: Phone = None,
    imei: Imei = None,
    customer_ref: CustomerRef = None,
    order: Order = None,
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """Find a person's checkouts, by what they said in any way to write it."""
    body: dict[str, Any] = {
        "retailer": retailer,
        "livemode": live,
        "email": email,
        "phone": phone,
        "imei": imei,
        "customer_ref": customer_ref,
        "order": order,
        "limit": 100,
    }
    server, items, more = OpsClient(url, key), list[dict[str, Any]](), True
    while more:
        page = server.post("people/search", body)
        items += page["items"]
        body["cursor"] = page["next_cursor"]
        more = page["next_cursor"] is not None
    if as_json:
        show_json(items)
        return
    rows = [(one["checkout"], one["flow"], one["status"], one["created_at"]) for one in items]
    show_table(("CHECKOUT", "FLOW", "STATUS", "CREATED"), rows, "nobody is found by that")


def erase(
    *,
    retailer: Retailer,
    reason: Reason,
    key: Key,
    live: Live = True,
    checkout: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    email: Email = None,
    phone: Phone = None,
    imei: Imei = None,
    customer_ref: CustomerRef = None,
    order: Order = None,
    evidence: Evidence = None,
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """Erase a person's data for good, as far as neither contracts nor the law keep it."""
    body: dict[str, Any] = {
        "retailer": retailer,
        "livemode": live,
        "checkout": checkout,
        "email": email,
        "phone": phone,
        "imei": imei,
        "customer_ref": customer_ref,
        "order": order,
        "reason": reason,
        "evidence": evidence,
    }
    done = OpsClient(url, key).post("people/erase", body)
    if as_json:
        show_json([done])
    elif not waits(done):
        _tell(done)


def _tell(done: dict[str, Any]) -> None:
    items = done["items"]
    rows = [
        (one["checkout"], one["outcome"], one["code"], "; ".join(map(_duty, one["duties"])))
        for one in items
    ]
    show_table(("CHECKOUT", "OUTCOME", "PROBLEM", "NEEDED FOR"), rows, "nobody is found by that")
    counted = Counter(str(one["outcome"]) for one in items)
    if items:
        typer.echo(", ".join(f"{count} {name}" for name, count in sorted(counted.items())))
    if done["more"]:
        typer.echo("there are more: run it again")


def _duty(duty: dict[str, Any]) -> str:
    until = f" until {duty['until'][:10]}" if duty["until"] else ""
    return f"{duty['reason']}{until}"


def export(
    checkout: str, *, reason: Reason, key: Key, evidence: Evidence = None, url: Url = HERE
) -> None:
    """Print all that is stored about the customer of a checkout, as JSON."""
    body = {"reason": reason, "evidence": evidence}
    found = OpsClient(url, key).post(f"checkouts/{part(checkout)}/export", body)
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
