"""Mistakes about the sums that providers take; `# <-` marks the line that must be named."""

from __future__ import annotations

PSP = "new: {adapter: psp, settings: {base_url: env:PSP_URL, key: env:PSP_KEY}, amounts: "
LENDER = "new: {adapter: bank, settings: {base_url: env:BANK_URL, key: env:BANK_KEY}, amounts: "
# Provider lines: code, a piece of the message, the line.
AMOUNTS = tuple(
    (code, says, f"{PSP}{written}}} # <-")
    for code, says, written in (
        (
            "wrong_value",
            "`most` 3 is below `least` 9",
            "{payment.charge: {GBP: {least: 9, most: 3}}}",
        ),
        ("wrong_value", "write a currency", "{payment.charge: {pounds: {least: 9}}}"),
        ("wrong_value", "amounts.payment.charge.GBP.least", "{payment.charge: {GBP: {least: 0}}}"),
        ("unknown_key", "amounts.payment.charge.GBP.from", "{payment.charge: {GBP: {from: 1}}}"),
        (
            "provider_lacks_operation",
            "asked for no sum: allowed: payment",
            "{stock.reserve: {GBP: {}}}",
        ),
    )
)
# Two ends of one credit that never meet: whoever serves the quotation serves the application.
APART = f"{LENDER}{{credit.quote: {{GBP: {{most: 99}}}}, credit.apply: {{GBP: {{least: 100}}}}}}}}"
