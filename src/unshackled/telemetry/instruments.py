"""Every instrument with its labels: what is recorded, what the docs say, what a scrape shows.

A label has one name and one meaning everywhere: in metrics, spans and log lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Meter, Observation

from unshackled.domain.records import Record
from unshackled.telemetry import names
from unshackled.telemetry.metering import Kind

Observe = Callable[[CallbackOptions], Iterable[Observation]]

_RETAILER: Final = (names.RETAILER, names.LIVEMODE)
_FLOW: Final = (*_RETAILER, names.FLOW)
_CALL: Final = (*_FLOW, names.STEP, names.PROVIDER, names.OPERATION, names.CALL_KIND, names.OUTCOME)
_CLIENT: Final = (*_RETAILER, names.PROVIDER)
_OF_HTTP: Final = (names.METHOD, names.STATUS, names.ERROR)


class Instrument(Record):
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

    def counter(self, meter: Meter) -> Counter:
        """What counts it."""
        return meter.create_counter(self.name, self.unit, self.meaning)

    def histogram(self, meter: Meter) -> Histogram:
        """What records its seconds."""
        return meter.create_histogram(
            self.name,
            self.unit,
            self.meaning,
            explicit_bucket_boundaries_advisory=names.SECONDS,
        )

    def observed(self, meter: Meter, observe: Observe) -> None:
        """Ask `observe` for it whenever metrics are read."""
        if self.kind == "gauge":
            meter.create_observable_gauge(self.name, [observe], self.unit, self.meaning)
        else:
            meter.create_observable_up_down_counter(self.name, [observe], self.unit, self.meaning)


def scraped_label(label: str) -> str:
    """A label as Prometheus reads it."""
    return label.replace(".", "_")


REQUESTS: Final = Instrument(
    name="http.server.request.duration",
    kind="histogram",
    unit="s",
    labels=(*_OF_HTTP, names.ROUTE, names.SCHEME, names.PROTOCOL),
    meaning="requests",
)
REQUESTS_UNDER_WAY: Final = Instrument(
    name="http.server.active_requests",
    kind="up_down_counter",
    unit="{request}",
    labels=(names.METHOD, names.SCHEME),
    meaning="requests under way",
)
CALLS_BY_HTTP: Final = Instrument(
    name="http.client.request.duration",
    kind="histogram",
    unit="s",
    labels=(*_CLIENT, names.SERVER, names.PORT, *_OF_HTTP),
    meaning="HTTP requests to backends",
)
CREATED: Final = Instrument(
    name="unshackled.checkout.created",
    kind="counter",
    unit="{checkout}",
    labels=_FLOW,
    meaning="checkouts begun",
)
QUEUED: Final = Instrument(
    name="unshackled.checkout.queued",
    kind="counter",
    unit="{checkout}",
    labels=_FLOW,
    meaning="checkouts begun that had to wait, see [waiting room](waiting-room.md)",
)
WAITING: Final = Instrument(
    name="unshackled.waiting_room.length",
    kind="gauge",
    unit="{checkout}",
    labels=_RETAILER,
    meaning="places in a waiting room whose turn is to come, as this process last knew it",
)
COMPLETED: Final = Instrument(
    name="unshackled.checkout.completed",
    kind="counter",
    unit="{checkout}",
    labels=_FLOW,
    meaning="checkouts sold: their pivot passed",
)
CANCELED: Final = Instrument(
    name="unshackled.checkout.canceled",
    kind="counter",
    unit="{checkout}",
    labels=(*_FLOW, names.CODE),
    meaning="checkouts ended without an order",
)
STEP_OUTCOMES: Final = Instrument(
    name="unshackled.step.outcomes",
    kind="counter",
    unit="{step}",
    labels=(*_FLOW, names.STEP, names.OUTCOME),
    meaning="where steps came to rest",
)
UNDELIVERED: Final = Instrument(
    name="unshackled.messages.undelivered",
    kind="counter",
    unit="{message}",
    labels=(*_FLOW, names.STEP, names.PROVIDER, names.CODE),
    meaning="messages that a provider had taken and that did not reach the customer",
)
ERASURES: Final = Instrument(
    name="unshackled.erasures",
    kind="counter",
    unit="{erasure}",
    labels=(*_FLOW, names.OUTCOME, names.CODE),
    meaning="checkouts whose personal data was erased, whole or in part, and why",
)
PROVIDER_CALLS: Final = Instrument(
    name="unshackled.provider.call.duration",
    kind="histogram",
    unit="s",
    labels=_CALL,
    meaning="calls of steps, retries inside them included",
)
PROVIDER_PROBLEMS: Final = Instrument(
    name="unshackled.provider.problems",
    kind="counter",
    unit="{problem}",
    labels=_CALL,
    meaning="calls that failed or could not be made, and answers that came to nothing; "
    "each has a line in the log",
)
BREAKER: Final = Instrument(
    name="unshackled.provider.breaker",
    kind="gauge",
    labels=_CLIENT,
    meaning="0 closed, 1 half open, 2 open",
)
CATALOGUE_AGE: Final = Instrument(
    name="unshackled.catalogue.age",
    kind="gauge",
    unit="s",
    labels=_RETAILER,
    meaning="since the catalogue that is served was read",
)
LEFT_OUT: Final = Instrument(
    name="unshackled.catalogue.left_out",
    kind="gauge",
    unit="{item}",
    labels=_RETAILER,
    meaning="offerings that are not sold because they cannot be read",
)
BANK_WEIGHTS_AGE: Final = Instrument(
    name="unshackled.bank_weights.age",
    kind="gauge",
    unit="s",
    labels=(),
    meaning="since the file of weights that bank accounts are checked by was changed",
)
ROUTE_SHARE: Final = Instrument(
    name="unshackled.route.share",
    kind="gauge",
    unit="%",
    labels=(*_CLIENT, names.POLICY),
    meaning="the percent of new checkouts a provider gets, see [routing](routing.md)",
)
SHADOW_RUNNING: Final = Instrument(
    name="unshackled.shadow.running",
    kind="gauge",
    labels=(*_CLIENT, names.POLICY),
    meaning="1 the shadow runs, 0 it does not although there is traffic",
)
EVENTS_DELIVERED: Final = Instrument(
    name="unshackled.events.delivered",
    kind="counter",
    unit="{event}",
    labels=(names.CONSUMER, names.OUTCOME),
    meaning="events `taken`, `dead`, or `published` by the relay",
)
EVENTS_LAG: Final = Instrument(
    name="unshackled.events.lag",
    kind="gauge",
    unit="s",
    labels=(names.CONSUMER,),
    meaning="age of the oldest event not handed on, see [events](events.md#watching-it)",
)
EVENTS_STUCK: Final = Instrument(
    name="unshackled.events.stuck",
    kind="gauge",
    labels=(names.CONSUMER,),
    meaning="1 where the relay or a consumer does not come on, 0 elsewhere",
)
# Every one that is declared above, in this order.
INSTRUMENTS: Final[Mapping[str, Instrument]] = {
    declared.name: declared
    for declared in tuple(vars().values())
    if isinstance(declared, Instrument)
}
