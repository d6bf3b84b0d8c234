"""What the version before left, read once."""

from __future__ import annotations

import pytest

from tests.golden.loaded import Golden


@pytest.fixture(scope="session")
def golden() -> Golden:
    """The golden data."""
    return Golden()
