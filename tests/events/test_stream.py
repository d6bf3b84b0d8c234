"""A consumer's source in JetStream, with a stand-in for the library's own objects."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import nats.errors
import pytest

from unshackled.errors import BrokerUnavailable
from unshackled.events.nats import Broker
from unshackled.events.stream import StreamSource


class IdleStream:
    """JetStream in which nothing happens; `raises` is how the library says so."""

    def __init__(self, raises: Exception) -> None:
        self.raises = raises
        self.made = 0
        self.alive = True

    async def stream_info(self, name: str) -> Any:
        return SimpleNamespace(created=None, state=SimpleNamespace(last_seq=0))

    async def delete_consumer(self, stream: str, durable: str) -> None: ...

    async def add_consumer(self, stream: str, config: Any) -> None:
        self.made += 1

    async def pull_subscribe_bind(self, **names: str) -> Any:
        return self

    async def fetch(self, limit: int, **options: float) -> Any:
        raise self.raises

    async def unsubscribe(self) -> None: ...

    async def consumer_info(self, stream: str, durable: str) -> None:
        if not self.alive:
            raise nats.errors.NoRespondersError


class BrokerOf(Broker):
    """A broker that is connected to one stream."""

    def __init__(self, stream: IdleStream) -> None:
        super().__init__("nats://nowhere")
        self.idle = stream

    async def stream(self) -> Any:
        return self.idle


@pytest.mark.parametrize("raises", [nats.errors.TimeoutError(), TimeoutError()])
async def test_a_quiet_stream_is_not_a_broker_that_is_away(raises: Exception) -> None:
    """Whichever time-out the library raises, one consumer is made and nothing is reported."""
    stream = IdleStream(raises)
    places: Any = None
    source = StreamSource(BrokerOf(stream), "ledger", places)
    for _ in range(5):
        assert (await source.read(None, 10)).rows == ()
    assert stream.made == 1


@pytest.mark.parametrize("raises", [nats.errors.TimeoutError(), TimeoutError()])
async def test_silence_of_a_broker_that_is_away_is_trouble(raises: Exception) -> None:
    """Nothing came because nobody is there to send it: said, and the consumer is made anew."""
    stream = IdleStream(raises)
    places: Any = None
    source = StreamSource(BrokerOf(stream), "ledger", places)
    await source.read(None, 10)
    stream.alive = False
    with pytest.raises(BrokerUnavailable):
        await source.read(None, 10)
