"""At the door: no package whose sum of money the providers of its flow do not take."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.extension.shop import Shop
from unshackled.shelf import find

FLOWS: Final = Path(__file__).parents[2] / "flows"
FLOW: Final = ("northstar", "handset-on-credit")
GOOD: Final[dict[str, Any]] = {"handset": "handset-mid", "tariff": "sim-50gb"}


def on_credit(deposit: int, **more: Any) -> dict[str, Any]:
    """A handset on credit with a deposit that the customer chose."""
    return {**GOOD, "credit": {"plan": "credit-24-0", "deposit": deposit}, **more}


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """The API on the flows that are shipped: their payment provider takes £0.30 and more."""
    opened = Shop(FLOWS, find())
    yield opened
    await opened.close()


async def post(shop: Shop, path: str, body: Any) -> httpx.Response:
    """What the retailer's server sends."""
    headers = {"Authorization": f"Bearer {await shop.key(FLOW[0])}", "Idempotency-Key": "one"}
    return await shop.api.post(path, json=body, headers=headers)


def refused(answer: httpx.Response) -> dict[str, Any]:
    """The one error of a 422."""
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, "/problems/invalid-package")
    (error,) = problem["errors"]
    found: dict[str, Any] = error
    return found


@pytest.mark.parametrize("path", ["/v1/quotes", "/v1/checkouts"])
async def test_a_deposit_below_what_the_provider_takes_is_refused(shop: Shop, path: str) -> None:
    """The answer names the field, the sum, and which deposits can be paid: none, or enough."""
    error = refused(await post(shop, path, {"flow": FLOW[1], "package": on_credit(29)}))
    assert (error["path"], error["code"]) == ("package.credit.deposit", "due_today_too_small")
    assert error["allowed"] == ["0", "30 to 99999999"]
    assert "£0.29" in error["message"]
    assert "£0.30" in error["message"]


@pytest.mark.parametrize("deposit", [0, 30, 4_900])
async def test_none_or_enough_is_taken(shop: Shop, deposit: int) -> None:
    """Zero due today is no charge; the least that is taken is taken."""
    body = {"flow": FLOW[1], "package": on_credit(deposit)}
    assert (await post(shop, "/v1/quotes", body)).status_code == 200
    assert (await post(shop, "/v1/checkouts", body)).status_code == 201


async def test_a_deposit_that_is_changed_on_the_way_is_judged_too(shop: Shop) -> None:
    """A PATCH to a sum that is not taken changes nothing; one to another sum does."""
    customer = await shop.begin(*FLOW, on_credit(4_900))
    url = f"/v1/checkouts/{customer.seen['id']}"
    headers = {"Authorization": f"Bearer {customer.token}"}
    body = {"package": {"credit": {"deposit": 12}}}
    error = refused(await shop.api.patch(url, json=body, headers=headers))
    assert (error["path"], error["code"]) == ("package.credit.deposit", "due_today_too_small")
    seen = await shop.api.get(url, headers=headers)
    assert seen.json()["package"]["credit"]["deposit"] == 4_900
    body = {"package": {"credit": {"deposit": 30}}}
    assert (await shop.api.patch(url, json=body, headers=headers)).status_code == 200


async def test_accessories_count_to_what_is_due(shop: Shop) -> None:
    """What is paid today beside the deposit makes a small deposit possible."""
    package = on_credit(1, accessories=["case-clear"])
    answer = await post(shop, "/v1/quotes", {"flow": FLOW[1], "package": package})
    assert answer.status_code == 200


async def test_a_quote_without_a_flow_knows_no_provider(shop: Shop) -> None:
    """It is a price; nobody is named who would take it."""
    assert (await post(shop, "/v1/quotes", {"package": on_credit(1)})).status_code == 200


async def test_the_customer_reads_it_in_their_language(shop: Shop) -> None:
    """The sentence has the sums as the checkout's locale writes them."""
    body = {"flow": FLOW[1], "package": on_credit(29), "locale": "de-DE"}
    error = refused(await post(shop, "/v1/checkouts", body))
    assert "0,29" in error["message"]
    assert "fällig" in error["message"]
