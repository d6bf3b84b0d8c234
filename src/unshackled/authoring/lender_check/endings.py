"""The promises of a lender about agreements that end, each checked over the wire."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import httpx

from unshackled.authoring.lender_check import protocol_messages as wire
from unshackled.authoring.lender_check.ending_messages import Ending, Repayment, Statement
from unshackled.authoring.lender_check.lender_client import (
    Broken,
    LenderClient,
    Unchecked,
    read,
    reference,
    refused,
    same,
)
from unshackled.authoring.lender_check.promises import Promise

LENT: Final = 66_900
LAST_DAY: Final = 14


async def withdraws_from_agreements(client: LenderClient) -> None:
    """A withdrawal on the day of the agreement costs no interest: the capital is owed, once.

    It is repeated under its key, found by its reference, and refused on the 15th day.
    """
    _, live = await client.agreement()
    agreed_on = (await _standing(client, live)).started.date()
    late = _ending(client, "WITHDRAWAL", requested_on=agreed_on + timedelta(days=LAST_DAY + 1))
    refused(await _end(client, live, late), 409, "a withdrawal on the 15th day")
    body = _ending(client, "WITHDRAWAL", requested_on=agreed_on + timedelta(days=LAST_DAY))
    first = await _end(client, live, body)
    ended = read(first, Ending, 201, "a withdrawal")
    same(first, await _end(client, live, body), "a resent withdrawal")
    await _find(client, body["client_reference"], ended)
    if (ended.owed - ended.interest, ended.from_retailer, ended.to_customer) != (LENT, 0, 0):
        raise Broken("who withdraws owes the capital and its interest, and nobody else anything")
    if ended.repay_by is None:
        raise Broken("a withdrawal says by when it is repaid")
    answer = await client.ask("GET", f"/v1/agreements/{live.agreement}/repayment")
    repayment = read(answer, Repayment, 200, "how a repayment stands")
    if repayment.status != "DUE" or repayment.repay_before is None:
        raise Broken("what nobody has repaid yet is DUE, with a moment")
    again = _ending(client, "WITHDRAWAL", requested_on=agreed_on)
    refused(await _end(client, live, again), 409, "a second withdrawal")


async def cancels_agreements(client: LenderClient) -> None:
    """What the retailer gives back lessens an agreement, and ends it once nothing is left.

    More than was lent is refused.
    """
    _, live = await client.agreement()
    more = _ending(client, "CANCELLATION", amount=LENT + 1)
    refused(await _end(client, live, more), 422, "a cancellation of more than was lent")
    part = _ending(client, "CANCELLATION", amount=900)
    await _given_back(client, live, part)
    if (await _standing(client, live)).status != "ACTIVE":
        raise Broken("an agreement of which a part was given back is ACTIVE")
    await _given_back(client, live, _ending(client, "CANCELLATION", amount=LENT - 900))
    if (await _standing(client, live)).status != "SETTLED":
        raise Broken("an agreement of which all was given back is SETTLED")


async def tells_what_was_paid(client: LenderClient) -> None:
    """Of a fresh agreement nothing is paid; what goods give back of it is left to pay no more."""
    _, live = await client.agreement()
    before = await _statement(client, live)
    if (before.instalments_paid, before.paid, before.arrears) != (0, 0, 0):
        raise Broken("nothing was paid of a fresh agreement, and nothing is overdue")
    if before.agreement != live.agreement or before.balance < LENT:
        raise Broken("all that was lent is left to pay of a fresh agreement, under its own number")
    await _given_back(client, live, _ending(client, "CANCELLATION", amount=900))
    after = await _statement(client, live)
    if (after.paid, before.balance - after.balance) != (0, 900):
        raise Broken("what the retailer gives back is left to pay no more, and nobody paid it")


async def _statement(client: LenderClient, live: wire.Agreement) -> Statement:
    path = f"/v1/agreements/{live.agreement}/statement?time_zone=Etc/UTC"
    answer = await client.ask("GET", path)
    if answer.status_code in (404, 405):
        raise Unchecked("what was paid of an agreement is not told by this protocol here")
    return read(answer, Statement, 200, "what was paid of an agreement")


async def _given_back(client: LenderClient, live: wire.Agreement, body: dict[str, Any]) -> None:
    answer = await _end(client, live, body)
    ended = read(answer, Ending, 201, "a cancellation")
    told = (ended.from_retailer, ended.to_customer, ended.owed, ended.interest)
    if told != (body["amount"], 0, 0, 0):
        raise Broken("a cancellation of what nobody repaid yet moves what the retailer gives back")
    await _find(client, body["client_reference"], ended)


async def _end(client: LenderClient, live: wire.Agreement, body: dict[str, Any]) -> httpx.Response:
    path, key = f"/v1/agreements/{live.agreement}/endings", body["client_reference"]
    answer = await client.ask("POST", path, body, key=key)
    if answer.status_code in (404, 405):
        raise Unchecked("agreements are not ended by this protocol here")
    return answer


async def _find(client: LenderClient, number: str, ended: Ending) -> None:
    answer = await client.ask("GET", f"/v1/endings/by-reference/{number}")
    if read(answer, Ending, 200, "looking up an ending") != ended:
        raise Broken("looking up an ending tells what it came to")


async def _standing(client: LenderClient, live: wire.Agreement) -> wire.Standing:
    answer = await client.ask("GET", f"/v1/agreements/{live.agreement}")
    return read(answer, wire.Standing, 200, "how an agreement stands")


def _ending(
    client: LenderClient, reason: str, *, amount: int = 0, requested_on: date | None = None
) -> dict[str, Any]:
    return {
        "client_reference": reference(),
        "reason": reason,
        "currency": client.currency,
        "amount": amount,
        "requested_on": (requested_on or date(2026, 12, 1)).isoformat(),
        "time_zone": "Etc/UTC",
    }


ENDINGS: Final[tuple[Promise, ...]] = (
    withdraws_from_agreements,
    cancels_agreements,
    tells_what_was_paid,
)
