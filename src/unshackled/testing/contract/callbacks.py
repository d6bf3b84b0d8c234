"""Only what the vendor signed counts."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from unshackled.ports.operation import Operation
from unshackled.sdk import BadSignature, Call, RawCallback
from unshackled.testing.bench import Bench, Callback
from unshackled.testing.contract.base import Suite


class Callbacks(Suite):
    """Promises about callbacks."""

    # Callbacks

    async def test_only_signed_callbacks_count(self) -> None:
        """A callback with a good signature is a notice of our reference; any other is refused."""
        if self.declared().callback is None:
            return
        sent = 0
        for bench, operation in self.benches(effects=True):
            await self.run_with_callback(bench, operation)
            await bench.stand_in.settle()
            for callback in bench.callbacks:
                sent += 1
                self._check_callback(bench, callback, bench.made[operation.key].call)
        assert sent, "no effect of the stand-in led to a callback"

    async def run_with_callback(self, bench: Bench, operation: Operation) -> None:
        """Make a call whose outcome comes by callback, if the operation has such."""
        await bench.run(operation)

    def _check_callback(self, bench: Bench, callback: Callback, call: Call) -> None:
        receive = self.declared().callback
        assert receive is not None
        raw = RawCallback(
            body=callback.body, headers=callback.headers, received_at=datetime.now(UTC)
        )
        notices = receive(bench.settings, raw)
        assert call.reference in {notice.reference for notice in notices}
        bad = (
            dataclasses.replace(raw, body=raw.body + b" "),
            dataclasses.replace(raw, headers={}),
            dataclasses.replace(raw, received_at=raw.received_at + timedelta(days=1)),
        )
        for wrong in bad:
            with pytest.raises(BadSignature):
                receive(bench.settings, wrong)
