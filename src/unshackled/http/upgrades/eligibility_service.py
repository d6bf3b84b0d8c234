"""Whether an upgrade is open: asked of lender and buyer, decided by the flow's rule, and stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from unshackled.catalogues.provider_query import first_outcome
from unshackled.domain.account import is_live
from unshackled.domain.customer import DeviceReturn, ExistingAgreement
from unshackled.domain.records import Record, replace
from unshackled.domain.stored_eligibility import (
    READABLE,
    AgainstUpgrade,
    OpenUpgrade,
    StoredEligibility,
)
from unshackled.domain.upgrade_terms import upgrade_terms
from unshackled.errors import NotSent, ProviderError
from unshackled.flow.engine.route_choice import RouteRequest
from unshackled.flow.language.spec import Retailer
from unshackled.flow.plan.plan import PlannedStep
from unshackled.http.auth.credentials import Caller
from unshackled.http.problems import Problem
from unshackled.http.services import Services
from unshackled.http.upgrades.upgrade_flow import UpgradeFlow
from unshackled.messages import say
from unshackled.ports.credit import ROUNDING, AskStanding, SettlementDay
from unshackled.ports.outcome import Declined, Outcome, Passed
from unshackled.ports.trade_in import ValueDevice
from unshackled.ports.upgrade_rules import UpgradeFacts, asked_for_day, upgrade_answer
from unshackled.store.side_tables import Retention, SideTables
from unshackled.store.side_tables.limited_rows import WriteLimit
from unshackled.telemetry import get_logger

Json = Any
PATH: Final = "/v1/upgrades/eligibility"
LIMIT: Final = WriteLimit(most=60, span=timedelta(minutes=1))
log = get_logger(__name__)


class UpgradeRequest(Record):
    """What is asked: an agreement and a device, in a flow of a retailer."""

    flow: str
    steps: UpgradeFlow
    existing: ExistingAgreement
    device: DeviceReturn


def eligibilities_retention(tables: SideTables) -> Retention:
    """Answers are deleted a week after their validity."""
    return Retention(table=tables.eligibilities, keep=READABLE)


async def answered(
    services: Services, retailer: Retailer, caller: Caller, request: UpgradeRequest
) -> StoredEligibility:
    """The answer under its id, not stored yet."""
    now = retailer.local(services.clock.now())
    day = SettlementDay(on=asked_for_day(now, retailer.rules(now)))
    standing = await _asked(
        services,
        retailer,
        caller,
        request.steps.standing,
        AskStanding(existing=request.existing, on=day),
    )
    if isinstance(standing, Declined):
        return _stored(services, retailer, caller, request, (_declined(standing),))
    valued = await _asked(
        services, retailer, caller, request.steps.valuation, ValueDevice(device=request.device)
    )
    if isinstance(valued, Declined):
        return _stored(services, retailer, caller, request, (_declined(valued),))
    facts: Any = {
        **request.steps.literals,
        "standing": standing.output,
        "device": request.device,
        "valuation": valued.output,
    }
    found = upgrade_answer(UpgradeFacts(**facts), now, retailer.rules(now))
    if isinstance(found, OpenUpgrade):
        found = replace(found, settlement_until=standing.valid_until)
    ends = [one.valid_until for one in (standing, valued) if one.valid_until is not None]
    return _stored(services, retailer, caller, request, found, *ends)


async def _asked(
    services: Services, retailer: Retailer, caller: Caller, step: PlannedStep, request: object
) -> Passed[Any] | Declined:
    """What a provider of the step says; the next one is asked where one does not answer."""
    operation, policy = step.definition.operation, step.policy
    if operation is None or policy is None:
        raise Problem("upgrade_unavailable", f"{step.name} has no provider of its own.")
    ask = RouteRequest(
        retailer=caller.account,
        operation=operation.key,
        policy=policy,
        candidates=policy.providers,
    )
    last: list[Declined] = []

    def read(provider: str, outcome: Outcome[Any]) -> Passed[Any] | Declined:
        if isinstance(outcome, Declined) and policy.how == "waterfall":
            last.append(outcome)
        if not isinstance(outcome, Passed | Declined) or last:
            raise NotSent(f"{operation.key}: no answer that counts", provider=provider)
        return outcome

    backends = services.engine.caller.backends
    try:
        return await first_outcome(backends, services.clock, retailer, ask, request, read=read)
    except ProviderError:
        if last:
            return last[-1]
        raise Problem(
            "upgrade_unavailable",
            f"Nobody who serves {operation.capability} answers.",
            headers={"Retry-After": "5"},
        ) from None


def _declined(outcome: Declined) -> AgainstUpgrade:
    return AgainstUpgrade(code=outcome.code)


def _stored(
    services: Services,
    retailer: Retailer,
    caller: Caller,
    request: UpgradeRequest,
    verdict: OpenUpgrade | tuple[AgainstUpgrade, ...],
    *ends: datetime,
) -> StoredEligibility:
    """The row: it counts as long as all that it is made of, at most as long as a quote."""
    now = services.clock.now()
    return StoredEligibility(
        id="",
        account=caller.account,
        key=caller.id,
        created_at=now,
        valid_until=min([now + retailer.quote_validity, *ends]),
        flow=request.flow,
        agreement=request.existing.agreement,
        model=request.device.model,
        grade=request.device.grade,
        currency=retailer.currency,
        programme=request.steps.programme,
        open=verdict if isinstance(verdict, OpenUpgrade) else None,
        against=verdict if isinstance(verdict, tuple) else (),
    ).named


async def store_eligibility(services: Services, row: StoredEligibility) -> bool:
    """Whether it is new; a problem where its key asked too often."""
    write = await services.store.tables.eligibilities.add(row, LIMIT)
    if write.again_at is not None:
        wait = max(1, ceil((write.again_at - row.created_at).total_seconds()))
        raise Problem(
            "too_many_requests",
            f"An API key may ask about {LIMIT.most} upgrades in a minute.",
            headers={"Retry-After": str(wait)},
        )
    return write.new


async def read_eligibility(services: Services, account: str, row: str) -> StoredEligibility | None:
    """An answer of an account while it is there; None too for one of a newer version."""
    try:
        found = await services.store.tables.eligibilities.get(account, row)
    except ValueError:
        log.warning("eligibility.unreadable", eligibility=row)
        return None
    gone = found is None or services.clock.now() >= found.readable_until
    return None if gone else found


def eligibility_resource(row: StoredEligibility, now: datetime, locale: str) -> dict[str, Json]:
    """The answer as its callers read it; in the words of a locale."""
    found = row.open
    return {
        "id": row.id,
        "livemode": is_live(row.account),
        "eligible": found is not None,
        "status": "expired" if row.expired(now) else "valid",
        "created_at": row.created_at,
        "valid_until": row.valid_until,
        "readable_until": row.readable_until,
        "flow": row.flow,
        "programme": row.programme.name,
        "agreement": row.agreement,
        "currency": row.currency,
        "reasons": [_reason(one, locale) for one in row.against],
        **(_amounts(row, found, locale) if found is not None else _NOTHING),
        "links": [{"rel": "self", "href": f"{PATH}/{row.id}"}],
    }


_NOTHING: Final = {
    **dict.fromkeys(("settlement", "device", "left", "surplus", "due_today", "closes")),
    "terms": (),
}


def _reason(one: AgainstUpgrade, locale: str) -> dict[str, Json]:
    said = say(locale, one.code)
    return {"code": one.code, "content": said, "opens": one.opens, "closed": one.closed}


def _amounts(row: StoredEligibility, upgrade: OpenUpgrade, locale: str) -> dict[str, Json]:
    shares, programme = upgrade.shares, row.programme
    left = shares.settlement - shares.device
    terms = upgrade_terms(programme, shares, row.currency)
    return {
        "settlement": {
            "figure": upgrade.figure,
            "on": upgrade.settles_on,
            "valid_until": upgrade.settlement_until,
            "worked_out": upgrade.worked_out,
            "agrees": abs(upgrade.figure - upgrade.worked_out) <= ROUNDING,
        },
        "device": {
            "model": row.model,
            "grade": row.grade,
            "value": shares.value,
            "covers": programme.trade_in_covers,
            "settlement": shares.device,
            "price": shares.price,
        },
        "left": {"amount": left, "paid_by": programme.left_paid_by},
        "surplus": {"amount": shares.pay_out + shares.forfeit, "becomes": programme.surplus},
        "due_today": shares.customer,
        "closes": upgrade.closes,
        "terms": [
            {"code": one.code, "content": say(locale, one.code, one.params)} for one in terms
        ],
    }
