"""Orders at the stand-in LineDesk that cease lines: a line is ceased once, by whichever order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from unshackled.sdk import xml
from unshackled.sdk.standin import StandIn
from unshackled.sdk.xml import Element, Markup
from unshackled_adapters.legacy_bss.fake_lines import LONDON, Line, Refusal, local, written

LINE: Final = (
    "<o:Line><o:SubscriptionId>{subscription}</o:SubscriptionId><o:Msisdn>{msisdn}</o:Msisdn>"
    "<o:CeasedOn>{ceased}</o:CeasedOn></o:Line>"
)


@dataclass(kw_only=True)
class Cease:
    """One order that ceases a line; done from `ready` on."""

    number: int
    reference: str
    line: Line
    received: datetime
    ready: datetime
    ceased_on: date

    def document(self, *, received: bool, now: datetime) -> Markup:
        """What LineDesk tells about it; `received` is its very first word."""
        done = not received and now >= self.ready
        status = "COMPLETED" if done else "RECEIVED" if received else "PROVISIONING"
        line = xml.render(
            LINE,
            subscription=self.line.subscription,
            msisdn=self.line.msisdn,
            ceased=self.ceased_on.isoformat(),
        )
        return written(
            number=f"LC{self.number:08d}",
            reference=self.reference,
            status=status,
            times=(local(self.received), local(self.ready)),
            name=self.line.order.name,
            rest=line if done else Markup(),
        )


@dataclass(kw_only=True)
class Ceased:
    """Every such order, and the day on which each line ended."""

    stand_in: StandIn
    orders: list[Cease] = field(default_factory=list)
    days: dict[str, date] = field(default_factory=dict)

    def order(self, element: Element, lines: Sequence[Line], ready: datetime) -> Markup:
        """Cease a line; one that is ceased stays so from its day on."""
        subscription = xml.text(element, "SubscriptionId")
        line = next((one for one in lines if one.subscription == subscription), None)
        if line is None:
            raise Refusal("ORD-1404")
        now, reference = self.stand_in.now(), xml.text(element, "ExternalOrderId")
        if subscription not in self.days:
            self.days[subscription] = ready.astimezone(LONDON).date()
            self.stand_in.record("sim.stop", reference, subscription=subscription)
        made = Cease(
            number=len(self.orders) + 1,
            reference=reference,
            line=line,
            received=now,
            ready=ready,
            ceased_on=self.days[subscription],
        )
        self.orders.append(made)
        return made.document(received=True, now=now)

    def under(self, reference: str) -> list[Cease]:
        """The orders under an external id."""
        return [one for one in self.orders if one.reference == reference]
