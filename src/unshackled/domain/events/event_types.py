"""Every event there is, by its type: a class is registered by being in a module of this package."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import ModuleType

import unshackled.domain.events as package
from unshackled.domain.events.event import Event


@cache
def event_types() -> Mapping[str, type[Event]]:
    """The classes by type, e.g. `checkout.created.v1`; bases have none and are left out."""
    return {one.type: one for module in _modules() for one in _events_of(module)}


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if found.name.endswith("_events"):
            yield import_module(found.name)


def _events_of(module: ModuleType) -> Iterator[type[Event]]:
    for one in vars(module).values():
        mine = isinstance(one, type) and one.__module__ == module.__name__
        if mine and issubclass(one, Event) and "type" in vars(one):
            yield one
