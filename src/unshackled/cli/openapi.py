"""`unshackled openapi`: the committed API documents equal what is served."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(openapi)


def openapi(
    write: Annotated[Path | None, typer.Option(help="Write the documents here.")] = None,
    check: Annotated[Path | None, typer.Option(help="Compare with the documents here.")] = None,
) -> None:
    """Write the API documents, or check that they are current and break no client."""
    from unshackled.http.docs import api_documents as documents

    if write is not None:
        documents.write(write)
        typer.echo(f"written to {write}")
    if check is not None:
        complaints = documents.check(check)
        for complaint in complaints:
            typer.echo(complaint, err=True)
        if complaints:
            raise typer.Exit(1)
        typer.echo(f"{check} is what is served")
    if write is None and check is None:
        raise ValueError("say --write FOLDER or --check FOLDER")
