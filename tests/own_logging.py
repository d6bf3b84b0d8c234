"""What a test or a command sets for the logging of its process ends with it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog  # noqa: TID251 - only to leave no trace in other tests


@contextmanager
def own_logging() -> Iterator[None]:
    """Everything as before afterwards, for loggers that were not configured for good."""
    root = logging.getLogger()
    handlers, level, before = list(root.handlers), root.level, structlog.get_config()
    try:
        yield
    finally:
        structlog.configure(**before)
        root.handlers = handlers
        root.setLevel(level)
