"""Calls that get no outcome raise the right one of three errors."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from pydantic import SecretStr

from unshackled.outbound import HttpClient
from unshackled.sdk import InDoubt, NotSent, Refused
from unshackled.sdk.standin import Mode
from unshackled.testing.contract.base import Suite, raises
from unshackled.testing.samples import personal_words


class Failures(Suite):
    """Promises about failures."""

    # Failures

    async def test_an_unreachable_backend_did_nothing(self) -> None:
        """A refused connection is `NotSent`."""
        for operation in self.bench().operations:
            prepared = self.bench()
            request, call = await prepared.prepare(operation), prepared.call(operation)
            http = HttpClient("bench", f"http://127.0.0.1:{closed_port()}")
            try:
                with raises(NotSent, operation):
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
            with raises(error, operation):
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
                    with raises(error, operation):
                        await bench.undo(operation, bench.made[operation.key])

    async def test_errors_tell_no_secrets(self) -> None:
        """No error text, at any depth, has personal data or a secret setting."""
        modes: tuple[Mode, ...] = ("unavailable", "refuse", "error", "malformed", "lost_answer")
        for mode in modes:
            for bench, operation in self.benches():
                hidden = personal_words() | secrets_of(bench.settings)
                request = await bench.prepare(operation)
                bench.stand_in.play(mode, operation.key)
                with pytest.raises((NotSent, Refused, InDoubt)) as caught:
                    await bench.send(operation, request, bench.call(operation))
                told = whole_text(caught.value)
                assert not [word for word in hidden if word in told], operation.key


def closed_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def secrets_of(settings: Any) -> set[str]:
    """The plain values of the secret settings."""
    values = (getattr(settings, name) for name in type(settings).model_fields)
    return {value.get_secret_value() for value in values if isinstance(value, SecretStr)}


def whole_text(error: BaseException | None) -> str:
    """Every text of an error and of those it hangs on, as a log would show them."""
    texts = []
    while error is not None:
        texts.append(f"{error!s} {error!r}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(texts)
