"""Storms break things on purpose: nobody reads what is logged of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.own_logging import own_logging
from unshackled.telemetry import configure_logging


@pytest.fixture(autouse=True)
def quiet(_leaves_logging_alone: None) -> Iterator[None]:
    """No line while a storm blows."""
    with own_logging():
        configure_logging("critical", for_good=False)
        yield
