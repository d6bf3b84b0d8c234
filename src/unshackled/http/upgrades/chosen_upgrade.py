"""The upgrade that a package names, with the figure that its checkout asked for last."""

from __future__ import annotations

from datetime import date

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import decode
from unshackled.domain.package import Selection
from unshackled.domain.upgrade_choice import ChosenUpgrade, chosen_upgrade
from unshackled.flow.plan.plan import Plan
from unshackled.http.services import Services
from unshackled.http.upgrades.eligibility_service import read_eligibility
from unshackled.ports.credit import AgreementStanding


async def upgrade_of(
    services: Services, account: str, selection: Selection, checkout: Checkout | None
) -> ChosenUpgrade | None:
    """What is stored of it; None where there is nothing that counts.

    A checkout that began with it goes on after the answer has expired: it asks by itself.
    """
    if selection.upgrade is None:
        return None
    row = await read_eligibility(services, account, selection.upgrade.eligibility)
    mine = checkout is not None and checkout.selection.upgrade == selection.upgrade
    if row is None or (row.expired(services.clock.now()) and not mine):
        return None
    fresh = fresh_figure(services, checkout) if mine and checkout is not None else None
    return chosen_upgrade(row, fresh)


def other_figure(services: Services, checkout: Checkout) -> bool:
    """Whether the lender asks for another figure than the package was priced with."""
    line, fresh = checkout.package.upgrade, fresh_figure(services, checkout)
    return line is not None and fresh is not None and fresh != (line.figure, line.on)


def fresh_figure(services: Services, checkout: Checkout) -> tuple[int, date] | None:
    """The lender's figure and its day, as a step of the checkout was told; None before that."""
    if checkout.package.upgrade is None:
        return None
    plan = services.engine.plans.by_digest(checkout.digest)
    return next(iter(_figures(plan, checkout, checkout.package.upgrade.agreement)), None)


def _figures(plan: Plan, checkout: Checkout, agreement: str) -> list[tuple[int, date]]:
    told = []
    for step in plan.steps.values():
        output = checkout.output(step.name)
        passed = checkout.steps[step.name].state == "passed"
        if step.definition.output is AgreementStanding and passed and output is not None:
            standing = decode(AgreementStanding, output)
            figure, on = standing.settlement_figure, standing.settles_on
            if standing.agreement == agreement and figure is not None and on is not None:
                told.append((figure, on))
    return told
