"""The SIM port: TMF641 service orders."""

from __future__ import annotations

from unshackled.sdk import Call, Found, Outcome
from unshackled.sdk.answers import UNREADABLE, read
from unshackled.sdk.ports import ActivateSim, SimActivated
from unshackled_adapters.tmf import line_mapping
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

    async def look_up(self, operation: str, call: Call) -> Found[object]:
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
