"""The forms in which a flow says who serves a step, and what of them is in its digest."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.flow.files import HEAD, PROVIDERS, Adapters, load, mistakes, plan, steps
from unshackled.flow.language.policy import CutBack, Policy, PolicyArm, Shadow
from unshackled.flow.plan.registry import compile_resolved

ROUTED = PROVIDERS.replace(
    "defaults:\n  {stock: shop, orders: shop,",
    "routes:\n  shelf: {split: {shop: 90, shed: 10}, shadow: {candidate: shed, ignore: [order]}}\n"
    "defaults:\n  {stock: shelf, orders: shelf,",
).replace("catalogue: shop", "catalogue: shelf")
FLOW = "\nflows:\n  buy: {extends: base/good}\n"


def test_a_split_has_shares_and_limits(tmp_path: Path) -> None:
    """A split carries its percents, and loses a sick candidate by itself unless told not to."""
    found = plan(
        tmp_path,
        "stock: {provider: {split: {shop: 75, shed: 25}, cut_back: {errors: 10, window: 1m}}}\n"
        "order: {provider: {split: {shop: 50, shed: 50}, cut_back: false}}",
    )
    stock, order = found.step("stock").policy, found.step("order").policy
    assert stock == Policy(
        how="split",
        providers=("shop", "shed"),
        weights=(75.0, 25.0),
        route="buy.stock",
        cut_back=CutBack(errors=10.0, window=timedelta(minutes=1)),
    )
    assert order is not None
    assert order.cut_back is None


def test_rules_choose_in_order(tmp_path: Path) -> None:
    """`by` has arms with conditions over what `when` sees, and one for all the rest."""
    found = plan(
        tmp_path,
        "stock:\n  provider:\n    by:\n"
        '      - {when: "has(package.credit) && package.credit.amount > 500", use: shed}\n'
        "      - {use: [shop, shed]}",
    )
    policy = found.step("stock").policy
    assert policy is not None
    assert policy.providers == ("shed", "shop")
    assert [rule.providers for rule in policy.rules] == [("shed",), ("shop", "shed")]
    conditions = found.step("stock").rules
    assert conditions[0] is not None
    assert conditions[1] is None


def test_the_best_is_measured(tmp_path: Path) -> None:
    """`best` goes by the success rate or by cost, and keeps exploring."""
    found = plan(tmp_path, "deposit: {provider: {best: [psp], measure: cost, explore: 2}}").step(
        "deposit"
    )
    assert found.policy is not None
    assert (found.policy.how, found.policy.measure, found.policy.explore) == ("best", "cost", 2.0)


def test_steps_of_one_route_share_it(tmp_path: Path) -> None:
    """A named route serves every step and default that names it."""
    book = load(tmp_path, f"{HEAD}{ROUTED}{FLOW}")
    found = book.plan("acme", "buy")
    shelf = Policy(
        how="split",
        providers=("shop", "shed"),
        weights=(90.0, 10.0),
        route="shelf",
        shared=True,
        shadow=Shadow(candidate="shed", ignore=("order",)),
        cut_back=CutBack(),
    )
    assert found.step("stock").policy == found.step("order").policy == shelf
    retailer = book.retailers["acme"]
    assert retailer.default("catalogue") == retailer.routes["shelf"] == shelf
    assert retailer.default("payment") == Policy(how="single", providers=("psp",))
    assert retailer.default("mandate") is not None
    assert retailer.default("tariff") is None


@pytest.mark.parametrize(
    ("routes", "code", "said"),
    [
        ("{shop: {first: shop, then: [shed]}}", "bad_name", "a provider has this name"),
        ("{Shelf: {first: shop, then: [shed]}}", "bad_name", "allowed are a-z"),
        ("{shelf: {split: {shop: 90, us: 10}}}", "unknown_provider", "'us'"),
        ("{shelf: {split: {shop: 90}}}", "wrong_value", "not to 100"),
    ],
)
def test_a_bad_route_is_told(tmp_path: Path, routes: str, code: str, said: str) -> None:
    """A route with a wrong name, provider or share stops the start."""
    text = f"{HEAD}{PROVIDERS.replace('defaults:', f'routes: {routes}{chr(10)}defaults:')}{FLOW}"
    found = mistakes(tmp_path, {"acme.yaml": text})
    assert [m for m in found if m.code == code and said in m.message], found


def test_shares_are_no_part_of_the_digest(tmp_path: Path) -> None:
    """Moving a percentage, a shadow or a limit leaves every running checkout on its flow."""
    one, *others = (
        plan(tmp_path / str(n), f"stock: {{provider: {text}}}").digest
        for n, text in enumerate(
            (
                "{split: {shop: 90, shed: 10}}",
                "{split: {shop: 10, shed: 90}}",
                "{split: {shop: 90, shed: 10}, cut_back: {errors: 1}}",
                "{split: {shed: 10, shop: 90}}",
                "{first: shop, then: [shed]}",
            )
        )
    )
    assert others[:2] == [one, one]
    assert one not in others[2:]


def test_a_stored_flow_keeps_its_routes(tmp_path: Path) -> None:
    """What is compiled again from its stored form picks by the same routes and rules."""
    rules = 'sim: {provider: {by: [{when: "has(package.credit)", use: desk}, {use: desk}]}}'
    text = f"{HEAD}{ROUTED}\nflows:\n  buy:\n    extends: base/good\n    steps:\n      {rules}\n"
    book = load(tmp_path, text)
    found = book.plan("acme", "buy")
    again = compile_resolved(found.resolved, book, Adapters())
    stock, sim = again.step("stock").policy, again.step("sim").policy
    assert stock is not None
    assert sim is not None
    assert (stock.how, stock.route, stock.shared) == ("split", "shelf", True)
    assert stock.weights == (100.0, 0.0), "without its route in the file the first one serves"
    assert sim.rules[0] == PolicyArm(providers=("desk",), when="has(package.credit)")
    assert again.digest == found.digest
    assert steps("{}")
