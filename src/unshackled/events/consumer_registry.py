"""Finds consumers of events by being there: each sub-package of `unshackled.events` is one.

It has a `CONSUMER`, a function that makes the consumer of what a process has, and says what belongs
to it. A package of its own brings one by an entry point in the group `unshackled.consumers`, which
names a module with a `CONSUMER`.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from random import Random
from typing import Any, Final, Protocol

from unshackled import events
from unshackled.domain.clock import Clock
from unshackled.domain.documents.document_links import DocumentLinks
from unshackled.domain.records import Record
from unshackled.entry_points import entry_points_of
from unshackled.errors import UnshackledError
from unshackled.events.event_ports import Consumer
from unshackled.events.sources import RELAY
from unshackled.flow.runtime.backend_port import Backends
from unshackled.store.port import Store
from unshackled.store.side_tables import Retention
from unshackled.telemetry import Meters

GROUP: Final = "unshackled.consumers"
# It names a cursor, a durable consumer of a broker, a lease, dead letters and a label of metrics.
NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")


class ConsumerError(UnshackledError):
    """A consumer that cannot be used; the service does not start."""


class Background(Protocol):
    """What runs beside a consumer, e.g. sends what it queued."""

    def start(self) -> None:
        """Begin; returns at once, and what is away is waited for."""
        ...

    async def close(self) -> None:
        """End after what is at hand."""
        ...


class ConsumerDeps(Record):
    """What consumers are made of.

    `store` has the event log, snapshots, resolved flows, leases and the side tables; `backends` are
    the retailers' providers, `retailers` their settings by id; `environ` is where a consumer reads
    settings of its own. `owner` names this replica; `public_url` is our address; `links` leads
    customers from messages to their documents.
    """

    store: Store
    backends: Backends
    retailers: Mapping[str, Any]
    clock: Clock
    random: Random
    meters: Meters
    owner: str
    public_url: str
    transport: Any
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    links: DocumentLinks | None = None


class ConsumerRegistration(Record):
    """A consumer and what belongs to it; nothing runs yet.

    `retention`: its tables whose rows are deleted in time. `letters` gives who takes dead letters
    under names that come and go, e.g. those of one webhook endpoint.
    """

    consumer: Consumer
    retention: Sequence[Retention] = ()
    background: Background | None = None
    letters: Callable[[str], Consumer | None] | None = None


def registered_consumers(deps: ConsumerDeps) -> Sequence[ConsumerRegistration]:
    """Every consumer, ours and those of installed packages.

    Raises `ConsumerError` naming the module that brings one that cannot be made, or whose name
    cannot be used or is taken.
    """
    homes: dict[str, str] = {RELAY: "the relay"}
    registrations = []
    for module in _modules():
        registration = _registration(module, deps)
        name = registration.consumer.name
        if NAME.fullmatch(name) is None:
            allowed = "lower-case letters, digits, _ and -, a letter first, at most 64"
            raise ConsumerError(f"consumer {name!r} of {module}: a name has {allowed}")
        twin = homes.setdefault(name, module)
        if twin != module:
            raise ConsumerError(f"consumer {name} of {module}: is in {twin} already")
        registrations.append(registration)
    return registrations


def _modules() -> Iterator[str]:
    for package in pkgutil.iter_modules(events.__path__):
        if package.ispkg:
            yield f"{events.__name__}.{package.name}"
    for entry in entry_points_of(GROUP):
        yield entry.value


def _registration(module: str, deps: ConsumerDeps) -> ConsumerRegistration:
    try:
        build = getattr(importlib.import_module(module), "CONSUMER", None)
        registration = build(deps) if callable(build) else None
    except Exception as error:
        raise ConsumerError(f"consumer {module}: {type(error).__name__}: {error}") from error
    if not isinstance(registration, ConsumerRegistration):
        raise ConsumerError(
            f"consumer {module}: has no `CONSUMER` that makes a `ConsumerRegistration`"
        )
    return registration
