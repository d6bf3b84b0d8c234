"""What is proved of a case flow holds of every sale: over made-up flows and made-up sales."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from itertools import chain, combinations
from pathlib import Path
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.budget import budget
from tests.flow.files import cases, load
from tests.flow.test_case_flows import sold, viewed
from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.domain.records import replace
from unshackled.domain.runs import RunView
from unshackled.domain.states import State
from unshackled.flow.language.diagnostics import FlowMistakes
from unshackled.flow.plan.cases.serving import serves
from unshackled.flow.plan.condition_results import holds
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.registry import FlowRegistry
from unshackled.testing.made_up import made_up

# What a step of a case may do, and the part of the sale that it cannot do without.
STEPS: Final[Mapping[str, str | None]] = {
    "call: payment.refund_amount": "payment",
    "call: credit.end": "credit",
    "call: orders.accept_return": "orders",
    "call: sim.stop": "sim",
    "call: orders.dispatch": "orders",
    "call: notification.send": "contact",
    "rule: case_money": None,
}
PARTS: Final = ("payment", "credit", "orders", "sim", "contact", "address")
# The steps of the good flow by which a sale has something to tell.
TELLING: Final = ("contact", "address", "deposit", "credit", "activate", "order", "sim")


def condition() -> st.SearchStrategy[str]:
    """What a file may say of the sale: that it has some parts, and lacks others."""
    has = st.sampled_from(PARTS).map(lambda part: f"has(sale.{part})")
    either = st.tuples(has, has).map(lambda pair: f"({pair[0]} || {pair[1]})")
    one = st.one_of(has, has.map(lambda said: f"!{said}"), either)
    return st.lists(one, min_size=1, max_size=2).map(" && ".join)


@st.composite
def case_flow(draw: st.DrawFn) -> str:
    """A flow of a case, right or wrong: often its steps ask for what they need."""
    opens = draw(condition())
    lines = []
    does = draw(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=4, unique=True))
    for number, what in enumerate(does):
        said, part = [what], STEPS[what]
        if number == 0:
            said.append("pivot: true")
            opens = f"{opens} && has(sale.{part})" if part and draw(st.booleans()) else opens
        else:
            said.append("needs: [step_0]")
            guards = [f"has(sale.{part})"] if part and draw(st.integers(0, 3)) else []
            guards += [draw(condition())] if draw(st.booleans()) else []
            said += [f'when: "{" && ".join(guards)}"'] if guards else []
        lines.append(f"    step_{number}: {{{', '.join(said)}}}")
    return f'stop:\n  case: stop\n  opens: {{when: "{opens}"}}\n  steps:\n' + "\n".join(lines)


def loaded(text: str) -> FlowRegistry | None:
    """The book with a case flow; None where it was refused."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return load(Path(folder), cases(text))
        except FlowMistakes:
            return None


def sales(book: FlowRegistry, told: set[str]) -> Checkout:
    """A sale of which some steps were done and the others left out."""
    plan = book.plan("acme", "buy")
    outputs = {name: encode(made_up(_output(plan, name))) for name in told}
    sale = sold(book, **outputs)
    skipped = {
        name: one if name in told else replace(one, state=State.SKIPPED)
        for name, one in sale.steps.items()
    }
    return replace(sale, steps=skipped)


def _output(plan: Plan, name: str) -> Any:
    return plan.steps[name].definition.output


def broken(plan: Plan, view: RunView) -> Iterator[str]:
    """The steps that run in a case and could not be carried out."""
    for step in plan.steps.values():
        if holds(view, step) is not True:
            continue
        if step.follows_sale and view.followed(step.follows_sale) is None:
            yield f"{step.name} follows nothing"
        try:
            step.build(view)
            step.digest(view)
        except (TypeError, ValueError) as error:
            yield f"{step.name}: {error}"


def served(book: FlowRegistry) -> Iterator[tuple[set[str], RunView]]:
    """A case of every sale that the flow is for: each step of the sale done or left out."""
    plan = book.cases["acme", "stop"]
    for done in chain.from_iterable(combinations(TELLING, n) for n in range(len(TELLING) + 1)):
        sale = sales(book, set(done))
        if serves(plan, sale, book.plan("acme", "buy")):
            yield set(done), viewed(book, sale, "stop")


@given(case_flow())
@settings(max_examples=budget(60, 1_000), deadline=None)
def test_a_step_of_a_case_that_runs_has_all_that_it_needs(text: str) -> None:
    """Whatever the sale did: a flow that was let in never lacks a fact or a provider."""
    book = loaded(text)
    for done, view in served(book) if book is not None else ():
        found = list(broken(book.cases["acme", "stop"], view)) if book is not None else []
        assert found == [], (text, done)


def test_flows_are_let_in_and_refused() -> None:
    """The property above is no empty one: it meets both, and sales that they are for."""
    right = 'stop:\n  case: stop\n  opens: {when: "has(sale.payment)"}\n  steps:\n'
    right += "    step_0: {call: payment.refund_amount, pivot: true}"
    book = loaded(right)
    assert book is not None
    plan = book.cases["acme", "stop"]
    assert len(list(served(book))) == 2 ** (len(TELLING) - 1)
    assert list(broken(plan, viewed(book, sales(book, set()), "stop"))) == [
        "step_0 follows nothing"
    ]
    assert loaded(right.replace("has(sale.payment)", "has(sale.sim)")) is None
