"""The web server, with the life of the service around it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from math import ceil
from typing import Any, Final, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from unshackled.cli.connections import Bounds, Connection, Door, may_be_open
from unshackled.domain.records import replace

KEEP_ALIVE: Final = timedelta(seconds=75)  # longer than clients keep theirs
# How long a request may take to be answered once nobody waits for providers any more: a commit.
FINISH: Final = timedelta(seconds=10)
Life = Callable[[Any], AbstractAsyncContextManager[None]]


class ApiServer(uvicorn.Server):
    """Opens what the API stands on before it listens, and closes it when the last request is done.

    As a lifespan of ASGI, a store that cannot be opened would end in a logged traceback.
    """

    def __init__(
        self,
        api: Any,
        *,
        host: str,
        port: int,
        life: Life | None = None,
        keep_alive: timedelta = KEEP_ALIVE,
        leave: Callable[[], None] | None = None,
        bounds: Bounds | None = None,
        finish: timedelta = FINISH,
    ) -> None:
        """Nothing is opened yet; `life` is entered when the server starts.

        On SIGTERM `leave` is called first: requests that wait for something end by it, and have
        `finish` to be answered. Then the service is closed. `bounds` are those of connections.
        """
        given = bounds or Bounds()
        door = Door(bounds=replace(given, connections=may_be_open(given.connections)))
        super().__init__(
            uvicorn.Config(
                api,
                host=host,
                port=port,
                loop="uvloop",
                http=cast("type[HttpToolsProtocol]", partial(Connection, door=door)),
                limit_concurrency=door.bounds.connections + 1,
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_keep_alive=ceil(keep_alive.total_seconds()),
                timeout_graceful_shutdown=ceil(finish.total_seconds()),
                server_header=False,
            )
        )
        self._span = None if life is None else life(api)
        self._leave = leave

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open, then listen."""
        if self._span is not None:
            await self._span.__aenter__()
        try:
            await super().startup(sockets)
        except BaseException:
            await self._close()
            raise

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen no more, finish what is under way, then close."""
        if self._leave is not None:
            self._leave()
        await super().shutdown(sockets)
        await self._close()

    async def _close(self) -> None:
        if self._span is not None:
            await self._span.__aexit__(None, None, None)
