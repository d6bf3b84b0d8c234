"""One flow for each kind of mistake; `# <-` marks the line that must be named."""

from __future__ import annotations

from collections.abc import Mapping

from tests.flow.case_mistakes import CASES
from tests.flow.delivery_mistakes import DELIVERIES
from tests.flow.files import GOOD, HEAD, PROVIDERS, steps
from tests.flow.key_mistakes import KEYS
from tests.flow.policy_mistakes import POLICIES
from tests.flow.retailer_mistakes import ALONE, GOOD_FLOW, RETAILERS
from tests.flow.sandbox_mistakes import SANDBOXES


def providers(line: str) -> str:
    """A retailer's file with one more provider."""
    return f"{HEAD}{PROVIDERS}{GOOD_FLOW}".replace("defaults:", f"  {line}\ndefaults:")


def told(entries: str, defaults: str = "   notification: desk, ") -> dict[str, str]:
    """A retailer's file that tells customers something."""
    text = f"{HEAD}{PROVIDERS}\nnotifications: {entries}{GOOD_FLOW}"
    return {"acme.yaml": text.replace("   notification: desk, ", defaults)}


# Changes of the good flow: code, a piece of the message, the steps.
STEPS: tuple[tuple[str, str, str], ...] = (
    ("unknown_key", "allowed are best_effort", "contact: {colour: red} # <-"),
    ("unknown_key", "'retry.often'", "stock: {retry: {often: 1}} # <-"),
    ("wrong_value", "write 250ms, 30s", "stock: {timeout: soon} # <-"),
    *POLICIES,
    ("wrong_value", "longer than ten years", "stock: {timeout: 99999d} # <-"),
    ("wrong_value", "with.hold: 'soon'", "stock: {with: {hold: soon}} # <-"),
    ("wrong_value", "with.template", "sent: {with: {template: [a]}} # <-"),
    *KEYS,
    ("bad_name", "a-z, 0-9 and _", "Nick-Name: {collect: contact} # <-"),
    ("idle_key", "no use for 'provider'", "contact: {provider: shop} # <-"),
    ("idle_key", "never declined", "contact: {on_decline: skip} # <-"),
    ("unknown_step", "removes a step", "nobody: null # <-"),
    ("unknown_provider", "allowed are bank, desk", "stock: {provider: shack} # <-"),
    ("provider_lacks_operation", "it offers payment", "stock: {provider: psp} # <-"),
    ("provider_of_follower", "remove `provider`", "credit: {provider: bank} # <-"),
    (
        "no_provider",
        "address under `defaults`",
        "check: {call: address.verify, needs: [address]} # <-",
    ),
    ("no_kind", "one of call", "extra: {needs: [contact]} # <-"),
    ("two_kinds", "call, collect", "extra: {collect: contact, call: stock.reserve} # <-"),
    ("unknown_operation", "allowed are", "stock: {call: stock.borrow} # <-"),
    ("unknown_operation", "the engine calls it", "stock: {call: stock.release} # <-"),
    ("unknown_operation", "allowed are delivery.slots", "slot: {choose: credit.quote} # <-"),
    ("unknown_model", "allowed are address", "contact: {collect: shoe_size} # <-"),
    ("unknown_document", "allowed are adequate_explanation", "documents: {show: poem} # <-"),
    ("unknown_rule", "allowed are affordability, ", "rule: {rule: of_thumb} # <-"),
    (
        "lapses_too_soon",
        "deposit -> order may take 20s",
        "stock: {with: {hold: 5s}} # <-",
    ),
    ("lapses_too_soon", "write at least `hold: 20s`", "stock: {with: {hold: 19s}} # <-"),
    ("unknown_need", "'nobody'", "stock: {needs: [nobody]} # <-"),
    (
        "part_not_carried",
        "sim (sim.activate) has",
        "sim: {when: has(package.tariff) && has(package.handset)} # <-",
    ),
    (
        "price_not_collected",
        "handset, tariff, accessories with 1 due today",
        "deposit: {when: has(package.credit)} # <-",
    ),
    (
        "paid_twice",
        "deposit, more",
        "more: {call: payment.charge, needs: [deposit, card]} # <-\norder: {use: {payment: more}}",
    ),
    ("cycle", "->", "contact: {needs: [prequalify]} # <-"),
    ("cycle", "stock -> stock", "stock: {needs: [stock]} # <-"),
    ("unknown_field", "allowed are hold", "stock: {with: {length: 30m}} # <-"),
    ("unknown_field", "allowed are accessories", "stock: {use: {goods: contact}} # <-"),
    ("unknown_producer", "allowed are contact", "prequalify: {use: {contact: address}} # <-"),
    (
        "no_producer",
        "add card to its needs",
        "deposit: {needs: [confirm]} # <-\ncard: {needs: [order]}",
    ),
    (
        "two_producers",
        "contact, other",
        "other: {collect: contact}\nprequalify: {needs: [contact, other, address]} # <-",
    ),
    ("optional_fact_unguarded", "has(package.tariff)", "sim: {when: null} # <-"),
    (
        "optional_fact_unguarded",
        "step prequalify",
        "prequalify: {on_decline: skip}\ncredit: {} # <-",
    ),
    ("follows_missing", "add a step `call: credit.standing`", "old: {call: credit.settle} # <-"),
    ("bad_condition", "column 8: undefined field 'car'", "sim: {when: package.car} # <-"),
    ("bad_condition", "gives int", "sim: {when: package.credit.amount} # <-"),
    ("bad_condition", "no matching overload", "sim: {when: 'quote.due_today > \"a\"'} # <-"),
    ("bad_condition", "allowed are package, quote, retailer, steps", "sim: {when: basket} # <-"),
    ("bad_condition", "undefined field 'sent'", "sim: {when: has(steps.sent)} # <-"),
    ("condition_error", "without package.credit", "income: {when: package.credit.amount > 3} # <-"),
    ("condition_error", "divide by zero", "card: {when: 10 / quote.due_today > 1} # <-"),
    (
        "condition_error",
        "without steps.income",
        "card: {needs: [income], when: steps.income.monthly_net_income > 0} # <-",
    ),
    ("two_pivots", "order", "stock: {pivot: true} # <-"),
    ("two_confirms", "confirm", "again: {confirm: package} # <-"),
    ("pivot_optional", "no `when`", "order: {when: has(package.handset), pivot: true} # <-"),
    ("confirm_optional", "without a yes", "confirm: {when: has(package.handset)} # <-"),
    (
        "confirm_after_pivot",
        "comes after the pivot order",
        "deposit: {needs: [card]}\nconfirm: {needs: [order]} # <-",
    ),
    ("not_undoable_before_pivot", "must need order", "sim: {needs: [contact]} # <-"),
    (
        "decline_after_pivot",
        "before the pivot",
        "checked: {call: identity.verify, needs: [order, contact, address]} # <-",
    ),
    ("decline_after_pivot", "review: fraud", "fraud: {review: fraud, needs: [order]} # <-"),
    (
        "customer_after_pivot",
        "waits for the customer",
        "number: {collect: number, needs: [order]} # <-",
    ),
    ("best_effort_leaves_effect", "stock.reserve", "stock: {best_effort: true} # <-"),
    (
        "best_effort_waits",
        "no `best_effort`",
        "slot: {choose: delivery.slots, needs: [address], best_effort: true} # <-",
    ),
    (
        "documents_before_agreement",
        "no `show` step",
        "documents: null\nagreement: {needs: [contact]} # <-",
    ),
    (
        "two_hard_searches",
        "one is allowed",
        "more: {call: credit.apply, needs: [prequalify], when: has(package.credit)} # <-",
    ),
    (
        "search_without_consent",
        "consent: {collect: credit_search_consent, needs: [prequalify], when: has(package.credit)}",
        "consent: null\ncredit: {} # <-",
    ),
    ("consent_conditional", "same `when`", "consent: {when: has(package.tariff)} # <-"),
    (
        "hard_search_under_waterfall",
        "next lender",
        "credit: {provider: {waterfall: [bank, second]}} # <-",
    ),
    (
        "two_followed",
        "prequalify, soft",
        "soft: {call: credit.quote, needs: [income]}\ncredit: {needs: [soft, prequalify]} # <-",
    ),
    (
        "provider_lacks_operation",
        "its effects are credit.apply",
        "prequalify: {provider: half}\nactivate: {} # <-",
    ),
)

# Whole files: code, a piece of the message, the files.
FILES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("not_yaml", "not YAML", {"acme.yaml": "language: 1\nflows: [\n# <-"}),
    ("not_yaml", "written twice", {"acme.yaml": "language: 1\nlanguage: 1 # <-\n"}),
    ("not_yaml", "a plain word", {"acme.yaml": "language: 1\n{a: b}: 1 # <-\n"}),
    ("not_yaml", "anchors", {"acme.yaml": "language: 1\nflows: &a {} # <-\n"}),
    ("not_yaml", "empty", {"acme.yaml": ""}),
    (
        "unknown_language",
        "language: 1",
        {"acme.yaml": f"{HEAD}{PROVIDERS}{GOOD_FLOW}".replace("language: 1", "language: 2 # <-")},
    ),
    ("no_flows", "one a retailer", {}),
    (
        "two_files",
        "'acme'",
        {
            "acme.yaml": f"{HEAD}{PROVIDERS}{GOOD_FLOW}",
            "twin.yaml": f"{HEAD}{PROVIDERS}{GOOD_FLOW}",
        },
    ),
    ("missing_key", "'retailer' is missing", {"acme.yaml": f"language: 1{PROVIDERS}{GOOD_FLOW}"}),
    (
        "missing_key",
        "'locale' is missing",
        {"acme.yaml": f"{HEAD}{PROVIDERS}{GOOD_FLOW}".replace("locale: en-GB, ", "")},
    ),
    (
        "missing_key",
        "write `time_zone: Europe/London`",
        {"acme.yaml": f"{HEAD}{PROVIDERS}{GOOD_FLOW}".replace("time_zone: Europe/London, ", "")},
    ),
    *(
        (
            "wrong_value",
            "is no time zone of the IANA database: write one as `time_zone: Europe/London`",
            {"acme.yaml": f"{HEAD}{PROVIDERS}{GOOD_FLOW}".replace("Europe/London", zone)},
        )
        for zone in ("Europe/Londinium", "GMT+1", "Europe", "europe/london", "localtime")
    ),
    (
        "unknown_key",
        "allowed are defaults, flows",
        {"acme.yaml": f"{HEAD}{PROVIDERS}{GOOD_FLOW}plugins: {{}} # <-"},
    ),
    (
        "wrong_value",
        "no https:// address",
        {
            "acme.yaml": f"{HEAD}{PROVIDERS}{GOOD_FLOW}".replace(
                "GBP}", 'GBP,\n  origins: ["http://a.example"]} # <-'
            )
        },
    ),
    (
        "wrong_value",
        "has a path",
        {
            "acme.yaml": f"{HEAD}{PROVIDERS}{GOOD_FLOW}".replace(
                "GBP}", 'GBP,\n  origins: ["https://a.example/shop"]} # <-'
            )
        },
    ),
    ("wrong_value", "must be a mapping", {"acme.yaml": "- 1 # <-"}),
    (
        "wrong_value",
        "steps: must be a mapping",
        {"acme.yaml": f"{HEAD}{PROVIDERS}\nflows:\n  buy: {{extends: base/good, steps: 1}} # <-\n"},
    ),
    (
        "wrong_value",
        "buy: must be a mapping of case, expires_after",
        {"acme.yaml": f"{HEAD}{PROVIDERS}\nflows:\n  buy: 1 # <-"},
    ),
    ("bad_name", "no provider name", {"acme.yaml": providers("A_b: {adapter: broken} # <-")}),
    (
        "wrong_value",
        "a reference is env:",
        {"acme.yaml": providers("new: {adapter: shop, settings: {base_url: 'env:a b'}} # <-")},
    ),
    (
        "unknown_key",
        "limits.breaker.colour",
        {
            "acme.yaml": providers(
                "new: {adapter: broken, limits: {breaker: {colour: 1, probes: 1}}} # <-"
            )
        },
    ),
    (
        "unknown_base",
        "allowed are base/good, buy",
        {"acme.yaml": f"{HEAD}{PROVIDERS}\nflows:\n  buy: {{extends: base/bad}} # <-"},
    ),
    (
        "extends_cycle",
        "buy -> sell -> buy",
        {
            "acme.yaml": f"{HEAD}{PROVIDERS}\nflows:\n"
            "  buy: {extends: sell}\n  sell: {extends: buy} # <-"
        },
    ),
    (
        "unknown_adapter",
        "allowed are bank",
        {"acme.yaml": providers("new: {adapter: shack} # <-")},
    ),
    ("broken_adapter", "does not import", {"acme.yaml": providers("new: {adapter: broken} # <-")}),
    (
        "unknown_setting",
        "allowed are base_url",
        {
            "acme.yaml": providers(
                "new: {adapter: shop, settings: {base_url: a, key: env:K, colour: red}} # <-"
            )
        },
    ),
    (
        "missing_setting",
        "'key' is missing",
        {"acme.yaml": providers("new: {adapter: shop, settings: {base_url: env:URL}} # <-")},
    ),
    (
        "wrong_setting",
        "greater than or equal to 1",
        {
            "acme.yaml": providers(
                "new: {adapter: shop, settings: {base_url: a, key: env:K, limit: 0}} # <-"
            )
        },
    ),
    (
        "wrong_setting",
        "no duration",
        {
            "acme.yaml": providers(
                "new: {adapter: shop, settings: {base_url: a, key: env:K, poll_after: x}} # <-"
            )
        },
    ),
    (
        "secret_in_file",
        "write env:NAME",
        {"acme.yaml": providers("new: {adapter: shop, settings: {base_url: a, key: s}} # <-")},
    ),
    *((code, says, {"acme.yaml": providers(line)}) for code, says, line in SANDBOXES),
    (
        "wrong_value",
        "minimum_calls",
        {
            "acme.yaml": providers(
                "new: {adapter: shop, settings: {base_url: a, key: env:K}, "
                "limits: {breaker: {calls: 1, minimum_calls: 2}}} # <-"
            )
        },
    ),
    ("wrong_value", "must be a list", told("{} # <-")),
    ("wrong_value", "must be a mapping of case, event", told("\n  - 1 # <-")),
    ("missing_key", "'template' is missing", told("\n  - {event: checkout.completed.v1} # <-")),
    (
        "unknown_key",
        "allowed are case, event, provider, step, template",
        told("\n  - {event: checkout.completed.v1, template: a, if: b} # <-"),
    ),
    ("wrong_value", "template: ", told("\n  - {event: checkout.completed.v1, template: A} # <-")),
    (
        "wrong_value",
        "sends a already",
        told(
            "\n  - {event: checkout.completed.v1, template: a}"
            "\n  - {event: checkout.completed.v1, template: a} # <-"
        ),
    ),
    (
        "unknown_event",
        "allowed are case.canceled.v1",
        told("\n  - {event: checkout.completed, template: a} # <-"),
    ),
    (
        "unknown_event_step",
        "allowed are activate",
        told("\n  - {event: step.pending.v1, step: kredit, template: a} # <-"),
    ),
    (
        "idle_key",
        "is about no step",
        told("\n  - {event: checkout.completed.v1, step: credit, template: a} # <-"),
    ),
    (
        "unknown_provider",
        "allowed are bank",
        told("\n  - {event: checkout.completed.v1, template: a, provider: pigeon} # <-"),
    ),
    (
        "provider_lacks_operation",
        "psp does not offer notification.send",
        told("\n  - {event: checkout.completed.v1, template: a, provider: psp} # <-"),
    ),
    *RETAILERS,
    *DELIVERIES,
    *CASES,
    ("no_steps", "has steps", {"acme.yaml": f"{HEAD}{PROVIDERS}\nflows:\n  buy: {{}} # <-"}),
    ("no_end", "never completes", {"acme.yaml": f"{ALONE}      contact: {{collect: contact}}"}),
    (
        "no_pivot",
        "has effects (stock)",
        {"acme.yaml": f"{ALONE}      stock: {{call: stock.reserve}}"},
    ),
    (
        "pivot_not_effect",
        "reads only",
        {
            "acme.yaml": f"{ALONE.replace(' # <-', '')}"
            "      old: {collect: existing_agreement}\n"
            "      look: {call: credit.standing, needs: [old], pivot: true} # <-"
        },
    ),
    (
        "bad_name",
        "no flow name",
        {"acme.yaml": f"{HEAD}{PROVIDERS}\nflows:\n  Buy_Now: {{extends: base/good}} # <-"},
    ),
    (
        "unknown_key",
        "allowed are case, defaults, expires_after",
        {"acme.yaml": steps("{}"), "base/good.yaml": f"{GOOD}flows: {{}} # <-\n"},
    ),
)
