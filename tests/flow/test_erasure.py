"""Erasing personal data: what is refused until when, what goes, and that nothing comes back."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.flow.plans import credit_plan
from tests.flow.world import ID, EngineHarness
from unshackled.domain.checkout import Checkout, Private
from unshackled.domain.erasure import CONTRACT, ERASED, LAW, RetentionPeriods, duties_of_order
from unshackled.domain.package import Package
from unshackled.domain.records import replace
from unshackled.domain.states import State
from unshackled.errors import Conflict, Refused
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.ports.outcome import Declined, Pending, Undelivered
from unshackled.store import snapshot
from unshackled.testing.made_up_checkouts import change_of, next_of
from unshackled.testing.samples import NOW, PACKAGE, personal_words

BY_SERVER = c.Erase(by="retailer")
DAY = timedelta(days=1)


def words_in(checkout: Checkout) -> set[str]:
    """The personal values of the samples that are in what is stored of a checkout."""
    text = b"".join(snapshot.dump(checkout)).decode()
    return {word for word in personal_words() if word in text}


async def bought(world: EngineHarness) -> Checkout:
    """A checkout whose order was placed."""
    await world.ready()
    done = await world.complete()
    assert done.completed_at is not None
    return done


async def refusal_of(world: EngineHarness, command: c.Command = BY_SERVER) -> Rejected:
    """Why the data may not be erased (all of it)."""
    with pytest.raises(Rejected) as refused:
        await world.ask(command)
    return refused.value


def moment(duty: dict[str, str]) -> datetime:
    """When a duty ends."""
    return datetime.fromisoformat(duty["until"])


async def erased_types(world: EngineHarness) -> list[dict[str, Any]]:
    """The data of every erasure in the log."""
    rows = await world.store.events(ID, after=None, limit=500)
    return [dict(row.data) for row in rows if row.type == "personal.erased.v1"]


async def test_a_canceled_checkout_is_erased_whole() -> None:
    """A new version and an event say who asked; nothing personal is left in what is stored."""
    world = EngineHarness()
    await world.ready()
    before = await world.cancel()
    assert words_in(before)
    after = await world.ask(BY_SERVER)
    assert after.version == before.version + 1
    assert after.private == Private()
    assert words_in(after) == set()
    assert snapshot.dump(after)[1] == snapshot.NOTHING
    assert after.package.trade_in is not None
    assert after.package.trade_in.imei == ERASED
    assert snapshot.parse(*snapshot.dump(after)) == after
    (event,) = await erased_types(world)
    assert event == {"by": "retailer", "reason": "requested", "steps": [], "duties": []}


async def test_erasing_twice_is_erasing_once() -> None:
    """The same again is answered with what is there, and writes nothing."""
    world = EngineHarness()
    await world.ready()
    await world.cancel()
    first = await world.ask(BY_SERVER)
    assert await world.ask(BY_SERVER) == first
    assert len(await erased_types(world)) == 1


async def test_an_open_checkout_keeps_its_data_until_it_ends() -> None:
    """The refusal says that it must be canceled, and when it ends by itself."""
    world = EngineHarness()
    await world.ready()
    refused = await refusal_of(world)
    (duty,) = refused.details["duties"]
    assert (refused.code, duty["reason"]) == ("personal_data_needed", "checkout_open")
    assert moment(duty) == (await world.seen()).expires_at
    assert words_in(await world.seen())


async def test_a_doubt_keeps_the_data_until_it_is_settled() -> None:
    """What is being taken back may need it."""
    world = EngineHarness()
    world.backends.script("stock.release", Refused("broken", provider="shop", code="no"))
    await world.ready()
    seen = await world.cancel()
    assert any(undo.failed for undo in seen.undos.values())
    (duty,) = (await refusal_of(world)).details["duties"]
    assert (duty["reason"], duty["until"]) == ("checkout_unsettled", None)
    assert await erased_types(world) == []


async def test_an_order_keeps_what_its_contracts_and_the_law_need() -> None:
    """The card's token goes at once; who the customer is stays, with until when."""
    world = EngineHarness()
    done = await bought(world)
    assert {"card", "contact"} <= set(done.private.inputs)
    refused = await refusal_of(world)
    seen = await world.seen()
    assert "card" not in {*seen.private.inputs, *seen.private.outputs}
    assert {"contact", "address", "income"} <= set(seen.private.inputs)
    assert (seen.private.requests, seen.private.links, seen.private.offers) == ({}, {}, {})
    contract, law = refused.details["duties"]
    months = max(PACKAGE.credit.months, PACKAGE.tariff.term_months)  # type: ignore[union-attr]
    assert contract["reason"] == CONTRACT
    assert moment(contract).year == NOW.year + months // 12
    assert (law["reason"], moment(law).year) == (LAW, moment(contract).year + 6)
    (event,) = await erased_types(world)
    assert event["steps"] == ["card"]
    assert [duty["reason"] for duty in event["duties"]] == [CONTRACT, LAW]


async def test_asking_again_while_a_duty_lasts_changes_nothing() -> None:
    """It is refused as before, and no event is written."""
    world = EngineHarness()
    await bought(world)
    await refusal_of(world)
    before = await world.seen()
    await refusal_of(world)
    assert await world.seen() == before


async def test_what_the_law_asked_for_goes_when_it_does() -> None:
    """First what the contract needed, in the end everything."""
    world = EngineHarness()
    await bought(world)
    _, law = (await refusal_of(world)).details["duties"]
    await world.clock.advance(moment(law) - world.clock.now() - DAY)
    assert [duty["reason"] for duty in (await refusal_of(world)).details["duties"]] == [LAW]
    await world.clock.advance(2 * DAY)
    assert words_in(await world.ask(BY_SERVER)) == set()


async def test_a_stale_snapshot_elsewhere_writes_nothing_back() -> None:
    """Another replica that saw the data last loses the compare-and-swap, then acts on what is."""
    world = EngineHarness()
    await world.ready()
    stale = await world.cancel()
    other = world.fresh_engine()
    other.recent.put(stale)
    await world.ask(BY_SERVER)
    with pytest.raises(Conflict):
        await world.store.append(change_of(next_of(stale), events=0))
    world.engine = other
    reference = next(s.reference for s in stale.steps.values() if s.reference)
    assert await world.notify(reference, Declined(code="late"))
    assert words_in(await world.seen()) == set()


@pytest.mark.parametrize("ended", ["canceled", "completed"])
async def test_no_late_word_of_a_provider_brings_anything_back(ended: str) -> None:
    """Whatever comes about whichever effect: it is taken, and no personal value is stored again."""
    world = EngineHarness()
    if ended == "canceled":
        await world.ready()
        before = await world.cancel()
    else:
        before = await bought(world)
        await world.clock.advance(timedelta(days=10 * 366))
    await world.ask(BY_SERVER)
    for name, state in before.steps.items():
        if state.reference is None:
            continue
        passed = world.backends.effects[state.reference].outcome
        for outcome in (
            passed,
            Pending(poll_after=DAY),
            Undelivered(code="bounced"),
            Declined(code="no"),
        ):
            assert await world.notify(state.reference, outcome)
            seen = await world.seen()
            assert seen.private == Private(), (name, outcome)
            assert words_in(seen) == set()


async def test_an_effect_that_turns_up_after_erasing_is_still_taken_back() -> None:
    """Money that was taken for a canceled checkout goes back, by its reference alone."""
    world = EngineHarness()
    await world.ready()
    before = await world.cancel()
    await world.ask(BY_SERVER)
    stock = before.steps["stock"]
    assert stock.state is State.UNDONE
    undone = len(world.backends.calls("stock.release", what="undo"))
    passed = world.backends.effects[str(stock.reference)].outcome
    assert await world.notify(str(stock.reference), passed)
    await world.wait(seconds=5)
    assert len(world.backends.calls("stock.release", what="undo")) == undone + 1
    assert (await world.seen()).private == Private()


async def test_a_message_that_bounced_is_not_sent_to_nobody() -> None:
    """There is no address left to try another way; that it did not arrive is told all the same."""
    ways: dict[str, Any] = {"how": "first", "providers": ["sms", "email"]}
    world = EngineHarness(credit_plan(confirmation=ways))
    done = await bought(world)
    await world.clock.advance(timedelta(days=10 * 366))
    await world.ask(BY_SERVER)
    reference = str(done.steps["confirmation"].reference)
    assert await world.notify(reference, Undelivered(code="unreachable"))
    seen = await world.seen()
    assert seen.undelivered == (reference,)
    assert seen.steps["confirmation"].state is State.PASSED


async def test_a_person_decides_a_contradiction_without_the_data() -> None:
    """What the provider took back after erasing is for an operator; the verdict stores nothing."""
    world = EngineHarness()
    done = await bought(world)
    await world.clock.advance(timedelta(days=10 * 366))
    await world.ask(BY_SERVER)
    await world.notify(str(done.steps["activate_credit"].reference), Declined(code="no"))
    assert (await world.seen()).steps["activate_credit"].state is State.IN_REVIEW
    await world.ask(c.Resolve(step="activate_credit", verdict="passed", reason="it runs"))
    seen = await world.seen()
    assert seen.steps["activate_credit"].state is State.PASSED
    assert seen.private == Private()


async def test_an_operator_erases_with_a_reason() -> None:
    """Who and why are in the log ahead of what was done; the role alone is in the event."""
    world = EngineHarness()
    await world.ready()
    await world.cancel()
    await world.ask(c.EraseByOperator(reason="asked by letter", operator="alice"))
    rows = await world.store.events(ID, after=None, limit=500)
    decided, gone = rows[-2:]
    assert decided.data["action"] == "erase"
    assert decided.data["operator"] == "alice"
    assert gone.data["by"] == "operator"


@pytest.mark.parametrize(
    ("parts", "periods", "ends"),
    [
        ({}, RetentionPeriods(), ["2035-03-01"]),
        ({}, RetentionPeriods(years=8, from_year_end=True), ["2038-01-01"]),
        ({"tariff": True}, RetentionPeriods(), ["2031-03-01", "2037-03-01"]),
    ],
)
def test_duties_end_with_a_day_of_the_retailer(
    parts: dict[str, bool], periods: RetentionPeriods, ends: list[str]
) -> None:
    """Without a contract from the order on; with one from its end on; leap days are clamped."""
    tariff = replace(PACKAGE.tariff, term_months=24) if parts else None
    package = Package(handset=PACKAGE.handset, tariff=tariff)
    began = datetime(2029, 2, 28, tzinfo=UTC).date()
    found = duties_of_order(package, began, periods, "Europe/London")
    assert [duty.until.date().isoformat() for duty in found if duty.until] == ends


@pytest.mark.parametrize(
    ("last", "ends"),
    [(None, "2031-03-01"), ("2031-04-14", "2031-04-15"), ("2030-01-14", "2031-03-01")],
)
def test_a_contract_lasts_until_its_last_payment(last: str | None, ends: str) -> None:
    """Where the first payment was put off the last one is later than the months say."""
    tariff = replace(PACKAGE.tariff, term_months=24)
    package, began = Package(handset=PACKAGE.handset, tariff=tariff), date(2029, 2, 28)
    paid = date.fromisoformat(last) if last else None
    contract, _ = duties_of_order(package, began, RetentionPeriods(), "UTC", paid)
    assert contract.until is not None
    assert contract.until.date().isoformat() == ends
