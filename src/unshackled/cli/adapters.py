"""`unshackled adapters`: what is at hand, and what helps to write one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

app = typer.Typer(no_args_is_help=True)
# In a checkout of this repository.
BUNDLED: Final = Path("adapters/unshackled_adapters")
AIM_BYTES: Final = 100 * 1024


@app.command("list")
def list_() -> None:
    """List every adapter, its operations, and for each effect the way out of doubt."""
    from unshackled.adapter_registry import find
    from unshackled.cli.matrix import operations

    registry = find()
    for name in registry.names:
        adapter = registry.load(name)
        fake = "stand-in" if registry.has_stand_in(name) else "-"
        typer.echo(f"{name:<16}{adapter.title:<42}{fake:<10}{', '.join(sorted(adapter.ports))}")
        for operation, way in operations(adapter):
            typer.echo(f"  {operation:<28}{way}")


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
    from unshackled.authoring.vendor_extract import extract as cut
    from unshackled.authoring.vendor_extract import written

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


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Its name, as flows write it, e.g. acme_pay.")],
    capability: Annotated[list[str], typer.Option(help="What it is for, e.g. payment; repeat it.")],
    folder: Annotated[
        Path | None,
        typer.Option(help="The shelf: the package that its folder goes into; <name>_shelf."),
    ] = None,
    tests: Annotated[
        Path | None, typer.Option(help="Where its suite goes; beside the shelf if not said.")
    ] = None,
) -> None:
    """Write an adapter that is whole and passes its suite; then fill in the vendor's calls."""
    from unshackled.authoring.scaffold import write

    if folder is None and BUNDLED.is_dir():
        folder, tests = BUNDLED, tests or Path("contract-tests")
    made = write(name, capability, shelf=folder or Path(f"{name}_shelf"), tests=tests)
    typer.echo(f"{made.folder}: edit client, mapping and fake into the vendor's own")
    typer.echo(
        f"{made.suite}: passes now; run it with pytest, or: unshackled adapters check {name}"
    )


@app.command()
def record(
    name: Annotated[str, typer.Argument(help="The adapter whose recordings are made anew.")],
    folder: Annotated[
        Path | None,
        typer.Option(help="Its shelf, where no entry point names that; <name>_shelf if there."),
    ] = None,
) -> None:
    """Make the recordings in an adapter's contract/ anew, from its stand-in."""
    import asyncio

    from unshackled.adapter_registry import find
    from unshackled.authoring.recorder import renew

    own = folder or Path(f"{name}_shelf")
    registry = find([own] if folder or own.is_dir() else ())

    async def run() -> None:
        async for made in renew(registry, name):
            typer.echo(str(made))

    asyncio.run(run())


@app.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Adapters; all if none.")] = None,
    tests: Annotated[
        Path | None, typer.Option(help="Where the suites are: contract-tests, or here.")
    ] = None,
) -> None:
    """Run the suites of adapters with pytest: a verdict for each promise, 1 if one is broken."""
    from unshackled.cli.adapter_check import check as run
    from unshackled.cli.adapter_check import default_folder

    kept = True
    for verdict in run(names or (), tests or default_folder()):
        typer.echo(str(verdict))
        kept = kept and verdict.holds
    if not kept:
        raise typer.Exit(1)


@app.command()
def matrix(
    write: Annotated[Path | None, typer.Option(help="Write it to this file.")] = None,
    check: Annotated[Path | None, typer.Option(help="Fail where this file is another.")] = None,
) -> None:
    """Show what every adapter does, where it may run and how its doubts end, as Markdown."""
    from unshackled.adapter_registry import find
    from unshackled.cli.matrix import page

    text = page(find())
    if write is not None:
        write.write_text(text)
    if check is not None and (not check.is_file() or check.read_text() != text):
        typer.echo(f"{check}: is old; run make docs", err=True)
        raise typer.Exit(1)
    if write is None and check is None:
        typer.echo(text, nl=False)
