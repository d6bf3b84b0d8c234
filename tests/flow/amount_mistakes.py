"""Mistakes about the sums that providers take; `# <-` marks the line that must be named."""

from __future__ import annotations

from collections.abc import Mapping

from tests.flow.files import steps
from tests.flow.mistake_cases import providers

PSP = "new: {adapter: psp, settings: {base_url: env:PSP_URL, key: env:PSP_KEY}, amounts: "
LENDER = "new: {adapter: bank, settings: {base_url: env:BANK_URL, key: env:BANK_KEY}, amounts: "
# Two ends of one credit that never meet: whoever serves the quotation serves the application.
APART = f"{LENDER}{{credit.quote: {{GBP: {{most: 99}}}}, credit.apply: {{GBP: {{least: 100}}}}}}}}"
# Code, a piece of the message, the files.
AMOUNTS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    *(
        (code, says, {"acme.yaml": providers(f"{PSP}{{{written}}}}} # <-")})
        for code, says, written in (
            ("wrong_value", "`most` 3 is below", "payment.charge: {GBP: {least: 9, most: 3}}"),
            ("wrong_value", "write a currency", "payment.charge: {pounds: {least: 9}}"),
            ("wrong_value", "payment.charge.GBP.least", "payment.charge: {GBP: {least: 0}}"),
            ("unknown_key", "payment.charge.GBP.from", "payment.charge: {GBP: {from: 1}}"),
            ("provider_lacks_operation", "asked for no sum", "stock.reserve: {GBP: {}}"),
        )
    ),
    (
        "no_amount_taken",
        "no sum is taken of the amount of the credit",
        {
            "acme.yaml": steps("prequalify: {provider: new} # <-").replace(
                "defaults:", f"  {APART}\ndefaults:"
            )
        },
    ),
)
