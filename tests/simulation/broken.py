"""Engines with one promise taken out, to show that the simulation would notice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from unshackled.errors import InDoubt
from unshackled.flow.engine import Engine
from unshackled.flow.runner import Runner
from unshackled.flow.turn import Turn
from unshackled.ports.call import Call, Undo
from unshackled.store.port import Change


class SendsFirst(Runner):
    """The write-ahead removed: it sends, and commits afterwards."""

    async def _commit(self, turn: Turn) -> None:
        self._send(turn)
        turn.to_send = []
        await super()._commit(turn)


class NoWriteAhead(Engine):
    """Sends first."""

    runner = SendsFirst


class LastWriteWins:
    """The compare-and-swap removed: whoever writes last is right."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def append(self, change: Change) -> None:
        stored = await self._store.load(change.checkout.id)
        version = stored.version if stored is not None else 0
        if version and change.expected != version:
            checkout = replace(change.checkout, version=version + 1)
            events = [replace(event, version=version + 1) for event in change.events]
            change = replace(change, checkout=checkout, expected=version, events=events)
        await self._store.append(change)


def no_compare_and_swap(*, store: Any, **parts: Any) -> Engine:
    """An engine over a store without a compare-and-swap."""
    return Engine(store=LastWriteWins(store), **parts)


class TriesAgain:
    """Sends an effect again when the answer did not come, whatever the backend is like."""

    def __init__(self, backends: Any) -> None:
        self._backends = backends

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backends, name)

    async def perform(self, *call: Any) -> Any:
        for _ in range(2):
            try:
                return await self._backends.perform(*call)
            except InDoubt:
                continue
        return await self._backends.perform(*call)


def repeats_blindly(*, desk: Any, **parts: Any) -> Engine:
    """An engine that repeats what may have happened."""
    return Engine(desk=replace(desk, backends=TriesAgain(desk.backends)), **parts)


class KeepsUndoKeys:
    """Undoes an effect under one key for ever, so that a backend answers from its memory."""

    def __init__(self, backends: Any) -> None:
        self._backends = backends

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backends, name)

    async def undo(
        self, retailer: str, provider: str, operation: str, undo: Undo[Any], call: Call
    ) -> None:
        call = replace(call, reference=f"{undo.reference}.undo")
        await self._backends.undo(retailer, provider, operation, undo, call)


def one_key_for_an_undo(*, desk: Any, **parts: Any) -> Engine:
    """An engine whose undo that is due again says what it said before."""
    return Engine(desk=replace(desk, backends=KeepsUndoKeys(desk.backends)), **parts)
