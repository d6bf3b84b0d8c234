"""The stand-in message sender: an outbox that anyone may look into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest

# What each template is filled with beside the name; a letter with a gap is not taken.
TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "order_confirmation": (),
    "order_cancelled": (),
    "credit_referred": (),
    "credit_information_wanted": (),
    "sim_ready": ("phone_number", "iccid"),
    "dispatch_moved": ("order", "promised_date"),
    "number_moved": ("phone_number",),
    "case_opened": ("case", "case_news"),
    "case_completed": ("case", "case_news"),
    "case_canceled": ("case", "case_news"),
    "trade_in_regraded": ("case", "trade_in_news"),
    "trade_in_settled": ("case", "trade_in_news"),
    "trade_in_not_charged": ("case", "trade_in_news"),
    "direct_debit_advance_notice": ("mandate", "first_payment_date", "payments"),
}


@dataclass(kw_only=True)
class Outbox:
    """What was sent, by the client's reference."""

    stand_in: StandIn
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)

    def send(self, request: StandInRequest) -> Response:
        """Take a message."""
        data = request.data
        if data["template"] not in TEMPLATES:
            raise StandInError(422, "unknown_template")
        if not set(TEMPLATES[data["template"]]) <= set(data["values"]):
            raise StandInError(422, "values_missing")
        if ("@" in data["to"]) != (data["channel"] == "email"):
            raise StandInError(422, "recipient_does_not_fit_channel")
        number = f"MSG-{len(self.messages) + 1:06d}"
        self.messages[request.key] = {
            "message": number,
            "client_reference": request.key,
            "status": "queued",
            "channel": data["channel"],
            "template": data["template"],
            "order": data["values"].get("order"),
            "case": data["values"].get("case"),
        }
        self.stand_in.record("notification.send", request.key, message=number)
        return answer(self.messages[request.key], 202)

    def look_up(self, request: StandInRequest) -> Response:
        """A message by the client's reference."""
        if request.params["reference"] not in self.messages:
            raise StandInError(404, "unknown_message")
        return answer(self.messages[request.params["reference"]])

    async def read(self, request: Request) -> Response:
        """Everything that was sent, without recipients."""
        return answer({"messages": list(self.messages.values())})


def make() -> StandIn:
    """A sender with an empty outbox."""
    stand_in = StandIn(name="notifier")
    outbox = Outbox(stand_in=stand_in)
    rest = Rest(stand_in=stand_in)
    rest.effect("/v1/messages", "notification.send")(outbox.send)
    rest.get("/v1/messages/by-reference/{reference}", "notification.look_up")(outbox.look_up)
    stand_in.routes.append(Route("/outbox", outbox.read, methods=["GET"]))
    return stand_in
