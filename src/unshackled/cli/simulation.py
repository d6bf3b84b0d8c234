"""`unshackled simulate`: replicas in a simulated storm, seed by seed; or the story of one seed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SHOWN = 20


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    *,
    seeds: Annotated[int, typer.Option(min=1, help="How many.")] = 1000,
    first: Annotated[int, typer.Option(min=0, help="The first of them.")] = 0,
    seed: Annotated[int | None, typer.Option(min=0, help="Play this one, tell its story.")] = None,
    flows: Annotated[
        Path | None, typer.Option(help="Folder of your own flows instead of the built-in ones.")
    ] = None,
) -> None:
    """Run the real engine in simulated storms and check every promise; see docs/simulation.md."""
    from unshackled.proving.simulation.plans import OWN
    from unshackled.proving.simulation.seeds import simulate as play

    folder = flows or OWN
    if seed is not None:
        raise typer.Exit(_tell(seed, folder))
    found = play(range(first, first + seeds), typer.echo, folder=folder)
    more = f" --flows {flows}" if flows else ""
    for verdict in found.wrong[:SHOWN]:
        typer.echo(f"its story: unshackled simulate --seed {verdict.seed}{more}")
    raise typer.Exit(1 if found.wrong else 0)


def _tell(seed: int, folder: Path) -> int:
    from unshackled.proving.simulation.seeds import SeedTotals, play_seed
    from unshackled.telemetry import configure_logging

    configure_logging("critical", for_good=False)
    verdict = play_seed(seed, folder, telling=True)
    for line in verdict.story:
        typer.echo(line)
    found = SeedTotals()
    found.add(verdict)
    typer.echo(f"seed {seed}: {len(verdict.wrong)} violations; {found}")
    return 1 if verdict.wrong else 0
