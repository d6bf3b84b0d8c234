"""What a provider refuses of a customer's data is theirs to mend, over the API and to the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.extension.shop import Shop
from unshackled.adapter_registry import find
from unshackled.domain.states import DATA_REFUSED
from unshackled.errors import Refused
from unshackled.ports.outcome import Declined
from unshackled.testing.backends import Script
from unshackled.testing.customer import Customer

FLOWS: Final = Path(__file__).parents[3] / "flows"
FLOW: Final = ("northstar", "handset-on-credit")
PACKAGE: Final[dict[str, Any]] = {
    "handset": "handset-mid",
    "tariff": "sim-50gb",
    "credit": {"plan": "credit-24-0", "deposit": 4_900},
}
REFUSALS: Final[list[Script]] = [
    Declined(code=DATA_REFUSED, vendor_code="validation_error:first_name"),
    Refused("kyc: status 422", provider="kyc", code="422"),
]
OTHER: Final = {"given_name": "Wilma", "token": "tok_another"}


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """The API on the flows that are shipped."""
    opened = Shop(FLOWS, find())
    yield opened
    await opened.close()


async def begun(shop: Shop, operation: str, *scripts: Script) -> Customer:
    """A customer whose first calls of an operation bring these; they have another name and card."""
    shop.backends.script(operation, *scripts)
    customer = await shop.begin(*FLOW, PACKAGE)
    customer.other = OTHER
    return customer


def told(customer: Customer, step: str) -> dict[str, Any]:
    """The one message about a step."""
    (message,) = [one for one in customer.checkout["messages"] if one["path"] == f"$.steps.{step}"]
    found: dict[str, Any] = message
    return found


async def until_told(customer: Customer, step: str) -> dict[str, Any]:
    """Do what comes next until there is something to mend about a step."""
    while all(one["severity"] != "recoverable" for one in customer.checkout["messages"]):
        action = customer.next_action()
        assert action is not None
        await customer.act(action)
    return told(customer, step)


@pytest.mark.parametrize("refusal", REFUSALS, ids=["declined", "refused"])
async def test_a_name_that_is_refused_is_corrected_and_bought_with(
    shop: Shop, refusal: Script
) -> None:
    """The form is a way out, nothing of the vendor's is told, and the order is placed."""
    customer = await begun(shop, "identity.verify", refusal)
    message = await until_told(customer, "identity")
    assert "submit:contact" in message["actions"]
    assert "validation_error" not in str(customer.checkout)
    done = await customer.buy()
    assert done["status"] == "completed"
    asked = [call.request.contact.given_name for call in shop.backends.calls("identity.verify")]
    assert asked[-1] == "Wilma"
    assert asked[0] != "Wilma"


async def test_a_name_that_is_refused_says_so(shop: Shop) -> None:
    """The sentence is about the details, not about who the customer is."""
    customer = await begun(shop, "identity.verify", REFUSALS[0])
    message = await until_told(customer, "identity")
    assert (message["code"], message["severity"]) == (DATA_REFUSED, "recoverable")


@pytest.mark.parametrize(
    "refusal",
    [
        Declined(code="card_declined", vendor_code="payment_method_already_used"),
        Refused("psp: status 422", provider="psp", code="token_unknown"),
    ],
    ids=["declined", "refused"],
)
async def test_a_method_that_is_refused_after_the_yes_is_replaced(
    shop: Shop, refusal: Script
) -> None:
    """Another method, the yes once more, one charge: nobody waits for an operator."""
    customer = await begun(shop, "payment.charge", refusal)
    message = await until_told(customer, "deposit")
    (form,) = [
        one
        for one in customer.checkout["next_actions"]
        if one["id"] in message["actions"] and one["type"] == "submit"
    ]
    await customer.act(form)
    assert (await customer.buy())["status"] == "completed"
    charged = shop.backends.calls("payment.charge")
    assert [call.request.method.token == "tok_another" for call in charged] == [False, True]
    assert len(shop.backends.standing("payment.charge")) == 1


async def test_what_was_not_refused_stays_frozen(shop: Shop) -> None:
    """A method that was refused after the yes is no reason to change the package."""
    customer = await begun(shop, "payment.charge", Refused("no", provider="psp", code="400"))
    await customer.buy()
    answer = await customer.patch({"accessories": ["case-clear"]})
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/checkout-confirmed"
