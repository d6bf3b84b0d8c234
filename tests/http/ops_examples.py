"""Two operators at work, for the examples of the API documents."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any, Protocol

import httpx

from tests.http.world import FORMS, ApiHarness, Customer
from unshackled.domain.waiting_room import AdmissionRate
from unshackled.errors import Refused
from unshackled.events.dead_letter_service import DeadLetterService
from unshackled.flow.language.policy import Policy, Shadow
from unshackled.flow.runtime.room_admission import Admission
from unshackled.routing.measures import ProviderCost
from unshackled.routing.router import Router
from unshackled.store.side_tables.dead_letters import LetterRecord
from unshackled.store.side_tables.routing_settings import RouteSettings
from unshackled.store.stored_records import EventRow

WHY = {"reason": "the provider was mended", "evidence": "incident 4711"}
EVERYTHING = frozenset({"retry", "skip", "resolve", "cancel", "bulk", "replay", "discard", "erase"})


class Notes(Protocol):
    """Where answers are kept."""

    def add(self, operation: str, response: httpx.Response) -> httpx.Response:
        """Keep an answer."""
        ...


class Taking:
    """A consumer that takes everything."""

    name = "reports"

    async def take(self, event: EventRow) -> None:
        """Take it."""


async def operate(world: ApiHarness, notes: Notes) -> None:
    """A step is refused, an event is poison, and two operators put things right."""
    await world.key("northstar", "secret", ["checkouts:read", "checkouts:write"])
    first, second, third = [await _refused(world, f"ops-{number}") for number in range(3)]
    await _letters(world)
    async with world.operator() as alice:
        await _one(notes, alice, first)
        await _many(notes, alice)
        notes.add(
            "replayLetter", await alice.post("/ops/letters/reports:chk_1-7-0/replay", json=WHY)
        )
        notes.add(
            "discardLetter", await alice.post("/ops/letters/reports:chk_1-7-1/discard", json=WHY)
        )
    await _people(world, notes)
    await _door(world, notes)
    world.rebuild(second_person=EVERYTHING)
    async with world.operator() as alice, world.operator("bob") as bob:
        await _two(notes, alice, bob, third)
    world.rebuild(second_person=frozenset())
    async with world.operator() as alice:
        notes.add(
            "cancelByOperator", await alice.post(f"/ops/checkouts/{second.id}/cancel", json=WHY)
        )
        notes.add("listAudit", await alice.get("/ops/audit?limit=2"))
    await _routes(world, notes)


async def _routes(world: ApiHarness, notes: Notes) -> None:
    """A candidate is ramped up, killed, and its provider taken out for a night."""
    policy = Policy(
        how="split",
        providers=("legacy-shop", "tmf"),
        weights=(90.0, 10.0),
        route="shop",
        shared=True,
        shadow=Shadow(candidate="tmf"),
    )
    router = Router(
        tables=world.store.tables,
        clock=world.clock,
        random=Random(1),
        policies={("northstar", "shop"): policy},
        prices={("northstar", "tmf"): ProviderCost()},
    )
    world.rebuild(router=router)
    night = {"begins": "2030-01-01T01:00:00Z", "ends": "2030-01-01T05:00:00Z", **WHY}
    candidate = {"provider": "tmf", **WHY}
    acts = (
        ("splitRoute", "routes/northstar/shop/split", {"shares": {"tmf": 25}, **WHY}),
        ("killProvider", "routes/northstar/shop/kill", candidate),
        ("restoreProvider", "routes/northstar/shop/restore", candidate),
        ("disableProvider", "providers/northstar/tmf/disable", WHY),
        ("enableProvider", "providers/northstar/tmf/enable", WHY),
        ("maintainProvider", "providers/northstar/tmf/maintain", night),
    )
    for seconds in (frozenset[str](), frozenset({path.rpartition("/")[2] for _, path, _ in acts})):
        world.rebuild(second_person=seconds)
        async with world.operator() as alice:
            for operation, path, body in acts:
                waits = "restore" in seconds and operation == "restoreProvider"
                if waits:
                    await router.settings.put(
                        router.settings.entry("northstar", "route", "shop"),
                        RouteSettings(closed=("tmf",)),
                        by="alice",
                        reason=WHY["reason"],
                    )
                notes.add(operation, await alice.post(f"/ops/{path}", json=body))
    async with world.operator() as alice:
        notes.add("listRoutes", await alice.get("/ops/routes"))
        notes.add("readParity", await alice.get("/ops/parity"))


async def _refused(world: ApiHarness, key: str) -> Customer:
    refusal = Refused("bad request", provider="main", code="400")
    world.backends.script("identity.verify", refusal)
    customer = await world.customer(key=key)
    await customer.put("contact")
    await customer.put("address")
    return customer


async def _people(world: ApiHarness, notes: Notes) -> None:
    """Somebody asks what is stored of them, and then that it goes."""
    customer = await world.customer(key="ops-person")
    mail = "someone@example.com"
    await customer.put("contact", {**FORMS["contact"], "email": mail})
    who = {"retailer": "northstar", "email": mail}
    why = {"reason": "asked by letter"}
    async with world.operator() as alice:
        notes.add("findPerson", await alice.post("/ops/people/search", json=who))
        path = f"/ops/checkouts/{customer.id}/export"
        notes.add("exportByOperator", await alice.post(path, json=why))
        notes.add("erasePerson", await alice.post("/ops/people/erase", json={**who, **why}))


async def _letters(world: ApiHarness) -> None:
    letters, now = world.store.tables.dead_letters, world.clock.now()
    for index in range(4):
        event = EventRow(
            checkout="chk_1",
            retailer="northstar",
            version=7,
            index=index,
            type="step.passed.v1",
            at=now,
            data={"step": "stock"},
        )
        letter = LetterRecord(
            consumer="reports",
            event=event,
            error="ValueError",
            detail="",
            tries=5,
            first_at=now,
            last_at=now,
        )
        await letters.add(letter)
    world.rebuild(letters=DeadLetterService(letters, [Taking()], world.clock))


async def _one(notes: Notes, alice: httpx.AsyncClient, customer: Customer) -> None:
    notes.add("summarizeOperations", await alice.get("/ops/summary"))
    notes.add("listLetters", await alice.get("/ops/letters?limit=1"))
    notes.add("readLetter", await alice.get("/ops/letters/reports:chk_1-7-0"))
    where = f"/ops/checkouts/{customer.id}"
    notes.add("showCheckout", await alice.get(where))
    notes.add("skipStep", await alice.post(f"{where}/steps/identity/skip", json=WHY))
    notes.add("retryStep", await alice.post(f"{where}/steps/identity/retry", json=WHY))


async def _many(notes: Notes, alice: httpx.AsyncClient) -> None:
    asked: dict[str, Any] = {"action": "skip", "step": "identity", **WHY}
    tried = await alice.post("/ops/bulk", json=asked)
    digest = tried.json()["digest"]
    run = {**asked, "dry_run": False, "digest": digest}
    notes.add("actInBulk", await alice.post("/ops/bulk", json=run))


async def _two(
    notes: Notes, alice: httpx.AsyncClient, bob: httpx.AsyncClient, customer: Customer
) -> None:
    someone = {"retailer": "northstar", "email": "someone@example.com"}
    notes.add("erasePerson", await alice.post("/ops/people/erase", json={**someone, **WHY}))
    where = f"/ops/checkouts/{customer.id}"
    verdict = {"verdict": "declined", **WHY}
    path = f"{where}/steps/identity/resolve"
    resolving = notes.add("resolveStep", await alice.post(path, json=verdict))
    notes.add("retryStep", await alice.post(f"{where}/steps/identity/retry", json=WHY))
    notes.add("cancelByOperator", await alice.post(f"{where}/cancel", json=WHY))
    for index, word in ((2, "replay"), (3, "discard")):
        letter = f"/ops/letters/reports:chk_1-7-{index}/{word}"
        notes.add(f"{word}Letter", await alice.post(letter, json=WHY))
    asked: dict[str, Any] = {"action": "cancel", "older_than": 0, **WHY}
    digest = (await alice.post("/ops/bulk", json=asked)).json()["digest"]
    run = {**asked, "dry_run": False, "digest": digest}
    bulk = notes.add("actInBulk", await alice.post("/ops/bulk", json=run))
    notes.add("listRequests", await bob.get("/ops/requests?limit=1"))
    request = f"/ops/requests/{resolving.json()['id']}"
    notes.add("approveRequest", await bob.post(f"{request}/approve", json=WHY))
    request = f"/ops/requests/{bulk.json()['id']}"
    notes.add("rejectRequest", await bob.post(f"{request}/reject", json=WHY))


async def _door(world: ApiHarness, notes: Notes) -> None:
    """More come than are let in: one waits, loses their turn, and joins again."""
    rates = {"northstar": AdmissionRate(6)}
    world.rebuild(admission=Admission(world.store, world.clock, rates))
    await world.create(key="door-1")
    customer = await world.customer(key="door-2")
    notes.add("putStep", await customer.put("contact"))
    async with world.operator() as alice:
        notes.add("listWaitingRooms", await alice.get("/ops/waiting-rooms"))
    for seconds in (10, 600):
        await world.clock.advance(timedelta(seconds=seconds))
        await world.engine.wake()
        await world.clock.spin()
    for number in range(3):
        await world.create(key=f"door-{number + 3}")
    notes.add("joinQueue", await customer.client.post(f"{customer.href}/queue"))
    world.rebuild(admission=None)
