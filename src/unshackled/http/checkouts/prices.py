"""From what the customer picks to a quote, with the retailer's catalogue of today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from unshackled.domain.account import account_of
from unshackled.domain.catalogue import Catalogue
from unshackled.domain.checkout import Checkout
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.package import Selection
from unshackled.domain.pricing import Priced, price
from unshackled.domain.selection import SelectionFault as Finding
from unshackled.errors import ProviderError
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.engine.sellable import not_sold, sold
from unshackled.flow.language.spec import Retailer
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.sums import not_taken
from unshackled.http.problems import Problem, field_error
from unshackled.http.sandboxes import require_sandbox
from unshackled.http.services import Services
from unshackled.http.upgrades.chosen_upgrade import other_figure, upgrade_of
from unshackled.messages import say
from unshackled.steps import FieldError

NAMED_AT_MOST: Final = 100


async def catalogue_of(services: Services, retailer: Retailer, *, livemode: bool) -> Catalogue:
    """The retailer's catalogue in a mode, or the problem that it cannot be had."""
    require_sandbox(retailer, retailer.providers_of("catalogue"), livemode=livemode)
    try:
        return await services.catalogues.catalogue(account_of(retailer.id, livemode=livemode))
    except ProviderError:
        raise Problem(
            "catalogue_unavailable", "The catalogue does not answer.", headers={"Retry-After": "5"}
        ) from None


async def priced(
    services: Services,
    retailer: Retailer,
    selection: Selection,
    *,
    livemode: bool,
    locale: str,
    checkout: Checkout | None = None,
) -> Priced:
    """The package and its quote, or everything that is wrong with it, in words of the locale.

    `checkout` is the one that it is priced for, where it is there already.
    """
    found = await _price(services, retailer, selection, livemode=livemode, checkout=checkout)
    if isinstance(found, Priced):
        return found
    says = "The package cannot be sold like this."
    raise Problem("invalid_package", says, errors=errors_of(found, locale))


def refuse_unsold(
    plan: Plan, selection: Selection, before: Selection | None = None, *, locale: str
) -> None:
    """Refuse a package with a part that the flow does not sell, or without one that it requires.

    `before` is the selection that is changed.
    """
    found = not_sold(plan, selection, before)
    foreign = [one for one in found if one.code == "part_not_sold"]
    allowed, errors = sold(plan), errors_of(found, locale)
    if foreign:
        says = f"The flow {plan.name} does not sell {_named(foreign)}."
        raise Problem("part_not_sold", says, errors=errors, allowed=allowed)
    if found:
        says = f"A package of the flow {plan.name} needs {_named(found)}."
        raise Problem("part_required", says, errors=errors, allowed=allowed)


def refuse_untaken(plan: Plan, retailer: Retailer, priced: Priced, *, locale: str) -> None:
    """Refuse a package with a sum of money that no provider of the flow takes."""
    seen = {"id": retailer.id, "currency": retailer.currency}
    found = tuple(not_taken(plan, priced, seen, retailer.amounts))
    if found:
        says = f"The providers of the flow {plan.name} do not take this sum."
        raise Problem("invalid_package", says, errors=errors_of(found, locale))


def _named(findings: Sequence[Finding]) -> str:
    return ", ".join(one.path.removeprefix("package.") for one in findings)


async def _price(
    services: Services,
    retailer: Retailer,
    selection: Selection,
    *,
    livemode: bool,
    checkout: Checkout | None,
) -> Priced | tuple[Finding, ...]:
    account = account_of(retailer.id, livemode=livemode)
    upgrade = await upgrade_of(services, account, selection, checkout)
    catalogue = await catalogue_of(services, retailer, livemode=livemode)
    now = retailer.local(services.clock.now())
    rules = retailer.rules(now)
    return price(
        selection,
        catalogue,
        rules=rules,
        now=now,
        quote_id=services.ids.quote(),
        validity=_validity(rules, now, retailer.quote_validity),
        upgrade=upgrade,
    )


def _validity(rules: MarketRules, now: datetime, longest: timedelta) -> timedelta:
    """How long a price of now is kept: not into a day of other rules."""
    if rules.ends is None:
        return longest
    midnight = datetime.combine(rules.ends, time(), tzinfo=now.tzinfo)
    # In UTC, where an hour is an hour on the night when the clocks change too.
    return min(longest, midnight.astimezone(UTC) - now.astimezone(UTC))


def errors_of(findings: Sequence[Finding], locale: str) -> list[dict[str, Any]]:
    """Problems as the API tells them: each with its sentence and, bounded, what is allowed."""
    return [
        field_error(
            FieldError(path=one.path, code=one.code, message=say(locale, one.code, one.params)),
            one.allowed[:NAMED_AT_MOST],
        )
        for one in findings
    ]


def _frozen(services: Services, checkout: Checkout) -> bool:
    """Whether its price counts for good: it ended, or the customer said yes."""
    if checkout.canceled is not None or checkout.completed_at is not None:
        return True
    confirm = services.engine.plans.by_digest(checkout.digest).confirm
    return confirm is not None and checkout.steps[confirm].state == "passed"


async def renew(
    services: Services, checkout: Checkout, expect: int | None, *, must: bool
) -> int | None:
    """Price again before the next command what counts no more; `must`: or say why it cannot be.

    An expired quote, and one with another settlement figure than the lender asks for now.

    Returns the version that the next command must still expect: None once this one has checked it.
    """
    retailer = services.book.retailers.get(checkout.retailer)
    expired = checkout.quote.expired(services.clock.now())
    if not (expired or other_figure(services, checkout)):
        return expect
    if retailer is None or _frozen(services, checkout):
        return expect
    try:
        found = await _price(
            services, retailer, checkout.selection, livemode=checkout.livemode, checkout=checkout
        )
    except Problem:
        if must:
            raise
        return expect
    if isinstance(found, Priced):
        return await _renewed(services, checkout.id, found, expect)
    if must:
        detail = "The quote has expired, and the package is not sold like this any more."
        raise Problem("package_unavailable", detail, errors=errors_of(found, checkout.locale))
    return expect


async def _renewed(
    services: Services, checkout: str, priced: Priced, expect: int | None
) -> int | None:
    command = c.RenewQuote(package=priced.package, quote=priced.quote)
    try:
        await services.engine.command(checkout, command, expect=expect)
    except Rejected as rejection:
        if rejection.code == "version_mismatch":
            raise
        return expect
    return None
