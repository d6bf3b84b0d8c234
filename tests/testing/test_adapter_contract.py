"""The shipped suite passes a good adapter and fails a broken one, whatever is broken."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from unshackled import sdk
from unshackled.errors import ProviderError
from unshackled.sdk import (
    Absent,
    Adapter,
    Call,
    Declined,
    Field,
    Found,
    HttpClient,
    InDoubt,
    Outcome,
    Passed,
    SecretStr,
    Undo,
    idempotent,
)
from unshackled.sdk.ports import ReserveStock, StockReserved
from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Asked, Problem, Rest
from unshackled.shelf import Shelf
from unshackled.testing.adapter_contract import AdapterContract


class Settings(sdk.Settings):
    """How to reach the till."""

    key: SecretStr = Field(description="Key of the till.")


class Till:
    """A stock backend of a few lines, broken in the way its flaw says."""

    def __init__(self, settings: Settings, http: HttpClient, flaw: str = "") -> None:
        self.key, self.http, self.flaw = settings.key.get_secret_value(), http, flaw

    def headers(self, call: Call) -> dict[str, str]:
        key = secrets.token_hex(13) if self.flaw == "a new key each time" else call.reference
        return {"Authorization": f"Bearer {self.key}", "Idempotency-Key": key}

    async def reserve(self, request: ReserveStock, call: Call) -> Outcome[StockReserved]:
        try:
            told = await self.http.request(
                "POST", "/holds", json={}, headers=self.headers(call), expect=(409, 500)
            )
        except ProviderError as error:
            if self.flaw == "tells its key":
                raise type(error)(f"{error} with key {self.key}", **_code(error)) from error
            raise
        if told.status == 500 and self.flaw != "a failure is a decline":
            raise InDoubt("till: status 500")
        if told.status != 201:
            wrong = self.flaw == "a word of its own"
            return Declined(code="no_luck" if wrong else "out_of_stock")
        if self.flaw == "believes anything":
            return Passed(output=StockReserved(reservation="H1"))
        return Passed(output=StockReserved(reservation=told.json()["hold"]))

    async def release(self, request: Undo[StockReserved], call: Call) -> None:
        if self.flaw == "undoes by its number only":
            assert request.output is not None
        expect = () if self.flaw == "an unknown undo fails" else (404,)
        path = f"/holds/{request.reference}/release"
        await self.http.request("POST", path, headers=self.headers(call), expect=expect)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        path = f"/holds/{call.reference}"
        told = await self.http.request("GET", path, headers=self.headers(call), expect=(404,))
        if told.status == 404 or self.flaw == "sees nothing":
            return Absent()
        return Passed(output=StockReserved(reservation=told.json()["hold"]))


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

    def hold(asked: Asked) -> Any:
        if asked.mode == "decline":
            raise Problem(409, "none_left")
        holds[asked.key] = True
        stand_in.record("stock.reserve", asked.key)
        return answer({"hold": f"H{len(holds)}"}, 201)

    def known(asked: Asked) -> str:
        if asked.params["reference"] not in holds:
            raise Problem(404, "unknown")
        return asked.params["reference"]

    def release(asked: Asked) -> Any:
        if holds[known(asked)]:
            holds[known(asked)] = False
            stand_in.record("stock.release", known(asked))
        return answer({})

    rest.effect("/holds", "stock.reserve")(hold)
    rest.post("/holds/{reference}/release", "stock.release")(release)
    rest.get("/holds/{reference}", "stock.look_up")(lambda asked: answer({"hold": known(asked)}))
    return stand_in


@dataclass(frozen=True, kw_only=True)
class OneTill(Shelf):
    """A shelf with one adapter, made by hand."""

    adapter: Adapter

    def load(self, name: str) -> Adapter:
        return self.adapter

    def folder(self, name: str) -> None:
        return None

    def stand_in(self, name: str) -> StandIn:
        return make()


def shelf_with(flaw: str = "") -> OneTill:
    """The till with a flaw; `""` has none."""

    def connect(settings: Settings, http: HttpClient) -> Till:
        kind = Blurred if flaw == "a look-up that cannot be awaited" else Till
        return kind(settings, http, flaw)

    adapter = Adapter(
        title="Till",
        settings=Undescribed if flaw == "a setting without a word" else Settings,
        connect=connect,
        ports={"stock": lambda client: client},
        doubt={} if flaw == "no way out of doubt" else {"stock.reserve": idempotent()},
    )
    return OneTill(modules={"till": "till"}, adapter=adapter)


class TestTill(AdapterContract):
    adapter = "till"
    settings: ClassVar = {"key": "a-secret-key"}
    shelf: ClassVar = shelf_with()


@pytest.mark.parametrize(
    ("flaw", "promise"),
    [
        ("a look-up that cannot be awaited", "test_it_offers_whole_capabilities"),
        ("no way out of doubt", "test_it_declares_a_way_out_of_doubt_for_each_effect"),
        ("a setting without a word", "test_its_settings_say_what_they_are"),
        ("a new key each time", "test_every_operation_passes"),
        ("a word of its own", "test_what_can_be_declined_is_a_value"),
        ("tells its key", "test_errors_tell_no_secrets"),
        ("sees nothing", "test_a_lost_answer_is_found_by_our_reference"),
        ("a new key each time", "test_sending_again_does_nothing_twice"),
        ("undoes by its number only", "test_undoing_needs_the_reference_alone"),
    ],
)
async def test_a_broken_adapter_fails(flaw: str, promise: str) -> None:
    """Each flaw breaks the promise that is about it."""
    with pytest.raises(AssertionError):
        await _keep(flaw, promise)


@pytest.mark.parametrize("flaw", ["a failure is a decline", "believes anything"])
async def test_a_doubt_taken_for_an_outcome_fails(flaw: str) -> None:
    """An adapter that answers where it cannot know is caught."""
    mode = "malformed" if flaw == "believes anything" else "error"
    with pytest.raises(AssertionError, match="answered instead of InDoubt"):
        await _keep(flaw, "test_failures_are_told_apart", mode, InDoubt)


async def test_an_undo_that_is_not_repeatable_fails() -> None:
    """An adapter whose undo of nothing is an error is caught."""
    with pytest.raises(sdk.Refused):
        await _keep("an unknown undo fails", "test_undoing_what_never_happened_is_done")


async def _keep(flaw: str, promise: str, *arguments: object) -> None:
    class Broken(AdapterContract):
        adapter = "till"
        settings: ClassVar = {"key": "a-secret-key"}
        shelf: ClassVar = shelf_with(flaw)

    kept = getattr(Broken(), promise)(*arguments)
    if kept is not None:
        await kept
