"""The checks that load and chaos are judged by find what they are there to find."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from unshackled.testing.invariants import FinalCheckout, violations

Json = Any

CHECKOUT: Json = {
    "id": "chk_1",
    "retailer": "northstar",
    "status": "completed",
    "settled": True,
    "version": 3,
    "order": {"number": "W1"},
    "package": {"handset": {"sku": "handset-mid"}, "credit": {"amount": 66_900}},
    "totals": [{"type": "due_today", "amount": 4_900}],
    "steps": [
        {"name": "stock", "does": "stock.reserve", "state": "passed", "code": None},
        {"name": "credit", "does": "credit.apply", "state": "passed", "code": None},
        {"name": "deposit", "does": "payment.charge", "state": "passed", "code": None},
        {"name": "order", "does": "orders.place", "state": "passed", "code": None},
        {"name": "activate", "does": "credit.activate", "state": "passed", "code": None},
    ],
}
LEDGER: Json = [
    {"effect": "stock.reserve", "reference": "S"},
    {"effect": "credit.hard_search", "reference": "C"},
    {"effect": "credit.apply", "reference": "C", "application": "APP-1"},
    {"effect": "payment.charge", "reference": "P", "amount": 4_900},
    {"effect": "orders.place", "reference": "O"},
    {"effect": "stock.consume", "reference": "S"},
    {"effect": "credit.activate", "reference": "A", "application": "APP-1", "amount": 66_900},
]
EVENTS: Json = [
    {"id": f"chk_1-1-{index}", "type": "step.started.v1", "data": {"reference": reference}}
    for index, reference in enumerate("SCPOAX")
]


TOLD: Json = {
    "pairs": [{"first": "customer", "second": "payment", "open": 0}],
    "entries": [
        {
            "kind": "owed",
            "run": "purchase",
            "reference": None,
            "what": "due_today",
            "amount": 4_900,
        },
        {
            "kind": "moved",
            "run": "purchase",
            "reference": "P",
            "what": "due_today",
            "amount": 4_900,
        },
        {"kind": "moved", "run": "purchase", "reference": "A", "what": "credit", "amount": 66_900},
    ],
}


def judged(
    ledger: Json = (),
    events: Json = (),
    without: str | None = None,
    told: Json = None,
    **changes: Any,
) -> list[str]:
    """The verdict on a good checkout with something added, taken away or changed."""
    checkout = {**copy.deepcopy(CHECKOUT), **changes}
    books = [one for one in LEDGER if one["effect"] != without]
    observed = FinalCheckout(checkout=checkout, events=[*EVENTS, *events], ledger=told)
    return violations([observed], [*books, *ledger])


def test_a_checkout_that_kept_every_promise_has_no_violation() -> None:
    """One order, one agreement, the money due, the goods consumed."""
    assert judged() == []


@pytest.mark.parametrize(
    ("says", "how"),
    [
        ("was done 2 times", {"ledger": [LEDGER[3]]}),
        ("never written ahead", {"ledger": [{"effect": "orders.place", "reference": "?"}]}),
        ("completed with 2 orders", {"ledger": [{"effect": "orders.place", "reference": "X"}]}),
        ("captured 0, due today 4900", {"without": "payment.charge"}),
        ("0 live agreements", {"without": "credit.activate"}),
        ("consumed 0 times", {"without": "stock.consume"}),
        ("2 hard searches", {"ledger": [{"effect": "credit.hard_search", "reference": "X"}]}),
        ("stock.reserve: 1 standing", {"ledger": [{"effect": "stock.reserve", "reference": "X"}]}),
        ("orders.place: 1 standing", {"status": "canceled", "order": None}),
        ("4900 of its money is kept", {"status": "canceled", "order": None}),
        ("not settled", {"settled": False}),
        ("unknown status", {"status": "lost"}),
        ("with order None", {"order": None}),
        ("out of order", {"events": [EVENTS[0]]}),
        ("do not fit version", {"version": 0}),
    ],
)
def test_each_broken_promise_is_told(says: str, how: dict[str, Any]) -> None:
    """One planted mistake, one line that says which promise is broken."""
    assert any(says in line for line in judged(**how)), judged(**how)


def test_a_ledger_that_is_even_and_agrees_with_the_books_is_good() -> None:
    """What is owed is not compared; what moved is, by our reference."""
    assert judged(told=TOLD) == []


def test_a_ledger_that_is_not_even_is_told() -> None:
    """Something is open between two parties."""
    pairs = [{"first": "customer", "second": "payment", "open": 100}]
    assert judged(told={**TOLD, "pairs": pairs}) == [
        "chk_1 (northstar): 100 is open between customer and payment"
    ]


def test_who_said_yes_and_is_still_at_their_banks_page_owes_what_is_due() -> None:
    """A pair may be uneven before the checkout has ended."""
    pairs = [{"first": "customer", "second": "payment", "open": 100}]
    found = judged(told={**TOLD, "pairs": pairs}, status="complete_in_progress")
    assert not [line for line in found if "is open between" in line]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"amount": 4_800}, "P moved 4800, the books have 4900"),
        ({"what": "taken_back"}, "P moved -4900, the books have 4900"),
        ({"kind": "owed"}, "P moved 0, the books have 4900"),
    ],
)
def test_a_ledger_that_the_books_deny_is_told(change: dict[str, Any], says: str) -> None:
    """Another sum, one that went back, or none at all."""
    owed, charged, lent = TOLD["entries"]
    entries = [owed, {**charged, **change}, lent]
    assert judged(told={**TOLD, "entries": entries}) == [f"chk_1 (northstar): {says}"]


def step(does: str, state: str = "passed") -> Json:
    """A payment step."""
    return {"name": does, "does": does, "state": state, "code": None}


def entry(effect: str, reference: str = "H", amount: int = 4_900) -> Json:
    """What a payment provider recorded."""
    facts = {"amount": amount, "payment": "PAY-1"}
    return {"effect": f"payment.{effect}", "reference": reference, **facts}


OTHERS: Json = [one for one in CHECKOUT["steps"] if one["does"] != "payment.charge"]
HELD: Json = [*OTHERS, step("payment.authorise"), step("payment.capture")]
WRITTEN: Json = [
    {"id": f"chk_1-2-{index}", "type": "step.started.v1", "data": {"reference": reference}}
    for index, reference in enumerate("HK")
]


def held(*ledger: Json, **changes: Any) -> list[str]:
    """The verdict on a checkout that holds a card before the order."""
    steps = {"steps": HELD, **changes}
    return judged(ledger, events=WRITTEN, without="payment.charge", **steps)


def test_a_hold_that_was_captured_is_the_money() -> None:
    """Captured once, the hold is used up."""
    assert held(entry("authorise"), entry("capture", "K")) == []


def test_a_flow_that_only_holds_leaves_the_hold() -> None:
    """Without a capture step the amount is held, and nothing is taken."""
    only = [*OTHERS, step("payment.authorise")]
    assert held(entry("authorise"), steps=only) == []
    assert "captured 4900 beside the payment steps" in str(
        held(entry("authorise"), entry("capture", "K"), steps=only)
    )


@pytest.mark.parametrize(
    ("says", "ledger", "changes"),
    [
        ("captured 0, due today 4900", [entry("authorise")], {}),
        ("held 4900 beside", [entry("authorise")], {}),
        ("captured 4800, due", [entry("authorise"), entry("capture", "K", 4_800)], {}),
        (
            "captured 0, due today 4900",
            [entry("authorise"), entry("capture", "K"), entry("void")],
            {},
        ),
        ("payment.authorise: 1 standing", [entry("authorise")], {"status": "canceled"}),
        (
            "4900 of its money is kept",
            [entry("authorise"), entry("capture", "K")],
            {"status": "canceled"},
        ),
        ("was done 2 times", [entry("capture", "K"), entry("capture", "K")], {}),
    ],
)
def test_money_that_is_held_or_taken_wrongly_is_told(
    says: str, ledger: list[Json], changes: dict[str, Any]
) -> None:
    """Nothing stays authorised, and what was captured is what is due."""
    told = held(*ledger, **changes)
    assert any(says in line for line in told), told
