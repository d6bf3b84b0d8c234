"""Every event there is, by its type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Final

from unshackled.domain import (
    consent_events,
    events,
    lapse_events,
    message_events,
    recovery_events,
    route_events,
    step_events,
    undo_events,
    waiting_events,
)
from unshackled.domain.events import Event

_MODULES: Final[tuple[ModuleType, ...]] = (
    events,
    waiting_events,
    lapse_events,
    consent_events,
    recovery_events,
    message_events,
    route_events,
    step_events,
    undo_events,
)


@cache
def event_types() -> Mapping[str, type[Event]]:
    """The classes by type, e.g. `checkout.created.v1`; bases have none and are left out."""
    return {one.type: one for module in _MODULES for one in _events_of(module)}


def _events_of(module: ModuleType) -> Iterator[type[Event]]:
    for one in vars(module).values():
        mine = isinstance(one, type) and one.__module__ == module.__name__
        if mine and issubclass(one, Event) and "type" in vars(one):
            yield one
