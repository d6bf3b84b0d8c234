"""POST /v1/upgrades/eligibility: yes and what it comes to, or why not and from when."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any, Final

import httpx
import pytest

from tests.app.test_ways_on import Shop, shop
from unshackled.demo_mode import demo_key
from unshackled.domain.codec import encode
from unshackled.http.upgrades.eligibility_service import LIMIT, PATH

DEVICE: Final = {"imei": "49-015420-323751-8", "model": "Fern 6", "grade": "good"}


@pytest.fixture
async def opened() -> AsyncIterator[Shop]:
    """The demo retailers over their stand-ins."""
    async with shop() as one:
        yield one


async def ask(
    opened: Shop, agreement: str = "AGR-100001", *, retailer: str = "orbit", **body: Any
) -> httpx.Response:
    """As the retailer's server asks."""
    sent = {"flow": "upgrade", "agreement": agreement, "device": DEVICE, **body}
    headers = {"Authorization": f"Bearer {demo_key(retailer)}"}
    return await opened.api.post(PATH, json=sent, headers=headers)


async def test_an_upgrade_that_is_open_says_what_it_comes_to(opened: Shop) -> None:
    """14 of 24 made: 25,000 are left; the device is worth 12,000, and 13,000 are due today."""
    made = await ask(opened)
    body = made.json()
    assert body["reasons"] == []
    assert (made.status_code, body["eligible"]) == (201, True)
    assert made.headers["Location"] == f"{PATH}/{body['id']}"
    settlement = body["settlement"]
    assert (settlement["figure"], settlement["worked_out"], settlement["agrees"]) == (
        *(25_000, 25_000),
        True,
    )
    assert settlement["valid_until"] > body["created_at"]
    assert body["device"] == {
        "model": "Fern 6",
        "grade": "good",
        "value": 12_000,
        "covers": "settlement",
        "settlement": 12_000,
        "price": 0,
    }
    assert body["left"] == {"amount": 13_000, "paid_by": "customer"}
    assert body["due_today"] == 13_000
    assert body["surplus"] == {"amount": 0, "becomes": "pay_out"}
    said = " ".join(one["content"] for one in body["terms"])
    assert "£120.00" in said
    assert "£130.00, you pay today" in said


async def test_an_answer_is_read_by_its_own_retailer_alone(opened: Shop) -> None:
    """The same at its address; another retailer, and the test keys of its own, find nothing."""
    made = await ask(opened)
    path = made.headers["Location"]
    keys = (
        (demo_key("orbit"), 200),
        (demo_key("northstar"), 404),
        (demo_key("orbit", livemode=False), 404),
    )
    for key, status in keys:
        headers = {"Authorization": f"Bearer {key}"}
        read = await opened.api.get(path, headers=headers)
        assert read.status_code == status
        assert (read.json() == made.json()) is (status == 200)


async def test_nothing_of_the_device_is_stored_but_what_has_a_price(opened: Shop) -> None:
    """Neither row nor answer has its number."""
    made = await ask(opened)
    tables = opened.service.components.engine.store.tables
    row = await tables.eligibilities.get("orbit", made.json()["id"])
    assert row is not None
    for text in (json.dumps(encode(row)), made.text):
        assert "490154203237518" not in text
        assert DEVICE["imei"] not in text


@pytest.mark.parametrize(
    ("agreement", "code"),
    [
        ("AGR-100002", "too_few_repayments"),
        ("AGR-100003", "in_arrears"),
        ("AGR-999999", "agreement_not_found"),
    ],
)
async def test_a_no_says_why_and_from_when(opened: Shop, agreement: str, code: str) -> None:
    """The day of the repayment that is needed, where the calendar tells it; each in a sentence."""
    made = await ask(opened, agreement, locale="de-DE")
    body = made.json()
    assert (made.status_code, body["eligible"], body["settlement"]) == (201, False, None)
    (reason,) = body["reasons"]
    assert (reason["code"], reason["closed"]) == (code, None)
    assert reason["content"].endswith(".")
    if code == "too_few_repayments":  # six of twelve were made
        wait = date.fromisoformat(reason["opens"]) - date.fromisoformat(body["created_at"][:10])
        assert timedelta(days=175) < wait < timedelta(days=190)
    else:
        assert reason["opens"] is None


async def test_a_page_may_not_ask(opened: Shop) -> None:
    """403, and why: with a publishable key anybody could ask for balances by agreement number."""
    headers = {
        "Authorization": f"Bearer {demo_key('orbit', 'publishable')}",
        "Origin": "https://upgrade.orbit.example",
    }
    sent = {"flow": "upgrade", "agreement": "AGR-100001", "device": DEVICE}
    for refused in (
        await opened.api.post(PATH, json=sent, headers=headers),
        await opened.api.get(f"{PATH}/elg_1", headers=headers),
    ):
        assert (refused.status_code, refused.json()["allowed"]) == (403, ["secret key"])
        assert "balances" in refused.json()["detail"]


async def test_what_is_wrong_is_named(opened: Shop) -> None:
    """Another flow with those that upgrade, a wrong agreement, each wrong field of the device."""
    other = await ask(opened, flow="handset-on-credit", retailer="northstar")
    (error,) = other.json()["errors"]
    assert (error["path"], error["code"]) == ("flow", "no_upgrade_flow")
    wrong = await ask(opened, "!", device={**DEVICE, "imei": "1"})
    assert wrong.status_code == 422
    (error,) = wrong.json()["errors"]
    assert (error["path"], error["code"]) == ("agreement", "invalid_agreement")
    device = (await ask(opened, device={"imei": "1", "grade": "mint"})).json()
    paths = sorted(one["path"] for one in device["errors"])
    assert paths == ["device.grade", "device.imei", "device.model"]


async def test_a_lender_that_is_away_is_no_no(opened: Shop) -> None:
    """503 with a time to come again; nothing is stored."""
    scenario = {"mode": "error", "operation": "credit.standing"}
    await opened.vendors.post("/_scenario", json=scenario)
    away = await ask(opened)
    assert (away.status_code, away.json()["type"]) == (503, "/problems/upgrade-unavailable")
    assert "Retry-After" in away.headers


async def test_whoever_tries_agreements_out_is_held_up(opened: Shop) -> None:
    """429 after so many answers of one key in a minute."""
    for number in range(LIMIT.most):
        assert (await ask(opened, f"AGR-1001{number:02}")).status_code == 201
    held = await ask(opened, "AGR-100199")
    assert (held.status_code, held.json()["type"]) == (429, "/problems/too-many-requests")
