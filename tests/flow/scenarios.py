"""Who acts on a checkout in the same instant, and what must hold afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.flow.instant import LEAVE, Act, Instant, Scene, scene
from tests.flow.plans import plan_of
from tests.flow.world import ID
from unshackled.domain.codec import encode
from unshackled.domain.pricing import quote_of
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.flow.plan.plan import Plan
from unshackled.ports.outcome import Declined, Outcome
from unshackled.sdk import Doubt, idempotent, lookup
from unshackled.testing.backends import Effect, FakeBackends, HeldCall, hosted, referred
from unshackled.testing.samples import NOW

LATER = NOW + timedelta(hours=5)
NO = Declined(code="declined")
Play = tuple[Scene, Mapping[str, Act]]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Acts in one instant; `check` names what broke beyond the promises that always hold.

    `ends` are the ways in which it ends, each of which must come up. `full` is what a full
    exploration comes to, in schedules played and orders they stand for, where it was done.
    """

    begin: Callable[[], Play]
    ends: frozenset[str]
    full: tuple[int, int] | None = None
    check: Callable[[Instant], list[str]] = lambda _: []


def shop(after: Mapping[str, dict[str, Any]] | None = None, **more: dict[str, Any]) -> Plan:
    """Stock, a confirmation, money, an order; `more` steps before it, others `after` the order."""
    return plan_of(
        {
            "contact": {"collect": "contact"},
            "address": {"collect": "address"},
            "card": {"collect": "payment_method"},
            **more,
            "stock": {"call": "stock.reserve"},
            "confirm": {"confirm": "package"},
            "deposit": {"call": "payment.charge", "needs": ["confirm", "card"]},
            "order": {"call": "orders.place", "needs": ["deposit"], "pivot": True},
            **(after or {}),
        }
    )


def _tell(reference: str, outcome: Outcome[Any]) -> c.RecordNotice:
    return c.RecordNotice(reference=reference, outcome=outcome)


def _page(backends: FakeBackends) -> tuple[Scene, str, c.RecordNotice]:
    """The customer has paid on the provider's page, and nobody here knows yet."""
    backends.script("payment.charge", hosted(LATER))
    begun = scene(shop(), backends, until="confirm")
    reference = begun.reference("deposit")
    notice = _tell(reference, backends.finish(reference))
    begun.due(begun.checkout.steps["deposit"].next_at)
    return begun, reference, notice


def hosted_payment() -> Play:
    """Paid on a page: the customer returns, two callbacks, the poller, another replica's timer."""
    begun, reference, notice = _page(FakeBackends())
    return begun, {
        "customer returns": lambda i: i.first.notify(reference, c.Returned(reference=reference)),
        "callback": lambda i: i.first.notify(reference, notice),
        "callback again": lambda i: i.second.notify(reference, notice),
        "poller": lambda i: i.first.wake(),
        "timer": lambda i: i.second.wake(),
    }


def paid_and_left() -> Play:
    """Paid on a page, but canceled and confirmed once more while the callback arrives."""
    begun, reference, notice = _page(FakeBackends())
    quote = begun.checkout.quote.id
    return begun, {
        "cancel": lambda i: i.second.command(ID, LEAVE),
        "complete": lambda i: i.second.command(ID, c.Complete(quote_id=quote)),
        "callback": lambda i: i.first.notify(reference, notice),
        "customer returns": lambda i: i.first.notify(reference, c.Returned(reference=reference)),
    }


def _referral(outcome: Outcome[Any] | None) -> Play:
    backends = FakeBackends()
    backends.script("credit.apply", referred(timedelta(hours=23)))
    plan = shop(
        income={"collect": "income_and_outgoings"},
        prequalify={"call": "credit.quote", "needs": ["contact", "address", "income"]},
        credit={"call": "credit.apply", "needs": ["prequalify"]},
        after={"activate": {"call": "credit.activate", "needs": ["order"]}},
    )
    begun = scene(plan, backends, until="credit")
    reference = begun.reference("credit")
    notice = _tell(reference, backends.finish(reference, outcome))
    begun.due(begun.checkout.steps["credit"].deadline_at)
    withdraw = c.CancelByOperator(reason="asked by phone", operator="eve")
    verdict = c.Resolve(step="credit", verdict="passed", reason="guess", operator="eve")
    return begun, {
        "callback": lambda i: i.first.notify(reference, notice),
        "deadline": lambda i: i.second.wake(),
        "operator decides": lambda i: i.second.command(ID, verdict),
        "operator withdraws": lambda i: i.first.command(ID, withdraw),
    }


def referral_declined() -> Play:
    """A referred credit at its deadline: the lender's no, the timer, an operator's hands."""
    return _referral(NO)


def referral_approved() -> Play:
    """A referred credit at its deadline: the lender's yes, the timer, an operator's hands."""
    return _referral(None)


def complete_or_cancel() -> Play:
    """Identity is being checked: the callback, a complete, a cancel and the poller."""
    backends = FakeBackends()
    backends.script("identity.verify", referred(timedelta(minutes=5)))
    plan = shop(identity={"call": "identity.verify", "needs": ["contact", "address"]})
    begun = scene(plan, backends, until="identity")
    reference, quote = begun.reference("identity"), begun.checkout.quote.id
    notice = _tell(reference, backends.finish(reference))
    begun.due(begun.checkout.steps["identity"].next_at)
    return begun, {
        "callback": lambda i: i.first.notify(reference, notice),
        "complete": lambda i: i.second.command(ID, c.Complete(quote_id=quote)),
        "cancel": lambda i: i.first.command(ID, LEAVE),
        "poller": lambda i: i.second.wake(),
    }


def double_click() -> Play:
    """Complete at both replicas, and an edit of the package at one of them."""
    begun = scene(shop(), FakeBackends(), until="stock")
    quote = begun.checkout.quote
    package = replace(begun.checkout.package, accessories=None)
    other = quote_of(package, quote.currency, quote_id="quo_other", valid_until=quote.valid_until)
    edit = c.ChangePackage(selection=begun.checkout.selection, package=package, quote=other)
    complete = c.Complete(quote_id=quote.id)
    return begun, {
        "complete": lambda i: i.first.command(ID, complete),
        "complete again": lambda i: i.second.command(ID, complete),
        "edit": lambda i: i.second.command(ID, edit),
    }


def one_of_both(instant: Instant) -> list[str]:
    """An edit that was accepted is what was ordered, or nothing was ordered."""
    told = instant.answers
    edited = told.get("edit") == "ok"
    completed = "ok" in (told.get("complete"), told.get("complete again"))
    row = instant.store.row()
    found = [] if edited != completed else [f"edit and complete: {told}"]
    if completed != (row.status == "completed"):
        found.append(f"complete was answered {completed}, and it is {row.status}")
    if edited != (row.checkout.quote.id == "quo_other"):
        found.append(f"edit was answered {edited}, and the quote is {row.checkout.quote.id}")
    return found


def keeps_its_word(instant: Instant) -> list[str]:
    """A cancel that was accepted cancels; one that came too late changes nothing."""
    told, status = instant.answers.get("cancel"), instant.store.row().status
    left = "leaves" in instant.answers
    if (told == "ok") != (status == "canceled") and not left:
        return [f"cancel was answered {told}, and it is {status}"]
    return []


def _doubt(way: Doubt, *, happened: bool) -> Play:
    """The charge was sent and never answered; its lease ends now."""
    backends = FakeBackends(ways={"payment.charge": way})
    backends.script("payment.charge", HeldCall(until=asyncio.Event()))
    begun = scene(shop(), backends, until="confirm")
    state, reference = begun.checkout.steps["deposit"], begun.reference("deposit")
    begun.due(state.give_up_at)
    (sent,) = backends.calls("payment.charge")
    effect = Effect(
        provider=sent.provider,
        operation=sent.operation,
        reference=reference,
        checkout=ID,
        request=sent.request,
        outcome=NO,
    )
    backends.effects[reference] = effect
    passed = backends.finish(reference)
    if not happened:
        del backends.effects[reference]
    late = c.RecordResult(
        step="deposit",
        generation=state.generation,
        attempt=state.attempt,
        provider=sent.provider,
        reference=reference,
        operation=sent.operation,
        result=passed,
        retry_at=NOW,
    )
    verdict = c.Resolve(
        step="deposit",
        verdict="passed" if happened else "absent",
        reason="the bank's books",
        operator="eve",
        output=encode(getattr(passed, "output", None)) if happened else None,
    )
    acts: dict[str, Act] = {
        "timer": lambda i: i.first.wake(),
        "other timer": lambda i: i.second.wake(),
        "operator": lambda i: i.second.command(ID, verdict),
    }
    if happened:
        acts["late answer"] = lambda i: i.first.command(ID, late)
    return begun, acts


BOTH = frozenset({"completed", "canceled"})
DONE = frozenset({"completed"})
ENDED = frozenset({"canceled"})
SCENARIOS: dict[str, Scenario] = {
    "hosted payment": Scenario(begin=hosted_payment, full=(15_401, 54_522_867), ends=DONE),
    "paid and left": Scenario(begin=paid_and_left, check=keeps_its_word, ends=BOTH),
    "referral declined": Scenario(begin=referral_declined, full=(55_096, 904_344_413), ends=ENDED),
    "referral approved": Scenario(begin=referral_approved, ends=ENDED),
    "complete or cancel": Scenario(begin=complete_or_cancel, check=keeps_its_word, ends=BOTH),
    "double click and edit": Scenario(
        begin=double_click, full=(416, 17_305), check=one_of_both, ends=BOTH
    ),
    "doubt, asked, it happened": Scenario(begin=lambda: _doubt(lookup(), happened=True), ends=DONE),
    "doubt, asked, it did not": Scenario(
        begin=lambda: _doubt(lookup(), happened=False), full=(314, 17_227), ends=DONE
    ),
    "doubt, resent, it happened": Scenario(
        begin=lambda: _doubt(idempotent(), happened=True), full=(1_295, 180_988), ends=DONE
    ),
    "doubt, resent, it did not": Scenario(
        begin=lambda: _doubt(idempotent(), happened=False), full=(183, 2_304), ends=DONE
    ),
}
