"""Everything that runs during a chaos: the servers, the stand-ins, the replicas, the balancer."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final, Self

import httpx

from unshackled.proving.chaos.balancer import Balancer
from unshackled.proving.own_processes import OwnProcess
from unshackled.sdk.standin import MODES
from unshackled.store.postgres.migrate import migrate
from unshackled.testing.servers import NatsServer, PostgresServer, Server

RETAILERS: Final = ("northstar", "orbit", "pocket")
OPERATOR: Final = "op_eve_ops"
# How often each thing goes wrong at every backend, all the time.
RATES: Final[Mapping[str, float]] = {
    "decline": 0.04,
    "refer": 0.05,
    "slow": 0.05,
    "error": 0.05,
    "lost_answer": 0.06,
    "malformed": 0.03,
    "refuse": 0.02,
    "unavailable": 0.05,
}
# A killed PostgreSQL must have what it acknowledged on disk, as in production.
DURABLE: Final[Mapping[str, str]] = {"fsync": "on", "synchronous_commit": "on"}


def demo_key(retailer: str) -> str:
    """The demo's secret key of a retailer, which replicas in demo mode know."""
    return f"sk_live_{retailer}_demo-{retailer}_demo-only-secret"


@dataclass(kw_only=True)
class ChaosEnvironment:
    """All processes of one run, below one folder; nothing is left of them after the `with`.

    `flows` is the folder of flow files; `seed` decides whom the stand-ins strike.
    """

    folder: Path
    flows: Path
    seed: int
    size: int = 3
    balancer: Balancer = field(init=False)
    _hands: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.folder.chmod(0o711)  # PostgreSQL may run as another user, below it
        self.database = PostgresServer(self.folder / "postgres", settings=DURABLE)
        self.broker = NatsServer(self.folder / "nats")
        self.sandbox = OwnProcess(
            command="sandbox",
            log=self.folder / "sandbox.log",
            arguments=("--seed", str(self.seed)),
        )
        self.replicas: Sequence[OwnProcess] = [
            OwnProcess(command="serve", log=self.folder / f"replica-{number}.log")
            for number in range(1, self.size + 1)
        ]
        self.balancer = Balancer(replicas=self.replicas)
        self.stand_ins: Sequence[str] = ()

    async def __aenter__(self) -> Self:
        """Start everything, one after the other."""
        try:
            await self._open()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def _open(self) -> None:
        await self.do(self.database.start)
        await self.do(self.broker.start)
        url = self.database.create_database("chaos")
        await migrate(url)
        await self.sandbox.start()
        await self.balancer.open()
        environ = self._environ(url)
        for replica in self.replicas:
            replica.environ = environ
            await replica.start()
        async with httpx.AsyncClient(base_url=self.sandbox.url) as web:
            self.stand_ins = (await web.get("/livez")).json()["stand_ins"]

    async def __aexit__(self, *raised: object) -> None:
        """Kill everything, whatever state it is in."""
        await self.balancer.close()
        for process in (*self.replicas, self.sandbox):
            process.kill()
        with self._hands:  # a start under way ends first, or it would outlive this
            for server in (self.broker, self.database):
                server.discard()

    async def do(self, work: Callable[[], None]) -> None:
        """Have a server start or stop without holding up the customers."""

        def held() -> None:
            with self._hands:
                work()

        await asyncio.to_thread(held)

    @property
    def database_url(self) -> str:
        """Where the replicas keep everything."""
        return self.database.url_of("chaos")

    def _environ(self, database: str) -> Mapping[str, str]:
        return {
            "UNSHACKLED_DEMO": "true",
            "UNSHACKLED_SANDBOX_URL": self.sandbox.url,
            "UNSHACKLED_STORE": database,
            "UNSHACKLED_BROKER": self.broker.url,
            "UNSHACKLED_PUBLIC_URL": self.balancer.url,
            "UNSHACKLED_FLOWS": str(_impatient(self.flows, self.folder / "flows")),
            "UNSHACKLED_LOG_LEVEL": "warning",
            "UNSHACKLED_LATENCY_BUDGET": "2",
            "UNSHACKLED_WAKE_EVERY": "0.5",
            "UNSHACKLED_OPERATORS": json.dumps({"eve": hashlib.sha256(b"ops").hexdigest()}),
        }

    async def trouble(self) -> None:
        """Let everything go wrong now and then at every stand-in, and nothing else."""
        async with httpx.AsyncClient(base_url=self.sandbox.url, timeout=30) as web:
            (await web.delete("/_scenario")).raise_for_status()
            for mode in MODES:
                switch = {"mode": mode, "rate": RATES[mode], "seconds": 0.5}
                (await web.post("/_scenario", json=switch)).raise_for_status()

    async def strike(self, stand_in: str, mode: str, seconds: float) -> None:
        """Let nearly every call to one stand-in go wrong."""
        switch = {"mode": mode, "rate": 0.8, "seconds": seconds}
        async with httpx.AsyncClient(base_url=self.sandbox.url, timeout=30) as web:
            where = f"/_scenario?stand_in={stand_in}"
            (await web.delete(where)).raise_for_status()
            (await web.post(where, json=switch)).raise_for_status()

    async def calm(self) -> None:
        """Let nothing go wrong any more."""
        async with httpx.AsyncClient(base_url=self.sandbox.url, timeout=30) as web:
            (await web.delete("/_scenario")).raise_for_status()

    async def ledger(self) -> Sequence[dict[str, object]]:
        """What the backends recorded."""
        async with httpx.AsyncClient(base_url=self.sandbox.url, timeout=60) as web:
            found: list[dict[str, object]] = (await web.get("/_ledger")).json()["ledger"]
            return found

    @property
    def durability(self) -> Mapping[str, str]:
        """The settings of PostgreSQL that decide what survives."""
        return DURABLE

    @property
    def servers(self) -> Mapping[str, Server]:
        """What is not ours, by what it is to us."""
        return {"database": self.database, "broker": self.broker}


def _impatient(flows: Path, to: Path) -> Path:
    """A copy of the flows with every patience of seconds with a backend cut to two."""
    copy = Path(shutil.copytree(flows, to))
    for path in copy.rglob("*.yaml"):
        path.write_text(re.sub(r"timeout: \d+s", "timeout: 2s", path.read_text()))
    return copy
