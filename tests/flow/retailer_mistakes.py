"""Mistakes about who sells and what is sold; `# <-` marks the line that must be named."""

from __future__ import annotations

from collections.abc import Mapping

from tests.flow.files import HEAD, PROVIDERS, steps

GOOD_FLOW = "\nflows:\n  buy: {extends: base/good}\n"
ALONE = f"{HEAD}{PROVIDERS}\nflows:\n  buy: # <-\n    steps:\n"


def sold(said: str) -> dict[str, str]:
    """The good flow, which sells something else."""
    more = f"extends: base/good\n    sells: {{{said}}} # <-"
    return {"acme.yaml": steps("{}").replace("extends: base/good", more)}


def headed(old: str, new: str) -> dict[str, str]:
    """The good flow of a retailer that is described otherwise."""
    head = next(line for line in HEAD.splitlines() if "currency" in line)
    return {"acme.yaml": steps("{}").replace(head, f"{head.replace(old, new)} # <-")}


def served(catalogue: str) -> dict[str, str]:
    """The good flow of a retailer whose catalogue is served otherwise."""
    said = f"catalogue: {catalogue} # <-\n  "
    return {"acme.yaml": steps("{}").replace("catalogue: shop", said)}


RETAILERS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    (
        "missing_sells",
        "paste `sells: {handset: optional, accessories: optional}`",
        {
            "acme.yaml": f"{ALONE}      card: {{collect: payment_method}}\n"
            "      contact: {collect: contact}\n      address: {collect: address}\n"
            "      confirm: {confirm: package}\n"
            "      pay: {call: payment.charge, needs: [confirm, card]}\n"
            "      order: {call: orders.place, needs: [pay], pivot: true}\n"
        },
    ),
    ("unknown_key", "'sells.phone': allowed are accessories", sold("phone: optional")),
    ("wrong_value", "sells.tariff", sold("tariff: maybe")),
    ("part_not_carried", "`call: trade_in.accept`", sold("trade_in: optional")),
    (
        "no_catalogue",
        "`catalogue: <provider>` under `defaults`",
        {
            "acme.yaml": steps("{}")
            .replace("catalogue: shop", "")
            .replace("defaults:", "defaults: # <-")
        },
    ),
    ("wrong_value", "2 to 5 names, each once", served("{merge: [shop]}")),
    ("wrong_value", "2 to 5 names, each once", served("{merge: [shop, shop]}")),
    ("wrong_value", "{merge: [<name>, <name>]}", served("{all: [shop, bank]}")),
    ("wrong_value", "not a list", served("[shop, bank]")),
    ("unknown_provider", "catalogue: unknown provider 'shack'", served("{merge: [shop, shack]}")),
    ("provider_lacks_operation", "does not offer catalogue", served("{merge: [shop, bank]}")),
    ("wrong_value", "three capital letters", headed("currency: GBP", "currency: gbp")),
    ("wrong_value", "three capital letters", headed("currency: GBP", "currency: POUNDS")),
    ("wrong_value", "language and country, e.g. en-GB", headed("en-GB", "english")),
    ("unknown_market", "market 'IE', and a retailer does not start", headed("en-GB", "en-IE")),
    ("unknown_market", "allowed are DE, GB", headed("currency: GBP", "currency: USD, market: US")),
    ("wrong_value", "two capital letters", headed("currency: GBP", "currency: GBP, market: gb")),
    ("outside_market", "none of the market GB: allowed are GBP", headed("GBP", "USD")),
    ("outside_market", "allowed are Europe/Belfast, Europe/London", headed("Europe/London", "UTC")),
    ("outside_market", "allowed are Europe/Berlin", headed("GBP", "EUR, market: DE")),
    ("wrong_value", "language and country, e.g. en-GB", headed("en-GB", "en")),
    ("wrong_value", "allowed are de, en", headed("en-GB", "fr-FR")),
    ("wrong_value", "a letter first, at most 40", headed("id: acme", "id: Acme Ltd")),
    (
        "unknown_capability",
        "allowed are address",
        {
            "acme.yaml": f"{HEAD}{PROVIDERS}{GOOD_FLOW}".replace(
                "  {stock: shop,", "  {tea: shop, # <-\n   stock: shop,"
            )
        },
    ),
    (
        "unknown_provider",
        "allowed are bank",
        {
            "acme.yaml": f"{HEAD}{PROVIDERS}{GOOD_FLOW}".replace(
                "{stock: shop,", "{stock: shack, # <-\n"
            )
        },
    ),
    (
        "provider_lacks_operation",
        "it offers payment",
        {
            "acme.yaml": f"{HEAD}{PROVIDERS}{GOOD_FLOW}".replace(
                "{stock: shop,", "{stock: psp, # <-\n"
            )
        },
    ),
)
