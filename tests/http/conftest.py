"""The API and its callers."""

from collections.abc import AsyncIterator

import pytest

from tests.http.world import ApiHarness


@pytest.fixture
async def world() -> AsyncIterator[ApiHarness]:
    """A fresh application with two retailers and their keys."""
    found = ApiHarness()
    await found.open()
    yield found
    await found.engine.close()
