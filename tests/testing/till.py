"""A small adapter with its stand-in, which can be broken in many ways."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from unshackled import sdk
from unshackled.adapter_registry import AdapterRegistry
from unshackled.errors import ProviderError
from unshackled.outbound import anyone
from unshackled.sdk import (
    Absent,
    Adapter,
    Call,
    Declined,
    Field,
    Found,
    HttpClient,
    InDoubt,
    NotSent,
    Outcome,
    Passed,
    SecretStr,
    Undo,
    Undone,
    idempotent,
)
from unshackled.sdk.answers import not_undone, read
from unshackled.sdk.envelope import coded
from unshackled.sdk.ports import ReserveStock, StockReserved
from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest

LAG = timedelta(minutes=1)


class Settings(sdk.Settings):
    """How to reach the till."""

    key: SecretStr = Field(description="Key of the till.")


class Till:
    """A stock backend of a few lines, broken in the way its flaw says."""

    def __init__(self, settings: Settings, http: HttpClient, flaw: str = "") -> None:
        self.key, self.http, self.flaw = settings.key.get_secret_value(), http, flaw

    def headers(self, call: Call) -> dict[str, str]:
        key = secrets.token_hex(13) if self.flaw == "a new key each time" else call.reference
        if self.flaw == "keeps its reference to itself":
            key = hashlib.sha256(key.encode()).hexdigest()
        return {"Authorization": f"Bearer {self.key}", "Idempotency-Key": key}

    @property
    def expected(self) -> tuple[int, ...]:
        refusals = (401, 403, 451) if self.flaw == "a refusal is a decline" else ()
        return (409, 500, *refusals)

    async def reserve(self, request: ReserveStock, call: Call) -> Outcome[StockReserved]:
        self._tell()
        if self.flaw == "a second try that is declined" and call.attempt > 1:
            return Declined(code="out_of_stock")
        try:
            told = await self.http.request(
                "POST", "/holds", json={}, headers=self.headers(call), expect=self.expected
            )
        except ProviderError as error:
            if self.flaw == "tells its key":
                raise type(error)(f"{error} with key {self.key}", **_code(error)) from error
            if self.flaw == "a doubt was not sent":
                raise NotSent("till: surely not") from None
            if self.flaw == "what was not sent is a doubt":
                raise InDoubt("till: who knows") from None
            raise
        if told.status == 500 and self.flaw != "a failure is a decline":
            raise InDoubt("till: status 500")
        if told.status >= 400:
            wrong = self.flaw == "a word of its own"
            return Declined(code="no_luck" if wrong else "out_of_stock")
        if self.flaw == "believes anything":
            return Passed(output=StockReserved(reservation="H1"))
        return Passed(output=StockReserved(reservation=read(told, _hold)))

    def _tell(self) -> None:
        """What a careless adapter says on the side."""
        if self.flaw == "logs its key":
            logging.getLogger("till").info("reserving with %s", self.key)
        if self.flaw == "prints its key":
            print(self.key)  # noqa: T201
        if self.flaw == "traces its key":
            tracer: Any = self.http._observer._tracer  # noqa: SLF001
            tracer.start_span("reserve", attributes={"key": self.key}).end()

    async def release(self, request: Undo[StockReserved], call: Call) -> Undone:
        if self.flaw == "undoes by its number only":
            assert request.output is not None
        expect = () if self.flaw == "an unknown undo fails" else (404,)
        path = f"/holds/{request.reference}/release"
        told = await self.http.request(
            "POST", path, headers=self.headers(call), expect=(*expect, 409)
        )
        if told.status == 409:
            await self._check_released(request.reference, call)
            return None
        if told.status == 200 and self.flaw != "takes any answer for an undo":
            read(told, lambda data: data["released"])
        return Absent() if told.status == 404 else None

    async def _check_released(self, reference: str, call: Call) -> None:
        """Raise where what cannot be released was not released before."""
        path = f"/holds/{reference}"
        told = await self.http.request("GET", path, headers=self.headers(call))
        if read(told, lambda data: data["released"]):
            return
        if self.flaw == "a second try that is refused failed":
            raise sdk.Refused("till: cannot be released", code="held")
        raise not_undone(self.http, call, "held", lag=LAG)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        path = f"/holds/{call.reference}"
        told = await self.http.request("GET", path, headers=self.headers(call), expect=(404,))
        if told.status == 404 or self.flaw == "sees nothing":
            early = call.send_by is not None and self.http.clock.now() < call.send_by + LAG
            if early and self.flaw == "finds nothing at once":
                raise InDoubt("till: too early")
            return Absent()
        if self.flaw == "takes any answer for nothing" and b"hold" not in told.body:
            return Absent()
        return Passed(output=StockReserved(reservation=read(told, _hold)))


def _hold(data: Any) -> str:
    if not isinstance(data["hold"], str):
        raise TypeError("hold")
    return data["hold"]


def _code(error: ProviderError) -> dict[str, Any]:
    return {"code": error.code} if isinstance(error, sdk.Refused) else {}


class Blurred(Till):
    """Its look-up is no coroutine."""

    look_up = None  # type: ignore[assignment]


class Undescribed(Settings):
    """A setting without a word."""

    colour: str = "red"


def make() -> StandIn:
    """The till's backend: holds by the caller's reference."""
    stand_in = StandIn(name="till")
    rest, holds = Rest(stand_in=stand_in), dict[str, bool]()

    def hold(asked: StandInRequest) -> Any:
        if asked.mode == "decline":
            raise StandInError(409, "none_left")
        holds[asked.key] = True
        stand_in.record("stock.reserve", asked.key)
        return answer({"hold": f"H{len(holds)}"}, 201)

    def known(asked: StandInRequest) -> str:
        if asked.params["reference"] not in holds:
            raise StandInError(404, "unknown")
        return asked.params["reference"]

    def release(asked: StandInRequest) -> Any:
        if not holds[known(asked)]:
            raise StandInError(409, "not_held")
        holds[known(asked)] = False
        stand_in.record("stock.release", known(asked))
        return answer({"released": True})

    def show(asked: StandInRequest) -> Any:
        return answer({"hold": known(asked), "released": not holds[known(asked)]})

    rest.effect("/holds", "stock.reserve")(hold)
    rest.post("/holds/{reference}/release", "stock.release")(release)
    rest.get("/holds/{reference}", "stock.look_up")(show)
    return stand_in


class OneTill(AdapterRegistry):
    """A shelf with one adapter, made by hand."""

    adapter: Adapter
    place: Path | None = None

    def load(self, name: str) -> Adapter:
        return self.adapter

    def folder(self, name: str) -> Path | None:
        return self.place

    def stand_in(self, name: str) -> StandIn:
        return make()


def shelf_with(flaw: str = "", place: Path | None = None, **declared: Any) -> OneTill:
    """The till with a flaw, a folder and other declarations; `""` has no flaw."""

    def connect(settings: Settings, http: HttpClient) -> Till:
        kind = Blurred if flaw == "a look-up that cannot be awaited" else Till
        return kind(settings, http, flaw)

    adapter = Adapter(
        title="Till",
        settings=Undescribed if flaw == "a setting without a word" else Settings,
        connect=connect,
        ports={"stock": lambda client: client},
        without=frozenset({"stock.availability"}),
        owns=anyone if flaw == "believes everybody" else coded,
        doubt={} if flaw == "no way out of doubt" else {"stock.reserve": idempotent()},
    )
    made = dataclasses.replace(adapter, **declared)
    return OneTill(modules={"till": "till"}, adapter=made, place=place)
