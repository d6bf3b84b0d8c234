"""What can be wrong with who serves a step: code, a piece of the message, the steps."""

from __future__ import annotations

POLICIES: tuple[tuple[str, str, str], ...] = (
    (
        "provider_lacks_currency",
        "cannot do payment.charge in GBP",
        "deposit: {provider: euros} # <-",
    ),
    ("wrong_value", "{waterfall: [a, b]}", "stock: {provider: {cheapest: [shop]}} # <-"),
    ("wrong_value", "come to 1, not to 100", "stock: {provider: {split: {shop: 1}}} # <-"),
    ("wrong_value", "from 0 to 100", "stock: {provider: {split: {shop: 101, shed: -1}}} # <-"),
    ("wrong_value", "beside 'best'", "stock: {provider: {best: [shop], cut_back: {}}} # <-"),
    ("wrong_value", "has no `when`", "stock: {provider: {by: [{when: 'true', use: shop}]}} # <-"),
    (
        "wrong_value",
        "none of 1, 0.5%",
        "stock: {provider: {first: shop, shadow: {candidate: shed, tolerate: {a: b}}}} # <-",
    ),
    (
        "wrong_value",
        "{calls: 20, after: 2m}",
        "stock: {provider: {first: shop, shadow: {candidate: shed, alarm: {when: 1}}}} # <-",
    ),
    (
        "wrong_value",
        "shadow.alarm.calls",
        "stock: {provider: {first: shop, shadow: {candidate: shed, alarm: {calls: 0}}}} # <-",
    ),
    ("wrong_value", "serves already", "stock: {provider: {first: shop, shadow: shop}} # <-"),
    ("unknown_provider", "shadow: unknown", "stock: {provider: {first: shop, shadow: us}} # <-"),
    (
        "shadow_idle",
        "no dry run of stock.reserve",
        "stock: {provider: {first: shop, shadow: shed}} # <-",
    ),
    (
        "bad_condition",
        "by.0.when",
        "stock: {provider: {by: [{when: 'nobody', use: shed}, {use: shop}]}} # <-",
    ),
    (
        "condition_error",
        "by.0.when: fails",
        "stock: {provider: {by: [{when: package.credit.amount > 1, use: shed}, {use: shop}]}} # <-",
    ),
    ("wrong_value", "at least one provider", "stock: {provider: {waterfall: []}} # <-"),
    (
        "provider_lacks_operation",
        "old does not offer orders.dispatch",
        "order: {provider: old}\nleft: {call: orders.dispatch, needs: [order]} # <-",
    ),
    ("wrong_value", "a provider twice", "stock: {provider: {first: shop, then: [shop]}} # <-"),
)
