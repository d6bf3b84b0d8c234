"""The market of a retailer: there are rules of it, and the retailer has its money and its clock."""

from __future__ import annotations

from unshackled.domain.market_rules import MarketPack
from unshackled.flow.language.diagnostics import Diagnostics, listed
from unshackled.flow.language.spec import Retailer
from unshackled.flow.language.yaml_marks import YamlNode
from unshackled.markets import market_codes, market_pack
from unshackled.messages import LANGUAGES


def market_of(retailer: Retailer, node: YamlNode, report: Diagnostics) -> MarketPack | None:
    """The pack of a retailer's market; None, and the mistake noted, where there is none.

    A file that does not write `market` is marked at its locale, which names the country.
    """
    head = node.entries["retailer"]
    written = "market" if "market" in head.entries else "locale"
    if retailer.market not in market_codes():
        report.add(
            node.at(["retailer", written]),
            "unknown_market",
            f"{written}: there are no rules of the market {retailer.market!r}, and a retailer does"
            f" not start without: allowed are {listed(market_codes())}; write `market: <country>`",
        )
        return None
    pack = market_pack(retailer.market)
    for language in sorted(
        {one.document_language or "" for one in pack.periods} - {"", *LANGUAGES}
    ):
        report.add(
            node.at(["retailer", written]),
            "unknown_market",
            f"{written}: the market {pack.code} wants documents in {language!r}, and no sentences"
            f" are there in it: allowed are {listed(LANGUAGES)}",
        )
    for key, value, allowed in (
        ("currency", retailer.currency, pack.currencies),
        ("time_zone", retailer.time_zone, pack.time_zones),
    ):
        if value not in allowed:
            report.add(
                node.at(["retailer", key]),
                "outside_market",
                f"{key}: {value!r} is none of the market {pack.code}: allowed are"
                f" {listed(allowed)}",
            )
    return pack
