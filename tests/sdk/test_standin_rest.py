"""What JSON stand-ins share."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import (
    Rest,
    StandInError,
    StandInRequest,
    back_to,
    chosen,
    hosted,
    hosted_page,
)

KEY = {"Authorization": "Bearer made-up"}


def shop() -> StandIn:
    """A stand-in that sells one thing at a time."""
    stand_in = StandIn(name="shop")
    rest = Rest(stand_in=stand_in)

    @rest.effect("/sales", "shop.sell")
    def sell(asked: StandInRequest) -> Response:
        if asked.data["pieces"] < 1:
            raise StandInError(422, "pieces_invalid")
        stand_in.record("shop.sell", asked.key, pieces=asked.data["pieces"])
        return answer({"sale": len(stand_in.ledger), "page": f"{asked.base}/pay/1"}, 201)

    async def show(request: Request) -> Response:
        return hosted_page("<Pay>", {"Price": "1 & 2"}, {"yes": "Pay"})

    async def choose(request: Request) -> Response:
        choice = await chosen(request)
        if choice != "yes":
            raise StandInError(422, f"choice_{choice or 'missing'}")
        return back_to("https://shop.example/done")

    hosted(stand_in, "/pay/{sale}", show=show, choose=choose)
    return stand_in


def browser(stand_in: StandIn) -> httpx.AsyncClient:
    mounted = Starlette(routes=[Mount("/shop", app=stand_in.app())])
    transport = httpx.ASGITransport(app=mounted)
    return httpx.AsyncClient(transport=transport, base_url="http://sandbox.example/shop")


async def sell(stand_in: StandIn, headers: dict[str, str], **request: Any) -> tuple[int, Any]:
    async with browser(stand_in) as client:
        response = await client.post("/sales", headers=headers, **request)
    return response.status_code, response.json()


async def test_the_first_answer_is_repeated_under_its_key() -> None:
    """The same body under the same key is done once and answered alike."""
    stand_in = shop()
    headers = KEY | {"Idempotency-Key": "k1"}
    first = await sell(stand_in, headers, json={"pieces": 1})
    assert first == await sell(stand_in, headers, json={"pieces": 1})
    assert first == (201, {"sale": 1, "page": "http://sandbox.example/shop/pay/1"})
    assert len(stand_in.ledger) == 1


@pytest.mark.parametrize(
    ("headers", "request_", "expected"),
    [
        ({}, {"json": {"pieces": 1}}, (401, "api_key_missing")),
        ({"Authorization": "Basic x"}, {"json": {"pieces": 1}}, (401, "api_key_missing")),
        (KEY, {"json": {"pieces": 1}}, (400, "idempotency_key_missing")),
        (KEY | {"Idempotency-Key": "k"}, {"json": {}}, (400, "invalid_request")),
        (KEY | {"Idempotency-Key": "k"}, {"json": []}, (400, "invalid_request")),
        (KEY | {"Idempotency-Key": "k"}, {"content": b"{"}, (400, "invalid_request")),
        (KEY | {"Idempotency-Key": "k"}, {"json": {"pieces": 0}}, (422, "pieces_invalid")),
    ],
    ids=[
        "no key",
        "other scheme",
        "no idempotency key",
        "field missing",
        "a list",
        "not JSON",
        "nonsense",
    ],
)
async def test_nonsense_is_refused(
    headers: dict[str, str], request_: dict[str, Any], expected: tuple[int, str]
) -> None:
    """A request without its keys or fields is told what is wrong, and nothing is done."""
    stand_in = shop()
    status, told = await sell(stand_in, headers, **request_)
    assert (status, told["error"]["code"]) == expected
    assert stand_in.ledger == []


async def test_another_body_under_a_used_key_is_refused() -> None:
    """A key stands for one request."""
    stand_in = shop()
    headers = KEY | {"Idempotency-Key": "k1"}
    await sell(stand_in, headers, json={"pieces": 1})
    status, told = await sell(stand_in, headers, json={"pieces": 2})
    assert (status, told["error"]["code"]) == (422, "idempotency_key_reused")


async def test_a_refused_request_does_not_use_up_its_key() -> None:
    """After a refusal the same key may carry a better body."""
    stand_in = shop()
    headers = KEY | {"Idempotency-Key": "k1"}
    assert (await sell(stand_in, headers, json={"pieces": 0}))[0] == 422
    assert (await sell(stand_in, headers, json={"pieces": 1}))[0] == 201


async def test_a_hosted_page_is_escaped() -> None:
    """What a page shows cannot become markup."""
    async with browser(shop()) as client:
        page = (await client.get("/pay/1")).text
    assert "<h1>&lt;Pay&gt;</h1>" in page
    assert "1 &amp; 2" in page


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"data": {"choice": "yes"}}, 303),
        ({"json": {"choice": "yes"}}, 303),
        ({"json": {"choice": "no"}}, 422),
        ({"json": []}, 422),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 422),
        ({"data": {}}, 422),
    ],
)
async def test_a_choice_comes_from_a_form_or_from_json(
    request_: dict[str, Any], status: int
) -> None:
    """A browser posts a form, a test posts JSON; anything else is no choice."""
    async with browser(shop()) as client:
        assert (await client.post("/pay/1", **request_)).status_code == status
