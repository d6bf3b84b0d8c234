"""The stand-in LineDesk: one door for messages, four workers behind it, and no idempotency keys."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk import soap, xml
from unshackled.sdk.standin import Mode, StandIn
from unshackled.sdk.xml import Element, Markup
from unshackled_adapters.legacy_bss.client import NAMESPACE, PATH
from unshackled_adapters.legacy_bss.fake_ceased import Ceased
from unshackled_adapters.legacy_bss.fake_gate import Gate
from unshackled_adapters.legacy_bss.fake_lines import Line, Refusal, checked

# What the demo's settings have as well.
PASSWORD: Final = "demo-only"
WORKERS: Final = 4
OPERATIONS: Final = {
    "SubmitOrder": "sim.activate",
    "CeaseLine": "sim.stop",
    "FindOrders": "sim.look_up",
}
RESPONSE: Final = '<ld:{action}Response xmlns:ld="{namespace}">{body}</ld:{action}Response>'
FAULT: Final = (
    '<soap:Fault xmlns:wsse="{wsse}"><faultcode>{side}</faultcode><faultstring>{said}</faultstring>'
    "{detail}</soap:Fault>"
)
DETAIL: Final = (
    '<detail><f:LineDeskFault xmlns:f="urn:linedesk:fault:2"><f:Code>{code}</f:Code>{pause}'
    "</f:LineDeskFault></detail>"
)
PAUSE: Final = "<f:RetryAfterSeconds>5</f:RetryAfterSeconds>"


@dataclass(kw_only=True)
class LineDesk:
    """LineDesk's orders.

    `unique`: whether an external id that was committed is refused the second time; it is no lock,
    so two messages at once may both get in. `trips`: how many orders more are committed and then
    answered with a fault of the server. `takes`: how many seconds a worker needs for a message;
    `naps`: for the very next ones instead.
    """

    stand_in: StandIn
    gate: Gate
    ready_after: timedelta
    takes: float = 0.0
    unique: bool = True
    trips: int = 0
    working: int = 0
    naps: list[float] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    jobs: set[asyncio.Task[Response]] = field(default_factory=set)
    ceased: Ceased = field(init=False)

    def __post_init__(self) -> None:
        self.ceased = Ceased(stand_in=self.stand_in)

    async def serve(self, request: Request, mode: Mode | None) -> Response:
        """One message, if a worker is free; who finds none is turned away unread.

        A worker goes on though nobody waits for its answer any more.
        """
        if self.working >= WORKERS:
            return fault("soap:Server", "SYS-0503", pause=True)
        self.working += 1
        job = asyncio.get_running_loop().create_task(self._work(await request.body(), mode))
        self.jobs.add(job)
        job.add_done_callback(self.jobs.discard)
        return await asyncio.shield(job)

    async def _work(self, body: bytes, mode: Mode | None) -> Response:
        try:
            takes = self.naps.pop(0) if self.naps else self.takes
            if takes:
                await asyncio.sleep(takes)
            return self._answer(body, mode)
        finally:
            self.working -= 1

    def _answer(self, body: bytes, mode: Mode | None) -> Response:
        try:
            root = xml.parse(body)
            refused = self.gate.refuses(root, self.stand_in.now())
            if refused:
                return fault(f"wsse:{refused}")
            action = action_of(root)
            asked = xml.find_all(root, f"Body/{action}Request")
            if action not in OPERATIONS or not asked:
                raise Refusal("SYS-0400")
            told = self._act(action, asked[0], mode)
        except Refusal as refusal:
            return fault("soap:Client", str(refusal))
        except (ValueError, LookupError):
            return fault("soap:Client", "SYS-0400")
        if action != "FindOrders" and self.trips:
            self.trips -= 1
            return fault("soap:Server", "SYS-0500")
        named = Markup(action)
        return answered(xml.render(RESPONSE, action=named, namespace=NAMESPACE, body=told))

    def _act(self, action: str, element: Element, mode: Mode | None) -> Markup:
        if action == "FindOrders":
            return self._find(element)
        self._require_new(xml.text(element, "ExternalOrderId"))
        if action == "SubmitOrder":
            return self._submit(element, mode)
        return self.ceased.order(element, self.lines, self._ready(mode))

    def _require_new(self, reference: str) -> None:
        known = any(one.order.reference == reference for one in self.lines)
        if self.unique and (known or self.ceased.under(reference)):
            raise Refusal("ORD-1409")

    def _ready(self, mode: Mode | None) -> datetime:
        now = self.stand_in.now()
        return now + self.ready_after if mode == "refer" else now

    def _submit(self, element: Element, mode: Mode | None) -> Markup:
        order = checked(element)
        now, ready = self.stand_in.now(), self._ready(mode)
        made = Line(number=len(self.lines) + 1, order=order, received=now, ready=ready)
        self.lines.append(made)
        if made.failure is None:
            self.stand_in.record("sim.activate", order.reference, order=made.order_number)
        # An answer to an order never has the line: provisioning comes after it.
        return made.document(received=True, now=now)

    def _find(self, element: Element) -> Markup:
        reference = xml.text(element, "ExternalOrderId")
        now = self.stand_in.now()
        mine = [one for one in self.lines if one.order.reference == reference]
        lines = [one.document(received=False, now=now) for one in mine]
        ends = [one.document(received=False, now=now) for one in self.ceased.under(reference)]
        return xml.join([*lines, *ends])


def action_of(root: Element) -> str:
    """What the body asks for: `SubmitOrder` of `SubmitOrderRequest`."""
    body = xml.find(root, "Body")
    first = body[0] if body is not None and len(body) else root
    return xml.local_name(first).removesuffix("Request")


def fault(side: str, code: str = "", *, pause: bool = False, status: int = 500) -> Response:
    """A fault; those of the gate have no detail."""
    more = Markup(PAUSE) if pause else Markup()
    detail = xml.render(DETAIL, code=code, pause=more) if code else Markup()
    told = xml.render(FAULT, wsse=Gate.NAMESPACE, side=side, said=code or side, detail=detail)
    return answered(told, status)


def refusal(status: int) -> Response:
    """A fault that says no more than whose it is."""
    if status >= 500:
        return fault("soap:Server", "SYS-0500", status=status)
    return fault("soap:Client", "SYS-0400", status=status)


def answered(body: Markup, status: int = 200) -> Response:
    """An answer as LineDesk writes it: in Latin-1, and the header says nothing about that."""
    message = soap.envelope(body, encoding="ISO-8859-1")
    return Response(message, status, headers={"Content-Type": "text/xml"})


def make(*, ready_after: timedelta = timedelta(seconds=3), takes: float | None = None) -> StandIn:
    """A LineDesk without lines; a line that takes a while (`refer`) is live after `ready_after`.

    `LEGACY_BSS_LATENCY_SECONDS` says how long a worker needs for a message.
    """
    if takes is None:
        takes = float(os.environ.get("LEGACY_BSS_LATENCY_SECONDS", "0"))
    stand_in = StandIn(name="legacy_bss")
    gate = Gate(password=PASSWORD)
    line_desk = LineDesk(stand_in=stand_in, gate=gate, ready_after=ready_after, takes=takes)
    stand_in.state["line_desk"] = line_desk
    stand_in.refusal = refusal

    async def operation(request: Request) -> str:
        action = request.headers.get("soapaction", "").strip('"').rpartition(":")[2]
        return OPERATIONS.get(action, "unknown")

    stand_in.route(PATH, operation)(line_desk.serve)
    return stand_in
