"""`unshackled ops routes …`: who serves, moved or killed with one command."""

from __future__ import annotations

from typing import Annotated, Any

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
    waits,
)
from unshackled.errors import UnshackledError

Retailer = Annotated[str | None, typer.Option(help="By default all.")]
HEADS = (
    "RETAILER",
    "ROUTE",
    "HOW",
    "PROVIDER",
    "SHARE",
    "STATE",
    "SUCCESS",
    "SHADOW",
    "CHANGED BY",
)


class WrongShare(UnshackledError):
    """A share that is not PROVIDER=PERCENT."""


def install(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (routes, split, kill, restore, disable, enable, maintain, parity):
        app.command()(command)


def routes(
    *, key: Key, retailer: Retailer = None, url: Url = HERE, as_json: AsJson = False
) -> None:
    """Show routes: shares, who is out, how they do, and whether the shadow runs."""
    items = OpsClient(url, key).get("routes", retailer=retailer)["items"]
    if as_json:
        show_json(items)
        return
    show_table(HEADS, [row for one in items for row in _rows(one)], "no routes")


def _rows(one: dict[str, Any]) -> list[tuple[Any, ...]]:
    shadow = one["shadow"]
    words = {True: "runs", False: "NOT RUNNING", None: "quiet"}
    shadow_text = f"{shadow['candidate']}: {words[shadow['running']]}" if shadow else ""
    return [
        (
            *((one["retailer"], one["route"], one["how"]) if number == 0 else ("", "", "")),
            who["provider"],
            "" if who["share"] is None else f"{who['share']:g} %",
            "killed" if who["closed"] else "out" if who["out"] else "",
            ", ".join(f"{m['operation']} {m['success_rate']:.0%}" for m in who["measured"]),
            *((shadow_text, one["changed_by"] or "") if number == 0 else ("", "")),
        )
        for number, who in enumerate(one["providers"])
    ]


def split(
    retailer: str,
    route: str,
    shares: Annotated[list[str], typer.Argument(help="PROVIDER=PERCENT; the first has the rest.")],
    *,
    reason: Reason,
    key: Key,
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """Move the shares of a split: `ops split northstar shop tmf=25 --reason …`."""
    wanted = dict(_share(text) for text in shares)
    body = {"shares": wanted, "reason": reason}
    _act(OpsClient(url, key), f"routes/{part(retailer)}/{part(route)}/split", body, as_json=as_json)


def _share(text: str) -> tuple[str, float]:
    name, _, percent = text.partition("=")
    try:
        return name, float(percent.removesuffix("%"))
    except ValueError:
        raise WrongShare(f"{text!r}: a share is PROVIDER=PERCENT, e.g. tmf=25") from None


def kill(
    retailer: str,
    route: str,
    provider: str,
    *,
    reason: Reason,
    key: Key,
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """Send nothing more to a provider of a route, and move what stands there."""
    body = {"provider": provider, "reason": reason}
    _act(OpsClient(url, key), f"routes/{part(retailer)}/{part(route)}/kill", body, as_json=as_json)


def restore(
    retailer: str,
    route: str,
    provider: str,
    *,
    reason: Reason,
    key: Key,
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """Open a killed provider again, without a share."""
    body = {"provider": provider, "reason": reason}
    _act(
        OpsClient(url, key), f"routes/{part(retailer)}/{part(route)}/restore", body, as_json=as_json
    )


def disable(
    retailer: str,
    provider: str,
    *,
    reason: Reason,
    key: Key,
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """Never pick a provider until it is enabled again."""
    path = f"providers/{part(retailer)}/{part(provider)}/disable"
    _act(OpsClient(url, key), path, {"reason": reason}, as_json=as_json)


def enable(
    retailer: str,
    provider: str,
    *,
    reason: Reason,
    key: Key,
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """Pick a provider again, and forget its windows of maintenance."""
    path = f"providers/{part(retailer)}/{part(provider)}/enable"
    _act(OpsClient(url, key), path, {"reason": reason}, as_json=as_json)


def maintain(
    retailer: str,
    provider: str,
    *,
    begins: Annotated[str, typer.Option(help="RFC 3339, with an offset.")],
    ends: Annotated[str, typer.Option(help="RFC 3339, with an offset.")],
    reason: Reason,
    key: Key,
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """Do not pick a provider in a window of maintenance."""
    path = f"providers/{part(retailer)}/{part(provider)}/maintain"
    body = {"begins": begins, "ends": ends, "reason": reason}
    _act(OpsClient(url, key), path, body, as_json=as_json)


def parity(
    *,
    key: Key,
    retailer: Retailer = None,
    hours: Annotated[int, typer.Option(help="How far back.")] = 24,
    url: Url = HERE,
    as_json: AsJson = False,
) -> None:
    """Report how alike shadows answer, field by field."""
    items = OpsClient(url, key).get("parity", retailer=retailer, hours=hours)["items"]
    if as_json:
        show_json(items)
        return
    rows = []
    for one in items:
        counts = (one["agreed"], one["differed"], one["failed"], one["skipped"])
        pair = f"{one['live']} > {one['candidate']}"
        rows.append((one["retailer"], one["route"], pair, one["operation"], *counts, "", ""))
        rows += [
            ("", "", "", "", "", field["differed"], "", "", field["field"], field["example"])
            for field in one["fields"]
        ]
    heads = ("RETAILER", "ROUTE", "LIVE > CANDIDATE", "OPERATION", "AGREED", "DIFFERED", "FAILED")
    show_table((*heads, "SKIPPED", "FIELD", "LIVE | CANDIDATE"), rows, "nothing was compared")


def _act(server: OpsClient, path: str, body: dict[str, Any], *, as_json: bool) -> None:
    done = server.post(path, body)
    if as_json:
        show_json([done])
    elif not waits(done):
        if "route" in done:
            show_table(HEADS, _rows(done), "")
        else:
            state = "disabled" if done["disabled"] else "enabled"
            windows = ", ".join(f"{w['begins']} to {w['ends']}" for w in done["windows"])
            typer.echo(f"{done['retailer']}/{done['provider']}: {state} {windows}".rstrip())
