"""The stand-in telco: a catalogue, and lines that go live at once or a little later."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest
from unshackled_adapters.telco.fake_offerings import offerings
from unshackled_adapters.telco.fake_ports import (
    CODE_DAYS,
    LONDON,
    NumberMove,
    Wanted,
    iccid,
    moved_on,
    wanted,
)

SMDP: Final = "smdp.telco.example"


@dataclass(kw_only=True)
class Order:
    """One service order; it is completed at `ready`, never if that is None."""

    number: int
    external_id: str
    msisdn: str
    ready: datetime | None
    card: bool = False
    move: NumberMove | None = None
    ended_on: date | None = None

    @property
    def subscription(self) -> str:
        """The telco's number of the line."""
        return f"SUB-{self.number:06d}"

    def _line(self) -> dict[str, str]:
        """What is told of the line: an eSIM has a code to load it by, a card comes by post."""
        line = {"msisdn": self.msisdn, "iccid": iccid(self.number)}
        if self.card:
            line["simType"] = "physicalSIM"
        else:
            line["activationCode"] = f"LPA:1${SMDP}$UNSHACKLED-{self.number:06d}"
        if self.move is None:
            return line
        line["portDate"] = self.move.day.isoformat()
        if self.move.wanted.keeps:
            line |= {"msisdn": self.move.wanted.msisdn, "temporaryMsisdn": self.msisdn}
        return line

    def document(self, now: datetime) -> dict[str, Any]:
        """What the telco tells about it."""
        done = self.ready is not None and now >= self.ready
        service: dict[str, Any] = {"id": self.subscription}
        if done:
            service["serviceCharacteristic"] = [
                {"name": name, "value": value} for name, value in self._line().items()
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
    endings: dict[str, dict[str, Any]] = field(default_factory=dict)

    def order(self, request: StandInRequest) -> Response:
        """Activate a line, once per external id."""
        external_id = request.data["externalId"]
        if external_id in self.orders or external_id in self.endings:
            raise StandInError(409, "duplicate_external_id")
        if request.data["serviceOrderItem"][0]["action"] == "delete":
            return self._cease(request)
        item = request.data["serviceOrderItem"][0]["service"]
        if not item["serviceSpecification"]["id"] or not request.data["relatedParty"]:
            raise StandInError(422, "service_order_invalid")
        told = {one["name"]: one["value"] for one in item["serviceCharacteristic"]}
        made = self.orders[external_id] = Order(
            number=len(self.orders) + 1,
            external_id=external_id,
            msisdn=f"+447700900{len(self.orders) % 1000:03d}",
            ready=self._ready(later=request.mode == "refer"),
            card=told.get("simType") == "physicalSIM",
            move=self._move(told),
        )
        self.stand_in.record("sim.activate", external_id, subscription=made.subscription)
        return answer(made.document(self.stand_in.now()), 201)

    def find(self, request: StandInRequest) -> Response:
        """The orders with an external id: one or none."""
        wanted_order = request.params["externalId"]
        if wanted_order in self.endings:
            return answer([self.endings[wanted_order]])
        made = self.orders.get(wanted_order)
        return answer([made.document(self.stand_in.now())] if made else [])

    def _cease(self, request: StandInRequest) -> Response:
        """Close a line; one that is closed stays so from the day on which it was."""
        subscription = request.data["serviceOrderItem"][0]["service"]["id"]
        line = next((o for o in self.orders.values() if o.subscription == subscription), None)
        if line is None:
            raise StandInError(422, "unknown_subscription")
        external_id = request.data["externalId"]
        if line.ended_on is None:
            line.ended_on = self.stand_in.now().astimezone(LONDON).date()
            self.stand_in.record("sim.stop", external_id, subscription=subscription)
        service = {
            "id": subscription,
            "state": "terminated",
            "endDate": line.ended_on.isoformat(),
        }
        self.endings[external_id] = {
            "id": f"CE-{len(self.endings) + 1:06d}",
            "externalId": external_id,
            "state": "completed",
            "serviceOrderItem": [{"id": "1", "action": "delete", "service": service}],
        }
        return answer(self.endings[external_id], 201)

    def browse(self, request: StandInRequest) -> Response:
        """Everything on sale."""
        return answer(offerings(request.params.get("currency", "GBP")))

    def check(self, request: StandInRequest) -> Response:
        """What the networks say of a number and its code."""
        asked = wanted(request.data)
        reason = "unknownCode" if request.mode == "decline" else asked and asked.reason
        if reason is not None:
            return answer({"eligible": False, "reason": reason})
        if asked is None:
            return answer({"eligible": True})
        return answer({"eligible": True, "network": "Valley Mobile", **self._code_of(asked)})

    def _code_of(self, order: Wanted) -> dict[str, str]:
        """Of a code its last day: it was given out today."""
        if order.code is None:
            return {}
        today = self.stand_in.now().astimezone(LONDON).date()
        return {"codeExpires": (today + timedelta(days=CODE_DAYS)).isoformat()}

    def ported(self, request: StandInRequest) -> Response:
        """Where a line's number is; `refer` puts it off by a day."""
        wanted_line, now = request.params["subscription"], self.stand_in.now()
        made = next((o for o in self.orders.values() if o.subscription == wanted_line), None)
        if made is None:
            raise StandInError(404, "unknown_subscription")
        if made.move is None:
            new = Wanted(number=made.msisdn, code=None, keeps=True, day=None)
            made.move = NumberMove(wanted=new, day=now.astimezone(LONDON).date())
            made.move.day -= timedelta(days=1)
        if request.mode == "refer":
            made.move.day = max(made.move.day, now.astimezone(LONDON).date() + timedelta(days=1))
        return answer(made.move.document(now))

    def _move(self, characteristics: dict[str, str]) -> NumberMove | None:
        """The number that comes along or is given up, on the day that the telco settles."""
        order = wanted(characteristics)
        if order is None:
            return None
        if order.reason is not None:
            raise StandInError(422, "porting_code_invalid")
        return NumberMove(wanted=order, day=moved_on(order, self.stand_in.now()))

    def _ready(self, *, later: bool) -> datetime | None:
        now = self.stand_in.now()
        if not later:
            return now
        return None if self.ready_after is None else now + self.ready_after


async def _ordered(request: Request) -> str:
    """Which operation a service order is of."""
    try:
        ends = orjson.loads(await request.body())["serviceOrderItem"][0]["action"] == "delete"
    except (ValueError, LookupError, TypeError):
        ends = False
    return "sim.stop" if ends else "sim.activate"


def make(*, ready_after: timedelta | None = timedelta(seconds=3)) -> StandIn:
    """A telco with no lines; a line that takes a while (`refer`) is live after `ready_after`."""
    stand_in = StandIn(name="telco")
    network = Network(stand_in=stand_in, ready_after=ready_after)
    rest = Rest(stand_in=stand_in)
    rest.post("/serviceOrdering/v4/serviceOrder", _ordered)(network.order)
    rest.get("/serviceOrdering/v4/serviceOrder", "sim.look_up")(network.find)
    rest.post("/numberPorting/v1/checkPortIn", "porting.check")(network.check)
    rest.get("/numberPorting/v1/portIn/{subscription}", "porting.completion")(network.ported)
    rest.get("/productCatalogManagement/v4/productOffering", "catalogue.browse")(network.browse)
    return stand_in
