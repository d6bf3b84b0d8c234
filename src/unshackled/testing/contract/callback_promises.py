"""Only what the vendor sent counts, however often and in whatever order it comes."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from unshackled.errors import ProviderError
from unshackled.ports.operation import Operation
from unshackled.sdk import BadSignature, Notice, RawCallback
from unshackled.testing.bench import AdapterHarness, Callback
from unshackled.testing.contract.base import Suite


class Callbacks(Suite):
    """Promises about callbacks; an adapter that reads none keeps them all."""

    async def test_only_signed_callbacks_count(self) -> None:
        """A callback with a good signature is a notice of our reference; any other is refused."""
        told: set[str] = set()
        async for bench, _ in self._told():
            for callback in bench.callbacks:
                if self.declared().callback is not None:
                    self._check_callback(bench, callback)
                else:
                    told |= await self._check_received(bench, callback)
        assert told or self.declared().receive is None, "no callback was a notice of ours"

    async def test_a_callback_may_come_again(self) -> None:
        """A replay of a callback says the same as the first, and is no error."""
        async for bench, operation in self._told():
            for callback in bench.callbacks:
                raw = self.arrived(callback)
                first, again = [await self.read_raw(bench, raw) for _ in range(2)]
                assert first == again, operation.key

    async def test_callbacks_may_come_in_any_order(self) -> None:
        """An older callback after the last one is a good notice still: the engine sorts them."""
        async for bench, operation in self._told():
            raws = [self.arrived(callback) for callback in bench.callbacks]
            told = [
                {notice.reference for raw in order for notice in await self.read_raw(bench, raw)}
                for order in (raws, raws[::-1])
            ]
            assert told[0] == told[1], operation.key

    async def run_with_callback(self, bench: AdapterHarness, operation: Operation) -> None:
        """Make a call whose outcome comes by callback, if the operation has such."""
        await bench.run(operation)

    def arrived(self, callback: Callback) -> RawCallback:
        """A callback of the stand-in as it arrives here, now."""
        return RawCallback(
            body=callback.body,
            headers=callback.headers,
            received_at=datetime.now(UTC),
            url=callback.url,
        )

    async def read_raw(self, bench: AdapterHarness, raw: RawCallback) -> Sequence[Notice]:
        """What the adapter makes of a callback, whichever way it reads them."""
        adapter = self.declared()
        if adapter.callback is not None:
            return adapter.callback(bench.settings, raw)
        assert adapter.receive is not None
        return await adapter.receive(bench.client, raw)

    def forged(self, raw: RawCallback) -> Iterator[RawCallback]:
        """Callbacks that the vendor did not send; override it where the vendor signs otherwise."""
        yield dataclasses.replace(raw, body=raw.body + b" ")
        yield dataclasses.replace(raw, headers={})
        if self.signs_time:
            yield dataclasses.replace(raw, received_at=raw.received_at + timedelta(days=1))

    async def _check_received(self, bench: AdapterHarness, callback: Callback) -> set[str]:
        """A forged one is refused, or the vendor is asked, and says what it said of the good one.

        Then a vendor that knows nothing of it is not spoken for.
        """
        raw, refused = self.arrived(callback), True
        good = list(await self.read_raw(bench, raw))
        told = {notice.reference for notice in good}
        assert told <= {made.call.reference for made in bench.history.values()}
        for wrong in self.forged(raw):
            try:
                heard = list(await self.read_raw(bench, wrong))
            except BadSignature:
                continue
            refused = False
            assert heard in ([], good)
        if not refused:
            assert not self.signs_body, "a forged callback was read, though the vendor signs"
            try:
                heard = list(await self.read_raw(self.bench(), raw))
            except (BadSignature, ProviderError):
                return told
            assert heard == [], "neither signed nor asked about"
        return told

    def _check_callback(self, bench: AdapterHarness, callback: Callback) -> None:
        read = self.declared().callback
        assert read is not None
        raw = self.arrived(callback)
        notices = read(bench.settings, raw)
        ours = {made.call.reference for made in bench.history.values()}
        assert not ours.isdisjoint(notice.reference for notice in notices)
        for wrong in self.forged(raw):
            with pytest.raises(BadSignature):
                read(bench.settings, wrong)

    async def _told(self) -> AsyncIterator[tuple[AdapterHarness, Operation]]:
        """A bench for each effect that led to callbacks; there must be one, if any are read."""
        if self.declared().callback is None and self.declared().receive is None:
            return
        told = 0
        for bench, operation in self.benches(effects=True):
            await self.run_with_callback(bench, operation)
            await bench.stand_in.settle()
            if bench.callbacks:
                told += 1
                yield bench, operation
        assert told, "no effect of the stand-in led to a callback"
