"""Made-up checkouts and the changes that a store is given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from unshackled.domain.case import CaseKind, CaseLine, CaseRequest
from unshackled.domain.checkout import Checkout, Private, StepState
from unshackled.domain.codec import digest
from unshackled.domain.package import Selection, TradeInChoice
from unshackled.domain.records import replace
from unshackled.domain.runs import Run
from unshackled.domain.states import State
from unshackled.store.stored_records import Change, EventRow
from unshackled.testing.samples import NOW, PACKAGE, QUOTE, TRADE_IN

SELECTION = Selection(
    handset="handset-mid",
    tariff="sim-50gb",
    trade_in=TradeInChoice(imei=TRADE_IN.imei, model=TRADE_IN.model, grade=TRADE_IN.grade),
)


def checkout_of(
    checkout: str = "chk_1", *, steps: int = 15, passed: int | None = None, **changes: Any
) -> Checkout:
    """A new checkout of so many steps; the first `passed` (two thirds) of them are done."""
    done = 2 * steps // 3 if passed is None else passed
    base = Checkout(
        id=checkout,
        retailer="northstar",
        flow="handset-on-credit",
        digest=digest("handset-on-credit"),
        currency="GBP",
        locale="en-GB",
        bucket=4711,
        created_at=NOW,
        updated_at=NOW,
        expires_at=NOW + timedelta(hours=24),
        version=1,
        selection=SELECTION,
        package=PACKAGE,
        quote=QUOTE,
        steps={f"step_{n}": step_of(n) if n < done else StepState() for n in range(steps)},
        private=Private(
            customer_ref="c-1",
            inputs={"contact": {"family_name": "Featherstone", "phone": "+447700900123"}},
            outputs={"step_0": {"account": "00012345"}},
        ),
    )
    return replace(base, **changes)


def run_of(case: str = "refund-1", **changes: Any) -> Run:
    """A case run with one step that passed."""
    kind: CaseKind = "return" if case.startswith("return") else "refund"
    base = Run(
        flow="goodwill",
        digest=digest("goodwill"),
        steps={"refund": step_of(1), "notice": StepState()},
        opened=CaseRequest(
            case=case,
            kind=kind,
            lines=(CaseLine(part="handset", sku="handset-mid", quantity=1, amount=4_900),),
            amount=4_900,
            currency="GBP",
            reason="goodwill",
            opened_at=NOW,
            opened_by="retailer",
        ),
    )
    return replace(base, **changes)


def step_of(number: int) -> StepState:
    """A step that passed."""
    return StepState(
        state=State.PASSED,
        generation=1,
        attempt=1,
        provider="prime-lender",
        reference=f"REFERENCE{number:017}",
        handle=f"app_{number}",
        digest=digest(number),
        output={"application": f"app_{number}", "amount": 66_900, "rate": None},
        sent=True,
        first_sent_at=NOW,
        ready_at=NOW,
        updated_at=NOW,
        valid_until=NOW + timedelta(hours=1),
    )


def event_of(checkout: Checkout, index: int, type_: str = "step.passed.v1") -> EventRow:
    """An event of the checkout's present version."""
    return EventRow(
        checkout=checkout.id,
        retailer=checkout.account,
        version=checkout.version,
        index=index,
        type=type_,
        at=checkout.updated_at,
        data={"step": f"step_{index}", "output": {"application": "app_1"}},
    )


def change_of(checkout: Checkout, *, events: int = 2, **changes: Any) -> Change:
    """The append of a checkout over the version before it."""
    base = Change(
        checkout=checkout,
        expected=checkout.version - 1,
        events=[event_of(checkout, index) for index in range(events)],
        status="incomplete",
        settled=True,
        wake_at=None,
    )
    return replace(base, **changes)


def next_of(checkout: Checkout, **changes: Any) -> Checkout:
    """The checkout one version later."""
    return replace(checkout, **{"version": checkout.version + 1, **changes})


def created(checkouts: Sequence[str], **changes: Any) -> list[Change]:
    """First appends of small checkouts, each created a second after the one before."""
    return [
        change_of(checkout_of(name, steps=2, created_at=_at(number)), **changes)
        for number, name in enumerate(checkouts)
    ]


def _at(number: int) -> datetime:
    return NOW + timedelta(seconds=number)
