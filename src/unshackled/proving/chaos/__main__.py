"""The command: `python -m unshackled.proving.chaos --minutes 10 --seed 7`."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import SystemRandom

from unshackled.proving.chaos.chaos_report import ChaosReport
from unshackled.proving.chaos.chaos_run import ChaosPlan, run


def main() -> int:
    """Run once; 1 where a promise was broken, 130 where somebody stopped it."""
    given = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="unshackled-chaos-"))
    plan = ChaosPlan(
        seed=given.seed,
        seconds=given.minutes * 60,
        flows=given.flows,
        folder=folder,
        replicas=given.replicas,
        customers=given.customers,
    )
    kept = True
    try:
        found = asyncio.run(_until_stopped(plan, _teller()))
        kept = bool(found.violations)
    except (KeyboardInterrupt, asyncio.CancelledError):
        kept = False
        print("stopped; nothing is left running", file=sys.stderr)  # noqa: T201
        return 130
    finally:
        if kept:
            print(f"logs and data are kept in {folder}", file=sys.stderr)  # noqa: T201
        else:
            shutil.rmtree(folder, ignore_errors=True)
    _write(found, given.report)
    return 1 if kept else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m unshackled.proving.chaos",
        description="Kill replicas, broker and database under load, and see what is left.",
    )
    parser.add_argument("--minutes", type=float, default=2.0, help="how long the storm is")
    parser.add_argument("--seed", type=int, default=None, help="who does what, and what is killed")
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--customers", type=int, default=12, help="how many at a time")
    parser.add_argument("--flows", type=Path, default=Path("flows"), help="folder of flow files")
    parser.add_argument("--report", type=Path, default=None, help="a JSON file for the report")
    given = parser.parse_args()
    for name in ("minutes", "replicas", "customers"):
        if getattr(given, name) <= 0:
            parser.error(f"--{name}: more than 0 is needed")
    if given.seed is None:
        given.seed = SystemRandom().randrange(1_000_000)
    return given


async def _until_stopped(plan: ChaosPlan, say: Callable[[str], None]) -> ChaosReport:
    """A run that cleans up on Ctrl-C, SIGTERM and SIGHUP."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    asked: list[bool] = []

    def stop() -> None:
        if not asked:  # whoever is impatient does not disturb the cleaning
            asked.append(task.cancel())

    for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(how, stop)
    return await run(plan, say)


def _teller() -> Callable[[str], None]:
    begun = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - begun:6.1f} s  {what}", flush=True)  # noqa: T201

    return say


def _write(report: ChaosReport, to: Path | None) -> None:
    print()  # noqa: T201
    for line in report.lines():
        print(line)  # noqa: T201
    if to is not None:
        to.write_text(json.dumps(dataclasses.asdict(report), indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
