"""Every instrument with its labels: what is recorded, what the docs say, what a scrape shows.

A label has one name and one meaning everywhere: in metrics, spans and log lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from unshackled.telemetry import names

Kind = Literal["counter", "gauge", "histogram", "up_down_counter"]

_RETAILER: Final = (names.RETAILER, names.LIVEMODE)
_FLOW: Final = (*_RETAILER, names.FLOW)
_CALL: Final = (*_FLOW, names.STEP, names.PROVIDER, names.OPERATION, names.ASKED, names.OUTCOME)
_CLIENT: Final = (*_RETAILER, names.PROVIDER)
_OF_HTTP: Final = (names.METHOD, names.STATUS, names.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One metric: `labels` are all that its values may carry; `meaning` is for people."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    meaning: str
    unit: str = "1"

    @property
    def scraped(self) -> str:
        """Its name as Prometheus reads it."""
        name = self.name.replace(".", "_")
        if self.kind == "counter":
            return f"{name}_total"
        return name + {"s": "_seconds", "%": "_percent"}.get(self.unit, "")


def scraped_label(label: str) -> str:
    """A label as Prometheus reads it."""
    return label.replace(".", "_")


INSTRUMENTS: Final[Mapping[str, Instrument]] = {
    one.name: one
    for one in (
        Instrument(
            name="http.server.request.duration",
            kind="histogram",
            unit="s",
            labels=(*_OF_HTTP, names.ROUTE, names.SCHEME, names.PROTOCOL),
            meaning="requests",
        ),
        Instrument(
            name="http.server.active_requests",
            kind="up_down_counter",
            unit="{request}",
            labels=(names.METHOD, names.SCHEME),
            meaning="requests under way",
        ),
        Instrument(
            name="http.client.request.duration",
            kind="histogram",
            unit="s",
            labels=(*_CLIENT, names.SERVER, names.PORT, *_OF_HTTP),
            meaning="HTTP requests to backends",
        ),
        Instrument(
            name="unshackled.checkout.created",
            kind="counter",
            unit="{checkout}",
            labels=_FLOW,
            meaning="checkouts begun",
        ),
        Instrument(
            name="unshackled.checkout.completed",
            kind="counter",
            unit="{checkout}",
            labels=_FLOW,
            meaning="checkouts sold: their pivot passed",
        ),
        Instrument(
            name="unshackled.checkout.canceled",
            kind="counter",
            unit="{checkout}",
            labels=(*_FLOW, names.CODE),
            meaning="checkouts ended without an order",
        ),
        Instrument(
            name="unshackled.step.outcomes",
            kind="counter",
            unit="{step}",
            labels=(*_FLOW, names.STEP, names.OUTCOME),
            meaning="where steps came to rest",
        ),
        Instrument(
            name="unshackled.messages.undelivered",
            kind="counter",
            unit="{message}",
            labels=(*_FLOW, names.STEP, names.PROVIDER, names.CODE),
            meaning="messages that a provider had taken and that did not reach the customer",
        ),
        Instrument(
            name="unshackled.provider.call.duration",
            kind="histogram",
            unit="s",
            labels=_CALL,
            meaning="calls of steps, retries inside them included",
        ),
        Instrument(
            name="unshackled.provider.problems",
            kind="counter",
            unit="{problem}",
            labels=_CALL,
            meaning="calls that failed or could not be made, and answers that came to nothing; "
            "each has a line in the log",
        ),
        Instrument(
            name="unshackled.provider.breaker",
            kind="gauge",
            labels=_CLIENT,
            meaning="0 closed, 1 half open, 2 open",
        ),
        Instrument(
            name="unshackled.catalogue.age",
            kind="gauge",
            unit="s",
            labels=_RETAILER,
            meaning="since the catalogue that is served was read",
        ),
        Instrument(
            name="unshackled.catalogue.left_out",
            kind="gauge",
            unit="{item}",
            labels=_RETAILER,
            meaning="offerings that are not sold because they cannot be read",
        ),
        Instrument(
            name="unshackled.route.share",
            kind="gauge",
            unit="%",
            labels=(*_CLIENT, names.POLICY),
            meaning="the percent of new checkouts a provider gets, see [routing](routing.md)",
        ),
        Instrument(
            name="unshackled.shadow.running",
            kind="gauge",
            labels=(*_CLIENT, names.POLICY),
            meaning="1 the shadow runs, 0 it does not although there is traffic",
        ),
        Instrument(
            name="unshackled.events.delivered",
            kind="counter",
            unit="{event}",
            labels=(names.CONSUMER, names.OUTCOME),
            meaning="events `taken`, `dead`, or `published` by the relay",
        ),
        Instrument(
            name="unshackled.events.lag",
            kind="gauge",
            unit="s",
            labels=(names.CONSUMER,),
            meaning="age of the oldest event not handed on, see [events](events.md#watching-it)",
        ),
        Instrument(
            name="unshackled.events.stuck",
            kind="gauge",
            labels=(names.CONSUMER,),
            meaning="1 where the relay or a consumer does not come on, 0 elsewhere",
        ),
    )
}
