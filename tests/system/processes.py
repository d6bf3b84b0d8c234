"""The server and the stand-ins as processes of their own, over real sockets."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

STARTS_WITHIN_SECONDS = 30


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(kw_only=True)
class Process:
    """One command of ours; it may be killed and started again on the same port."""

    command: str
    log: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def _command(self) -> tuple[str, ...]:
        return (sys.executable, "-m", "unshackled", self.command)

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self.child = self._spawn()
        async with asyncio.timeout(STARTS_WITHIN_SECONDS), httpx.AsyncClient() as web:
            while not await self._answers(web):
                assert self.child.poll() is None, self.log.read_text()[-2000:]
                await asyncio.sleep(0.05)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*self._command, "--port", str(self.port), *self.arguments],
                env={**os.environ, **self.environ},
                stdout=log,
                stderr=log,
            )

    async def _answers(self, web: httpx.AsyncClient) -> bool:
        try:
            return (await web.get(f"{self.url}/livez")).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """`kill -9`: nothing is finished, nothing is said."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.child is None:
            return
        self.child.send_signal(how)
        try:
            self.child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child = None
