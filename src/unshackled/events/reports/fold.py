"""From one event to a journey and to what it adds to the counts; no clock, no store, no surprise.

An event of a type that is not known, or about a step that is not known, moves the position only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

from unshackled.domain.events import checkout_events as whole
from unshackled.domain.events.case_events import CaseCompleted
from unshackled.domain.records import replace
from unshackled.domain.states import State
from unshackled.events.reports.counts import BY, CountIncrements, day_of
from unshackled.events.reports.standing import standing
from unshackled.events.reports.steps import HANDLERS as OF_STEPS
from unshackled.store.side_tables.journeys import Journey, PurchaseValue, Track
from unshackled.store.side_tables.report_counts import Counts
from unshackled.store.stored_records import EventRow

Json = Any
Providers: TypeAlias = Mapping[str, tuple[str, ...]]
Handler: TypeAlias = Callable[[Journey, EventRow, CountIncrements], Journey]
_NOT_KNOWN: Final[Providers] = {}


def fold(
    journey: Journey | None, event: EventRow, providers: Providers = _NOT_KNOWN
) -> tuple[Journey | None, Counts]:
    """The journey after an event, and what to add to the counts.

    `providers` is who serves each step, the first one first, for a checkout that begins.

    An event at or before the journey's position was taken before: nothing changes. Without a
    journey only a checkout's first event counts: the beginning of any other is not known. But what
    a case gave back counts long after the sale, whose events and journey are deleted by then.
    """
    if journey is None:
        if event.type == whole.CheckoutCreated.type:
            return _begin(event, providers)
        journey = _long_sold(event)
        if journey is None:
            return None, {}
    if (event.version, event.index) <= journey.position:
        return journey, {}
    tally = _tally(journey, event.at)
    moved = replace(journey, position=(event.version, event.index), at=event.at)
    if event.data.get("run") is not None:
        _case(event, tally)
        return moved, tally.counts()
    handler = _HANDLERS.get(event.type)
    if handler is not None:
        moved = _stand(handler(moved, event, tally), tally)
    return moved, tally.counts()


def _tally(journey: Journey, at: datetime) -> CountIncrements:
    return CountIncrements(
        retailer=journey.retailer,
        flow=journey.flow,
        began=day_of(journey.began_at),
        day=day_of(at),
    )


def _begin(event: EventRow, providers: Providers) -> tuple[Journey, Counts]:
    data = event.data
    journey = Journey(
        checkout=event.checkout,
        retailer=event.retailer,
        flow=data["flow"],
        digest=data["digest"],
        began_at=event.at,
        at=event.at,
        position=(event.version, event.index),
        price=_price(data),
        steps={name: Track() for name in data.get("steps", ())},
        providers=providers,
    )
    tally = _tally(journey, event.at)
    tally.funnel("created")
    return _stand(journey, tally), tally.counts()


def _long_sold(event: EventRow) -> Journey | None:
    """What is known of a sale by a case of it that is done: its flow, and that it is over.

    It stands before the event, so that this counts once. None for any other event.
    """
    flow = event.data.get("sale_flow") if event.type == CaseCompleted.type else None
    if flow is None:
        return None
    return Journey(
        checkout=event.checkout,
        retailer=event.retailer,
        flow=flow,
        digest="",
        began_at=event.at,
        at=event.at,
        position=(event.version, event.index - 1),
        ended=True,
    )


def _price(data: Mapping[str, Json]) -> PurchaseValue:
    package, quote = data.get("package") or {}, data.get("quote") or {}
    return PurchaseValue(
        due_today=quote.get("due_today", 0),
        total_payable=quote.get("total_payable", 0),
        credit=(package.get("credit") or {}).get("amount", 0),
        trade_in=quote.get("trade_in_estimate", 0),
        parts=tuple(sorted(name for name, part in package.items() if part)),
    )


def _stand(journey: Journey, tally: CountIncrements) -> Journey:
    """Count it as waiting where it stands now, and no more where it stood."""
    now = None if journey.ended else standing(journey)
    if now == journey.waiting:
        return journey
    if journey.waiting is not None:
        tally.left(*journey.waiting)
    if now is not None:
        tally.funnel("waiting", *now)
    return replace(journey, waiting=now)


def _priced(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    return replace(journey, price=_price(event.data))


def _completed(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    if journey.ended:
        return journey
    tally.funnel("completed")
    tally.latency("completion", event.at - journey.began_at)
    currency, price = event.data["currency"], journey.price
    tally.revenue("checkouts", currency)
    tally.revenue("due_today", currency, event.data["total_due_today"])
    tally.revenue("total_payable", currency, price.total_payable)
    tally.revenue("credit", currency, price.credit)
    tally.revenue("trade_in", currency, price.trade_in)
    for part in price.parts:
        tally.revenue(f"with_{part}", currency)
    return replace(journey, ended=True)


def _case(event: EventRow, tally: CountIncrements) -> None:
    """What happens to a case is no part of the purchase's way; what it gave back is counted."""
    if event.type != CaseCompleted.type:
        return
    currency, kind = event.data["currency"], event.data["kind"]
    tally.revenue(f"{kind}s", currency)
    tally.revenue("given_back", currency, event.data["amount"])


def _canceled(journey: Journey, event: EventRow, tally: CountIncrements) -> Journey:
    if journey.ended:
        return journey
    by, code = event.data["by"], event.data["code"]
    step, provider = _declined_with(journey, code) if by == "flow" else ("", "")
    if not step:
        step, provider = journey.waiting or ("", "")
    tally.funnel("dropped", step, provider, code=f"{by}{BY}{code}")
    return replace(journey, ended=True)


def _declined_with(journey: Journey, code: str) -> tuple[str, str]:
    """The step whose decline ended the flow: the last one with its code."""
    found = [
        (track.moved, name)
        for name, track in journey.steps.items()
        if track.state is State.DECLINED and track.code == code
    ]
    name = max(found)[1] if found else ""
    return name, journey.track(name).provider


_HANDLERS: Final[Mapping[str, Handler]] = {
    whole.PackageChanged.type: _priced,
    whole.QuoteRenewed.type: _priced,
    whole.CheckoutCompleted.type: _completed,
    whole.CheckoutCanceled.type: _canceled,
    **OF_STEPS,
}
