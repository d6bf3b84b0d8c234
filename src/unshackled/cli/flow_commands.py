"""`unshackled flows …`: prove, draw and try flows."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:  # half a second that `--help` and the stand-ins need not wait for
    from unshackled.domain.checkout import Checkout
    from unshackled.flow.language.diagnostics import FlowMistake
    from unshackled.flow.plan.plan import Plan
    from unshackled.flow.plan.registry import FlowRegistry


app = typer.Typer(no_args_is_help=True)
Folder = Annotated[
    Path,
    typer.Option("--folder", envvar="UNSHACKLED_FLOWS", help="Folder of the flow files."),
]
Name = Annotated[str, typer.Argument(help="RETAILER/FLOW, e.g. northstar/handset-on-credit.")]
FLOWS = Path("flows")


def book_of(folder: Path) -> FlowRegistry:
    """The flows of a folder; raises `FlowMistakes`."""
    from unshackled.adapter_registry import find
    from unshackled.flow.plan.registry import load_flows

    return load_flows(folder, find())


def plan_of(book: FlowRegistry, name: str) -> Plan:
    """A flow by RETAILER/FLOW; raises `ValueError` naming those there are."""
    retailer, _, flow = name.partition("/")
    plans = book.every
    if (retailer, flow) not in plans:
        known = ", ".join(sorted("/".join(key) for key in plans))
        raise ValueError(f"unknown flow {name!r}: allowed are {known}")
    return plans[retailer, flow]


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="Folder of the flow files, or one file of it.")] = (
        FLOWS
    ),
) -> None:
    """Prove every flow; each mistake is one line: file, line, what is wrong, what is allowed."""
    from unshackled.flow.language.diagnostics import FlowMistakes

    folder = path.parent if path.is_file() else path
    try:
        book = book_of(folder)
    except FlowMistakes as mistakes:
        relevant = [one for one in mistakes.mistakes if not path.is_file() or _is_in(one, path)]
        for mistake in relevant:
            typer.echo(str(mistake), err=True)
        if relevant:
            raise typer.Exit(1) from None
        typer.echo(f"{path} is fine; other files of {folder} are not")
        return
    for (retailer, name), plan in sorted(book.every.items()):
        kind = f", case: {plan.case.kind}" if plan.case is not None else ""
        typer.echo(f"{retailer}/{name}: {len(plan.steps)} steps, {plan.digest[:19]}{kind}")


def _is_in(mistake: FlowMistake, path: Path) -> bool:
    return (path.parent.parent / mistake.file).name == path.name


@app.command()
def graph(
    name: Name,
    form: Annotated[Literal["mermaid", "svg"], typer.Option("--format")] = "mermaid",
    checkout: Annotated[str | None, typer.Option(help="Draw this checkout's states.")] = None,
    folder: Folder = FLOWS,
) -> None:
    """Draw a flow, or a checkout on its way through it with states and timings."""
    from unshackled.flow.plan.graph import graph_of, mermaid, svg

    book = book_of(folder)
    plan, seen = plan_of(book, name), None
    if checkout is not None:
        plan, seen = asyncio.run(_stored(checkout, book, plan))
    drawing = graph_of(plan, seen)
    typer.echo(svg(drawing) if form == "svg" else mermaid(drawing))


async def _stored(checkout: str, book: FlowRegistry, plan: Plan) -> tuple[Plan, Checkout]:
    """A checkout of the flow, and the flow as the checkout is pinned to it.

    Of a case flow it is the last such case of the checkout.
    """
    from unshackled.adapter_registry import find
    from unshackled.flow.plan.registry import compile_resolved
    from unshackled.settings import load_settings
    from unshackled.store import file_of, open_store

    settings = load_settings()
    path = file_of(settings.store)
    if path is not None and not path.exists():
        raise ValueError(f"there is no store at {path}")
    keys = settings.key_management
    store = open_store(settings.store, secret=settings.index_secret, keys=keys)
    await store.open()
    try:
        seen = await store.load(checkout)
        if seen is None:
            raise ValueError(f"no checkout has the id {checkout!r}")
        if plan.case is not None:
            seen = _last_case(seen, plan)
        stored = await store.flow(seen.digest)
    finally:
        await store.close()
    if (seen.retailer, seen.flow) != (plan.retailer, plan.name):
        raise ValueError(f"{checkout} is one of {seen.retailer}/{seen.flow}")
    if seen.digest != plan.digest:
        if stored is None:
            raise ValueError(f"the flow {seen.digest}, which {checkout} is pinned to, is gone")
        plan = compile_resolved(stored.resolved, book, find(), orphaned=True)
    return plan, seen


def _last_case(checkout: Checkout, plan: Plan) -> Checkout:
    """The checkout with the steps of its last case by a flow; `ValueError` where it has none."""
    from unshackled.domain.records import replace

    runs = [run for run in checkout.runs.values() if run.flow == plan.name]
    if not runs:
        raise ValueError(f"{checkout.id} has no case by the flow {plan.name}")
    return replace(checkout, flow=runs[-1].flow, digest=runs[-1].digest, steps=runs[-1].steps)


@app.command()
def simulate(name: Name, folder: Folder = FLOWS) -> None:
    """Walk every outcome of every step through the engine and print where each ends."""
    from unshackled.adapter_registry import find
    from unshackled.authoring.case_walks import simulate_case
    from unshackled.authoring.flow_walks import simulate as play
    from unshackled.authoring.flow_walks import table, ways_of
    from unshackled.telemetry import configure_logging

    # What fails is meant to: the table says what came of it.
    configure_logging("critical", for_good=False)
    book = book_of(folder)
    plan = plan_of(book, name)
    registry = find()
    specs = book.retailers[plan.retailer].providers
    doubts = {key: registry.load(spec.adapter).doubt for key, spec in specs.items()}
    if plan.case is None:
        endings = asyncio.run(play(plan, ways_of(plan, doubts)))
    else:
        sales = [book.plan(plan.retailer, flow) for flow in book.retailers[plan.retailer].flows]
        endings = asyncio.run(simulate_case(sales, plan, doubts))
    for line in table(endings):
        typer.echo(line)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the flow language, for editors."""
    from unshackled.flow.plan.language_schema import flow_schema

    typer.echo(json.dumps(flow_schema(), indent=2))
