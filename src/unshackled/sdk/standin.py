"""What stand-in backends are made of: scenario switches, a ledger and signed callbacks.

A stand-in is an ASGI application that behaves like the vendor's backend. `POST /_scenario` sets a
switch, `GET /_ledger` tells what was really done, `DELETE /_scenario` puts everything back.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

Mode = Literal[
    "decline", "refer", "slow", "error", "lost_answer", "malformed", "refuse", "unavailable"
]
MODES: tuple[str, ...] = get_args(Mode)
Handler = Callable[[Request, Mode | None], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A switch: what goes wrong, for which operation (`*`: all), how often, how many times.

    `rate` is a share of calls from 0 to 1; `times` (None: no end) counts down; `seconds` is how
    long `slow` waits.
    """

    mode: Mode
    operation: str = "*"
    rate: float = 1.0
    times: int | None = None
    seconds: float = 1.0


class Cut(Response):
    """An answer that breaks off: the work is done and the caller never learns of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/octet-stream"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": True})


def answer(data: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(
        orjson.dumps(data, default=str), status, headers, media_type="application/json"
    )


@dataclass
class StandIn:
    """One stand-in backend: routes that go through the switches, and the ledger of what was done.

    `decline` and `refer` are left to the handler, which gets the mode; the others happen here.
    `latency` is the seconds each call takes.
    """

    name: str
    latency: float = 0.0
    scenarios: list[Scenario] = field(default_factory=list)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    routes: list[Route] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    jobs: set[asyncio.Task[None]] = field(default_factory=set)

    def route(self, path: str, operation: str, method: str = "POST") -> Callable[[Handler], Handler]:
        """Register a handler `(request, mode) -> Response` for one operation."""

        def register(handler: Handler) -> Handler:
            async def endpoint(request: Request) -> Response:
                return await self._play(operation, handler, request)

            self.routes.append(Route(path, endpoint, methods=[method]))
            return handler

        return register

    async def _play(self, operation: str, handler: Handler, request: Request) -> Response:
        scenario = self.pick(operation)
        mode = scenario.mode if scenario else None
        wait = scenario.seconds if scenario and mode == "slow" else self.latency
        if wait:
            await asyncio.sleep(wait)
        before = {"error": 500, "unavailable": 429, "refuse": 400}.get(mode or "")
        if before:
            return answer({"error": mode}, before)
        response = await handler(request, mode)
        if mode == "lost_answer":
            return Cut()
        if mode == "malformed":
            return Response(b'{"half": ', response.status_code, media_type="application/json")
        return response

    def pick(self, operation: str) -> Scenario | None:
        """The first switch that strikes this call; its `times` counts down."""
        for index, scenario in enumerate(self.scenarios):
            if scenario.operation not in ("*", operation) or self.chance.random() >= scenario.rate:
                continue
            if scenario.times is not None:
                left = asdict(scenario) | {"times": scenario.times - 1}
                self.scenarios[index : index + 1] = [Scenario(**left)] if left["times"] else []
            return scenario
        return None

    def record(self, effect: str, reference: str, **facts: object) -> None:
        """Write down what was really done."""
        self.ledger.append({"effect": effect, "reference": reference, **facts})

    def later(self, job: Awaitable[None]) -> None:
        """Run a job beside the answer, e.g. send a callback."""

        async def run() -> None:
            await job

        task = asyncio.ensure_future(run())
        self.jobs.add(task)
        task.add_done_callback(self.jobs.discard)

    def app(self) -> Starlette:
        """The ASGI application, switches included."""
        switches = [
            Route("/_scenario", self._switch, methods=["POST", "DELETE"]),
            Route("/_ledger", self._tell, methods=["GET"]),
        ]
        return Starlette(routes=[*switches, *self.routes])

    async def _switch(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.scenarios.clear()
            return answer({"scenarios": []})
        wanted = orjson.loads(await request.body())
        if wanted.get("mode") not in MODES:
            return answer({"error": f"mode must be one of {', '.join(MODES)}"}, 422)
        self.scenarios.append(Scenario(**wanted))
        return answer({"scenarios": [asdict(scenario) for scenario in self.scenarios]})

    async def _tell(self, request: Request) -> Response:
        return answer({"name": self.name, "ledger": self.ledger})
