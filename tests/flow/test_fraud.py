"""Fraud signals in a flow: they decline by themselves, or send the checkout to a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.files import ADAPTERS, HEAD, Adapters, adapter, write
from tests.flow.world import EngineHarness
from unshackled.errors import InDoubt
from unshackled.flow.plan.registry import load_flows
from unshackled.ports.fraud import SimSwapChecked
from unshackled.ports.outcome import Declined, Outcome, Passed

FLOW = """
providers:
  shop: {adapter: shop, settings: {base_url: env:SHOP_URL, key: env:SHOP_KEY}}
  operator: {adapter: operator, settings: {base_url: env:OPERATOR_URL, key: env:OPERATOR_KEY}}
defaults: {stock: shop, orders: shop, fraud: operator}
flows:
  buy:
    sells: {}
    steps:
      contact: {collect: contact}
      address: {collect: address}
      sim_swap:
        {call: fraud.check_sim_swap, needs: [contact], with: {within: 72h, decline: %s},
         on_decline: end}
      second_look:
        review: fraud
        needs: [sim_swap]
        when: has(steps.sim_swap) && (steps.sim_swap.swapped || !steps.sim_swap.known)
      stock: {call: stock.reserve}
      confirm: {confirm: package}
      order: {call: orders.place, needs: [confirm], pivot: true}
"""


def told(*, swapped: bool = False, known: bool = True) -> Passed[SimSwapChecked]:
    return Passed(output=SimSwapChecked(swapped=swapped, known=known, covered_hours=72))


async def asked(
    folder: Path, *answers: Outcome[SimSwapChecked] | InDoubt, decline: str = "false"
) -> EngineHarness:
    """A customer whose operator answers so."""
    known = Adapters(known={**ADAPTERS, "operator": adapter("fraud")})
    book = load_flows(write(folder, {"acme.yaml": HEAD + FLOW % decline}), known)
    world = EngineHarness(book.plan("acme", "buy"))
    world.backends.script("fraud.check_sim_swap", *answers)
    await world.begin()
    await world.fill("address", "contact")
    return world


async def test_a_clear_number_goes_on(tmp_path: Path) -> None:
    """Nobody looks, and the checkout can be completed; the operator was asked as the flow says."""
    world = await asked(tmp_path, told())
    (sent,) = world.backends.calls("fraud.check_sim_swap")
    assert (sent.request.within.total_seconds(), sent.request.decline) == (72 * 3600, False)
    assert (await world.step("second_look")).state == "skipped"
    assert (await world.standing()).status == "ready_for_complete"


@pytest.mark.parametrize("answer", [told(swapped=True), told(known=False)])
async def test_a_doubtful_number_is_looked_at(
    tmp_path: Path, answer: Passed[SimSwapChecked]
) -> None:
    """A swap, and an operator that cannot tell, send the checkout to a person."""
    world = await asked(tmp_path, answer)
    assert (await world.step("second_look")).state == "in_review"
    assert (await world.standing()).status != "ready_for_complete"


async def test_a_swap_may_end_the_checkout(tmp_path: Path) -> None:
    """Where it declines, `on_decline: end` cancels for that reason, and stock is given back."""
    world = await asked(tmp_path, Declined(code="sim_swapped"), decline="true")
    seen = await world.seen()
    assert seen.canceled is not None
    assert seen.canceled.code == "sim_swapped"
    assert world.backends.standing("stock.reserve") == []


async def test_an_operator_without_an_answer_is_asked_again(tmp_path: Path) -> None:
    """A signal only reads: its doubt is resolved by asking, and nothing is left to undo."""
    lost = InDoubt("no answer", provider="operator")
    world = await asked(tmp_path, lost, told())
    await world.wait(seconds=1)
    assert len(world.backends.calls("fraud.check_sim_swap")) == 2
    assert (await world.step("second_look")).state == "skipped"
