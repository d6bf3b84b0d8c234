"""`unshackled flows …`: prove, draw and try flows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unshackled.flow.load import Book, load_flows
from unshackled.shelf import find

app = typer.Typer(no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(help="Folder of the flow files.")]


def book_of(folder: Path) -> Book:
    """The flows of a folder; raises `FlowMistakes`."""
    return load_flows(folder, find())


@app.command()
def check(folder: Folder = Path("flows")) -> None:
    """Prove every flow; each mistake is one line: file, line, what is wrong, what is allowed."""
    book = book_of(folder)
    for (retailer, name), plan in sorted(book.plans.items()):
        typer.echo(f"{retailer}/{name}: {len(plan.steps)} steps, {plan.digest[:19]}")
