"""`make bench`: measure on this machine, print a table, write `benchmarks/results.json`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from benchmarks import (
    calls,
    checkouts,
    core,
    effects,
    growth,
    pricing,
    replicas,
    sealing,
    start,
    whole,
)
from benchmarks.report import Row, document, machine, python, table

PARTS: Final = (
    "core",
    "sealing",
    "pricing",
    "whole",
    "effects",
    "calls",
    "growth",
    "start",
    "replicas",
    "checkouts",
)
RESULTS: Final = Path(__file__).parent / "results.json"


def arguments() -> argparse.Namespace:
    """What was asked on the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument(
        "--big", action="store_true", help="1,000,000 checkouts stored, 10,000 played"
    )
    return parser.parse_args()


def main() -> None:
    """Run every part, or the one asked for; only a whole run is kept."""
    asked, began = arguments(), time.monotonic()
    played, stored = (10_000, 1_000_000) if asked.big else (2_000, 100_000)
    parts: dict[str, Callable[[], Iterable[Row]]] = {
        "core": core.rows,
        "sealing": sealing.rows,
        "pricing": pricing.rows,
        "whole": whole.rows,
        "effects": effects.rows,
        "calls": calls.rows,
        "growth": lambda: growth.rows(stored),
        "start": start.rows,
        "replicas": replicas.rows,
        "checkouts": lambda: checkouts.rows(played),
    }
    print(f"on {machine()}, Python {python()}; takes some minutes", file=sys.stderr)
    rows: list[Row] = []
    for name, part in parts.items():
        if asked.only in (None, name):
            print(f"  {name} ...", file=sys.stderr, flush=True)
            rows += part()
    print(table(rows))
    if asked.only is None:
        kept = json.dumps(document(rows, time.monotonic() - began), indent=2)
        RESULTS.write_text(kept + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
