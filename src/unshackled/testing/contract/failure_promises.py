"""Calls that get no outcome raise the right one of three errors."""

from __future__ import annotations

import asyncio
import socket
from datetime import timedelta
from functools import partial
from typing import Final

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from unshackled.outbound import Deadline, HttpClient, until
from unshackled.sdk import InDoubt, NotSent, Refused
from unshackled.sdk.standin import STRUCK, Mode
from unshackled.system_clock import SystemClock
from unshackled.testing.contract.base import Suite, raises

PATIENCE_SECONDS: Final = 0.3


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
                        await bench.undo(operation, bench.history[operation.key])

    @pytest.mark.parametrize("status", [401, 403, 451])
    async def test_a_refused_call_is_no_decline(self, status: int) -> None:
        """A key that is wrong or not allowed is our mistake, not the customer's: `Refused`."""
        for bench, operation in self.benches():
            request = await bench.prepare(operation)
            call = bench.call(operation)
            bench.stand_in.play("refuse", operation.key, status=status)
            with raises(Refused, operation):
                await bench.send(operation, request, call)
            assert bench.done(operation, call) == 0, operation.key

    @pytest.mark.parametrize("how", ["half", "broken off"])
    async def test_a_truncated_answer_is_in_doubt(self, how: str) -> None:
        """Half of a good answer, whole by its headers or not, says nothing of what was done."""
        for operation in self.bench().operations:
            bench = self.bench(through=partial(cutting, how=how))
            request = await bench.prepare(operation)
            call = bench.call(operation)
            bench.stand_in.play("slow", operation.key, seconds=0)
            try:
                outcome = await bench.send(operation, request, call)
            except InDoubt:
                continue
            struck = [one for one in bench.tape.exchanges if one.struck]
            assert not any(one.answer_body for one in struck), f"{operation.key}: {outcome!r}"

    async def test_an_answer_that_comes_too_late_is_in_doubt(self) -> None:
        """The work is done and nobody heard of it: never `NotSent`."""
        for operation in self.bench().operations:
            bench = self.bench(through=dawdling)
            request = await bench.prepare(operation)
            call = bench.call(operation)
            bench.stand_in.play("slow", operation.key, seconds=0)
            end = Deadline.after(timedelta(seconds=PATIENCE_SECONDS), SystemClock())
            with raises(InDoubt, operation), until(end):
                await bench.send(operation, request, call)
            assert bench.done(operation, call) <= 1, operation.key

    async def test_a_backend_that_is_another_did_nothing(self) -> None:
        """A server that does not speak TLS is `NotSent`."""
        server = await asyncio.start_server(_garbage, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            for operation in self.bench().operations:
                prepared = self.bench()
                request, call = await prepared.prepare(operation), prepared.call(operation)
                http = HttpClient("bench", f"https://127.0.0.1:{port}")
                try:
                    with raises(NotSent, operation):
                        await self.bench(http=http).send(operation, request, call)
                finally:
                    await http.aclose()
        finally:
            server.close()


def cutting(app: ASGIApp, how: str) -> ASGIApp:
    """The application, its answers cut in half where a switch struck."""

    async def cut(scope: Scope, receive: Receive, send: Send) -> None:
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await app(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in kept)
        if not scope.get(STRUCK) or not body:
            for message in kept:
                await send(message)
            return
        half, start = body[: len(body) // 2], kept[0]
        size = str(len(half if how == "half" else body)).encode()
        others = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
        await send({**start, "headers": [*others, (b"content-length", size)]})
        more = how == "broken off"
        await send({"type": "http.response.body", "body": half, "more_body": more})

    return cut


def dawdling(app: ASGIApp) -> ASGIApp:
    """The application, which does its work and then keeps quiet where a switch struck."""

    async def dawdle(scope: Scope, receive: Receive, send: Send) -> None:
        async def late(message: Message) -> None:
            if scope.get(STRUCK):
                await asyncio.sleep(60)
            await send(message)

        await app(scope, receive, late)

    return dawdle


async def _garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 this is another service\r\n")
    writer.close()


def closed_port() -> int:
    """A port of this machine without a listener."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
