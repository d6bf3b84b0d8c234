"""A text that a vendor sends as an object is not made into Python's spelling of that object."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from unshackled.domain.personal import fields_of
from unshackled.errors import ProviderError
from unshackled.sdk import BadSignature, Pending, Redirect
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.contract.base import Suite

SURPRISE: Final = "surprise"
# How many texts of an outcome are tried; numbers, addresses and codes come first.
TRIED: Final = 8
SHORTEST: Final = 2


class Texts(Suite):
    """Promises about texts in a vendor's JSON."""

    async def test_an_object_where_a_text_belongs_is_no_text(self) -> None:
        """The call, or the look-up after it, is in doubt, or passes without the object in it."""
        for bench, operation in self.benches():
            outcome = await bench.run(operation)
            made = bench.history[operation.key]
            for text in list(_texts((outcome, made.handle)))[:TRIED]:
                wire = Objects(text=text)
                other = self.bench(through=wire.between)
                request, call = await other.prepare(operation), other.call(operation)
                call = dataclasses.replace(call, reference=made.call.reference)
                wire.on = True
                with suppress(ProviderError, BadSignature):
                    told = await other.send(operation, request, call)
                    _plain(operation.key, told)
                    if operation.effect and isinstance(told, Pending | Redirect):
                        asked = dataclasses.replace(call, handle=told.handle)
                        _plain(operation.key, await _asked(other, operation, asked))


async def _asked(bench: AdapterHarness, operation: Any, call: Any) -> Any:
    return await bench.look_up(operation, call)


def _plain(key: str, value: object) -> None:
    assert SURPRISE not in repr(value), f"{key}: {value!r} has an object where a text belongs"


def _texts(value: Any) -> Iterator[str]:
    """Every text in an outcome, each once."""
    yield from dict.fromkeys(text for text in _all(value) if len(text) >= SHORTEST)


def _all(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from _all(one)
    else:
        shape: Any = type(value)
        for name in fields_of(shape):
            yield from _all(getattr(value, name))


@dataclass(kw_only=True)
class Objects:
    """While `on`, answers in JSON have an object wherever the text stood alone."""

    text: str
    on: bool = False
    changed: int = field(default=0)

    def between(self, app: ASGIApp) -> ASGIApp:
        """The application behind such a wire."""

        async def wrap(scope: Scope, receive: Receive, send: Send) -> None:
            kept: list[Message] = []

            async def keep(message: Message) -> None:
                kept.append(message)

            await app(scope, receive, keep if self.on else send)
            if self.on:
                body = self._wrapped(b"".join(one.get("body", b"") for one in kept))
                head = [(k, v) for k, v in kept[0]["headers"] if k.lower() != b"content-length"]
                head.append((b"content-length", str(len(body)).encode()))
                await send({**kept[0], "headers": head})
                await send({"type": "http.response.body", "body": body})

        return wrap

    def _wrapped(self, body: bytes) -> bytes:
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError:
            return body
        return orjson.dumps(self._in(data))

    def _in(self, data: Any) -> Any:
        if data == self.text:
            self.changed += 1
            return {SURPRISE: data}
        if isinstance(data, dict):
            return {name: self._in(value) for name, value in data.items()}
        return [self._in(one) for one in data] if isinstance(data, list) else data
