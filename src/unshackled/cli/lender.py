"""`unshackled lender …`: whether a lender keeps the lender protocol."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # as in flows.py: `--help` need not wait
    from unshackled.authoring.lender_check.promise_run import PromiseVerdict

app = typer.Typer(no_args_is_help=True)
BaseUrl = Annotated[str, typer.Argument(help="Where the lender is, without /v1.")]
Key = Annotated[str, typer.Option(help="The key that is sent as a bearer token.")]
Lender = Annotated[str, typer.Option(help="Which lender of a panel is asked.")]
Currency = Annotated[str, typer.Option(help="ISO 4217.")]
Secret = Annotated[str | None, typer.Option(help="The secret that signs callbacks.")]
Port = Annotated[int, typer.Option(min=0, max=65_535, help="Where the check listens; 0: any.")]
PublicUrl = Annotated[str | None, typer.Option(help="A public address that leads to that port.")]
Patience = Annotated[float, typer.Option(min=0, help="Seconds until a referral is decided.")]
Only = Annotated[
    list[str], typer.Option("--only", metavar="PROMISE", help="Only this one; may be repeated.")
]


@app.callback()
def lender() -> None:
    """Check a lender against docs/lender-protocol.md."""


@app.command()
def check(
    base_url: BaseUrl,
    *,
    key: Key,
    lender: Lender = "prime",
    currency: Currency = "GBP",
    callback_secret: Secret = None,
    callback_port: Port = 0,
    callback_url: PublicUrl = None,
    patience: Patience = 30.0,
    only: Only = [],  # noqa: B006 - typer
) -> None:
    """Keep every promise of the protocol to account; at a test system, for it applies for credit.

    Ends with status 1 if a promise is broken.
    """
    from unshackled.authoring.lender_check.promise_run import check as verdicts_of

    work = verdicts_of(
        base_url,
        key=key,
        lender=lender,
        currency=currency,
        callback_secret=callback_secret,
        callback_url=callback_url,
        callback_port=callback_port,
        patience=patience,
        only=_names(only),
        tell=_tell,
    )
    verdicts = asyncio.run(work)
    counts = {kind: sum(one.kind == kind for one in verdicts) for kind in ("kept", "broken")}
    unchecked = len(verdicts) - sum(counts.values())
    typer.echo(f"{counts['kept']} kept, {counts['broken']} broken, {unchecked} unchecked")
    raise typer.Exit(1 if counts["broken"] else 0)


def _names(only: list[str]) -> frozenset[str]:
    """The promises by name, given one by one or with commas."""
    from unshackled.authoring.lender_check.agreements import PROMISES

    known = [promise.__name__ for promise in PROMISES]
    names = frozenset(name.strip() for given in only for name in given.split(","))
    if unknown := sorted(names - {*known}):
        raise ValueError(f"unknown promise {', '.join(unknown)}: allowed are {', '.join(known)}")
    return names


def _tell(verdict: PromiseVerdict) -> None:
    """One line, and why where it is not kept."""
    typer.echo(f"{verdict.kind:<9} {verdict.promise}: {verdict.says}")
    if verdict.why:
        typer.echo(f"          {verdict.why}")
