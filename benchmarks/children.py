"""Other processes, each on one core: servers that are asked, and workers that are measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measure import pin


class Broken(RuntimeError):
    """A process that ended before it had said what it was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A server in another process."""

    url: str
    pid: int

    def cpu(self) -> float:
        """Its CPU-seconds until now, user and system, all threads."""
        return spent(self.pid)

    def waited(self) -> float:
        """Seconds that its threads were ready to run and had no core, until now."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(one.read_text(encoding="ascii").split()[1]) for one in threads) / 1e9

    def resident(self) -> float:
        """Its resident memory in MiB."""
        pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


def spent(pid: int, *, ended: bool = False) -> float:
    """The CPU-seconds of a process until now; with those of children that have `ended` if asked."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    times = stat.rpartition(")")[2].split()[11 : 15 if ended else 13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def measured(
    module: str, asked: Any, *, core: int, environ: Mapping[str, str] | None = None
) -> Any:
    """What `python -m benchmarks.<module>` answers on its last line, as JSON."""
    with _started(module, asked, core, environ) as process:
        said, _ = process.communicate()
    lines = said.splitlines()
    if process.returncode or not lines:
        raise Broken(f"benchmarks.{module} ended with {process.returncode}")
    return json.loads(lines[-1])


@contextmanager
def serving(
    module: str,
    asked: Any,
    *,
    core: int | None,
    environ: Mapping[str, str] | None = None,
    under: Sequence[str] = (),
) -> Iterator[Serving]:
    """A server that writes its address on its first line; stopped at the end.

    Without a `core` of its own it runs where we run; `under` is the command that runs it.
    """
    with _started(module, asked, core, environ, under) as process:
        url = process.stdout.readline().strip() if process.stdout else ""
        if not url:
            raise Broken(f"benchmarks.{module} did not start")
        try:
            yield Serving(url=url, pid=process.pid)
        finally:
            process.terminate()
            process.communicate()


def _started(
    module: str,
    asked: Any,
    core: int | None,
    environ: Mapping[str, str] | None,
    under: Sequence[str] = (),
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*under, sys.executable, "-m", f"benchmarks.{module}", json.dumps(asked)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environ or {})},
        preexec_fn=partial(pin, core) if core is not None else None,  # noqa: PLW1509 - no threads
    )
