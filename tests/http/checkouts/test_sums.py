"""At the door: no package whose sum of money the providers of its flow do not take."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copytree
from typing import Any, Final

import httpx
import pytest

from tests.extension.shop import Shop
from unshackled.adapter_registry import find
from unshackled.ports.amount_ranges import AmountRange

FLOWS: Final = Path(__file__).parents[3] / "flows"
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
    """The answer names the field, the sum, and the deposits that are taken: none, or enough."""
    error = refused(await post(shop, path, {"flow": FLOW[1], "package": on_credit(29)}))
    assert (error["path"], error["code"]) == ("package.credit.deposit", "due_today_too_small")
    assert error["allowed"] == ["0", "30 to 61800"]
    assert "£0.29" in error["message"]
    assert "£0.30" in error["message"]


@pytest.mark.parametrize("deposit", [0, 30, 4_900])
async def test_none_or_enough_is_taken(shop: Shop, deposit: int) -> None:
    """Zero due today is no charge; the least that is taken is taken."""
    body = {"flow": FLOW[1], "package": on_credit(deposit)}
    assert (await post(shop, "/v1/quotes", body)).status_code == 201
    assert (await post(shop, "/v1/checkouts", body)).status_code == 201


async def test_a_deposit_that_is_changed_on_the_way_is_judged_too(shop: Shop) -> None:
    """A PATCH to a sum that is not taken changes nothing; one to another sum does."""
    customer = await shop.begin(*FLOW, on_credit(4_900))
    url = f"/v1/checkouts/{customer.checkout['id']}"
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
    assert answer.status_code == 201


async def test_a_quote_without_a_flow_knows_no_provider(shop: Shop) -> None:
    """It is a price; nobody is named who would take it."""
    assert (await post(shop, "/v1/quotes", {"package": on_credit(1)})).status_code == 201


async def test_the_customer_reads_it_in_their_language(shop: Shop) -> None:
    """The sentence has the sums as the checkout's locale writes them."""
    body = {"flow": FLOW[1], "package": on_credit(29), "locale": "de-DE"}
    error = refused(await post(shop, "/v1/checkouts", body))
    assert "0,29" in error["message"]
    assert "fällig" in error["message"]


async def test_a_contract_says_other_sums_than_the_vendor(tmp_path: Path) -> None:
    """What the file writes under the provider is what packages are held against."""
    folder = copytree(FLOWS, tmp_path / "flows")
    file = folder / "northstar.yaml"
    said = "    adapter: psp\n    amounts: {payment.charge: {GBP: {least: 5000, most: 9000}}}\n"
    file.write_text(file.read_text().replace("    adapter: psp\n", said))
    shop = Shop(folder, find())
    try:
        for deposit, code in ((4_999, "due_today_too_small"), (9_001, "due_today_too_large")):
            body = {"flow": FLOW[1], "package": on_credit(deposit)}
            error = refused(await post(shop, "/v1/quotes", body))
            assert (error["code"], error["allowed"]) == (code, ["0", "5000 to 9000"])
        body = {"flow": FLOW[1], "package": on_credit(5_000)}
        assert (await post(shop, "/v1/quotes", body)).status_code == 201
    finally:
        await shop.close()


async def test_a_credit_that_no_lender_gives_is_refused(tmp_path: Path) -> None:
    """The widest range of the lenders of a waterfall counts, of quotation and application."""
    folder = copytree(FLOWS, tmp_path / "flows")
    file = folder / "northstar.yaml"
    text = file.read_text()
    for lender, most in (("prime-lender", 20_000), ("second-lender", 30_000)):
        said = f"{{credit.quote: {{GBP: {{most: {most}}}}}}}"
        old = f"  {lender}:\n    adapter: lender\n"
        assert old in text
        text = text.replace(old, f"{old}    amounts: {said}\n")
    file.write_text(text)
    shop = Shop(folder, find())
    try:
        body = {"flow": FLOW[1], "package": on_credit(4_900)}
        error = refused(await post(shop, "/v1/quotes", body))
        assert (error["path"], error["code"]) == ("package.credit", "credit_too_large")
        assert error["allowed"] == ["10000 to 30000"]
    finally:
        await shop.close()


async def test_a_sum_that_is_taken_no_more_is_changed_after_the_yes(shop: Shop) -> None:
    """Following the next actions ends in an order where a range changed on the way."""
    customer = await shop.begin(*FLOW, on_credit(4_900))
    customer.shop_key = await shop.key(FLOW[0])
    shop.backends.amounts["psp"] = {"payment.charge": {"GBP": AmountRange(least=10_000)}}
    heard: list[str] = []
    customer.listener = lambda action: heard.append(action["id"])
    assert (await customer.buy())["status"] == "completed"
    assert "change_package" in heard
    (charged,) = shop.backends.calls("payment.charge")
    assert charged.request.quote.due_today >= 10_000
