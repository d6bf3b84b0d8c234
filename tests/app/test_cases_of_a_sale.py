"""What happens to a sale afterwards, by the flows of the demo retailers at their stand-ins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

from tests.app.test_app import begin, client, overrides, running, settings
from unshackled.app import build
from unshackled.demo_mode import demo_key
from unshackled.testing.customer import Customer

CREDIT: Final = {
    "handset": "handset-mid",
    "tariff": "sim-50gb",
    "credit": {"plan": "credit-24-9.9", "deposit": 4_900},
}
Json = Any


class Sale:
    """A completed checkout of a retailer, and its server."""

    def __init__(self, retailer: str, api: httpx.AsyncClient, customer: Customer) -> None:
        self.api = api
        self.customer = customer
        self.headers = {"Authorization": f"Bearer {demo_key(retailer)}"}

    async def open(self, path: str, **body: Json) -> Json:
        """A case that the retailer asks for."""
        answer = await self.api.post(
            f"{self.customer.href}/{path}",
            json=body,
            headers={**self.headers, "Idempotency-Key": path},
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def read(self, path: str) -> Json:
        """What the retailer reads of the sale."""
        answer = await self.api.get(f"{self.customer.href}/{path}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()


def signing(pages: httpx.AsyncClient, api: httpx.AsyncClient) -> Callable[[str], Awaitable[None]]:
    """A customer who signs at the stand-in's page and comes back."""

    async def signs(url: str) -> None:
        sent = await pages.post(url, data={"choice": "sign"})
        await api.get(sent.headers["location"])

    return signs


@asynccontextmanager
async def sold(retailer: str, flow: str, package: Json) -> AsyncIterator[Sale]:
    """A sale that went well."""
    given = overrides()
    service = build(settings(), given)
    transport: Any = given.transport
    pages = httpx.AsyncClient(transport=transport)
    async with running(service), client(service) as api, pages:
        customer = await begin(api, retailer, flow, package)
        customer.pages = signing(pages, api)
        await customer.buy()
        assert customer.checkout["status"] == "completed"
        yield Sale(retailer, api, customer)


def states(case: Json) -> dict[str, str]:
    """The state of each step of a case."""
    return {step["name"]: step["state"] for step in case["steps"]}


async def test_a_return_after_a_refund_gives_back_what_is_left_the_way_it_came() -> None:
    """The lender its credit, the card its deposit less the refund; line, credit and mandate end."""
    async with sold("northstar", "handset-on-credit", CREDIT) as sale:
        refund = await sale.open("refunds", amount=1_000, reason="goodwill")
        assert (refund["status"], refund["settled"]) == ("completed", True)
        back = await sale.open("returns", flow="return", reason="changed_mind")
        assert (back["status"], back["settled"]) == ("completed", True), back
        money = {name: sum_ for name, sum_ in back["money"].items() if sum_}
        assert money == {"payment": 3_900, "lender": 66_900}
        assert states(back) == dict.fromkeys(
            (
                *("statement", "money", "goods", "line", "instalments"),
                *("credit", "mandate", "refund"),
            ),
            "passed",
        )
        ledger = await sale.read("ledger")
        assert ledger["even"] is True
        ended = {
            one["what"] for one in ledger["contracts"] if one["state"] in ("ended", "returned")
        }
        assert {"credit", "goods"} <= ended


async def test_a_withdrawal_waits_for_the_customer_to_repay_the_lender() -> None:
    """The credit has ended and is owed; the case is done once the lender says it was repaid."""
    async with sold("northstar", "handset-on-credit", CREDIT) as sale:
        case = await sale.open("withdrawals", reason="changed_mind")
        assert (case["status"], case["settled"]) == ("completed", False)
        assert (case["money"]["owed"], case["money"]["interest"]) == (66_900, 0)
        assert case["money"]["interest_by_day"] == "18.15"
        assert states(case) == {
            "statement": "passed",
            "money": "passed",
            "credit": "passed",
            "mandate": "passed",
            "repaid": "waiting_provider",
        }


async def test_a_refund_beyond_what_was_paid_says_how_much_there_is() -> None:
    """Of a handset on credit no more than the deposit goes back while the customer keeps it."""
    async with sold("northstar", "handset-on-credit", CREDIT) as sale:
        answer = await sale.api.post(
            f"{sale.customer.href}/refunds",
            json={"amount": 4_901, "reason": "goodwill"},
            headers={**sale.headers, "Idempotency-Key": "beyond"},
        )
        assert (answer.status_code, answer.json()["possible"]["amount"]) == (409, 4_900)


async def test_a_line_is_stopped_and_nothing_is_collected_any_more() -> None:
    """Pocket's customers end their plan themselves: the telco closes it, the mandate ends."""
    async with sold("pocket", "sim-only", {"tariff": "sim-20gb"}) as sale:
        answer = await sale.api.post(
            f"{sale.customer.href}/stops",
            json={"reason": "changed_mind"},
            headers={"Authorization": f"Bearer {sale.customer.token}", "Idempotency-Key": "1"},
        )
        assert answer.status_code == 201, answer.text
        case = answer.json()
        assert (case["status"], case["settled"], case["opened_by"]) == (
            "completed",
            True,
            "customer",
        )
        assert states(case) == {"line": "passed", "mandate": "passed"}


async def test_no_checkout_begins_with_a_case_flow() -> None:
    """It is no flow of the package builder either."""
    async with sold("pocket", "sim-only", {"tariff": "sim-20gb"}) as sale:
        flows = await sale.api.get("/v1/flows", headers=sale.headers)
        assert [one["name"] for one in flows.json()["items"]] == ["sim-only"]
        begun = await sale.api.post(
            "/v1/checkouts",
            json={"flow": "stop", "package": {"tariff": "sim-20gb"}},
            headers={**sale.headers, "Idempotency-Key": "no"},
        )
        assert begun.status_code == 422
        assert begun.json()["errors"][0]["allowed"] == ["sim-only"]
