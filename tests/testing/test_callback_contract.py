"""The shipped suite fails an adapter that believes, forgets or refuses callbacks."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import httpx
import pytest

from unshackled import sdk
from unshackled.adapter_registry import AdapterRegistry, find
from unshackled.errors import ProviderError
from unshackled.ports.operation import Operation
from unshackled.sdk import BadSignature, Call, Notice, Pending, RawCallback, Redirect
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import AdapterHarness

PROMISES = (
    "test_only_signed_callbacks_count",
    "test_a_callback_may_come_again",
    "test_callbacks_may_come_in_any_order",
)
# What an event is about; those of a charge are told apart by its status alone.
ASKED_ABOUT = {
    "charge.updated": "payment.charge_amount",
    "refund.updated": "payment.refund_amount",
    "payout.updated": "payment.payout",
}


class Customer(AdapterHarness):
    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """Approve on the hosted page; wait for money that goes back by itself."""
        if isinstance(outcome, Pending):
            await self.stand_in.settle()
            return await self.look_up(operation, call)
        app = httpx.ASGITransport(app=self.stand_in.app())
        async with httpx.AsyncClient(transport=app) as browser:
            await browser.post(outcome.url, data={"choice": "approve"})
        return await self.look_up(operation, call)


Callback = Callable[[Any, RawCallback], Sequence[Notice]]


class Psp(AdapterRegistry):
    """The payment provider, which reads its callbacks otherwise."""

    changes: dict[str, Any]

    def load(self, name: str) -> sdk.Adapter:
        return dataclasses.replace(super().load(name), **self.changes)


def psp(*, twice: bool = False, **changes: Any) -> AdapterContract:
    """Its suite, with one payment or with two."""

    class Suite(AdapterContract):
        adapter = "psp"
        settings: ClassVar = {
            "api_key": "key_made_up",
            "webhook_secret": "demo-only-psp-webhook-secret",
        }
        bench_type = Customer
        shelf: ClassVar[AdapterRegistry] = Psp(modules=find().modules, changes=changes)

        async def run_with_callback(self, bench: AdapterHarness, operation: Operation) -> None:
            bench.stand_in.play("refer", operation.key)
            for _ in range(1 + twice):
                await bench.run(operation)

    return Suite()


def true_callback() -> Callback:
    read = find().load("psp").callback
    assert read is not None
    return read


def unsigned(settings: Any, raw: RawCallback) -> Sequence[Notice]:
    """Believes every body."""
    told = json.loads(raw.body)
    return (Notice(reference=told["merchant_reference"], outcome=sdk.Declined(code="declined")),)


def deaf(settings: Any, raw: RawCallback) -> Sequence[Notice]:
    """Hears nothing."""
    return ()


def first_only() -> Callback:
    """Hears the first callback and no other."""
    read, heard = true_callback(), list[bytes]()

    def callback(settings: Any, raw: RawCallback) -> Sequence[Notice]:
        heard.append(raw.body)
        return read(settings, raw) if len(heard) == 1 else ()

    return callback


async def believing(client: Any, raw: RawCallback) -> Sequence[Notice]:
    """Neither checks a signature nor asks."""
    return unsigned(None, raw)


async def asking(client: Any, raw: RawCallback) -> Sequence[Notice]:
    """Believes nothing, and asks the backend."""
    try:
        (notice,) = unsigned(None, raw)
    except ValueError as error:
        raise BadSignature("unreadable") from error
    call: Any = dataclasses.make_dataclass("Call", ["reference", "handle"])(notice.reference, None)
    operation = ASKED_ABOUT.get(json.loads(raw.body).get("event"), "payment.charge")
    found = await client.look_up(operation, call)
    return (
        ()
        if isinstance(found, sdk.Absent)
        else (Notice(reference=notice.reference, outcome=found),)
    )


async def shrugging(client: Any, raw: RawCallback) -> Sequence[Notice]:
    """Asks, and takes no answer for nothing to tell."""
    try:
        return await asking(client, raw)
    except ProviderError:
        return ()


def once(read: Callback) -> Callback:
    """Refuses what it has seen before."""
    seen: set[bytes] = set()

    def callback(settings: Any, raw: RawCallback) -> Sequence[Notice]:
        if raw.body in seen:
            raise BadSignature("seen before")
        seen.add(raw.body)
        return read(settings, raw)

    return callback


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_reader_that_verifies_or_asks_passes(promise: str) -> None:
    """Both ways of reading keep every promise."""
    ways: tuple[dict[str, Any], ...] = (
        {},
        {"callback": None, "receive": asking},
        {"callback": None},
    )
    for changes in ways:
        suite = psp(twice="order" in promise, **changes)
        type(suite).signs_body = changes.get("receive") is not asking
        await getattr(suite, promise)()


async def test_a_callback_that_means_nothing_because_nobody_answered_fails() -> None:
    """Who asks a stranger and takes the callback for read is caught; who is in doubt is not."""
    await psp(callback=None, receive=asking).test_a_callback_believes_only_the_vendor()
    with pytest.raises(AssertionError, match=r"exchange 0 answered \d+"):
        await psp(callback=None, receive=shrugging).test_a_callback_believes_only_the_vendor()


@pytest.mark.parametrize(
    ("changes", "promise"),
    [
        ({"callback": unsigned}, "test_only_signed_callbacks_count"),
        ({"callback": None, "receive": believing}, "test_only_signed_callbacks_count"),
        ({"callback": None, "receive": asking}, "test_only_signed_callbacks_count"),
        ({"callback": deaf}, "test_only_signed_callbacks_count"),
        ({"callback": once(true_callback())}, "test_a_callback_may_come_again"),
        ({"callback": first_only()}, "test_a_callback_may_come_again"),
        ({"callback": first_only()}, "test_callbacks_may_come_in_any_order"),
    ],
)
async def test_a_reader_that_is_wrong_fails(changes: dict[str, Any], promise: str) -> None:
    """One that believes anything, checks no signature, hears nothing, or refuses a replay."""
    with pytest.raises((AssertionError, BadSignature, pytest.fail.Exception)):
        await getattr(psp(twice="order" in promise, **changes), promise)()


async def test_a_stand_in_that_calls_nobody_back_fails() -> None:
    """An adapter that reads callbacks must be shown to."""
    silent = psp()
    silent.run_with_callback = quietly  # type: ignore[method-assign]
    with pytest.raises(AssertionError, match="led to a callback"):
        await silent.test_only_signed_callbacks_count()


async def quietly(bench: AdapterHarness, operation: Operation) -> None:
    """Makes no call."""
