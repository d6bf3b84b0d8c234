"""The SIM port: TMF641 service orders."""

from __future__ import annotations

from dataclasses import replace

from unshackled.sdk import Call, Found, Outcome, Passed, Refused
from unshackled.sdk.answers import UNREADABLE, operation_name, read
from unshackled.sdk.ports import ActivateSim, SimActivated, SimStopped, StopSim
from unshackled_adapters.tmf import line_mapping, stop_mapping
from unshackled_adapters.tmf.client import Tmf

EVENT = "ServiceOrderStateChangeEvent"


class TmfSim:
    """Lines."""

    def __init__(self, tmf: Tmf) -> None:
        self._tmf = tmf
        self._path = f"{tmf.settings.service_path}/serviceOrder"

    async def activate(self, request: ActivateSim, call: Call) -> Outcome[SimActivated]:
        await self._tmf.listen(self._tmf.settings.service_path, EVENT, call)
        answer = await self._tmf.post(self._path, line_mapping.service_order(request, call))
        poll_after, provider = self._tmf.settings.poll_after, self._tmf.provider
        return read(answer, lambda order: line_mapping.activated(order, poll_after, provider))

    async def stop(self, request: StopSim, call: Call) -> Outcome[SimStopped]:
        """Order the end of the service; the backend completes it for one that is closed."""
        subscription = stop_mapping.subscription_of(request, call) or await self._sold(call)
        await self._tmf.listen(self._tmf.settings.service_path, EVENT, call)
        body = stop_mapping.service_order(request, subscription, call)
        answer = await self._tmf.post(self._path, body)
        poll_after, provider = self._tmf.settings.poll_after, self._tmf.provider
        return read(answer, lambda order: stop_mapping.stopped(order, poll_after, provider))

    async def _sold(self, call: Call) -> str:
        """The service that the sale's own order made, where our output of it is gone."""
        before = call.follows
        found: object = None
        if before is not None and before.reference is not None:
            own = replace(call, reference=before.reference, handle=before.handle)
            found = await self.look_up("sim.activate", own)
        if not isinstance(found, Passed) or not isinstance(found.output, SimActivated):
            message = f"{self._tmf.provider}: the line to close is not known"
            raise Refused(message, provider=self._tmf.provider, code="line_unknown")
        return found.output.subscription

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        if operation_name(operation) == "stop":
            return await self._stopped(call)
        poll_after, provider = self._tmf.settings.poll_after, self._tmf.provider
        order = await self._tmf.named(self._path, call.handle, call.reference)
        try:
            if order is None:
                orders = await self._tmf.ours(self._path, call.reference)
                order = line_mapping.best(orders, provider)
            if order is None:
                return self._tmf.nothing(call)
            return line_mapping.activated(order, poll_after, provider)
        except UNREADABLE as error:
            raise self._tmf.unreadable(error) from None

    async def _stopped(self, call: Call) -> Found[SimStopped]:
        poll_after, provider = self._tmf.settings.poll_after, self._tmf.provider
        order = await self._tmf.named(self._path, call.handle, call.reference)
        try:
            if order is None:
                order = stop_mapping.best(await self._tmf.ours(self._path, call.reference))
            if order is None:
                return self._tmf.nothing(call)
            return stop_mapping.stopped(order, poll_after, provider)
        except UNREADABLE as error:
            raise self._tmf.unreadable(error) from None
