"""A customer who cannot repay is told what they could, and nobody else learns their figures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.world import FORMS, ON_CREDIT, ApiHarness
from unshackled.domain.records import replace

INCOME = "      income:         {collect: income_and_outgoings"
RULE = (
    "      affordability:  {rule: affordability, needs: [income], with: {max_share_percent: 50},"
    " when: has(package.credit) && package.credit.amount > 30000}\n"
)
# 71800 less 4900 over 24 months at 9.9 % is 3066 a month, the last 3071; the tariff is 1800.
POOR = {**FORMS["income"], "monthly_net_income": 105_672}


@pytest.fixture
async def careful(tmp_path: Path) -> AsyncIterator[ApiHarness]:
    """A shop whose flow has the rule, and a longer plan."""
    for file in (Path(__file__).parents[1] / "flows").glob("*.yaml"):
        text = file.read_text().replace(INCOME, RULE + INCOME)
        text = text.replace("needs: [identity, income]", "needs: [identity, affordability]")
        (tmp_path / file.name).write_text(text)
    found = ApiHarness(flows=tmp_path)
    known = found.catalogues.held["northstar"]
    longer = replace(known.credit_plans[0], code="credit-36", title="36 months", months=36)
    found.catalogues.held["northstar"] = replace(known, credit_plans=(*known.credit_plans, longer))
    await found.open()
    yield found
    await found.engine.close()


def _told(body: dict[str, Any], code: str) -> dict[str, Any]:
    (found,) = [one for one in body["messages"] if one["code"] == code]
    told: dict[str, Any] = found
    return told


async def test_plans_and_deposits_that_would_fit_are_named_and_can_be_taken(
    careful: ApiHarness,
) -> None:
    """4000 are left and half of it may go: 36 months at 2149 do not fit, so a deposit is named."""
    customer = await careful.customer()
    assert (await customer.put("income", POOR)).status_code == 200
    body = await customer.read()
    told = _told(body, "unaffordable")
    offers = told["params"]["offers"]
    assert [(one["plan"], one["months"]) for one in offers] == [
        ("credit-36", 36),
        ("credit-24", 24),
    ]
    assert all(one["instalment"] <= 2_000 for one in offers)
    assert f"£{offers[0]['deposit'] // 100}.00 today" in told["content"]
    change = next(one for one in body["next_actions"] if one["id"] == "change_package")
    assert change["id"] in told["actions"]
    assert change["patches"][0] == {
        "package": {"credit": {"plan": "credit-36", "deposit": offers[0]["deposit"]}}
    }
    taken = await customer.client.patch(customer.href, json=change["patches"][0])
    assert taken.status_code == 200, taken.text
    states = {one["name"]: one["state"] for one in taken.json()["steps"]}
    assert states["affordability"] == "passed"


async def test_other_figures_and_paying_in_full_are_ways_out_too(careful: ApiHarness) -> None:
    """The message names the form with the figures; without credit nothing is asked."""
    customer = await careful.customer()
    await customer.put("income", POOR)
    told = _told(await customer.read(), "unaffordable")
    assert told["actions"] == ["submit:income", "change_package"]
    await customer.put("income", FORMS["income"])
    assert not [o for o in (await customer.read())["messages"] if o["code"] == "unaffordable"]
    await customer.put("income", POOR)
    left = await customer.patch({**ON_CREDIT, "credit": None})
    assert {one["name"]: one["state"] for one in left.json()["steps"]}["affordability"] == "skipped"


async def test_without_a_catalogue_at_hand_the_ways_are_there_without_names(
    careful: ApiHarness,
) -> None:
    """An answer never waits for a catalogue."""
    customer = await careful.customer()
    careful.catalogues.away = True
    await customer.put("income", POOR)
    told = _told(await customer.read(), "unaffordable")
    assert "offers" not in told["params"]
    assert "change_package" in told["actions"]


async def test_the_figures_are_the_operators_and_in_no_event(careful: ApiHarness) -> None:
    """`/ops` has them; the log has the code alone, of a pass too."""
    customer = await careful.customer()
    await customer.put("income", POOR)
    async with careful.operator() as operator:
        shown = (await operator.get(f"/ops/checkouts/{customer.id}")).json()
    (step,) = [one for one in shown["steps"] if one["step"] == "affordability"]
    assert step["declines"] == [
        {
            "lender": None,
            "agencies": [],
            "disposable": 105_672 - 78_313 - 21_559 - 1_800,
            "most": 2_000,
            "instalment": 3_071,
        }
    ]
    await customer.put("income", FORMS["income"])
    rows = await careful.store.events(customer.id, after=None, limit=100)
    mine = [row for row in rows if row.data.get("step") == "affordability"]
    assert {row.type for row in mine} >= {"step.declined.v1", "step.passed.v1"}
    text = " ".join(str(row.data) for row in mine)
    assert not any(figure in text for figure in ("4000", "2000", "3071", "130275"))
