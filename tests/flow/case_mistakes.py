"""Mistakes in flows of cases; `# <-` marks the line that must be named."""

from __future__ import annotations

from collections.abc import Mapping

from tests.flow.files import cases, steps

# A refund that is right; what is wrong of it is said instead of a line.
REFUND = """
refund:
  case: refund
  opens: {when: has(sale.payment)}
  steps:
    money: {rule: case_money}
    refund: {call: payment.refund_amount, needs: [money], pivot: true}
"""
OPENS = "opens: {when: has(sale.payment)}"
MONEY = "money: {rule: case_money}"
PIVOT = "refund: {call: payment.refund_amount, needs: [money], pivot: true}"


def refund(old: str, new: str) -> dict[str, str]:
    """A refund that says something else."""
    return {"acme.yaml": cases(REFUND.replace(old, new))}


def opened(new: str) -> dict[str, str]:
    """A refund that is opened otherwise."""
    return refund(OPENS, f"{new} # <-")


def with_step(new: str) -> dict[str, str]:
    """A refund with one more step before its pivot."""
    return refund(MONEY, f"{MONEY}\n    {new} # <-")


def kind(name: str, opens: str) -> dict[str, str]:
    """A case of another kind, opened otherwise."""
    text = REFUND.replace("case: refund", f"case: {name}").replace(OPENS, f"opens: {opens} # <-")
    return {"acme.yaml": cases(text)}


def told(rule: str) -> dict[str, str]:
    """A retailer's file that tells its customers of events like this."""
    text = cases(REFUND)
    rules = f"notifications:\n  - {{{rule}, template: a}} # <-\nflows:"
    return {"acme.yaml": text.replace("flows:", rules, 1)}


CASES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    (
        "idle_key",
        "is about no case: remove `case`",
        told("event: checkout.completed.v1, case: refund"),
    ),
    (
        "wrong_value",
        "case: must be one of 'refund', 'return', 'withdrawal', 'stop' or 'trade_in'",
        refund("case: refund", "case: exchange # <-"),
    ),
    (
        "wrong_value",
        "opens.by.0: must be one of 'retailer', 'customer', 'operator' or 'flow'",
        opened("opens: {by: [anybody], when: has(sale.payment)}"),
    ),
    ("wrong_value", "at least one, each once", opened("opens: {by: [], when: has(sale.payment)}")),
    (
        "wrong_value",
        "at least one, each once",
        opened("opens: {by: [flow, flow], when: has(sale.payment)}"),
    ),
    (
        "wrong_value",
        "opens.up_to: must be one of 'received' or 'payment'",
        opened("opens: {up_to: 100, when: has(sale.payment)}"),
    ),
    (
        "wrong_value",
        "'completed', 'dispatched', 'delivered' or 'agreement'",
        opened("opens: {from: birth, when: has(sale.payment)}"),
    ),
    ("wrong_value", "'36h' is no number of whole days: write 14d", opened("opens: {within: 36h}")),
    ("wrong_value", "is no duration", opened("opens: {within: 14 days}")),
    (
        "unknown_key",
        "'opens.until': allowed are by, from, up_to, when, within",
        opened("opens: {until: 1d}"),
    ),
    (
        "opens_without_case",
        "write `case: <kind>`, allowed are refund, return, stop, trade_in, withdrawal",
        refund("case: refund\n  opens: {", "opens: { # <-\n    "),
    ),
    (
        "case_key",
        "a case sells nothing",
        refund("steps:", "sells: {handset: optional} # <-\n  steps:"),
    ),
    ("case_key", "never by the clock", refund("steps:", "expires_after: 2h # <-\n  steps:")),
    ("case_key", "a case has no `confirm`", with_step("yes: {confirm: package}")),
    (
        "operation_of_purchase",
        "is a hard search",
        with_step("apply: {call: credit.apply, needs: [money]}"),
    ),
    (
        "operation_of_purchase",
        "asks for a price of the quote",
        with_step("pay: {call: payment.charge}"),
    ),
    (
        "operation_of_purchase",
        "hands over what is bought",
        with_step("hold: {call: stock.reserve}"),
    ),
    (
        "operation_of_case",
        "only a flow with `case: <kind>` calls it",
        {
            "acme.yaml": steps(
                "back: {call: sim.stop, needs: [sim], when: has(package.tariff)} # <-"
            )
        },
    ),
    (
        "window_too_short",
        "13d is less than the law of GB gives for a return (goods_withdrawal_days): write at",
        kind("return", "{within: 13d, when: has(sale.payment)}"),
    ),
    (
        "window_too_short",
        "(credit_withdrawal_days): write at least 14d",
        kind("withdrawal", "{within: 7d, when: has(sale.payment)}"),
    ),
    (
        "bad_condition",
        "opens.when: column 5: undeclared reference to 'case.amount'",
        opened("opens: {when: case.amount > 1}"),
    ),
    ("bad_condition", "undefined field 'car'", opened("opens: {when: has(sale.car)}")),
    (
        "bad_condition",
        "'quote.due_today': allowed are case, package, retailer, sale, steps",
        with_step("sent: {call: notification.send, when: quote.due_today > 1, best_effort: true}"),
    ),
    (
        "condition_error",
        "opens.when: fails without sale.payment",
        opened("opens: {when: sale.payment.amount > 1}"),
    ),
    (
        "condition_error",
        "without sale.credit",
        with_step("look: {review: credit, when: sale.credit.amount > 1}"),
    ),
    (
        "optional_fact_unguarded",
        "requires sale.payment, which may be absent: write `opens: {when: has(sale.payment)}`",
        {"acme.yaml": cases(REFUND.replace(f"  {OPENS}\n", "").replace(PIVOT, f"{PIVOT} # <-"))},
    ),
    (
        "optional_fact_unguarded",
        "requires sale.sim, which may be absent: add `when: has(sale.sim)`",
        refund(PIVOT, f"{PIVOT}\n    line: {{call: sim.stop, needs: [refund]}} # <-"),
    ),
    (
        "optional_fact_unguarded",
        "requires sale.contact, which may be absent: add `when: has(sale.contact)`",
        with_step("sent: {call: notification.send}"),
    ),
    (
        "no_producer",
        "no part of the sale tells a condition that it is there",
        with_step("settle: {call: credit.settle}"),
    ),
    (
        "follows_missing",
        "credit.amend follows credit.apply",
        with_step("mend: {call: credit.amend}"),
    ),
    (
        "provider_of_follower",
        "payment.charge or payment.capture: remove `provider`",
        refund("pivot: true}", "pivot: true, provider: psp} # <-"),
    ),
    (
        "no_pivot",
        "one step with `pivot: true`, and this has none",
        {
            "acme.yaml": cases(
                REFUND.replace(", pivot: true", "").replace(
                    "refund:\n  case", "refund: # <-\n  case"
                )
            )
        },
    ),
    (
        "provider_lacks_operation",
        "old does not offer orders.accept_return",
        {
            name: text.replace("orders: shop", "orders: old")
            for name, text in with_step(
                "goods: {call: orders.accept_return, needs: [refund], when: has(sale.orders)}"
            ).items()
        },
    ),
    (
        "not_undoable_before_pivot",
        "must need refund",
        with_step("line: {call: sim.stop, when: has(sale.sim)}"),
    ),
    (
        "customer_after_pivot",
        "waits for the customer",
        refund(PIVOT, f"{PIVOT}\n    bank: {{collect: bank_account, needs: [refund]}} # <-"),
    ),
)
