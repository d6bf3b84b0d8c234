"""The promises of a lender about agreements and settlements, each checked over the wire."""

from __future__ import annotations

from typing import Any, Final

from unshackled.authoring.lender_check import protocol_messages as wire
from unshackled.authoring.lender_check.endings import ENDINGS
from unshackled.authoring.lender_check.lender_client import (
    Broken,
    LenderClient,
    read,
    reference,
    refused,
    same,
)
from unshackled.authoring.lender_check.promises import SEARCHES, Promise


async def activates_once(client: LenderClient) -> None:
    """An accepted application becomes one agreement, which is found by its reference."""
    made, number = await client.apply("Accept", reference(), "ACCEPTED"), reference()
    first = await client.activate(made, number)
    live = read(first, wire.Agreement, 201, "an activation")
    same(first, await client.activate(made, number), "a resent activation")
    answer = await client.ask("GET", f"/v1/agreements/by-reference/{number}")
    found = read(answer, wire.Agreement, 200, "looking up an activation")
    if found.agreement != live.agreement:
        raise Broken("looking up an activation tells its agreement")
    terms = (found.amount or 66_900, found.months or 24, found.currency or client.currency)
    if terms != (66_900, 24, client.currency):
        raise Broken("what an agreement tells of its amount is what was applied for")
    await client.application_in(
        made.client_reference, "ACTIVE", "an application that became an agreement"
    )
    refused(await client.activate(made, reference()), 409, "a second activation")


async def keeps_what_is_live(client: LenderClient) -> None:
    """A live agreement is not withdrawn, and what was not accepted is not activated: 409."""
    made, _ = await client.agreement()
    path = f"/v1/applications/{made.client_reference}/withdrawal"
    refused(await client.ask("POST", path), 409, "a withdrawal of a live agreement")
    await client.application_in(made.client_reference, "ACTIVE", "what was not withdrawn")
    declined = await client.apply("HardDecline", reference(), "DECLINED")
    answer = await client.activate(declined, reference())
    refused(answer, 409, "an activation of what was declined")


async def tells_how_it_stands(client: LenderClient) -> None:
    """A fresh agreement stands as it was applied for, and nothing is paid yet."""
    _, live = await client.agreement()
    standing = await _standing(client, live)
    if standing.status != "ACTIVE" or standing.agreement != live.agreement:
        raise Broken("a fresh agreement is ACTIVE under its own number")
    stands = (standing.amount, standing.months, standing.repayments_made, standing.arrears)
    if stands != (66_900, 24, 0, 0):
        raise Broken("a fresh agreement has the amount and months applied for, nothing paid or due")


async def settles_once(client: LenderClient) -> None:
    """An agreement is paid off once, with amounts that add up to no more than is left."""
    _, live = await client.agreement()
    path, number = f"/v1/agreements/{live.agreement}/settlements", reference()
    wrong = _settlement(client, number, amount=1)
    refused(await client.ask("POST", path, wrong, key=number), 422, "amounts that do not add up")
    more = _settlement(client, number := reference(), outstanding=71_801)
    refused(await client.ask("POST", path, more, key=number), 409, "more than is left")
    body = _settlement(client, number := reference())
    first = await client.ask("POST", path, body, key=number)
    receipt = read(first, wire.Settlement, 201, "a settlement")
    same(first, await client.ask("POST", path, body, key=number), "a resent settlement")
    answer = await client.ask("GET", f"/v1/settlements/by-reference/{number}")
    if read(answer, wire.Settlement, 200, "looking up a settlement") != receipt:
        raise Broken("looking up a settlement tells its receipt")
    if receipt.amount not in (None, body["amount"]):
        raise Broken("what a receipt tells of its amount is what was paid")
    if (await _standing(client, live)).status != "SETTLED":
        raise Broken("an agreement that was paid off is SETTLED")
    again = _settlement(client, number := reference())
    answer = await client.ask("POST", path, again, key=number)
    refused(answer, 409, "a settlement of what is settled")


async def _standing(client: LenderClient, live: wire.Agreement) -> wire.Standing:
    answer = await client.ask("GET", f"/v1/agreements/{live.agreement}")
    return read(answer, wire.Standing, 200, "how an agreement stands")


def _settlement(client: LenderClient, number: str, **changes: int) -> dict[str, Any]:
    outstanding = changes.get("outstanding", 66_000)
    return {
        "client_reference": number,
        "currency": client.currency,
        "outstanding": outstanding,
        "rebate": 500,
        "trade_in": 12_000,
        "amount": outstanding - 12_500,
        **changes,
    }


PROMISES: Final[tuple[Promise, ...]] = (
    *SEARCHES,
    activates_once,
    keeps_what_is_live,
    tells_how_it_stands,
    settles_once,
    *ENDINGS,
)
