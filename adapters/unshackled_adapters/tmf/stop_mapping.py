"""Between our lines that end and TMF641's service orders that delete a service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from unshackled.sdk import Call, Outcome, Passed, Pending, Refused
from unshackled.sdk.answers import moment
from unshackled.sdk.ports import SimActivated, SimStopped, StopSim
from unshackled.sdk.texts import word
from unshackled_adapters.tmf.line_mapping import DONE, FAILED, UNDER_WAY, activated

Json = Mapping[str, Any]

DELETE: Final = "delete"


def service_order(request: StopSim, subscription: str, call: Call) -> dict[str, Any]:
    """The end of one line; why it ends is the case's word."""
    item = {"id": "1", "action": DELETE, "service": {"id": subscription}}
    return {
        "externalId": call.reference,
        "category": "mobile",
        "description": request.case.reason,
        "serviceOrderItem": [item],
    }


def subscription_of(request: StopSim, call: Call) -> str | None:
    """The service of the line, where an output of the sale still has it."""
    output = call.follows.output if call.follows is not None else None
    for known in (request.activated, output):
        if isinstance(known, SimActivated):
            return known.subscription
    return None


def stopped(order: Json, poll_after: timedelta, provider: str) -> Outcome[SimStopped]:
    """The line that an order closed; raises `Refused` for an order that failed."""
    state = order["state"]
    if state in UNDER_WAY:
        return Pending(poll_after=poll_after, handle=word(order["id"]))
    if state in FAILED:
        raise Refused(f"sim.stop: the order is {state}", provider=provider, code=state)
    if state != DONE:
        raise ValueError("state")
    service = order["serviceOrderItem"][0]["service"]
    ends = service.get("endDate")
    day = None if ends is None else moment(ends).date()
    return Passed(output=SimStopped(subscription=word(service["id"]), ends_on=day))


def best(orders: Sequence[Json]) -> Json | None:
    """The order that counts of those under one reference: closed by two, a line is closed."""
    stages = [DONE, *sorted(UNDER_WAY)]

    def stage(order: Json) -> int:
        state = order["state"]
        return stages.index(state) if state in stages else len(stages)

    return min(orders, key=stage, default=None)


def either(order: Json, poll_after: timedelta, provider: str) -> Outcome[Any]:
    """What a service order came to, one that makes a line or one that ends it."""
    ends = order["serviceOrderItem"][0]["action"] == DELETE
    return (stopped if ends else activated)(order, poll_after, provider)
