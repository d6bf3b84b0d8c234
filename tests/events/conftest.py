"""A real NATS server, shared by the tests that leave it as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import nats
import pytest
from nats.js.errors import NotFoundError

from unshackled.events.nats import STREAM
from unshackled.testing.servers import NatsServer


@pytest.fixture(scope="session")
def nats_process() -> Iterator[NatsServer]:
    """One for the session: it starts in a moment, but not for nothing."""
    with NatsServer() as server:
        yield server


@pytest.fixture
async def nats_server(nats_process: NatsServer) -> AsyncIterator[NatsServer]:
    """Running, and without our stream."""
    if not nats_process.running:
        nats_process.start()
    client = await nats.connect(nats_process.url)
    try:
        await client.jetstream().delete_stream(STREAM)
    except NotFoundError:
        pass
    finally:
        await client.close()
    yield nats_process
    nats_process.resume()
