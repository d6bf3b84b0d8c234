"""Everything that runs during a drill: the service, the old backends, and the new one."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import httpx

from unshackled.proving.own_processes import OwnProcess

Json = Any
RETAILER: Final = "northstar"
ROUTE: Final = "shop"
OLD: Final = "legacy-shop"
NEW: Final = "tmf"
# The adapters behind them, which name their stand-ins.
OLD_ADAPTER: Final = "legacy_shop"
NEW_ADAPTER: Final = "tmf"
FLOWS: Final = Path(__file__).parent / "flows"
OPERATOR: Final = "op_eve_ops"
# The demo's secret key of the retailer, which a server in demo mode knows.
KEY: Final = f"sk_live_{RETAILER}_demo-{RETAILER}_demo-only-secret"
# A shop system of 2004 thinks before it answers.
OLD_LATENCY_SECONDS: Final = 0.05
# What goes wrong at the new one half way: it errs, and it answers otherwise.
FAULTS: Final[Sequence[Mapping[str, Json]]] = (
    {"mode": "unavailable", "operation": "orders.place", "rate": 0.6},
    {"mode": "lost_answer", "operation": "orders.place", "rate": 0.5},
    {"mode": "error", "operation": "orders.place", "rate": 0.9},
    {"mode": "wrong", "operation": "catalogue.browse", "field": "value"},
)


@dataclass(kw_only=True)
class DrillEnvironment:
    """All processes of one drill, below one folder; nothing is left of them after the `with`."""

    folder: Path
    seed: int
    web: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self.old, self.new = self._backends("old"), self._backends("new")
        self.old.environ = {"LEGACY_SHOP_LATENCY_SECONDS": str(OLD_LATENCY_SECONDS)}
        self.server = OwnProcess(command="serve", log=self.folder / "server.log")
        self.server.environ = self._environ()
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
        self.web = httpx.AsyncClient(base_url=self.server.url, timeout=30, limits=limits)

    def _backends(self, name: str) -> OwnProcess:
        arguments = ("--seed", str(self.seed))
        return OwnProcess(command="sandbox", log=self.folder / f"{name}.log", arguments=arguments)

    def _environ(self) -> Mapping[str, str]:
        return {
            "UNSHACKLED_DEMO": "true",
            "UNSHACKLED_SANDBOX_URL": self.old.url,
            "NORTHSTAR_TMF_URL": f"{self.new.url}/{NEW_ADAPTER}",
            "UNSHACKLED_STORE": f"sqlite:///{self.folder / 'drill.db'}",
            "UNSHACKLED_FLOWS": str(FLOWS),
            "UNSHACKLED_LOG_LEVEL": "warning",
            "UNSHACKLED_LATENCY_BUDGET": "4",
            "UNSHACKLED_WAKE_EVERY": "0.5",
            "UNSHACKLED_OPERATORS": json.dumps({"eve": hashlib.sha256(b"ops").hexdigest()}),
        }

    async def __aenter__(self) -> Self:
        """Start the processes."""
        try:
            await asyncio.gather(self.old.start(), self.new.start())
            await self.server.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *raised: object) -> None:
        """Kill them, whatever state they are in."""
        await self.web.aclose()
        for process in (self.server, self.new, self.old):
            process.kill()

    # The new backend's health

    async def kill_new(self) -> None:
        """`kill -9`: nobody listens there any more, and nothing it knew is left."""
        await asyncio.to_thread(self.new.kill)

    async def start_new(self) -> None:
        """Start it again, on the same port."""
        await self.new.start()

    async def break_new(self) -> None:
        """Have it fail, and answer wrong."""
        async with httpx.AsyncClient(base_url=self.new.url, timeout=30) as web:
            for fault in FAULTS:
                (await web.post("/_scenario", json=fault)).raise_for_status()

    async def mend_new(self) -> None:
        """Have it do all well again."""
        async with httpx.AsyncClient(base_url=self.new.url, timeout=30) as web:
            (await web.delete("/_scenario")).raise_for_status()

    async def ledger(self) -> list[Json]:
        """What all backends recorded."""
        found: list[Json] = []
        async with httpx.AsyncClient(timeout=60) as web:
            for backend in (self.old, self.new):
                found += (await web.get(f"{backend.url}/_ledger")).json()["ledger"]
        return found

    # What a person on duty does and sees

    async def split(self, percent: float, reason: str) -> None:
        """Give the new backend this share: the one command of a move."""
        await self._ops(
            "POST",
            f"/ops/routes/{RETAILER}/{ROUTE}/split",
            {"shares": {NEW: percent}, "reason": reason},
        )

    async def route(self) -> Json:
        """The route as it is now."""
        items = (await self._ops("GET", f"/ops/routes?retailer={RETAILER}"))["items"]
        return next(one for one in items if one["route"] == ROUTE)

    async def share(self) -> float:
        """The new backend's share in percent."""
        providers = (await self.route())["providers"]
        return float(next(one["share"] for one in providers if one["provider"] == NEW))

    async def parity(self) -> list[Json]:
        """The parity report of the pair, by operation."""
        items = (await self._ops("GET", f"/ops/parity?retailer={RETAILER}&hours=2"))["items"]
        return [one for one in items if one["route"] == ROUTE]

    async def audit(self) -> list[Json]:
        """What the audit log has about the route, oldest first."""
        found = await self._ops("GET", f"/ops/audit?retailer={RETAILER}&subject={ROUTE}&limit=500")
        return list(reversed(found["items"]))

    async def gauge(self) -> float | None:
        """What `/metrics` says about the shadow: 1 where it runs; None where it says nothing."""
        lines = (await self.web.get("/metrics")).text.splitlines()
        samples = [line for line in lines if line.startswith("unshackled_shadow_running{")]
        return float(samples[0].rpartition(" ")[2]) if samples else None

    def log_lines(self, event: str) -> list[str]:
        """The lines of the service's log with this event."""
        lines = (self.folder / "server.log").read_text().splitlines()
        return [line for line in lines if event in line]

    async def _ops(self, method: str, path: str, body: Json = None) -> Json:
        headers = {"Authorization": f"Bearer {OPERATOR}"}
        answer = await self.web.request(method, path, json=body, headers=headers)
        if not answer.is_success:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()
