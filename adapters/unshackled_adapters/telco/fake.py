"""The stand-in telco: a catalogue, and lines that go live at once or a little later."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest
from unshackled_adapters.telco.fake_offerings import offerings

PAC: Final = re.compile(r"[A-Z]{3}[0-9]{6}")
SMDP: Final = "smdp.telco.example"


@dataclass(kw_only=True)
class Order:
    """One service order; it is completed at `ready`, never if that is None."""

    number: int
    external_id: str
    msisdn: str
    ready: datetime | None

    def document(self, now: datetime) -> dict[str, Any]:
        """What the telco tells about it."""
        done = self.ready is not None and now >= self.ready
        line = {
            "msisdn": self.msisdn,
            "activationCode": f"LPA:1${SMDP}$UNSHACKLED-{self.number:06d}",
        }
        service: dict[str, Any] = {"id": f"SUB-{self.number:06d}"}
        if done:
            service["serviceCharacteristic"] = [
                {"name": name, "value": value} for name, value in line.items()
            ]
        return {
            "id": f"SO-{self.number:06d}",
            "externalId": self.external_id,
            "state": "completed" if done else "inProgress",
            "serviceOrderItem": [{"id": "1", "service": service}],
        }


@dataclass(kw_only=True)
class Network:
    """The telco's orders."""

    stand_in: StandIn
    ready_after: timedelta | None
    orders: dict[str, Order] = field(default_factory=dict)

    def order(self, request: StandInRequest) -> Response:
        """Activate a line, once per external id."""
        external_id = request.data["externalId"]
        if external_id in self.orders:
            raise StandInError(409, "duplicate_external_id")
        item = request.data["serviceOrderItem"][0]["service"]
        if not item["serviceSpecification"]["id"] or not request.data["relatedParty"]:
            raise StandInError(422, "service_order_invalid")
        told = {one["name"]: one["value"] for one in item["serviceCharacteristic"]}
        made = self.orders[external_id] = Order(
            number=len(self.orders) + 1,
            external_id=external_id,
            msisdn=self._number(told),
            ready=self._ready(later=request.mode == "refer"),
        )
        self.stand_in.record("sim.activate", external_id, subscription=f"SUB-{made.number:06d}")
        return answer(made.document(self.stand_in.now()), 201)

    def find(self, request: StandInRequest) -> Response:
        """The orders with an external id: one or none."""
        made = self.orders.get(request.params["externalId"])
        return answer([made.document(self.stand_in.now())] if made else [])

    def browse(self, request: StandInRequest) -> Response:
        """Everything on sale."""
        return answer(offerings(request.params.get("currency", "GBP")))

    def _number(self, characteristics: dict[str, str]) -> str:
        """A number of the range kept for drama, or the one that is ported in."""
        code = characteristics.get("portingCode")
        if code is None:
            return f"+447700900{len(self.orders) % 1000:03d}"
        if not PAC.fullmatch(code):
            raise StandInError(422, "porting_code_invalid")
        return "+44" + characteristics["currentNumber"].removeprefix("0")

    def _ready(self, *, later: bool) -> datetime | None:
        now = self.stand_in.now()
        if not later:
            return now
        return None if self.ready_after is None else now + self.ready_after


def make(*, ready_after: timedelta | None = timedelta(seconds=3)) -> StandIn:
    """A telco with no lines; a line that takes a while (`refer`) is live after `ready_after`."""
    stand_in = StandIn(name="telco")
    network = Network(stand_in=stand_in, ready_after=ready_after)
    rest = Rest(stand_in=stand_in)
    rest.post("/serviceOrdering/v4/serviceOrder", "sim.activate")(network.order)
    rest.get("/serviceOrdering/v4/serviceOrder", "sim.look_up")(network.find)
    rest.get("/productCatalogManagement/v4/productOffering", "catalogue.browse")(network.browse)
    return stand_in
