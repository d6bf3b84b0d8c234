"""The shipped suite fails an adapter that keeps a failed refund to itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar

import pytest

from unshackled import sdk
from unshackled.adapter_registry import AdapterRegistry, find
from unshackled.ports.operation import Operation
from unshackled.sdk import Notice, NotUndone, RawCallback, Refused
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import AdapterHarness, RecordedEffect

AT_ONCE = "test_a_refund_that_fails_at_once_is_told"
LATER = "test_a_refund_that_fails_later_is_told"


def heard(settings: Any, raw: RawCallback) -> Sequence[Notice]:
    """The provider's callbacks, except that a refund failed."""
    read = find().load("psp").callback
    assert read is not None
    told = read(settings, raw)
    return [one for one in told if not isinstance(one.outcome, NotUndone)]


class Deaf(AdapterRegistry):
    """The payment provider's adapter without an ear for failed refunds."""

    def load(self, name: str) -> sdk.Adapter:
        return dataclasses.replace(super().load(name), callback=heard)


class Silent(AdapterHarness):
    """An undo that is called done, whatever the provider said."""

    async def undo(
        self, operation: Operation, made: RecordedEffect, *, known: bool = True, again: bool = False
    ) -> None:
        with suppress(Refused):
            await super().undo(operation, made, known=known, again=again)


class Psp(AdapterContract):
    adapter = "psp"
    settings: ClassVar = {
        "api_key": "key_made_up",
        "webhook_secret": "demo-only-psp-webhook-secret",
    }


@pytest.mark.parametrize("promise", [AT_ONCE, LATER])
async def test_a_failed_refund_that_is_told_keeps_the_promise(promise: str) -> None:
    """The adapter as it is says it, at once and later."""
    await getattr(Psp(), promise)()


async def test_a_refund_that_fails_at_once_in_silence_fails() -> None:
    """An undo that is done although the provider refused it is caught."""

    class Suite(Psp):
        bench_type = Silent

    with pytest.raises(AssertionError, match="counts as done"):
        await getattr(Suite(), AT_ONCE)()


async def test_a_refund_that_comes_back_in_silence_fails() -> None:
    """A callback about it that nobody reads is caught."""

    class Suite(Psp):
        shelf: ClassVar[AdapterRegistry] = Deaf(modules=find().modules)

    with pytest.raises(AssertionError, match="is not told"):
        await getattr(Suite(), LATER)()


async def test_a_stand_in_that_gives_back_after_all_proves_nothing() -> None:
    """A suite whose stand-in does not fail the refund is caught too."""

    class Suite(Psp):
        def break_refund(self, bench: AdapterHarness, operation: Operation, *, later: bool) -> None:
            """Nothing is broken."""

    with pytest.raises(AssertionError):
        await getattr(Suite(), AT_ONCE)()
