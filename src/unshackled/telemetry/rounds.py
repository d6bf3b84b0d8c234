"""What runs for as long as the process outlives whatever one of its rounds meets."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from unshackled.errors import StoreError
from unshackled.telemetry.logs import get_logger

T = TypeVar("T")
log = get_logger(__name__)


async def survive(task: str, work: Awaitable[T]) -> T | None:
    """The result of one round of a background task; None where it failed, which is logged.

    `<task>.store_away`: the store could not be reached. `<task>.broken`: anything else, our
    mistake. Either way the caller goes on with the next round.
    """
    try:
        return await work
    except StoreError as error:
        event = f"{task}.store_away"
        log.warning(event, error=str(error))
    except Exception:
        event = f"{task}.broken"
        log.exception(event)
    return None
