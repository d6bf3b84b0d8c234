"""Our own commands as processes, over real sockets: `unshackled serve`, `unshackled sandbox`."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from unshackled.settings import variable
from unshackled.testing.known_keys import MASTER_KEY
from unshackled.testing.servers import HOST, ServerError, free_port

STARTS_WITHIN_SECONDS: Final = 30.0
STOPS_WITHIN_SECONDS: Final = 15.0


@dataclass(kw_only=True)
class OwnProcess:
    """One command of ours; it may be killed, paused and started again on the same port.

    Its store is thrown away, so its master key is the one that everybody knows.
    It is in a session of its own, so Ctrl-C reaches only the process that started it.
    """

    command: str
    log: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}"

    @property
    def _command(self) -> tuple[str, ...]:
        return (sys.executable, "-m", "unshackled", self.command)

    async def start(self) -> None:
        """Start it and wait until it answers; raises `ServerError`, or `TimeoutError`."""
        self.child = self._spawn()
        async with asyncio.timeout(STARTS_WITHIN_SECONDS), httpx.AsyncClient() as web:
            while not await self.answers(web):
                if self.child.poll() is not None:
                    raise ServerError(f"{self.command} did not start: {self._last_words()}")
                await asyncio.sleep(0.05)

    def _last_words(self) -> str:
        return self.log.read_text()[-2000:]

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own command
                [*self._command, "--port", str(self.port), *self.arguments],
                env={**os.environ, variable("master_key"): MASTER_KEY, **self.environ},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def answers(self, web: httpx.AsyncClient, path: str = "/livez") -> bool:
        """Whether it says now that all is well."""
        try:
            return (await web.get(f"{self.url}{path}")).status_code == 200
        except httpx.TransportError:
            return False

    def pause(self) -> None:
        """SIGSTOP: its connections stay open and get no answer."""
        if self.child is not None:
            self.child.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT: it goes on where it was."""
        if self.child is not None:
            self.child.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """`kill -9`: nothing is finished, nothing is said."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end."""
        self.resume()
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.child is None:
            return
        self.child.send_signal(how)
        try:
            self.child.wait(timeout=STOPS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child = None
