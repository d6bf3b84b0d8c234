"""`unshackled documents`: every document of the flows as files, for those who have to read them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unshackled.cli.flow_commands import FLOWS, Folder, book_of

if TYPE_CHECKING:  # half a second that `--help` need not wait for
    from unshackled.flow.plan.plan import Plan


def install(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("documents")
    def documents(
        out: Annotated[Path, typer.Option("--out", help="Where the files go.")],
        flow: Annotated[
            str | None, typer.Argument(help="RETAILER or RETAILER/FLOW; without it, all.")
        ] = None,
        folder: Folder = FLOWS,
    ) -> None:
        """Write each document of each flow, of made-up facts, as a page (HTML) and as PDF/A."""
        plans = {
            f"{retailer}/{name}": plan
            for (retailer, name), plan in sorted(book_of(folder).plans.items())
        }
        chosen = {name: plan for name, plan in plans.items() if _is_in(name, flow)}
        if not chosen:
            raise ValueError(f"unknown flow {flow!r}: allowed are {', '.join(plans)}")
        for name, plan in chosen.items():
            written = _write(plan, out / name)
            typer.echo(f"{name}: {written} documents in {out / name}")


def _is_in(name: str, wanted: str | None) -> bool:
    return wanted is None or name == wanted or name.partition("/")[0] == wanted


def _write(plan: Plan, folder: Path) -> int:
    """The files of a flow; how many documents there are."""
    from unshackled.rendering.document_html import page
    from unshackled.rendering.document_pdf import pdf_of
    from unshackled.testing.sample_papers import sample_papers

    folder.mkdir(parents=True, exist_ok=True)
    at, count = datetime.now(UTC).replace(microsecond=0), 0
    for paper in sample_papers(plan, at):
        document = paper.document
        (folder / f"{paper.name}.html").write_text(page(document.model), encoding="utf-8")
        (folder / f"{paper.name}.pdf").write_bytes(pdf_of(document.model, document.digest, at))
        count += 1
    return count
