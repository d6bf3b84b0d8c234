"""Every command of the command line, and how their errors end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from unshackled import __version__
from unshackled.cli import (
    adapters,
    demo,
    encryption_commands,
    keys,
    lender,
    markets,
    migrate,
    openapi,
    ops,
    processes,
    sample_documents,
    simulation,
)
from unshackled.cli import flow_commands as flows
from unshackled.errors import UnshackledError

app = typer.Typer(
    name="unshackled",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    add_completion=False,
)
for part in (processes, demo, openapi, migrate, simulation, sample_documents):
    part.install(app)
app.add_typer(adapters.app, name="adapters", help="Show, check and write adapters.")
app.add_typer(
    encryption_commands.app, name="encryption", help="Make and rotate what seals the store."
)
app.add_typer(flows.app, name="flows", help="Prove, draw and try flows.")
app.add_typer(keys.app, name="keys", help="Make, list and revoke API keys.")
app.add_typer(lender.app, name="lender", help="Check a lender.")
app.add_typer(markets.app, name="markets", help="Show the law of each market.")
app.add_typer(ops.app, name="ops", help="Find and decide what needs a person.")


@app.callback(invoke_without_command=True)
def root(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """One checkout API in front of every backend a phone retailer has."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


def run(arguments: Sequence[str]) -> int:
    """Run one command; its exit code: 0 done, 1 something is wrong, 2 it was called wrongly."""
    try:
        # Without its standalone mode, typer hands back the code of a `typer.Exit`.
        ended = app(list(arguments), standalone_mode=False)
    except (UnshackledError, ValueError, OSError) as error:
        return _told(str(error), 2)
    except typer.Abort:
        return 130
    except Exception as error:  # noqa: BLE001
        return _usage(error)
    return ended if isinstance(ended, int) else 0


def _usage(error: Exception) -> int:
    """Typer's own complaints know how to show themselves; anything else is a bug."""
    show = getattr(error, "show", None)
    if show is None:
        raise error
    show(file=sys.stderr)
    return int(getattr(error, "exit_code", 2))


def _told(message: str, code: int) -> int:
    sys.stderr.write(f"{message}\n")
    return code
