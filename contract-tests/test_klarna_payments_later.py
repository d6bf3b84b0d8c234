"""What Klarna says of an order that it once gave us a number for."""

from __future__ import annotations

import httpx
import pytest

from unshackled.outbound import HttpClient
from unshackled.ports import all_operations
from unshackled.sdk import InDoubt
from unshackled.sdk.ports import CreditDecision
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled_adapters import klarna_payments
from unshackled_adapters.klarna_payments.fake import make

APPLY = all_operations()["credit.apply"]
GIVEN = CreditDecision(application="KLARNA-1", lender="Klarna", amount=60_000, currency="GBP")


def klarna(answers: dict[str, tuple[int, dict[str, str]]], asked: list[str]) -> AdapterHarness:
    """A Klarna that answers by the last part of the path; `asked` gathers what it was asked."""

    async def answer(request: httpx.Request) -> httpx.Response:
        last = request.url.path.rpartition("/")[2]
        asked.append(f"{request.method} {last}")
        status, body = answers.get(f"{request.method} {last}") or answers[last]
        return httpx.Response(status, json=body)

    settings = klarna_payments.Settings.model_validate(
        {
            "base_url": BASE_URL,
            "username": "PK0_standin",
            "password": "made-up",
            "callback_secret": "made-up-callback-secret",
        }
    )
    http = HttpClient("bench", BASE_URL, transport=httpx.MockTransport(answer))
    return AdapterHarness(
        adapter=klarna_payments.ADAPTER, stand_in=make(), settings=settings, http=http
    )


@pytest.mark.parametrize("code", ["NO_SUCH_ORDER", "NOT_FOUND"])
async def test_a_known_order_that_is_not_found_is_not_cancelled(code: str) -> None:
    """Klarna gave us its number: 404 is a doubt, and the undo is sent again."""
    asked: list[str] = []
    told = {"error_code": code, "correlation_id": "c-1"}
    bench = klarna({"cancel": (404, told)}, asked)
    with pytest.raises(InDoubt, match="not found"):
        await bench.undo_by(APPLY, "A" * 26, GIVEN)
    assert asked == ["POST cancel"]


async def test_an_order_of_a_page_that_is_not_found_is_not_cancelled() -> None:
    """So it is where the customer was faster than the closing of the page."""
    asked: list[str] = []
    page = {"status": "COMPLETED", "order_id": "KLARNA-1"}
    answers = {
        "DELETE PAGE-1": (400, {"error_code": "BAD_VALUE"}),
        "PAGE-1": (200, page),
        "cancel": (404, {"error_code": "NO_SUCH_ORDER"}),
    }
    bench = klarna(answers, asked)
    with pytest.raises(InDoubt, match="not found"):
        await bench.undo_by(APPLY, "A" * 26, None, "PAGE-1")
    assert asked == ["DELETE PAGE-1", "GET PAGE-1", "POST cancel"]
