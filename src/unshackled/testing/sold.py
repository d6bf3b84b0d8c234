"""The sample package as far as a flow sells it, at its price."""

from __future__ import annotations

from datetime import datetime

from unshackled.domain.package import Package
from unshackled.domain.pricing import quote_of
from unshackled.domain.quote import Quote
from unshackled.domain.records import replace
from unshackled.flow.engine.sellable import sold
from unshackled.flow.language.spec import PARTS
from unshackled.flow.plan.plan import Plan
from unshackled.testing.sample_upgrade import LINE, PAYS_OFF
from unshackled.testing.samples import PACKAGE, QUOTE


def sold_by(plan: Plan, *, valid_until: datetime = QUOTE.valid_until) -> tuple[Package, Quote]:
    """The package and its quote; a flow that says nothing sells what its steps carry."""
    unsold = {part: None for part in PARTS if part not in sold(plan)}
    package = replace(PACKAGE, **unsold)
    if plan.upgrades and package.credit is not None:
        credit = replace(
            package.credit, amount=package.credit.amount + PAYS_OFF.amount, pays_off=PAYS_OFF
        )
        package = replace(package, credit=credit, upgrade=LINE)
    quote = quote_of(package, QUOTE.currency, quote_id=QUOTE.id, valid_until=valid_until)
    return package, quote
