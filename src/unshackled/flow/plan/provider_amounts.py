"""The sums that a provider takes, as a retailer's file says them: the adapter's, or its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from unshackled.flow.language.diagnostics import Diagnostics, listed
from unshackled.flow.language.spec import AmountSpec
from unshackled.flow.language.yaml_marks import SourceLocation, YamlNode
from unshackled.ports import all_operations
from unshackled.ports.amount_ranges import AmountRange, Ranges
from unshackled.sdk import Adapter

_CURRENCY: Final = re.compile(r"[A-Z]{3}|\*")
AmountSpecs = Mapping[str, Mapping[str, AmountSpec]]


def read_amounts(
    name: str, amounts: AmountSpecs, adapter: Adapter | None, node: YamlNode, report: Diagnostics
) -> Ranges:
    """The adapter's ranges with those of the file on top; every mistake is noted."""
    if adapter is None:
        return {}
    found = dict(adapter.amounts)
    able = [key for key, one in all_operations().items() if one.moves and adapter.offers(key)]
    for operation, by_currency in amounts.items():
        mark = node.at(["amounts", operation])
        if operation not in able:
            message = f"{name}: amounts: {operation!r} is asked for no sum: allowed: {listed(able)}"
            report.add(mark, "provider_lacks_operation", message)
            continue
        own = {
            c: _range(f"{name}: amounts: {c}", c, s, mark, report) for c, s in by_currency.items()
        }
        read = {currency: one for currency, one in own.items() if one is not None}
        found[operation] = {**found.get(operation, {}), **read}
    return found


def _range(
    what: str, currency: str, spec: AmountSpec, mark: SourceLocation, report: Diagnostics
) -> AmountRange | None:
    if _CURRENCY.fullmatch(currency) is None:
        report.add(mark, "wrong_value", f"{what}: write a currency, e.g. GBP, or '*' for any other")
        return None
    try:
        return AmountRange(least=spec.least, most=spec.most)
    except ValueError:
        report.add(mark, "wrong_value", f"{what}: `most` {spec.most} is below `least` {spec.least}")
        return None
