"""The stand-in of Acme."""

from __future__ import annotations

from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest


def make() -> StandIn:
    """An Acme that has sent nothing."""
    stand_in = StandIn(name="acme_text")
    rest = Rest(stand_in=stand_in)

    def send(request: StandInRequest) -> Response:
        if not request.data["to"].startswith("+"):
            raise StandInError(422, "no_such_number")
        stand_in.record("notification.send", request.params["reference"])
        return answer({"id": request.params["reference"]}, 201)

    def look_up(request: StandInRequest) -> Response:
        if not stand_in.done("notification.send", request.params["reference"]):
            raise StandInError(404, "no_such_text")
        return answer({"id": request.params["reference"]})

    rest.effect("/texts/{reference}", "notification.send")(send)
    rest.get("/texts/{reference}", "notification.look_up")(look_up)
    return stand_in
