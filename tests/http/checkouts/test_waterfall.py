"""The customer reads who lends: in the consent to the search, in the documents, in the messages."""

from __future__ import annotations

from typing import Any

from tests.http.world import ApiHarness
from unshackled.domain.decline_details import CreditAgency, DeclineDetails
from unshackled.ports.credit import CreditDecision, CreditQuoted
from unshackled.ports.outcome import Declined, Passed
from unshackled.testing.samples import sample

ALPHA = CreditAgency(name="Alpha Data", address="1 File Street, London", phone="0300 000 0001")
NO = Declined(
    code="credit_declined", details=DeclineDetails(lender="First Bank", agencies=(ALPHA,))
)


async def _at_consent(world: ApiHarness) -> tuple[Any, dict[str, Any]]:
    """The first lender declined on data, the second one lends; the customer is to agree."""
    world.backends.script("credit.quote", NO, provider="main")
    quoted = Passed(output=sample(CreditQuoted, lender="Second Chance Finance"))
    world.backends.script("credit.quote", quoted, provider="second")
    decided = Passed(output=sample(CreditDecision, lender="Second Chance Finance"))
    world.backends.script("credit.apply", decided)
    customer = await world.customer()
    for step in ("contact", "address", "income"):
        assert (await customer.put(step)).status_code == 200
    return customer, await customer.read()


async def test_every_paper_names_the_lender_that_lends(world: ApiHarness) -> None:
    """The sentence of the consent, and the pre-contract information, name no other lender."""
    customer, body = await _at_consent(world)
    (asked,) = [one for one in body["next_actions"] if one.get("step") == "consent"]
    assert "Second Chance Finance" in str(asked["document"])
    assert "First Bank" not in str(asked["document"])
    agreed = await customer.agree()
    assert agreed.status_code == 200, agreed.text
    # The hard search comes last: after all that can be asked without it.
    assert not world.backends.calls("credit.apply")
    (slots,) = [one for one in agreed.json()["next_actions"] if one["type"] == "choose"]
    await customer.put("delivery", {"option": slots["options"][0]["id"]})
    (shown,) = [one for one in (await customer.read())["next_actions"] if one["type"] == "show"]
    assert "Second Chance Finance" in str(shown["document"])
    assert "First Bank" not in str(shown["document"])
    searched = world.backends.calls("credit.apply")
    assert [one.provider for one in searched] == ["second"]


async def test_whose_data_the_first_one_used_is_told_beside(world: ApiHarness) -> None:
    """Before the customer agrees to anything; as structured fields, and in words."""
    _, body = await _at_consent(world)
    (told,) = [one for one in body["messages"] if one["code"] == "lender_declined"]
    assert told["params"]["agencies"] == [
        {
            "lender": "First Bank",
            "name": "Alpha Data",
            "address": "1 File Street, London",
            "phone": "0300 000 0001",
        }
    ]
    assert "First Bank decided on information" in told["content"]
