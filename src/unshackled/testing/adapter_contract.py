"""The promises every adapter keeps, as a suite that runs against its stand-in.

    class TestAcme(AdapterContract):
        adapter = "acme"
        settings = {"key": "demo"}

Needs pytest with asyncio mode `auto`.
"""

from __future__ import annotations

import dataclasses
import inspect
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

import pytest
from pydantic import SecretStr

from unshackled.outbound import HttpClient
from unshackled.ports import CAPABILITIES, operations
from unshackled.ports.operation import Operation
from unshackled.sdk import (
    Absent,
    Adapter,
    BadSignature,
    Call,
    Declined,
    InDoubt,
    NotSent,
    Passed,
    Pending,
    RawCallback,
    Redirect,
    Refused,
)
from unshackled.sdk.standin import Mode, StandIn
from unshackled.shelf import Shelf, find
from unshackled.testing.bench import BASE_URL, Bench, Callback
from unshackled.testing.samples import personal_words

CODES: Final = frozenset(
    {
        "address_not_found",
        "agreement_not_found",
        "agreement_settled",
        "authentication_failed",
        "card_declined",
        "credit_declined",
        "declined",
        "device_blocked",
        "identity_not_matched",
        "identity_not_verified",
        "insufficient_funds",
        "invalid_bank_account",
        "not_deliverable",
        "out_of_stock",
        "sanctions_hit",
        "signature_refused",
        "sim_swapped",
    }
)
CURRENCIES: Final = ("GBP", "JPY", "KWD")
SECRET_NAMES: Final = ("key", "password", "secret", "token")
UNKNOWN: Final = "A" * 26


class AdapterContract:
    """Subclass it with the adapter's name and settings; override what its stand-in needs."""

    adapter: ClassVar[str]
    settings: ClassVar[Mapping[str, object]] = {}
    shelf: ClassVar[Shelf] = find()
    bench_type: ClassVar[type[Bench]] = Bench

    def stand_in(self) -> StandIn:
        """A fresh stand-in."""
        return self.shelf.stand_in(self.adapter)

    def bench(self, *, http: HttpClient | None = None, currency: str = "GBP") -> Bench:
        """The adapter over a fresh stand-in."""
        adapter = self._adapter()
        settings = adapter.settings.model_validate({"base_url": BASE_URL, **self.settings})
        return self.bench_type(
            adapter=adapter,
            stand_in=self.stand_in(),
            settings=settings,
            http=http,
            currency=currency,
        )

    def benches(self, *, effects: bool = False) -> Iterator[tuple[Bench, Operation]]:
        """A fresh bench for each operation, or for each effect."""
        offered = self.bench()
        for operation in offered.effects if effects else offered.operations:
            yield self.bench(), operation

    async def decline(self, bench: Bench, operation: Operation) -> Any:
        """Make a call that the backend declines."""
        request = await bench.prepare(operation)
        bench.stand_in.play("decline", operation.key)
        return await bench.run(operation, request=request)

    def _adapter(self) -> Adapter:
        return self.shelf.load(self.adapter)

    # What it is made of

    def test_it_offers_whole_capabilities(self) -> None:
        """Each capability has every operation, undo and look-up, but what it is `without`."""
        for capability, port in self.bench().ports.items():
            protocol = CAPABILITIES[capability]
            wanted = _offered(self._adapter(), capability)
            wanted |= {"look_up"} if hasattr(protocol, "look_up") else set()
            missing = {
                name
                for name in wanted
                if not inspect.iscoroutinefunction(getattr(port, name, None))
            }
            assert not missing, capability

    def test_it_declares_a_way_out_of_doubt_for_each_effect(self) -> None:
        """`doubt` has the effects that are offered, and nothing else."""
        effects = {operation.key for operation in self.bench().effects}
        assert set(self._adapter().doubt) == effects

    def test_its_settings_say_what_they_are(self) -> None:
        """Every setting has a description, and secrets are `SecretStr`."""
        for name, field in self._adapter().settings.model_fields.items():
            assert field.description, name
            if any(name.endswith(secret) for secret in SECRET_NAMES):
                assert field.annotation is SecretStr, name

    # The three kinds of outcome

    async def test_every_operation_passes(self) -> None:
        """A good request passes with the declared output; an effect is done once, as ours."""
        for bench, operation in self.benches():
            outcome = await bench.run(operation)
            assert isinstance(outcome, Passed), operation.key
            assert isinstance(outcome.output, operation.output), operation.key
            if operation.effect:
                assert bench.done(operation, bench.made[operation.key].call) == 1, operation.key

    async def test_what_can_be_declined_is_a_value(self) -> None:
        """A business no is `Declined` with a code of the shared vocabulary, and nothing is done."""
        for bench, operation in self.benches():
            if not operation.declinable:
                continue
            outcome = await self.decline(bench, operation)
            assert isinstance(outcome, Declined), operation.key
            assert outcome.code in CODES, operation.key
            assert bench.done(operation, bench.made[operation.key].call) == 0, operation.key

    async def test_a_decline_is_found_again(self) -> None:
        """Looking up a declined effect tells the decline, or that nothing was done."""
        for bench, operation in self.benches(effects=True):
            if operation.declinable and self._adapter().doubt[operation.key].lookup:
                await self.decline(bench, operation)
                found = await bench.look_up(operation, bench.made[operation.key].call)
                assert isinstance(found, Declined | Absent), operation.key

    # Failures

    async def test_an_unreachable_backend_did_nothing(self) -> None:
        """A refused connection is `NotSent`."""
        for operation in self.bench().operations:
            prepared = self.bench()
            request, call = await prepared.prepare(operation), prepared.call(operation)
            http = HttpClient("bench", f"http://127.0.0.1:{_closed_port()}")
            try:
                with _raises(NotSent, operation):
                    await self.bench(http=http).send(operation, request, call)
            finally:
                await http.aclose()

    @pytest.mark.parametrize(
        ("mode", "error"),
        [
            ("unavailable", NotSent),
            ("refuse", Refused),
            ("error", InDoubt),
            ("malformed", InDoubt),
            ("lost_answer", InDoubt),
        ],
    )
    async def test_failures_are_told_apart(self, mode: Mode, error: type[Exception]) -> None:
        """429 is `NotSent`, another 4xx `Refused`; 5xx, garbled and lost answers are `InDoubt`."""
        for bench, operation in self.benches():
            request = await bench.prepare(operation)
            call = bench.call(operation)
            bench.stand_in.play(mode, operation.key)
            with _raises(error, operation):
                await bench.send(operation, request, call)
            if error is not InDoubt:
                assert bench.done(operation, call) == 0, operation.key

    async def test_undoing_fails_as_calls_do(self) -> None:
        """An undo that meets 429 is `NotSent`, one that meets 5xx or a lost answer `InDoubt`."""
        modes: tuple[tuple[Mode, type[Exception]], ...] = (
            ("unavailable", NotSent),
            ("error", InDoubt),
            ("lost_answer", InDoubt),
        )
        for mode, error in modes:
            for bench, operation in self.benches(effects=True):
                if operation.undo:
                    await bench.run(operation)
                    bench.stand_in.play(mode, f"{operation.capability}.{operation.undo}")
                    with _raises(error, operation):
                        await bench.undo(operation, bench.made[operation.key])

    async def test_errors_tell_no_secrets(self) -> None:
        """No error text, at any depth, has personal data or a secret setting."""
        modes: tuple[Mode, ...] = ("unavailable", "refuse", "error", "malformed", "lost_answer")
        for mode in modes:
            for bench, operation in self.benches():
                hidden = personal_words() | _secrets(bench.settings)
                request = await bench.prepare(operation)
                bench.stand_in.play(mode, operation.key)
                with pytest.raises((NotSent, Refused, InDoubt)) as caught:
                    await bench.send(operation, request, bench.call(operation))
                told = _chain(caught.value)
                assert not [word for word in hidden if word in told], operation.key

    # Doubt

    async def test_a_lost_answer_is_found_by_our_reference(self) -> None:
        """After a lost answer the look-up finds the effect; before the call it is absent."""
        for bench, operation in self.benches(effects=True):
            if not self._adapter().doubt[operation.key].lookup:
                continue
            call = await self._lose(bench, operation, absent=True)
            found = await bench.look_up(operation, call)
            if isinstance(found, Pending | Redirect):
                found = await bench.finish(operation, call, found)
            assert isinstance(found, Passed), operation.key
            assert isinstance(found.output, operation.output), operation.key
            assert bench.done(operation, call) == 1, operation.key

    async def test_sending_again_does_nothing_twice(self) -> None:
        """Where the backend honours our key, a resend answers the first outcome."""
        for bench, operation in self.benches(effects=True):
            if self._adapter().doubt[operation.key].key_lifetime is None:
                continue
            request = await bench.prepare(operation)
            call = await self._lose(bench, operation, request=request)
            await bench.run(operation, call=call, request=request)
            again = await bench.run(operation, call=call, request=request)
            assert isinstance(again, Passed), operation.key
            assert bench.done(operation, call) == 1, operation.key

    async def _lose(
        self, bench: Bench, operation: Operation, *, request: Any = None, absent: bool = False
    ) -> Call:
        request = request or await bench.prepare(operation)
        call = bench.call(operation)
        if absent:
            found = await bench.look_up(operation, call)
            assert isinstance(found, Absent), operation.key
        bench.stand_in.play("lost_answer", operation.key, times=1)
        with _raises(InDoubt, operation):
            await bench.send(operation, request, call)
        return call

    # Undo

    async def test_undoing_twice_is_undoing_once(self) -> None:
        """An undo may be repeated; the second one, by the reference alone, changes nothing."""
        for bench, operation in self.benches(effects=True):
            if operation.undo:
                await bench.run(operation)
                made = bench.made[operation.key]
                await bench.undo(operation, made)
                await bench.undo(operation, made, known=False)
                assert self._undone(bench, operation) == [made.call.reference], operation.key

    async def test_undoing_needs_the_reference_alone(self) -> None:
        """An effect whose answer was lost can be undone, without its output or handle."""
        for bench, operation in self.benches(effects=True):
            if operation.undo:
                await bench.run(operation)
                made = bench.made[operation.key]
                await bench.undo(operation, made, known=False)
                assert self._undone(bench, operation) == [made.call.reference], operation.key

    async def test_undoing_what_never_happened_is_done(self) -> None:
        """An undo of an unknown reference succeeds and does nothing."""
        for bench, operation in self.benches(effects=True):
            if operation.undo:
                await bench.undo_by(operation, UNKNOWN)
                assert self._undone(bench, operation) == [], operation.key

    def _undone(self, bench: Bench, operation: Operation) -> list[str]:
        undo = f"{operation.capability}.{operation.undo}"
        return [entry["reference"] for entry in bench.stand_in.done(undo)]

    # Money

    async def test_money_arrives_as_it_was_sent(self) -> None:
        """Minor units are the same on the far side, whether a currency has 0, 2 or 3 decimals."""
        offered = self.bench().effects
        for operation in offered:
            seen = []
            for currency in CURRENCIES:
                bench = self.bench(currency=currency)
                outcome = await bench.run(operation)
                call = bench.made[operation.key].call
                ledger = bench.stand_in.done(operation.key, call.reference)[0]
                assert ledger.get("currency", currency) == currency, operation.key
                seen.append((ledger.get("amount"), getattr(outcome.output, "amount", None)))
            assert seen == seen[:1] * len(CURRENCIES), operation.key

    # Callbacks

    async def test_only_signed_callbacks_count(self) -> None:
        """A callback with a good signature is a notice of our reference; any other is refused."""
        if self._adapter().callback is None:
            return
        sent = 0
        for bench, operation in self.benches(effects=True):
            await self.run_with_callback(bench, operation)
            await bench.stand_in.settle()
            for callback in bench.callbacks:
                sent += 1
                self._check_callback(bench, callback, bench.made[operation.key].call)
        assert sent, "no effect of the stand-in led to a callback"

    async def run_with_callback(self, bench: Bench, operation: Operation) -> None:
        """Make a call whose outcome comes by callback, if the operation has such."""
        await bench.run(operation)

    def _check_callback(self, bench: Bench, callback: Callback, call: Call) -> None:
        receive = self._adapter().callback
        assert receive is not None
        raw = RawCallback(
            body=callback.body, headers=callback.headers, received_at=datetime.now(UTC)
        )
        notices = receive(bench.settings, raw)
        assert call.reference in {notice.reference for notice in notices}
        bad = (
            dataclasses.replace(raw, body=raw.body + b" "),
            dataclasses.replace(raw, headers={}),
            dataclasses.replace(raw, received_at=raw.received_at + timedelta(days=1)),
        )
        for wrong in bad:
            with pytest.raises(BadSignature):
                receive(bench.settings, wrong)


def _offered(adapter: Adapter, capability: str) -> set[str]:
    known = operations(capability, CAPABILITIES[capability])
    offered = {name: one for name, one in known.items() if adapter.offers(one.key)}
    missing = {one.undo for name, one in known.items() if name not in offered and one.undo}
    return {*offered} - missing


@contextmanager
def _raises(error: type[Exception], operation: Operation) -> Iterator[None]:
    try:
        yield
    except error:
        return
    except Exception as other:
        raise AssertionError(f"{operation.key}: {other!r} instead of {error.__name__}") from other
    raise AssertionError(f"{operation.key}: answered instead of {error.__name__}")


def _closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def _secrets(settings: Any) -> set[str]:
    values = (getattr(settings, name) for name in type(settings).model_fields)
    return {value.get_secret_value() for value in values if isinstance(value, SecretStr)}


def _chain(error: BaseException | None) -> str:
    """Every text of an error and of those it hangs on, as a log would show them."""
    texts = []
    while error is not None:
        texts.append(f"{error!s} {error!r}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(texts)
