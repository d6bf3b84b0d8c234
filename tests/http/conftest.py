"""The API and its callers."""

from collections.abc import AsyncIterator

import pytest

from tests.http.world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A fresh application with two retailers and their keys."""
    found = World()
    await found.open()
    yield found
    await found.engine.close()
