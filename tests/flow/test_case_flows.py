"""Flows of cases: what happens to a sale afterwards, planned and bound to what the sale gave."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from tests.flow.files import Adapters, cases, load
from unshackled.domain.case_money import CaseHistory, CaseMoney
from unshackled.domain.case_terms import CaseTerms
from unshackled.domain.checkout import Cancellation, Checkout, Private
from unshackled.domain.codec import encode
from unshackled.domain.customer import Contact
from unshackled.domain.erasure import Erasure
from unshackled.domain.personal import fields_of
from unshackled.domain.records import replace
from unshackled.domain.runs import RunView, run_view
from unshackled.flow.plan.annotations import unwrap
from unshackled.flow.plan.cases.sale_parts import sale_parts
from unshackled.flow.plan.cases.serving import NoCaseFlow, case_flow, serves
from unshackled.flow.plan.condition_results import holds
from unshackled.flow.plan.graph import graph_of
from unshackled.flow.plan.plan import FromCase, FromLiteral, FromSale, FromStep
from unshackled.flow.plan.registry import FlowRegistry, compile_resolved
from unshackled.ports import CAPABILITIES, operations
from unshackled.ports.orders import OrderPlaced
from unshackled.testing.made_up_checkouts import checkout_of, run_of, step_of
from unshackled.testing.samples import NOW

REFUND: Final = """
refund:
  case: refund
  title: Money back
  opens:
    by: [retailer, customer]
    within: 30d
    from: dispatched
    when: has(sale.orders) && has(sale.contact)
  steps:
    money: {rule: case_money}
    told:
      call: notification.send
      needs: [money]
      when: case.amount > 100 && steps.money.payment > 0
      best_effort: true
    look: {call: orders.dispatch, needs: [money]}
    sent: {call: notification.send, needs: [look], pivot: true}
"""
STOP: Final = """
stop:
  case: stop
  opens: {when: has(sale.contact)}
  steps:
    sent: {call: notification.send, pivot: true}
"""
CONTACT: Final = {
    "given_name": "Ada",
    "family_name": "Featherstone",
    "email": "ada@example.com",
    "phone": "+447700900123",
    "date_of_birth": "1990-01-01",
}
ORDER: Final = {"order": "A-1"}
MONEY: Final = {"payment": 4_900, "currency": "GBP"}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> FlowRegistry:
    """The book of a retailer with two flows of cases."""
    return load(tmp_path_factory.mktemp("cases"), cases(REFUND + STOP))


def test_a_case_knows_what_the_others_of_its_sale_moved(book: FlowRegistry) -> None:
    """It is filled from the case's view of its sale, as what the case asks for is."""
    sources = book.cases["acme", "refund"].steps["money"].sources
    assert sources["history"] == FromCase(fact=CaseHistory)
    assert sources["case"] == FromCase()


def sold(book: FlowRegistry, **outputs: Any) -> Checkout:
    """A sale by the good flow whose steps gave these outputs and no others."""
    plan = book.plan("acme", "buy")
    steps = {name: replace(step_of(0), output=outputs.get(name)) for name in plan.steps}
    return replace(
        checkout_of(retailer="acme", flow="buy", digest=plan.digest, private=Private()),
        steps=steps,
    )


def viewed(book: FlowRegistry, sale: Checkout, flow: str, **outputs: Any) -> RunView:
    """A case of the sale, carried out by a flow whose steps gave these outputs."""
    plan, sale_plan = book.cases["acme", flow], book.plan("acme", "buy")
    steps = {name: replace(step_of(0), output=outputs.get(name)) for name in plan.steps}
    whole = replace(sale, runs={"refund-1": run_of(flow=flow, digest=plan.digest, steps=steps)})
    return run_view(whole, "refund-1", sale_plan.output_steps, sale_plan.effect_steps)


def test_a_case_flow_sells_nothing(book: FlowRegistry) -> None:
    """It stands beside the flows that checkouts begin with, and is pinned by its digest too."""
    retailer = book.retailers["acme"]
    assert (retailer.flows, retailer.case_flows) == (("buy",), ("refund", "stop"))
    assert book.plans.keys() == {("acme", "buy")}
    assert [one.name for one in book.cases_of("acme")] == ["refund", "stop"]
    assert [one.name for one in book.cases_of("acme", "stop")] == ["stop"]
    assert {one.name for one in book.by_digest.values()} == {"buy", "refund", "stop"}


def test_what_a_file_says_of_a_case_is_planned(book: FlowRegistry) -> None:
    """Its kind, who opens it, and for how long; defaults where nothing is said."""
    refund, stop = book.cases["acme", "refund"], book.cases["acme", "stop"]
    assert refund.case == CaseTerms(
        kind="refund",
        by=("retailer", "customer"),
        within=timedelta(days=30),
        from_="dispatched",
    )
    assert stop.case == CaseTerms(kind="stop", by=("retailer", "operator"))
    assert (refund.title, refund.pivot) == ("Money back", "sent")
    assert (refund.confirm, refund.sells) == (None, None)


def test_facts_come_from_the_case_its_steps_and_its_sale(book: FlowRegistry) -> None:
    """Each field of a request by its type; what the flow gives itself comes before the sale's."""
    steps = book.cases["acme", "refund"].steps
    assert steps["money"].sources["case"] == FromCase()
    assert steps["sent"].sources["contact"] == FromSale(fact=Contact)
    assert steps["sent"].sources["order"] == FromSale(fact=OrderPlaced)
    assert issubclass(steps["money"].definition.output or type(None), CaseMoney)
    assert not any(isinstance(one, FromStep) for one in steps["sent"].sources.values())


def test_what_follows_a_step_of_the_sale_says_which_operations(book: FlowRegistry) -> None:
    """A step that follows none of the case is served by whoever served the sale."""
    look = book.cases["acme", "refund"].steps["look"]
    assert (look.follows, look.follows_sale) == (None, ("orders.place",))
    assert look.policy is None


def test_a_picture_says_who_serves_a_step_of_a_case(book: FlowRegistry) -> None:
    """No provider is named: it is the one that did it in the sale."""
    node = graph_of(book.cases["acme", "refund"]).nodes["look"]
    assert node.notes == ("by whoever did orders.place",)


def test_a_stored_case_flow_compiles_to_what_it_was(book: FlowRegistry) -> None:
    """Terms, conditions, sources and digest come back from the resolved form."""
    for plan in book.cases.values():
        again = compile_resolved(json.loads(json.dumps(plan.resolved)), book, Adapters())
        assert (again.digest, again.case) == (plan.digest, plan.case)
        assert again.opens_when == plan.opens_when
        assert "expires_after" not in plan.resolved
        for name, step in plan.steps.items():
            assert again.steps[name].sources == step.sources
            assert again.steps[name].follows_sale == step.follows_sale
            assert again.steps[name].when == step.when


def test_the_digest_of_a_case_flow_covers_who_may_open_it_and_when(tmp_path: Path) -> None:
    """Another window, opener, start or sale makes another flow; another title does not."""
    changes = [
        ("Money back", "A refund"),
        ("30d", "31d"),
        ("[retailer, customer]", "[retailer]"),
        ("from: dispatched", "from: delivered"),
        ("from: dispatched", "from: dispatched\n    up_to: payment"),
        ("has(sale.orders) &&", "has(package.handset) &&  has(sale.orders) &&"),
        ("case: refund", "case: return"),
    ]
    texts = [REFUND, *(REFUND.replace(old, new) for old, new in changes)]
    books = [load(tmp_path / str(number), cases(text)) for number, text in enumerate(texts)]
    digests = [one.cases["acme", "refund"].digest for one in books]
    assert digests[0] == digests[1]
    assert len(set(digests)) == len(changes)


def test_a_case_flow_leaves_the_digest_of_what_sells_alone(
    book: FlowRegistry, tmp_path: Path
) -> None:
    """Flows that stand beside it are the same as without it."""
    alone = load(tmp_path, cases(""))
    assert alone.plan("acme", "buy").digest == book.plan("acme", "buy").digest


def test_a_request_is_built_of_what_the_sale_gave(book: FlowRegistry) -> None:
    """Facts of the sale with what is personal of them; None where it gave none."""
    sale = sold(book, contact=CONTACT)
    view = viewed(book, sale, "refund", money=MONEY)
    sent = book.cases["acme", "refund"].steps["sent"].build(view)
    assert (sent.contact.given_name, sent.order) == ("Ada", None)
    view = viewed(book, sold(book, contact=CONTACT, order=ORDER), "refund", money=MONEY)
    sent = book.cases["acme", "refund"].steps["sent"].build(view)
    assert sent.order == OrderPlaced(order="A-1")
    money = book.cases["acme", "refund"].steps["money"].build(view)
    assert (money.case, money.charged) == (view.case, None)


def test_what_the_sale_gave_is_part_of_what_is_asked(book: FlowRegistry) -> None:
    """A step's digest is the same for the same sale and case, and another for another order."""
    step = book.cases["acme", "refund"].steps["sent"]
    one, same, other = (
        viewed(book, sold(book, contact=CONTACT, order={"order": number}), "refund", money=MONEY)
        for number in ("A-1", "A-1", "A-2")
    )
    assert step.digest(one) == step.digest(same) != step.digest(other)
    assert step.same(same, str(step.digest(one)))


def test_what_was_erased_of_the_sale_is_not_there(book: FlowRegistry) -> None:
    """A case that meets a customer who asked to be forgotten has nothing of them."""
    sale = replace(
        sold(book, contact=CONTACT, order=ORDER),
        erasure=Erasure(at=NOW, by="retailer", reason="asked"),
    )
    flow = book.cases["acme", "refund"]
    view = viewed(book, sale, "refund", money=MONEY)
    assert flow.steps["sent"].facts(view)["contact"] is None
    assert not serves(flow, sale, book.plan("acme", "buy"))


def test_what_other_cases_moved_counts_and_asks_for_nothing_else(book: FlowRegistry) -> None:
    """Whichever was opened first may be decided last; one that was canceled moved nothing."""
    flow = book.cases["acme", "refund"]
    sale = sold(book, contact=CONTACT, order=ORDER, activate={"agreement": "A", "amount": 1})
    money = {**encode(CaseMoney(payment=500, lender=30, currency="GBP"))}
    decided = {"money": replace(step_of(0), output=money)}
    ended = Cancellation(code="not_returned", by="flow", at=NOW)
    runs = {
        "refund-1": run_of(flow="refund", digest=flow.digest, steps=decided),
        "return-1": run_of("return-1", steps=decided, canceled=ended),
        "refund-2": run_of("refund-2", flow="refund", digest=flow.digest, steps=decided),
    }
    plan = book.plan("acme", "buy")
    whole = replace(sale, runs=runs)
    first, second = (
        run_view(whole, name, plan.output_steps, plan.effect_steps)
        for name in ("refund-1", "refund-2")
    )
    step = flow.steps["money"]
    for view in (first, second):
        assert step.facts(view)["history"] == CaseHistory(payment=500, lender=30, drawn_at=NOW)
    alone = replace(sale, runs={"refund-1": runs["refund-1"]})
    before = run_view(alone, "refund-1", plan.output_steps, plan.effect_steps)
    assert step.facts(before)["history"].payment == 0
    assert step.digest(before) == step.digest(first), "it is not decided anew"


def test_what_a_sale_only_looked_up_is_no_fact_of_its_cases(book: FlowRegistry) -> None:
    """How an agreement stood when the sale was made says nothing today."""
    assert book.cases["acme", "refund"].steps["money"].sources["standing"] == FromLiteral(
        value=None
    )


def test_conditions_see_the_case_the_sale_and_the_steps_before(book: FlowRegistry) -> None:
    """A step of a case is wanted by what was asked for and by what the steps gave."""
    flow = book.cases["acme", "refund"]
    sale = sold(book, contact=CONTACT, order=ORDER)
    assert holds(viewed(book, sale, "refund", money=MONEY), flow.steps["told"]) is True
    nothing = {**MONEY, "payment": 0}
    assert holds(viewed(book, sale, "refund", money=nothing), flow.steps["told"]) is False


def test_a_sale_is_served_by_the_flows_that_are_for_it(book: FlowRegistry) -> None:
    """By the only one of a kind, or by name; else it says which names there are."""
    flows, plan = book.cases_of("acme"), book.plan("acme", "buy")
    sale = sold(book, contact=CONTACT, order=ORDER)
    assert case_flow(flows, "refund", None, sale, plan).name == "refund"
    assert case_flow(flows, "refund", "refund", sale, plan).name == "refund"
    for kind, name, known in (
        ("refund", "stop", ("refund",)),
        ("return", None, ()),
        ("refund", None, ()),
    ):
        about = sale if known or kind == "return" else sold(book, contact=CONTACT)
        with pytest.raises(NoCaseFlow) as refused:
            case_flow(flows, kind, name, about, plan)  # type: ignore[arg-type]
        assert refused.value.allowed == known


def test_two_flows_of_a_kind_are_told_apart_by_name(tmp_path: Path) -> None:
    """Without a name nobody guesses which of them is meant."""
    twice = cases(STOP + STOP.replace("stop:\n  case", "at-once:\n  case"))
    book = load(tmp_path, twice)
    flows, plan = book.cases_of("acme"), book.plan("acme", "buy")
    sale = sold(book, contact=CONTACT)
    assert case_flow(flows, "stop", "at-once", sale, plan).name == "at-once"
    with pytest.raises(NoCaseFlow, match="name one of stop, at-once"):
        case_flow(flows, "stop", None, sale, plan)


def test_a_base_of_cases_is_changed_key_by_key(tmp_path: Path) -> None:
    """A retailer gives more time than the base, and leaves the rest as it is."""
    own = "refund: {extends: base/money, opens: {within: 60d}}"
    base = REFUND.replace("refund:\n", "language: 1\n", 1).replace("\n  ", "\n")
    book = load(tmp_path, cases(own), **{"base/money.yaml": base})
    terms = book.cases["acme", "refund"].case
    assert terms is not None
    assert (terms.within, terms.from_) == (timedelta(days=60), "dispatched")


def test_what_acts_on_a_sale_acts_on_the_same_of_a_capability() -> None:
    """So a part of the sale is there exactly where an operation finds what it follows."""
    for capability, port in CAPABILITIES.items():
        known = operations(capability, port).values()
        named = [frozenset(one.of_sale) for one in known if one.of_sale]
        assert len(set(named)) <= 1, capability


def test_a_part_of_a_sale_has_the_fields_of_all_that_it_is_made_of() -> None:
    """A field that only some of it have may be absent; none is there under two meanings."""
    for part in sale_parts().values():
        shapes: list[Any] = [fields_of(fact) for fact in part.facts]  # type: ignore[arg-type]
        for name, kind in fields_of(part.shape).items():
            certain = all(name in one and not unwrap(one[name]).optional for one in shapes)
            assert unwrap(kind).optional is not certain, f"{part.name}.{name}"
