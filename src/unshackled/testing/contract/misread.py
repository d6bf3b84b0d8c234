"""A vendor that understood another amount than was sent says so; the adapter tells what it said.

An adapter that echoes what was asked would hide it from the engine, which compares the two.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from unshackled.domain.personal import fields_of
from unshackled.errors import ProviderError
from unshackled.ports.operation import Operation
from unshackled.sdk import Passed
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.contract.callback_promises import Callbacks

LESS: Final = 100
OTHER: Final = {"GBP": "EUR"}


class Misreads(Callbacks):
    """Promises about money that the vendor took for another sum or currency."""

    async def test_an_amount_that_the_vendor_misread_is_told(self) -> None:
        """Less than was asked for is told, or in doubt: in an answer, a look-up and a callback."""
        await self._misread("amount")

    async def test_a_currency_that_the_vendor_misread_is_told(self) -> None:
        """So is another currency."""
        await self._misread("currency")

    async def _misread(self, name: str) -> None:
        for operation in self._telling(name):
            right = getattr((await self.bench().run(operation)).output, name)
            for plain in (True, False) if right is not None else ():
                wire = Misread(words=_spelled(right))
                bench = self.bench(through=wire.between)
                await bench.prepare(operation)
                wire.on = True
                # What the vendor can make no sense of is refused or in doubt: it never passed.
                with suppress(ProviderError):
                    await self._run(bench, operation, plain=plain)
                wire.on = False
                async for how, output in self._tellings(bench, operation):
                    told = getattr(output, name)
                    assert not wire.changed or told != right, (operation.key, how, name)

    async def _run(self, bench: AdapterHarness, operation: Operation, *, plain: bool) -> None:
        """The call as the bench makes it, or so that its outcome comes by callback."""
        await (bench.run(operation) if plain else self.run_with_callback(bench, operation))

    def _telling(self, name: str) -> Iterator[Operation]:
        """The effects whose output has the field."""
        for operation in self.bench().effects:
            shape: Any = operation.output
            if name in fields_of(shape):
                yield operation

    async def _tellings(
        self, bench: AdapterHarness, operation: Operation
    ) -> AsyncIterator[tuple[str, Any]]:
        """Every output that says the operation passed: the answer's, the look-up's, callbacks'."""
        made = bench.history.get(operation.key)
        if made is not None and isinstance(made.outcome, Passed):
            yield "the answer", made.outcome.output
        if made is not None and self.declared().doubt[operation.key].lookup:
            with suppress(ProviderError):
                found = await bench.look_up(operation, made.call)
                if isinstance(found, Passed):
                    yield "a look-up", found.output
        await bench.stand_in.settle()
        for callback in bench.callbacks if self._reads_callbacks() else ():
            with suppress(ProviderError):
                for notice in await self.read_raw(bench, self.arrived(callback)):
                    told = notice.outcome.output if isinstance(notice.outcome, Passed) else None
                    if isinstance(told, operation.output):
                        yield "a callback", told

    def _reads_callbacks(self) -> bool:
        declared = self.declared()
        return declared.callback is not None or declared.receive is not None


def _spelled(right: Any) -> Mapping[bytes, bytes]:
    """Each way to write it, with what is written instead: a pound less, or euros."""
    if isinstance(right, str):
        other = OTHER.get(right, "EUR")
        return {one.encode(): two.encode() for one, two in _cases(right, other)}
    less = right - LESS
    return {
        str(right).encode(): str(less).encode(),
        f"{right / 100:.2f}".encode(): f"{less / 100:.2f}".encode(),
        str(right / 100).encode(): str(less / 100).encode(),
    }


def _cases(word: str, other: str) -> Iterator[tuple[str, str]]:
    yield word, other
    yield word.lower(), other.lower()


@dataclass(kw_only=True)
class Misread:
    """While `on`, requests arrive with other `words`; `changed` counts them."""

    words: Mapping[bytes, bytes]
    on: bool = False
    changed: int = field(default=0)

    def between(self, app: ASGIApp) -> ASGIApp:
        """The application behind such a wire."""

        async def misread(scope: Scope, receive: Receive, send: Send) -> None:
            body = self._other(await _whole(receive)) if self.on else await _whole(receive)
            length = (b"content-length", str(len(body)).encode())
            kept = [(k, v) for k, v in scope["headers"] if k.lower() != b"content-length"]
            sent = False

            async def again() -> Message:
                nonlocal sent
                if sent:
                    return await receive()
                sent = True
                return {"type": "http.request", "body": body, "more_body": False}

            await app({**scope, "headers": [*kept, length]}, again, send)

        return misread

    def _other(self, body: bytes) -> bytes:
        for old, new in self.words.items():
            whole = rb"(?<![\w.])" + re.escape(old) + rb"(?![\w.])"
            body, times = re.subn(whole, new, body)
            self.changed += times
        return bytes(body)


async def _whole(receive: Receive) -> bytes:
    """The body of a request."""
    found = bytearray()
    while True:
        message = await receive()
        found += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(found)
