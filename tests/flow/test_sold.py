"""What a flow sells is inherited part by part, and each way to leave a part or a price is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.flow.files import ADAPTERS, Adapters, adapter, load, mistakes, plan, steps
from unshackled.adapter_registry import find
from unshackled.domain.package import CreditChoice, Selection, TradeInChoice
from unshackled.domain.records import replace
from unshackled.flow.engine.sellable import not_sold, sold
from unshackled.flow.plan.registry import compile_resolved, load_flows

ROOT = Path(__file__).parents[2]
OLD = TradeInChoice(imei="490154203237518", model="Fern 6", grade="good")
HOLD = """
deposit: {call: payment.authorise}
take: {call: payment.capture, needs: [order]"""
IN_TURNS = """
deposit: {when: has(package.credit)}
cash: {call: payment.charge, needs: [confirm, card], when: '!has(package.credit)'}
order: {use: {payment: deposit}}
"""
HOLDING = Adapters(
    known={
        **ADAPTERS,
        "psp": adapter("payment", "payment.charge", "payment.authorise", "payment.capture"),
    }
)


def selling(said: str, changes: str = "{}") -> str:
    """The good flow with changes, which sells something else."""
    more = f"extends: base/good\n    sells: {said}"
    return steps(changes).replace("extends: base/good", more)


def told(folder: Path, text: str, adapters: Adapters = HOLDING) -> list[tuple[str, str]]:
    """The code and message of every mistake."""
    return [(m.code, m.message) for m in mistakes(folder, {"acme.yaml": text}, adapters)]


def test_sells_is_overridden_part_by_part(tmp_path: Path) -> None:
    """A part may be made required or taken out; the others stay as the base has them."""
    found = load(tmp_path, selling("{handset: required, credit: null}")).plan("acme", "buy")
    assert found.sells == {"handset": "required", "tariff": "optional", "accessories": "optional"}
    assert found.resolved["sells"] == found.sells


def test_what_is_sold_is_in_the_digest(tmp_path: Path) -> None:
    """Another promise is another flow."""
    other = load(tmp_path / "b", selling("{handset: required}")).plan("acme", "buy")
    assert plan(tmp_path / "a").digest != other.digest


@pytest.mark.parametrize(
    "changes",
    [
        "deposit: null\norder: {use: {}}",
        "deposit: {on_decline: skip}",
        "deposit: {best_effort: true}",
        "deposit: {when: quote.due_today > 100}",
        "deposit: {when: quote.due_today < 500000}",
        "deposit: {when: quote.due_today > 0 && quote.due_today != 4900}",
        "deposit: {when: has(package.credit)}",
        "deposit: {when: has(package.handset)}",
        "deposit: {when: '!has(package.tariff)'}",
        "deposit: {when: \"!has(package.handset) || package.handset.sku != 'x'\"}",
        "deposit: {when: '!has(package.credit) || package.credit.deposit > 0'}",
        'deposit: {when: retailer.id == "another"}',
        "deposit: {call: payment.authorise}",
        f"{HOLD}, when: has(package.credit)}}",
        "deposit: {needs: [order, card]}\norder: {needs: [confirm], use: {}}",
    ],
)
def test_what_is_due_today_cannot_be_left_uncollected(tmp_path: Path, changes: str) -> None:
    """No charge, one that may be left out, one whose condition leaves out a case, a mere hold."""
    codes = [code for code, _ in told(tmp_path, steps(changes))]
    assert "price_not_collected" in codes


@pytest.mark.parametrize(
    "changes",
    [
        "deposit: {when: quote.due_today > 0}",
        "deposit: {when: quote.due_today >= 1}",
        "deposit: {when: has(package.handset) || has(package.accessories)}",
        'deposit: {when: retailer.id == "acme"}',
        f"{HOLD}}}",
        f"{HOLD}, when: quote.due_today > 0}}",
        IN_TURNS,
        "activate: {when: has(package.credit) && has(package.handset)}",
        "sim: {when: has(package.tariff) && package.tariff.monthly >= 0}",
        "stock: null",
    ],
)
def test_every_way_to_collect_is_seen(tmp_path: Path, changes: str) -> None:
    """A condition that is true wherever something is due, a hold that is taken, two in turns."""
    assert told(tmp_path, steps(changes)) == []


DEBITED = """
activate: {best_effort: true}
bank: {collect: bank_account, when: has(package.credit)}
mandate: {call: mandate.set_up, needs: [contact, bank, confirm], when: CASE}
order: {needs: [deposit, mandate]}
"""


@pytest.mark.parametrize(
    ("case", "collected"),
    [("has(package.credit)", True), ("has(package.credit) && has(package.tariff)", False)],
)
def test_instalments_may_be_collected_by_direct_debit(
    tmp_path: Path, case: str, *, collected: bool
) -> None:
    """Where there is credit a mandate does what else the lender does; the credit is not started."""
    codes = {code for code, _ in told(tmp_path, steps(DEBITED.replace("CASE", case)))}
    assert "part_not_carried" in codes
    assert ("price_not_collected" not in codes) == collected


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ("activate: null", "part_not_carried", "no step hands package.credit on"),
        ("activate: null", "price_not_collected", "the instalments of package.credit"),
        ("sim: null", "part_not_carried", "add a step `call: sim.activate`, or take tariff out"),
        ("sim: null", "price_not_collected", "`call: mandate.set_up` or `call: sim.activate`"),
        ("sim: {best_effort: true}", "part_not_carried", "is `best_effort`"),
        (
            "sim: {when: has(package.tariff) && package.tariff.term_months > 1}",
            "part_not_carried",
            "has `when: has(package.tariff) && package.tariff.term_months > 1`",
        ),
        (
            "activate: {when: has(package.credit) && has(package.tariff)}",
            "part_not_carried",
            "for a package of handset, credit, accessories",
        ),
    ],
)
def test_a_part_that_nobody_hands_on_is_found(
    tmp_path: Path, changes: str, code: str, said: str
) -> None:
    """The message has the part, the case, and the operation that would do it."""
    assert any(c == code and said in message for c, message in told(tmp_path, steps(changes)))


def test_only_what_is_sold_has_to_be_done(tmp_path: Path) -> None:
    """A flow of tariffs alone needs nobody who takes a card."""
    only = "{tariff: required, handset: null, credit: null, accessories: null}"
    assert told(tmp_path, selling(only, "deposit: null\norder: {use: {}}\nactivate: null")) == []


def test_a_flow_may_sell_nothing(tmp_path: Path) -> None:
    """What is no purchase says so."""
    nothing = "{handset: null, tariff: null, credit: null, accessories: null}"
    assert load(tmp_path, selling(nothing)).plan("acme", "buy").sells == {}


def test_the_demo_flows_without_their_charge_are_refused(tmp_path: Path) -> None:
    """`deposit: null, payment_method: null` on the base flow, and a phone in a SIM-only flow."""
    free = "    steps:\n      deposit: null\n      payment_method: null\n"
    changes = [
        ("northstar.yaml", "    steps:\n", free),
        ("northstar.yaml", "    steps:\n", "    sells: {trade_in: optional}\n    steps:\n"),
        ("pocket.yaml", "{tariff: required}", "{tariff: required, handset: optional}"),
        ("pocket.yaml", "{tariff: required}", "{tariff: required, accessories: optional}"),
    ]
    for number, (name, old, new) in enumerate(changes):
        files = {str(p.relative_to(ROOT / "flows")): p.read_text() for p in FILES}
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)
        found = mistakes(tmp_path / str(number), files, find())
        assert {m.code for m in found} <= {"price_not_collected", "part_not_carried"}, found
        assert found
        assert all(m.file == f"flows/{name}" for m in found)


FILES = sorted((ROOT / "flows").rglob("*.yaml"))


def stored() -> dict[str, Any]:
    """The flows that the version before left in a store, by name."""
    rows = json.loads((ROOT / "tests/golden/flows.json").read_text())
    return {row["name"]: row for row in rows}


def test_a_stored_flow_of_before_goes_on_without_sells() -> None:
    """It compiles under its own digest, and what it takes follows from what its steps do."""
    book, rows = load_flows(ROOT / "flows", find()), stored()
    plans = {name: compile_resolved(row["resolved"], book, find()) for name, row in rows.items()}
    assert all(plans[name].digest == row["digest"] for name, row in rows.items())
    assert {plan.sells for plan in plans.values()} == {None}
    assert sold(plans["sim-only"]) == {"tariff": "optional"}
    assert "trade_in" not in sold(plans["handset-on-credit"])


def test_a_stored_flow_refuses_only_what_changes(tmp_path: Path) -> None:
    """A part that was in the package before flows said what they sell may stay as it is."""
    before = replace(plan(tmp_path), sells=None)
    old = Selection(handset="a", trade_in=OLD)
    assert not_sold(before, replace(old, handset="b"), old) == ()
    other = replace(old, trade_in=replace(OLD, grade="worn"))
    assert [one.path for one in not_sold(before, other, old)] == ["package.trade_in"]
    assert [one.path for one in not_sold(before, old)] == ["package.trade_in"]


def test_every_wrong_part_is_told_at_once(tmp_path: Path) -> None:
    """Two that are not sold and one that is missing, each by its path and with what is sold."""
    found = load(tmp_path, selling("{handset: null, credit: null, tariff: required}"))
    picked = Selection(handset="a", credit=CreditChoice(plan="p"))
    said = [(one.path, one.code) for one in not_sold(found.plan("acme", "buy"), picked)]
    assert said == [
        ("package.handset", "part_not_sold"),
        ("package.tariff", "part_required"),
        ("package.credit", "part_not_sold"),
    ]


def test_a_hold_that_lasts_to_the_order_is_taken(tmp_path: Path) -> None:
    """As long as the timeouts from the yes to the pivot is long enough."""
    assert told(tmp_path, steps("stock: {with: {hold: 20s}}")) == []
