"""Goods that are promised for later: said, ordered, and charged when the law lets it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest

from tests.flow.files import mistakes, steps
from tests.flow.plans import plan_of
from tests.flow.test_sold import HOLDING
from tests.flow.world import EngineHarness
from unshackled.domain.records import replace
from unshackled.flow.plan.plan import Plan
from unshackled.http.checkouts.dispatch_shown import DispatchRef, dispatch
from unshackled.markets import refresh
from unshackled.ports.orders import OrderDispatched
from unshackled.ports.outcome import Passed, Pending
from unshackled.ports.stock import StockReserved
from unshackled.testing.samples import QUOTE, sample

LATER = "{stock: {with: {promise: true}}"
DISPATCH = "dispatch: {call: orders.dispatch, needs: [order]}"


@pytest.fixture
def strict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A market whose law has goods charged on dispatch, from a package of its own."""
    law = resources.files("unshackled.markets").joinpath("gb.toml").read_text()
    law = law.replace('market = "GB"', 'market = "IE"')
    begin, value = law.split("[[rules.goods_charged_on_dispatch]]")
    strict = value.replace("value = false", "value = true", 1)
    folder, about = tmp_path / "acme_strict", tmp_path / "acme_strict-1.dist-info"
    folder.mkdir()
    about.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "ie.toml").write_text(f"{begin}[[rules.goods_charged_on_dispatch]]{strict}")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-strict\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[unshackled.markets]\nacme = acme_strict\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    refresh()
    yield tmp_path
    monkeypatch.undo()
    sys.modules.pop("acme_strict", None)
    refresh()


def flow(changes: str, market: str) -> str:
    """The good flow with changes, in a market."""
    return steps(changes).replace("locale: en-GB", f"locale: en-GB, market: {market}")


HELD = "deposit: {call: payment.authorise}"
CASES = [
    ("IE", f"{LATER}}}", ["deposit"]),
    ("IE", f"{LATER}, {HELD}, take: {{call: payment.capture, needs: [order]}}}}", ["take"]),
    (
        "IE",
        f"{LATER}, {HELD}, {DISPATCH}, take: {{call: payment.capture, needs: [dispatch]}}}}",
        [],
    ),
    ("IE", "{stock: {with: {promise: false}}}", []),
    ("IE", "{}", []),
    ("GB", f"{LATER}}}", []),
]


@pytest.mark.parametrize(("market", "changes", "wrong"), CASES)
def test_what_is_promised_is_charged_on_dispatch_where_the_law_says_so(
    strict: Path, tmp_path: Path, market: str, changes: str, wrong: list[str]
) -> None:
    """Held before the order, taken after the goods left; in other markets the flow may choose."""
    folder = tmp_path / "flows"
    folder.mkdir()
    found = mistakes(folder, {"acme.yaml": flow(changes, market)}, HOLDING)
    assert [m.code for m in found] == ["charged_before_dispatch"] * len(wrong)
    for one, name in zip(found, wrong, strict=True):
        assert one.message.startswith(f"{name}: is charged before the goods leave")
        assert "payment.capture" in one.message


def selling_plan() -> Plan:
    """Goods that are held, ordered and waited for."""
    made = plan_of(
        {
            "contact": {"collect": "contact"},
            "address": {"collect": "address"},
            "stock": {"call": "stock.reserve"},
            "confirm": {"confirm": "package"},
            "order": {"call": "orders.place", "needs": ["confirm"], "pivot": True},
            "dispatch": {"call": "orders.dispatch", "needs": ["order"]},
        }
    )
    return replace(made, time_zone="Europe/London")


async def test_the_promised_day_is_told_from_the_reservation_to_the_dispatch() -> None:
    """First what the shelf promised, then the shop's newest word, then when the goods left."""
    world = EngineHarness(selling_plan())
    due = datetime(2031, 7, 21, 23, 30, tzinfo=UTC)
    held = replace(sample(StockReserved), promised=date(2031, 7, 20))
    waiting = Pending(poll_after=timedelta(hours=1), due_by=due)
    left = sample(OrderDispatched)
    world.backends.script("stock.reserve", Passed(output=held))
    world.backends.script("orders.dispatch", waiting, Passed(output=left))
    await world.begin(quote=replace(QUOTE, due_today=0))
    plan = world.plan
    shown = dispatch(plan, await world.seen())
    assert shown is not None
    assert (shown["promised"], shown["dispatched_at"]) == (date(2031, 7, 20), None)
    assert set(shown) == set(DispatchRef.model_fields)
    await world.fill("contact", "address")
    await world.complete()
    shown = dispatch(plan, await world.seen())
    assert shown is not None
    assert shown["promised"] == date(2031, 7, 22), "the day in London, where it is summer"
    await world.wait(hours=2)
    shown = dispatch(plan, await world.seen())
    assert shown is not None
    assert shown["dispatched_at"] is not None


async def test_goods_on_the_shelf_promise_nothing() -> None:
    """There is nothing to tell."""
    world = EngineHarness(selling_plan())
    await world.begin(quote=replace(QUOTE, due_today=0))
    assert dispatch(world.plan, await world.seen()) is None
