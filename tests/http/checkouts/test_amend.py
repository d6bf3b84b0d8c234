"""A correction after the hard search, over HTTP: it goes to the lender, nothing is asked anew."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.world import FORMS, ApiHarness

RIGHT = {"email": "right@example.com", "phone": "07700 900111"}
NORMAL = {"email": "right@example.com", "phone": "+447700900111"}


def _told(request: Any) -> dict[str, str]:
    return {name: getattr(request.contact, name) for name in NORMAL}


async def test_an_email_typo_after_the_hard_search_is_corrected(world: ApiHarness) -> None:
    """200: the lender, the order and the message have the corrected one; one search was made."""
    customer = await world.customer()
    before = await customer.fill()
    corrected = await customer.put("contact", {**FORMS["contact"], **RIGHT})
    assert corrected.status_code == 200, corrected.text
    body = await customer.fill()
    assert body["status"] == "ready_for_complete"
    assert body["quote"]["id"] == before["quote"]["id"]
    assert (await customer.complete()).json()["status"] == "completed"
    assert len(world.backends.calls("credit.apply")) == 1
    for operation in ("credit.amend", "orders.place", "notification.send"):
        assert _told(world.backends.calls(operation)[-1].request) == NORMAL
    states = {step["name"]: step["state"] for step in (await customer.read())["steps"]}
    assert (states["credit"], states["amendment"]) == ("passed", "passed")


async def test_each_correction_goes_to_the_lender_and_the_same_one_does_not(
    world: ApiHarness,
) -> None:
    """Nothing is told twice, whichever way the number is written."""
    customer = await world.customer()
    await customer.fill()
    first = len(world.backends.calls("credit.amend"))
    for email in ("one@example.com", "two@example.com", "two@example.com"):
        sent = {**FORMS["contact"], "email": email, "phone": "+44 7700 900111"}
        assert (await customer.put("contact", sent)).status_code == 200
    told = [call.request.contact.email for call in world.backends.calls("credit.amend")]
    assert told[first:] == ["one@example.com", "two@example.com"]


@pytest.mark.parametrize(
    ("step", "change"),
    [
        ("contact", {"family_name": "Other"}),
        ("contact", {"date_of_birth": "1980-01-01", **RIGHT}),
        ("address", {"line1": "2 Longacre Mews"}),
        ("income", {"monthly_net_income": 1}),
    ],
)
async def test_what_the_application_stands_on_is_refused_after_the_search(
    world: ApiHarness, step: str, change: dict[str, Any]
) -> None:
    """409 `credit_already_decided`, also where a correction comes with it: nothing is kept."""
    customer = await world.customer()
    await customer.fill()
    refused = await customer.put(step, {**FORMS[step], **change})
    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/credit-already-decided"
    assert (await customer.complete()).json()["status"] == "completed"
    order = world.backends.calls("orders.place")[-1].request
    assert order.contact.email == FORMS["contact"]["email"]
