"""What stand-in backends are made of: scenario switches, a ledger and signed callbacks.

A stand-in is an ASGI application that behaves like the vendor's backend. `POST /_scenario` sets a
switch, `DELETE /_scenario` clears them all, `GET /_ledger` tells what was really done, `GET /_book`
what money went from whom to whom by the backend's own books.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from unshackled.sdk.post import Deliver, deliver
from unshackled.sdk.signature import HEADER, sign

Trouble = Literal[
    "decline", "refer", "slow", "error", "lost_answer", "malformed", "refuse", "unavailable"
]
Mode = Literal[Trouble, "wrong"]
# What can be lived through. A wrong answer looks right: only comparing it with another one tells.
MODES: tuple[str, ...] = get_args(Trouble)
Handler = Callable[[Request, Mode | None], Awaitable[Response]]
Naming = Callable[[Request], Awaitable[str]]
# In the ASGI scope: which switch struck the call, for those who listen in.
STRUCK = "unshackled.struck"
# In the ASGI scope: which operation the call was served as.
OPERATION = "unshackled.operation"
_BEFORE: dict[Mode | None, int] = {"error": 500, "unavailable": 429, "refuse": 400}


class Scenario(BaseModel):
    """A switch: what goes wrong, for which operation (`*`: all), how often, how many times.

    `decline` and `refer` are business answers; `slow` waits `seconds` first; `error` (500),
    `unavailable` (429) and `refuse` (400) do nothing; `lost_answer` and `malformed` do the work
    and then break off or garble the answer. `wrong` does the work and answers numbers that are one
    higher, in JSON: those of `field`, or all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode
    operation: str = "*"
    rate: float = Field(default=1.0, ge=0, le=1, description="Share of the calls it strikes.")
    times: int | None = Field(default=None, ge=1, description="How many calls; no end if absent.")
    seconds: float = Field(default=1.0, ge=0, le=600, description="How long `slow` waits.")
    status: int | None = Field(default=None, ge=400, le=499, description="What `refuse` answers.")
    field: str | None = Field(default=None, description="Which numbers `wrong` changes.")


class Cut(Response):
    """An answer that breaks off: the work is done and the caller never learns of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/octet-stream"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": True})


def answer(data: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(data, default=str), status, headers, media_type="application/json")


def plain_refusal(status: int) -> Response:
    """An error in the plainest form, `unshackled.sdk.envelope.coded`."""
    return answer({"error": {"code": "played"}}, status)


def one_higher(data: Any, field: str | None) -> Any:
    """JSON with its numbers one higher: those named `field`, wherever they are, or all."""
    if isinstance(data, dict):
        return {
            name: value + 1
            if type(value) in (int, float) and field in (None, name)
            else one_higher(value, field)
            for name, value in data.items()
        }
    if isinstance(data, list):
        return [one_higher(item, field) for item in data]
    return data


def problem(errors: ValidationError) -> Response:
    """The answer 422 naming each wrong field and what is allowed."""
    wrong = [
        {"field": ".".join(map(str, error["loc"])), "error": error["msg"]}
        for error in errors.errors(include_url=False, include_input=False)
    ]
    return answer({"error": "invalid", "fields": wrong}, 422)


@dataclass
class StandIn:
    """One stand-in backend: routes that go through the switches, and the ledger of what was done.

    `decline` and `refer` are left to the handler, which gets the mode; the others happen here.
    `latency` is the seconds each call takes. `refusal` words an error of a status as the vendor
    does. `deliver` sends callbacks: a test may hand in its own.
    """

    name: str
    latency: float = 0.0
    scenarios: list[Scenario] = field(default_factory=list)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    book: list[dict[str, Any]] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    routes: list[Route] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    jobs: set[asyncio.Task[None]] = field(default_factory=set)
    deliver: Deliver = deliver
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    refusal: Callable[[int], Response] = plain_refusal

    def route(
        self, path: str, operation: str | Naming, method: str = "POST"
    ) -> Callable[[Handler], Handler]:
        """Register a handler `(request, mode) -> Response` for one operation.

        Where one path serves many operations, `operation` reads its name off the request.
        """

        def register(handler: Handler) -> Handler:
            async def endpoint(request: Request) -> Response:
                name = operation if isinstance(operation, str) else await operation(request)
                return await self._play(name, handler, request)

            self.routes.append(Route(path, endpoint, methods=[method]))
            return handler

        return register

    async def _play(self, operation: str, handler: Handler, request: Request) -> Response:
        request.scope[OPERATION] = operation
        scenario = self.pick(operation)
        mode = scenario.mode if scenario else None
        request.scope[STRUCK] = mode
        wait = scenario.seconds if scenario and mode == "slow" else self.latency
        if wait:
            await asyncio.sleep(wait)
        if scenario is not None and mode in _BEFORE:
            return self.refusal(scenario.status or _BEFORE[mode])
        response = await handler(request, mode)
        if mode == "lost_answer":
            return Cut()
        if scenario is not None and mode == "wrong" and "json" in (response.media_type or ""):
            response.body = orjson.dumps(one_higher(orjson.loads(response.body), scenario.field))
            response.headers["content-length"] = str(len(response.body))
        if mode == "malformed":
            return Response(b'{"half": ', response.status_code, media_type="application/json")
        return response

    def pick(self, operation: str) -> Scenario | None:
        """The first switch that strikes this call; its `times` counts down."""
        for index, scenario in enumerate(self.scenarios):
            if scenario.operation not in ("*", operation) or self.chance.random() >= scenario.rate:
                continue
            if scenario.times is not None:
                left = scenario.model_copy(update={"times": scenario.times - 1})
                self.scenarios[index : index + 1] = [left] if left.times else []
            return scenario
        return None

    def play(self, mode: Mode, operation: str = "*", **how: Any) -> None:
        """Set a switch from Python, as `POST /_scenario` does."""
        self.scenarios.append(Scenario(mode=mode, operation=operation, **how))

    def record(self, effect: str, reference: str, **facts: object) -> None:
        """Write down what was really done."""
        self.ledger.append({"effect": effect, "reference": reference, **facts})

    def move(
        self, what: str, reference: str, amount: int, currency: str, *, sender: str, receiver: str
    ) -> None:
        """Write into the book what went from whom to whom, in minor units; nothing for 0.

        The parties are `customer`, `retailer`, `lender`, `payment`, `recycler` and `telco`.
        """
        if amount:
            entry = {"at": self.now().isoformat(), "what": what, "reference": reference}
            parties = {"sender": sender, "receiver": receiver}
            self.book.append({**entry, **parties, "amount": amount, "currency": currency})

    def moved(self, sender: str, receiver: str) -> int:
        """What went from one to the other in all, less what came back the same way."""
        ways = {(sender, receiver): 1, (receiver, sender): -1}
        return sum(
            one["amount"] * ways.get((one["sender"], one["receiver"]), 0) for one in self.book
        )

    def done(self, effect: str, reference: str | None = None) -> list[dict[str, Any]]:
        """The ledger's entries of one effect, of one reference if given."""
        return [
            entry
            for entry in self.ledger
            if entry["effect"] == effect and reference in (None, entry["reference"])
        ]

    def send_callback(self, url: str, body: object, secret: SecretStr) -> None:
        """Send a signed JSON callback beside the answer; tried again while it is not taken."""
        raw = orjson.dumps(body, default=str)
        headers = {HEADER: sign(secret, raw, self.now()), "Content-Type": "application/json"}
        self.later(self.deliver(url, raw, headers))

    def later(self, job: Awaitable[None]) -> None:
        """Run a job beside the answer, e.g. send a callback."""

        async def run() -> None:
            await job

        # A context of its own: the deadline of the call that caused it must not end it.
        task = asyncio.get_running_loop().create_task(run(), context=Context())
        self.jobs.add(task)
        task.add_done_callback(self.jobs.discard)

    async def settle(self) -> None:
        """Wait until every job beside the answers is done."""
        while self.jobs:
            await asyncio.gather(*self.jobs)

    def app(self) -> Starlette:
        """The ASGI application, switches included."""
        switches = [
            Route("/_scenario", self._switch, methods=["POST", "DELETE"]),
            Route("/_ledger", self._tell, methods=["GET"]),
            Route("/_book", self._tell_book, methods=["GET"]),
        ]
        return Starlette(routes=[*switches, *self.routes])

    async def _switch(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.scenarios.clear()
            return answer({"scenarios": []})
        try:
            self.scenarios.append(Scenario.model_validate_json(await request.body()))
        except ValidationError as errors:
            return problem(errors)
        return answer({"scenarios": [scenario.model_dump() for scenario in self.scenarios]})

    async def _tell(self, request: Request) -> Response:
        return answer({"name": self.name, "ledger": self.ledger})

    async def _tell_book(self, request: Request) -> Response:
        return answer({"name": self.name, "book": self.book})
