"""Reads that lag: a backend that shows what it does only some time after it did it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from unshackled.sdk.standin import OPERATION
from unshackled.testing.strangers import again, whole

RequestKey = tuple[str, bytes, bytes, bytes]


@dataclass(kw_only=True)
class Lagging:
    """Stands between an adapter and its stand-in; while it lags, a read is answered as before.

    A read is a GET, or what the stand-in serves as one of its look-ups. The first answer to each
    is kept. A read that was not asked before it lagged is answered as things are.
    """

    lags: bool = False
    _kept: dict[RequestKey, Sequence[Message]] = field(default_factory=dict)

    def between(self, app: ASGIApp) -> ASGIApp:
        """The application behind such a wire."""

        async def stand(scope: Scope, receive: Receive, send: Send) -> None:
            body = await whole(receive)
            asked = (scope["method"], scope["raw_path"], scope["query_string"], body)
            if self.lags and asked in self._kept:
                for message in self._kept[asked]:
                    await send(message)
                return
            said: list[Message] = []

            async def heard(message: Message) -> None:
                said.append(message)
                await send(message)

            await app(scope, again(body, receive), heard)
            if not self.lags and _reads(scope):
                self._kept.setdefault(asked, said)

        return stand


def _reads(scope: Scope) -> bool:
    return scope["method"] == "GET" or str(scope.get(OPERATION, "")).endswith(".look_up")
