"""The table of endings covers what can happen, and every life ends well."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.files import cases, load
from tests.shipped import shipped
from unshackled.adapter_registry import find
from unshackled.authoring.case_walks import NoSaleToServe, play_case, simulate_case
from unshackled.authoring.flow_walks import (
    NOBODY_DECIDES,
    REFUSED_BY_PERSON,
    Trouble,
    outcomes,
    simulate,
    table,
    ways_of,
)

CASES = ("return", "faulty")
NAMES = ["northstar/handset-on-credit", "orbit/upgrade", "pocket/sim-only"]


@pytest.mark.parametrize("name", NAMES)
async def test_every_outcome_of_every_step_ends_well(name: str) -> None:
    """Each is in the table; a checkout is completed, or canceled and all taken back."""
    retailer, _, flow = name.partition("/")
    plan, shelf = shipped().plan(retailer, flow), find()
    specs = shipped().retailers[retailer].providers
    doubts = {key: shelf.load(spec.adapter).doubt for key, spec in specs.items()}
    endings = await simulate(plan, ways_of(plan, doubts))
    wanted = {(step.name, word) for step in plan.steps.values() for word, _ in outcomes(step)}
    assert {(end.step, end.outcome) for end in endings} == wanted | {("-", "all pass")}
    assert endings[0].status == "completed"
    for end in endings:
        assert end.status.startswith(("completed", "canceled")), end
        waits = plan.steps[end.step].downstream_of_pivot if end.step in plan.steps else False
        assert end.settled or waits, end
    assert len(list(table(endings))) > len(endings)


@pytest.mark.parametrize("name", ["refund", "withdrawal"])
async def test_every_outcome_of_a_case_ends_well(name: str) -> None:
    """On a sale that went well a case is completed, or canceled with nothing of it left."""
    flow, shelf = shipped().cases["northstar", name], find()
    retailer = shipped().retailers["northstar"]
    doubts = {key: shelf.load(one.adapter).doubt for key, one in retailer.providers.items()}
    sales = [shipped().plan("northstar", sale) for sale in retailer.flows]
    endings = await simulate_case(sales, flow, doubts)
    wanted = {(step.name, word) for step in flow.steps.values() for word, _ in outcomes(step)}
    assert {(end.step, end.outcome) for end in endings} == wanted | {("-", "all pass")}
    assert (endings[0].status, endings[0].settled) == ("completed", True)
    for end in endings:
        assert end.status.startswith(("completed", "canceled")), end
        late = flow.steps[end.step].downstream_of_pivot if end.step in flow.steps else False
        assert end.settled or late, end


async def test_a_person_decides_what_a_case_has_reviewed(tmp_path: Path) -> None:
    """Yes by default; a no, and no word until the deadline, end what the review is for."""
    bases = Path(__file__).parents[2] / "flows" / "base"
    texts = {f"base/{name}.yaml": (bases / f"{name}.yaml").read_text() for name in CASES}
    book = load(tmp_path, cases("faulty: {extends: base/faulty}"), **texts)
    flow, sale = book.cases["acme", "faulty"], book.plan("acme", "buy")
    claim = flow.steps["claim"]
    assert [word for word, _ in outcomes(claim)] == [REFUSED_BY_PERSON, NOBODY_DECIDES]
    wanted = {
        "all pass": "completed",
        REFUSED_BY_PERSON: "canceled (review_declined)",
        NOBODY_DECIDES: "canceled (timed_out)",
    }
    for outcome, status in wanted.items():
        end = await play_case(sale, flow, {}, Trouble(step="claim", outcome=outcome))
        assert (end.status, end.settled) == (status, True), outcome


async def test_a_case_needs_a_sale_that_it_is_for() -> None:
    """No sale of Pocket's has a payment to give back, and that is said."""
    flow, sales = shipped().cases["northstar", "refund"], [shipped().plan("pocket", "sim-only")]
    with pytest.raises(NoSaleToServe, match="refund is for no sale that any of sim-only makes"):
        await simulate_case(sales, flow, {})


async def test_a_canceled_life_takes_back_what_was_done() -> None:
    """An order that is refused gives the money, the agreement, the credit and the stock back."""
    plan = shipped().plan("northstar", "handset-on-credit")
    endings = await simulate(plan, {})
    (refused,) = [end for end in endings if (end.step, end.outcome) == ("order", "refused")]
    wanted = {
        "payment.refund",
        "mandate.cancel",
        "agreement.void",
        "credit.withdraw",
        "stock.release",
    }
    assert refused.status.startswith("canceled")
    assert set(refused.undone) == wanted
