"""`unshackled adapters`: what is at hand, and what helps to write one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:  # as in flows.py: `--help` need not wait
    from unshackled.sdk import Adapter, Doubt

app = typer.Typer(no_args_is_help=True)
AIM_BYTES: Final = 100 * 1024


@app.command("list")
def list_() -> None:
    """List every adapter, its operations, and for each effect the way out of doubt."""
    from unshackled.shelf import find

    shelf = find()
    for name in shelf.names:
        adapter = shelf.load(name)
        fake = "stand-in" if shelf.has_stand_in(name) else "-"
        typer.echo(f"{name:<16}{adapter.title:<42}{fake:<10}{', '.join(sorted(adapter.ports))}")
        for operation, way in _operations(adapter):
            typer.echo(f"  {operation:<28}{way}")


def _operations(adapter: Adapter) -> Iterator[tuple[str, str]]:
    from unshackled.ports import all_operations
    from unshackled.sdk import Doubt

    for key, operation in sorted(all_operations().items()):
        if operation.capability in adapter.ports:
            way = _way(adapter.doubt.get(key, Doubt()))
            undo = "undo, sent until it is done" if operation.is_undo else way
            yield key, undo if operation.effect else "query"


def _way(doubt: Doubt) -> str:
    """How a doubt ends, in the order in which it is tried."""
    hours = doubt.key_lifetime.total_seconds() / 3600 if doubt.key_lifetime else 0
    resend = [f"resend within {hours:g} h"] if hours else []
    ask = ["look up by our reference"] if doubt.lookup else []
    return ", then ".join([*resend, *ask, "a person"])


@app.command()
def extract(
    files: Annotated[
        list[Path], typer.Argument(help="OpenAPI or Swagger documents, JSON or YAML.", exists=True)
    ],
    operation: Annotated[
        list[str] | None, typer.Option(help="For example 'POST /v1/orders/{id}'; repeat it.")
    ] = None,
    webhook: Annotated[
        list[str] | None, typer.Option(help="An entry of the document's own webhooks.")
    ] = None,
    callback: Annotated[
        list[str] | None, typer.Option(help="A schema that callback bodies have.")
    ] = None,
    depth: Annotated[int, typer.Option(min=1, help="How many objects deep bodies are kept.")] = 3,
) -> None:
    """Cut what an adapter uses out of a vendor's API document: its contract/schema.json."""
    from unshackled.testing.vendor_extract import extract as cut
    from unshackled.testing.vendor_extract import written

    made = written(
        cut(
            files,
            operations=operation or (),
            webhooks=webhook or (),
            callbacks=callback or (),
            depth=depth,
        )
    )
    typer.echo(made.decode(), nl=False)
    if len(made) > AIM_BYTES:
        typer.echo(f"{len(made) // 1024} kB: a smaller --depth keeps less", err=True)
