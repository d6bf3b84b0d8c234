"""The API and its callers."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.http.world import ApiHarness


@pytest.fixture
async def world() -> AsyncIterator[ApiHarness]:
    """A fresh application with two retailers and their keys."""
    found = ApiHarness()
    await found.open()
    yield found
    await found.engine.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[ApiHarness]:
    """One application for all tests of a module that are refused: what is refused changes nothing.

    They are marked `ON_ITS_LOOP`.
    """
    found = ApiHarness()
    await found.open()
    yield found
    await found.engine.close()
