"""An upgrade in place: the store of the version before, full of checkouts, goes on to the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.golden.loaded import Golden
from tests.golden.stage import AT, OPERATOR, RETAILERS, Stage
from unshackled.domain.checkout import Checkout, StepState
from unshackled.domain.codec import decode, encode
from unshackled.flow.plan.plan import PlannedStep
from unshackled.flow.runtime.indexer import Indexer
from unshackled.ports.call_context import Call
from unshackled.ports.outcome import Passed
from unshackled.store.lookups import Index
from unshackled.store.sqlite import SqliteStore
from unshackled.testing.backends import Effect
from unshackled.testing.customer import Customer, CustomerStuck, describe
from unshackled.testing.known_keys import KEYS
from unshackled.testing.made_up import output_for
from unshackled.testing.made_up_devices import imei_of

PERSON = "who refused it cannot be asked again: the customer, or a person, decides otherwise"
# What its provider declined in the version before is still declined: an upgrade decides nothing.
LEFT = {
    "credit-identity-declined": PERSON,
    "cash-identity-declined": PERSON,
    "upgrade-identity-declined": PERSON,
    "sim-identity-declined": PERSON,
    "credit-agreement-declined": PERSON,
    "credit-stock-declined": PERSON,
    "upgrade-ineligible": PERSON,
}
DONE = ("completed", "canceled")


@pytest.fixture
async def stage(tmp_path: Path, golden: Golden) -> AsyncIterator[Stage]:
    """This version on the store of the version before, a minute later."""
    store = SqliteStore(golden.store(tmp_path), keys=KEYS)
    made = Stage(store=store, place=900, begin=AT + timedelta(minutes=1))
    await made.open()
    for one in golden.checkouts.values():
        made.backends.effects |= dict(known_to_providers(golden, await _stored(made, one)))
    yield made
    await made.engine.close(timedelta(0))
    await store.close()


async def _stored(stage: Stage, one: Any) -> Checkout:
    found = await stage.store.load(one["checkout"])
    assert found is not None
    return found


def known_to_providers(golden: Golden, checkout: Checkout) -> Iterator[tuple[str, Effect]]:
    """What the version before sent and the providers did: they pass it when they are asked."""
    plan = golden.plans[checkout.digest]
    for name, state in checkout.steps.items():
        step, stored = plan.steps[name], checkout.private.requests.get(name)
        if state.reference is not None and stored is not None and step.is_effect:
            yield state.reference, _effect(checkout, step, state, stored)


def _effect(checkout: Checkout, step: PlannedStep, state: StepState, stored: Any) -> Effect:
    operation, reference = step.definition.operation, state.reference
    assert operation is not None
    assert reference is not None
    request: Any = decode(operation.request, stored)
    call = Call(
        reference=reference,
        checkout=checkout.id,
        currency=checkout.currency,
        locale=checkout.locale,
        callback_url="",
        return_url="",
    )
    return Effect(
        provider=state.provider or "",
        operation=operation.key,
        reference=reference,
        checkout=checkout.id,
        request=request,
        outcome=Passed(output=output_for(operation, request, call)),
    )


async def rest(stage: Stage) -> None:
    """Until nothing is under way in this process."""
    await stage.clock.spin()
    for runner in list(stage.engine.runners.values()):
        with suppress(TimeoutError):
            await asyncio.wait_for(runner.quiet.wait(), 5)
    await stage.clock.spin()


async def passes(stage: Stage, minutes: int) -> None:
    """Time passes, with the engine's timer at work."""
    for _ in range(minutes):
        await stage.engine.wake()
        await rest(stage)
        await stage.clock.advance(timedelta(minutes=1))
        await rest(stage)


async def persons(stage: Stage, golden: Golden) -> None:
    """Operators decide what is in review: it was done, as the provider shows."""
    async with stage.client(OPERATOR) as operator:
        for one in golden.checkouts.values():
            checkout = await _stored(stage, one)
            for name, state in checkout.steps.items():
                if state.state == "in_review":
                    said = _verdict(golden, checkout, name)
                    href = f"/ops/checkouts/{checkout.id}/steps/{name}/resolve"
                    answer = await operator.post(href, json=said)
                    assert answer.status_code == 200, (name, answer.text)
            for undo in checkout.undos.values():
                if undo.failed:
                    href = f"/ops/checkouts/{checkout.id}/steps/{undo.step}/resolve"
                    said = {"reason": "seen there", "evidence": "call 7", "verdict": "undone"}
                    answer = await operator.post(href, json=said)
                    assert answer.status_code == 200, answer.text
    await rest(stage)


def _verdict(golden: Golden, checkout: Checkout, name: str) -> dict[str, Any]:
    step = golden.plans[checkout.digest].steps[name]
    operation = step.definition.operation
    assert operation is not None
    request = step.build(checkout)
    call = Call(
        reference="seen",
        checkout=checkout.id,
        currency=checkout.currency,
        locale=checkout.locale,
        callback_url="",
        return_url="",
    )
    output = encode(output_for(operation, request, call))
    return {"reason": "seen there", "evidence": "call 7", "verdict": "passed", "output": output}


async def shops(stage: Stage, one: Any) -> Customer:
    """The customer of a checkout comes back with the token they had, and does what comes next.

    They all gave in the same device; who is told that it counts once gives in another.
    """
    customer = Customer(
        api=stage.client(one["token"]),
        checkout={"id": one["checkout"]},
        token=one["token"],
        other={"imei": imei_of(int(one["checkout"].removeprefix("chk_")))},
    )
    await customer.read()
    with suppress(CustomerStuck):
        await customer.buy()
    if customer.checkout["status"] == "incomplete" and _credit_is_declined(customer):
        answer = await customer.patch({"credit": None})
        assert answer.status_code == 200, answer.text
        await rest(stage)
        await customer.read()
        with suppress(CustomerStuck):
            await customer.buy()
    return customer


def _credit_is_declined(customer: Customer) -> bool:
    steps = {step["name"]: step["state"] for step in customer.checkout["steps"]}
    return "declined" in (steps.get("credit"), steps.get("prequalify"))


async def test_every_open_checkout_goes_on_to_its_end(stage: Stage, golden: Golden) -> None:
    """Doubts are resolved, waits end, reviews are decided, customers come back and buy."""
    await passes(stage, 2)
    await persons(stage, golden)
    stage.engine.budget = timedelta(seconds=5)
    for _ in range(3):
        for one in golden.checkouts.values():
            if one["status"] not in DONE:
                await shops(stage, one)
        await passes(stage, 35)
        await persons(stage, golden)
    left = {}
    for name, one in golden.checkouts.items():
        async with stage.client(one["token"]) as customer:
            answer = await customer.get(f"/v1/checkouts/{one['checkout']}")
        assert answer.status_code == 200, (name, answer.text)
        seen = answer.json()
        expected = one["status"] if one["status"] in DONE else "completed"
        if seen["status"] != expected or not seen["settled"]:
            left[name] = describe(seen)
    assert {name: says for name, says in left.items() if name not in LEFT} == {}
    assert not list(stage.backends.repeated())


async def test_an_old_store_is_listed_and_read_by_everybody(stage: Stage, golden: Golden) -> None:
    """Shops list it, customers and operations read it, with the keys and tokens of then."""
    for retailer in RETAILERS:
        async with stage.client(stage.keys[retailer]) as server:
            listed = await server.get("/v1/checkouts", params={"limit": 100})
        assert listed.status_code == 200, listed.text
        assert listed.json()["items"]
    async with stage.client(OPERATOR) as operator:
        for name, one in golden.checkouts.items():
            shown = await operator.get(f"/ops/checkouts/{one['checkout']}")
            assert shown.status_code == 200, (name, shown.text)
            assert shown.json()["status"] == one["status"], name


async def test_what_the_version_before_wrote_is_found_by_customer_and_order(stage: Stage) -> None:
    """Once the index is filled, every checkout is, by its customer's and its order's number."""
    assert isinstance(stage.store, Index)
    indexer = Indexer(stage.store, stage.plans, stage.clock, "first")
    ordered = 0
    while await indexer.portion(stage.store):
        pass
    for retailer in RETAILERS:
        async with stage.client(stage.keys[retailer]) as server:
            everything = await _listed(server)
            assert everything == await _listed(server, customer_ref="c-1")
            for one in everything:
                if (order := one["order"]) is not None:
                    assert one in await _listed(server, order=order["number"])
                    ordered += 1
    assert ordered
    assert await indexer.portion(stage.store) == 0


async def _listed(server: httpx.AsyncClient, **only: str) -> list[Any]:
    """Every checkout of a shop that a filter lets through."""
    found: list[Any] = []
    more: dict[str, Any] = {}
    while True:
        answer = await server.get("/v1/checkouts", params={"limit": 100, **only, **more})
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if answer.json()["next_cursor"] is None:
            return found
        more = {"cursor": answer.json()["next_cursor"]}
