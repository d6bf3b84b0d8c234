"""Makes the recordings of an adapter anew, from its stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

from unshackled.adapter_registry import AdapterRegistry
from unshackled.errors import ProviderError
from unshackled.outbound.in_process import in_process
from unshackled.ports import all_operations
from unshackled.ports.operation import Operation
from unshackled.testing import recordings
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.recordings import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """What became of one recording; `why` it was left as it is."""

    path: Path
    done: Literal["new", "renewed", "same", "left"]
    why: str = ""

    def __str__(self) -> str:
        """One line."""
        return f"{self.path.name}: {self.done}{f', {self.why}' if self.why else ''}"


class CannotRecord(Exception):
    """A call that no recording can hold, and why."""


async def renew(registry: AdapterRegistry, name: str) -> AsyncIterator[Renewed]:
    """Make the adapter's recordings again, and one for each operation that has none.

    The settings are made up, as they are when a recording is played. Left alone is one whose
    stand-in answers with another outcome now (a recording of an unhappy path that was made by
    hand), and a call that never is the same twice. Raises `ShelfError`.
    """
    folder = registry.folder(name)
    adapter = registry.load(name)
    paths = list(recordings.recording_files(folder)) if folder else []
    known = {path: recordings.load(path) for path in paths}
    for path, old in known.items():
        yield await _save(registry, name, path, old)
    recorded = {one.operation for one in known.values()}
    for key, operation in sorted(all_operations().items()):
        called = not (operation.by_engine or operation.is_undo)
        if folder and adapter.offers(key) and called and key not in recorded:
            yield await _save(registry, name, folder / "contract" / f"{operation.name}.json", key)


async def _save(registry: AdapterRegistry, name: str, path: Path, old: Recording | str) -> Renewed:
    try:
        made = await _made(registry, name, old)
    except CannotRecord as reason:
        return Renewed(path=path, done="left", why=str(reason))
    if isinstance(old, Recording) and _shape(made) == _shape(old):
        return Renewed(path=path, done="same")
    recordings.save(made, path)
    return Renewed(path=path, done="renewed" if isinstance(old, Recording) else "new")


async def _made(registry: AdapterRegistry, name: str, old: Recording | str) -> Recording:
    key = old if isinstance(old, str) else old.operation
    try:
        made, again = await _take(registry, name, old), await _take(registry, name, old)
        sent, outcome = await recordings.play(registry.load(name), made)
    except (ProviderError, LookupError, ValueError) as error:
        raise CannotRecord(f"{key} raised {type(error).__name__}: {error}") from error
    if isinstance(old, Recording) and made.outcome["kind"] != old.outcome["kind"]:
        kinds = (made.outcome["kind"], old.outcome["kind"])
        raise CannotRecord("the stand-in answers {} here, not {}".format(*kinds))
    if _sent(made) != _sent(again):
        raise CannotRecord(f"what {key} sends is not the same twice")
    if sent != _sent(made) or orjson.dumps(outcome) != orjson.dumps(asdict(made)["outcome"]):
        raise CannotRecord(f"what {key} makes of an answer is not the same twice")
    return made


async def _take(registry: AdapterRegistry, name: str, old: Recording | str) -> Recording:
    """One call at a fresh stand-in, after those that it builds on."""
    adapter, stand_in = registry.load(name), registry.stand_in(name)
    settings = recordings.made_up(adapter)
    bench = AdapterHarness(adapter=adapter, stand_in=stand_in, settings=settings)
    operation = _operation(old)
    request: Any = await bench.prepare(operation)
    if isinstance(old, Recording):
        request = recordings.request_of(old)
    backend = in_process(stand_in.app())
    follows = bench.call(operation).follows if operation.of_sale else None
    key = operation.key
    return await recordings.record(adapter, settings, backend, key, request, follows=follows)


def _sent(recording: Recording) -> list[Any]:
    return [exchange["sent"] for exchange in recording.exchanges]


def _shape(recording: Recording) -> Any:
    """What is sent, and what kind of things come back: another day makes no new recording."""
    answers = [_kinds(exchange["answer"]["body"]) for exchange in recording.exchanges]
    statuses = [exchange["answer"]["status"] for exchange in recording.exchanges]
    return recording.request, _sent(recording), statuses, answers, _kinds(recording.outcome)


def _kinds(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _kinds(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_kinds(inner) for inner in value]
    return type(value).__name__


def _operation(old: Recording | str) -> Operation:
    return all_operations()[old if isinstance(old, str) else old.operation]
