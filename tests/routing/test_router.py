"""The router of a process: what operators set, what is measured, when a candidate is cut back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from unshackled.domain.facts import Fact
from unshackled.domain.records import replace
from unshackled.errors import Conflict, InDoubt
from unshackled.flow.engine.route_choice import RouteRequest
from unshackled.flow.language.policy import CutBack, Policy, Shadow
from unshackled.outbound import Shed
from unshackled.ports.call_context import Call
from unshackled.ports.outcome import Declined, Passed
from unshackled.routing.measures import Measures, ProviderCost
from unshackled.routing.router import CUT_BACK, Router
from unshackled.routing.watch import CutBackReason
from unshackled.store.memory import MemoryStore
from unshackled.store.side_tables.parity_counts import ProviderPair
from unshackled.store.side_tables.routing_settings import (
    ProviderSettings,
    RouteSettings,
    RoutingSetting,
    Window,
)
from unshackled.testing.virtual_clock import VirtualClock

SHOP = Policy(
    how="split",
    providers=("old", "new"),
    weights=(50.0, 50.0),
    route="shop",
    shared=True,
    cut_back=CutBack(errors=25, mismatches=10, calls=4, window=timedelta(minutes=1)),
    shadow=Shadow(candidate="new"),
)
CALL = Call(
    reference="R" * 26,
    checkout="chk_1",
    currency="GBP",
    locale="en-GB",
    callback_url="https://checkout.example/cb",
    return_url="https://checkout.example/back",
    route="shop",
)
PAIR = ProviderPair(
    retailer="acme", route="shop", live="old", candidate="new", operation="orders.place"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced(Fact):
    """An output with a price."""

    price: int


class RouterHarness:
    """A router on a store in memory."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.clock = VirtualClock()
        self.cut: list[tuple[RoutingSetting, CutBackReason]] = []
        self.router = Router(
            tables=self.store.tables,
            clock=self.clock,
            random=Random(1),
            policies={("acme", "shop"): SHOP},
            on_cut_back=self._note,
        )

    async def _note(self, entry: RoutingSetting, verdict: CutBackReason) -> None:
        self.cut.append((entry, verdict))

    async def open(self) -> RouterHarness:
        """With its tables there."""
        await self.store.open()
        await self.router.settings.refresh()
        return self

    def first(self, bucket: int = 1) -> str:
        """Who is picked for a bucket."""
        ask = RouteRequest(
            retailer="acme",
            operation="orders.place",
            policy=SHOP,
            candidates=SHOP.providers,
            bucket=bucket,
        )
        return self.router.rank(ask)[0].provider

    async def split(self, new: float, **more: Any) -> RoutingSetting:
        """Set the candidate's share."""
        entry = self.router.settings.entry("acme", "route", "shop")
        settings = RouteSettings(weights={"old": 100 - new, "new": new}, **more)
        return await self.router.settings.put(entry, settings, by="ada", reason="ramp")


async def test_an_operators_share_replaces_the_files() -> None:
    """A share that was set counts at once here, and after the next look at other replicas."""
    desk = await RouterHarness().open()
    other = await RouterHarness(desk.store).open()
    assert desk.first() == other.first() == "new"
    await desk.split(0)
    assert desk.first() == "old"
    assert other.first() == "new"
    await other.router.settings.refresh()
    assert other.first() == "old"
    seen = other.router.settings.entry("acme", "route", "shop")
    assert (seen.changed_by, seen.reason, seen.version) == ("ada", "ramp", 1)


async def test_two_operators_do_not_overwrite_each_other() -> None:
    """Who changes what somebody else changed meanwhile is told so, and nothing is changed."""
    desk = await RouterHarness().open()
    other = await RouterHarness(desk.store).open()
    await desk.split(10)
    with pytest.raises(Conflict):
        await other.split(90)
    await other.router.settings.refresh()
    await other.split(20)
    await desk.router.settings.refresh()
    assert desk.router.shares("acme", SHOP) == {"old": 80.0, "new": 20.0}


async def test_a_killed_candidate_is_nobody() -> None:
    """Closed on a route, it is not even a fall-back."""
    desk = await RouterHarness().open()
    await desk.split(0, closed=("new",))
    ask = RouteRequest(
        retailer="acme", operation="x.y", policy=SHOP, candidates=("old", "new"), bucket=1
    )
    assert [pick.provider for pick in desk.router.rank(ask)] == ["old"]


async def test_a_provider_is_out_when_told_and_in_its_windows() -> None:
    """Disabled until enabled; in a window of maintenance from its begin to its end."""
    desk = await RouterHarness().open()
    entry = desk.router.settings.entry("acme", "provider", "new")
    begins = desk.clock.now() + timedelta(hours=1)
    window = Window(begins=begins, ends=begins + timedelta(hours=2))
    entry = await desk.router.settings.put(
        entry, ProviderSettings(windows=(window,)), by="ada", reason="move"
    )
    assert not desk.router.settings.out("acme", "new")
    await desk.clock.advance(timedelta(hours=2))
    assert desk.router.settings.out("acme", "new")
    await desk.clock.advance(timedelta(hours=1))
    assert not desk.router.settings.out("acme", "new")
    await desk.router.settings.put(entry, ProviderSettings(disabled=True), by="ada", reason="sick")
    assert desk.router.settings.out("acme", "new")
    assert not desk.router.settings.out("acme", "old")


async def test_errors_cut_a_candidate_back() -> None:
    """Above the limit the share goes to the first provider, once, with the figure as reason."""
    desk = await RouterHarness().open()
    for _ in range(6):
        desk.router.answered("acme", "new", "orders.place", CALL, Passed(output=None))
    for _ in range(3):
        desk.router.failed("acme", "new", "orders.place", CALL, InDoubt("lost"))
    await desk.router.settle()
    assert desk.router.shares("acme", SHOP) == {"old": 100.0, "new": 0.0}
    ((entry, verdict),) = desk.cut
    assert entry.changed_by == CUT_BACK
    assert entry.reason == "new: 33.3 % errors of 9 (limit 25 %)"
    assert (verdict.what, verdict.calls) == ("errors", 9)
    assert desk.first() == "old"


async def test_what_we_shed_and_what_is_old_cuts_nobody_back() -> None:
    """Neither our own limits, nor declines, nor errors outside the window count."""
    desk = await RouterHarness().open()
    for _ in range(3):
        desk.router.failed("acme", "new", "orders.place", CALL, InDoubt("lost"))
    await desk.clock.advance(timedelta(minutes=2))
    for _ in range(9):
        desk.router.failed("acme", "new", "orders.place", CALL, Shed("busy"))
        desk.router.answered("acme", "new", "orders.place", CALL, Declined(code="declined"))
    desk.router.failed("acme", "old", "orders.place", CALL, InDoubt("lost"))
    await desk.router.settle()
    assert desk.cut == []


async def test_mismatches_cut_a_candidate_back_too() -> None:
    """A candidate that answers otherwise than the first provider loses its share."""
    desk = await RouterHarness().open()

    async def differently(call: Call) -> Any:
        return Declined(code="declined")

    for _ in range(4):
        desk.router.shadows.ask(
            PAIR, Shadow(candidate="new"), CALL, Passed(output=None), differently
        )
        await desk.router.shadows.settle()
    await desk.router.settle()
    assert [verdict.what for _, verdict in desk.cut] == ["mismatches"]


async def test_what_was_before_an_operator_moved_the_share_does_not_cut_back() -> None:
    """Mended and given a share again, a candidate is judged by what it does from then on."""
    desk = await RouterHarness().open()
    for _ in range(4):
        desk.router.failed("acme", "new", "orders.place", CALL, InDoubt("lost"))
    await desk.router.settle()
    for _ in range(9):  # who began there goes on there, and it is still sick
        desk.router.failed("acme", "new", "orders.place", CALL, InDoubt("lost"))
    await desk.split(50)
    for _ in range(4):
        desk.router.answered("acme", "new", "orders.place", CALL, Passed(output=None))
    await desk.router.settle()
    assert desk.router.shares("acme", SHOP)["new"] == 50.0
    for _ in range(4):
        desk.router.failed("acme", "new", "orders.place", CALL, InDoubt("lost"))
    await desk.router.settle()
    assert len(desk.cut) == 2, "sick again, cut back again"


async def test_a_cut_back_that_somebody_else_made_is_not_made_again() -> None:
    """Two replicas see the same sick candidate: one cut-back is written."""
    one = await RouterHarness().open()
    two = await RouterHarness(one.store).open()
    for desk in (one, two):
        for _ in range(4):
            desk.router.failed("acme", "new", "orders.place", CALL, InDoubt("lost"))
        await desk.router.settle()
    assert len(one.cut) == 1
    assert two.cut == []
    assert two.router.shares("acme", SHOP)["new"] == 0.0


async def test_a_shadow_asks_under_its_own_reference_and_only_tries() -> None:
    """The candidate's call is a dry run of its own, and calls nobody back."""
    desk = await RouterHarness().open()
    asked: list[Call] = []

    async def send(call: Call) -> Any:
        asked.append(call)
        return Passed(output=None)

    desk.router.shadows.ask(PAIR, Shadow(candidate="new"), CALL, Passed(output=None), send)
    await desk.router.shadows.settle()
    (call,) = asked
    assert call.dry_run
    assert call.reference != CALL.reference
    assert len(call.reference) == 26
    assert (call.callback_url, call.follows, call.handle) == ("", None, None)


async def test_parity_is_counted_and_told_field_by_field() -> None:
    """The report of a pair has its verdicts and the fields that differed, worst first."""
    desk = await RouterHarness().open()
    shadow = Shadow(candidate="new")

    async def answer(output: object, live: object = Passed(output=None)) -> None:
        async def send(call: Call) -> Any:
            if isinstance(output, Exception):
                raise output
            return output

        desk.router.shadows.ask(PAIR, shadow, CALL, live, send)
        await desk.router.shadows.settle()

    await answer(Passed(output=None))
    await answer(Declined(code="declined"))
    await answer(Passed(output=Priced(price=2)), Passed(output=Priced(price=1)))
    await answer(Passed(output=Priced(price=3)), Passed(output=Priced(price=1)))
    await answer(InDoubt("lost"))
    desk.router.shadows.ask(PAIR, shadow, CALL, Passed(output=None), None)
    await desk.router.flush()
    await desk.router.flush()
    (report,) = await desk.router.parity.report(desk.clock.now() - timedelta(hours=1))
    assert report.pair == PAIR
    assert (report.agreed, report.differed, report.failed, report.skipped) == (1, 3, 1, 1)
    assert [(one.field, one.differed) for one in report.fields] == [("price", 2), ("outcome", 1)]
    assert report.fields[0].example == "1 | 3"


async def test_a_candidate_that_serves_is_compared_too() -> None:
    """The other one is asked then, and the report still says which side said what."""
    desk = await RouterHarness().open()

    async def before(call: Call) -> Any:
        return Passed(output=Priced(price=1))

    served = Passed(output=Priced(price=2))
    desk.router.shadows.ask(PAIR, Shadow(candidate="new"), CALL, served, before, turned=True)
    await desk.router.shadows.settle()
    await desk.router.flush()
    (report,) = await desk.router.parity.report(desk.clock.now() - timedelta(hours=1))
    assert report.fields[0].example == "1 | 2"


async def test_a_shadow_that_does_not_run_is_told_loudly(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Configured, wanted often, never answered: an alarm, until it answers again."""
    desk = await RouterHarness().open()
    shadow = Shadow(candidate="new")
    for _ in range(25):
        desk.router.shadows.ask(PAIR, shadow, CALL, Passed(output=None), None)
    assert desk.router.shadows.alarm() == [], "not at once"
    await desk.clock.advance(timedelta(minutes=3))
    assert desk.router.shadows.alarm() == [("acme", "shop")]
    assert desk.router.shadows.running("acme", "shop") is False

    async def send(call: Call) -> Any:
        return Passed(output=None)

    desk.router.shadows.ask(PAIR, shadow, CALL, Passed(output=None), send)
    await desk.router.shadows.settle()
    assert desk.router.shadows.alarm() == []
    assert desk.router.shadows.running("acme", "shop") is True


async def test_a_route_says_itself_when_a_silent_shadow_is_an_alarm() -> None:
    """After as many calls, and as long without an answer, as its file says."""
    desk = await RouterHarness().open()
    shadow = Shadow(candidate="new", alarm_calls=3, alarm_after=timedelta(seconds=5))
    for _ in range(3):
        desk.router.shadows.ask(PAIR, shadow, CALL, Passed(output=None), None)
    await desk.clock.advance(timedelta(seconds=4))
    assert desk.router.shadows.alarm() == []
    await desk.clock.advance(timedelta(seconds=2))
    assert desk.router.shadows.alarm() == [("acme", "shop")]


async def test_measures_forget() -> None:
    """A bad hour is half as bad ten minutes later; nobody measured is as good as the best."""
    clock = VirtualClock()
    measures = Measures(clock)
    free = ProviderCost()
    assert measures.score("acme", "a", "payment.charge", price=free).rate == 1.0
    for _ in range(45):
        measures.note("acme", "a", "payment.charge", good=False)
    before = measures.score("acme", "a", "payment.charge", price=free)
    assert before.rate == pytest.approx(0.1)
    await clock.advance(timedelta(hours=2))
    after = measures.score("acme", "a", "payment.charge", price=free)
    assert after.rate > 0.99
    assert after.calls < 0.1


def test_cost_is_that_of_a_success() -> None:
    """What is paid for each call counts more often the more calls fail; the percentage does not."""
    clock = VirtualClock()
    measures = Measures(clock)
    price = ProviderCost(fixed=20, percent=1.5)
    for number in range(20):
        measures.note("acme", "a", "payment.charge", good=number % 2 == 0)
    score = measures.score("acme", "a", "payment.charge", price=price, amount=10_000)
    assert score.rate == pytest.approx(15 / 25)
    assert score.cost == pytest.approx(20 / (15 / 25) + 150)


async def test_another_policy_of_an_old_flow_keeps_its_own_shape() -> None:
    """A checkout pinned to a flow whose route was of another kind goes by what it knows."""
    desk = await RouterHarness().open()
    old = replace(SHOP, how="first", weights=(), cut_back=None, shadow=None)
    ask = RouteRequest(
        retailer="acme", operation="x.y", policy=old, candidates=("old", "new"), bucket=1
    )
    assert desk.router.rank(ask)[0].provider == "old"
