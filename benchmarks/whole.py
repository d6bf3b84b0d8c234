"""What the whole server executes for one checkout over HTTP, beside the featureless application.

Instructions in user mode, all threads, counted by valgrind's callgrind: the start and the first
checkouts are not counted, and what follows the events is, where somebody follows them. They
hardly depend on what else the machine does. The kernel's share is not in them, which both have
alike, so the ratio is higher than that of CPU, which has the budget.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.children import Broken, Serving, serving
from benchmarks.measure import run
from benchmarks.replicas import rest
from benchmarks.report import Row
from benchmarks.shoppers import Script, crowd, featureless, ours
from unshackled.events.follow import PollingPolicy

WARM: Final = 24
TIMES: Final = 16
# How many times as long everything takes under valgrind: few at once, for calls have their time.
SLOWER: Final = 30
AT_ONCE: Final = 2
# Seconds after which a follower has looked again.
GATHERED: Final = SLOWER * PollingPolicy().gather.total_seconds() + 0.5
CONTENDERS: Final[dict[str, tuple[str, dict[str, Any], Script]]] = {
    "featureless": ("featureless", {"library": "aiohttp"}, featureless),
    "quiet": ("api", {"events": False, "slower": SLOWER}, ours),
    "ours": ("api", {"slower": SLOWER}, ours),
}
# By the names of `CONTENDERS`.
WHAT: Final = {
    "quiet": "whole checkout over HTTP, nobody follows the events",
    "ours": "whole checkout over HTTP",
}
_COLLECTED: Final = re.compile(r"Collected : (\d+)")


def rows() -> Iterator[Row]:
    """Nothing where valgrind is not on PATH."""
    if shutil.which("valgrind") is None:
        return
    with serving("backends", {"latency": 0}, core=None) as backends:
        counts = {name: instructions(name, backends.url) for name in CONTENDERS}
    for name, what in WHAT.items():
        yield Row(
            what=what,
            measured=counts[name],
            unit="M instructions",
            against="featureless on aiohttp",
            compared=counts["featureless"],
        )


def instructions(name: str, backends: str) -> float:
    """Millions for one checkout of a contender."""
    module, asked, script = CONTENDERS[name]
    with TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        counting = (
            "valgrind",
            "--tool=callgrind",
            "--instr-atstart=no",
            f"--log-file={said}",
            f"--callgrind-out-file={Path(folder) / 'out'}",
        )
        settings = {"PYTHONHASHSEED": "0"}
        with serving(
            module, {"backends": backends, **asked}, core=None, environ=settings, under=counting
        ) as server:
            run(_counted(server, script))
        found = _COLLECTED.search(said.read_text(encoding="utf-8"))
    if found is None:
        raise Broken(f"valgrind counted nothing of benchmarks.{module}")
    return int(found[1]) / TIMES / 1e6


async def _counted(server: Serving, script: Script) -> None:
    """Warm up, then play with every instruction counted until the followers have caught up."""
    await crowd(server.url, script, times=WARM, at_once=AT_ONCE)
    await _caught_up(server)
    _count(server, "on")
    await crowd(server.url, script, times=TIMES, at_once=AT_ONCE)
    await _caught_up(server)
    _count(server, "off")


async def _caught_up(server: Serving) -> None:
    """Until followers have gathered what came last, and have followed it."""
    await asyncio.sleep(GATHERED)
    await rest(server.cpu)


def _count(server: Serving, switch: str) -> None:
    subprocess.run(
        ["callgrind_control", "-i", switch, str(server.pid)], check=True, stdout=subprocess.DEVNULL
    )
