"""Webhooks on a virtual clock."""

from collections.abc import AsyncIterator

import pytest

from tests.events.webhooks.receiver import Site


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """An open store, a consumer, a sender, and servers that get what is sent."""
    found = Site()
    await found.store.open()
    yield found
    await found.sender.close()
