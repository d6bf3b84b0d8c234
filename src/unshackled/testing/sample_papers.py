"""Every document of a flow, written of made-up facts, for those who have to read them first.

Names, amounts and addresses of customers are made up; who sells and lends is what the file says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.documents import NamesLender
from unshackled.domain.events.checkout_events import CheckoutCreated
from unshackled.domain.market_rules import MarketPack
from unshackled.domain.package import Package, Selection, StatedRise, TariffLine
from unshackled.domain.payment_rules import PaymentRules
from unshackled.domain.personal import dataclasses_in, fields_of
from unshackled.domain.quote import Quote
from unshackled.domain.records import Record, replace
from unshackled.domain.schedule import PaymentSchedule, credit_schedule, tariff_schedule
from unshackled.domain.upgrade import Programme
from unshackled.domain.upgrade_settlement import UpgradeSettlement
from unshackled.domain.upgrade_shares import upgrade_shares
from unshackled.flow.plan.papers.circumstances import circumstances
from unshackled.flow.plan.plan import FromLiteral, FromStep, Plan, PlannedStep
from unshackled.markets import BEFORE_MARKETS, market_pack
from unshackled.messages import LANGUAGES, Document, rewritten
from unshackled.steps import StepContext
from unshackled.testing.samples import CREDIT, SAMPLES
from unshackled.testing.sold import sold_by

# The locale that a sample is written in, by its language.
LOCALES: Final[Mapping[str, str]] = {"en": "en-GB", "de": "de-DE"}


class SamplePaper(Record):
    """A document of a step; `provider` is the lender it is of, where there are several."""

    step: str
    provider: str | None
    document: Document

    @property
    def name(self) -> str:
        """What a file of it is called, without what it ends in."""
        parts = (self.document.name, self.standing, self.provider, self.document.model.language)
        return ".".join(part for part in parts if part)

    @property
    def standing(self) -> str | None:
        """`signed` for an agreement that was."""
        return "signed" if "signed_at" in self.document.params else None


def sample_papers(plan: Plan, at: datetime) -> Iterator[SamplePaper]:
    """The documents of a flow as of a day, in each language, of each lender that it may have."""
    for step in plan.steps.values():
        if step.definition.template is None:
            continue
        for provider in _lenders(plan, step):
            papers: dict[str, SamplePaper] = {}
            for language in LANGUAGES:
                for document in _written(plan, step, provider, at, LOCALES.get(language, language)):
                    paper = SamplePaper(step=step.name, provider=provider, document=document)
                    papers.setdefault(paper.name, paper)
            yield from papers.values()


def _lenders(plan: Plan, step: PlannedStep) -> tuple[str | None, ...]:
    source = step.sources.get("lender")
    policy = plan.steps[source.step].policy if isinstance(source, FromStep) else None
    if policy is None and isinstance(source, FromStep):
        followed = plan.steps[source.step].follows
        policy = plan.steps[followed].policy if followed else None
    return policy.providers if policy is not None else (None,)


def _written(
    plan: Plan, step: PlannedStep, provider: str | None, at: datetime, locale: str
) -> Iterator[Document]:
    checkout = _checkout(plan, at, locale)
    source = step.sources.get("lender")
    if isinstance(source, FromStep) and provider is not None:
        checkout = checkout.with_step(source.step, provider=provider)
    view = StepContext(
        request=_facts(plan, step, provider, at, checkout),
        now=at,
        locale=locale,
        by=circumstances(plan, step, checkout, plan.local(at).date()),
    )
    paper = step.definition.paper(view)
    if paper is None:
        return
    yield paper
    if step.definition.entry == "call":  # what is signed has a copy of after, too
        signed = {**paper.params, "signed_at": at.isoformat(), "envelope": "sample-0001"}
        yield rewritten(paper.name, paper.version, paper.locale, signed)


def _checkout(plan: Plan, at: datetime, locale: str) -> Checkout:
    package, quote = sold_by(plan, valid_until=at + timedelta(hours=1))
    tariff = _risen(package.tariff, at.date()) if package.tariff else None
    begun = CheckoutCreated(
        id="chk_sample",
        retailer=plan.retailer,
        flow=plan.name,
        digest=plan.digest,
        currency=quote.currency,
        locale=locale,
        bucket=0,
        expires_at=at + plan.expires_after,
        selection=Selection(),
        package=replace(package, tariff=tariff),
        quote=quote,
        steps=tuple(plan.steps),
    )
    return begun.begin(at)


def _risen(tariff: TariffLine, today: date) -> TariffLine:
    """The same with a rise from its 5th and from its 17th month on, and what it comes to then."""
    rises = tuple(
        StatedRise(
            starts=date(today.year + year, 4, 1),
            monthly=tariff.monthly + 180 * year,
            from_month=first,
            months=months,
        )
        for year, first, months in ((1, 5, 12), (2, 17, tariff.term_months - 16))
    )
    total = 4 * tariff.monthly + sum(one.monthly * one.months for one in rises)
    return replace(tariff, rises=rises, total=total)


def _facts(
    plan: Plan, step: PlannedStep, provider: str | None, at: datetime, checkout: Checkout
) -> Any:
    """The template's facts, each by its type."""
    template = step.definition.template
    if template is None:
        return None
    market: MarketPack = plan.market or market_pack(BEFORE_MARKETS)
    today = plan.local(at).date()
    known: dict[type, Any] = {
        **{type(fact): fact for fact in SAMPLES},
        Quote: checkout.quote,
        TariffLine: checkout.package.tariff,
        NamesLender: NamesLender(lender=provider or "Sample Finance"),
        UpgradeSettlement: _settlement(plan, checkout, at),
        PaymentSchedule: _schedule(checkout.package, today, market.holidays),
    }
    fields = {}
    for name, annotation in fields_of(template.request).items():
        found = [known[shape] for shape in dataclasses_in(annotation) if shape in known]
        if found:
            fields[name] = found[0]
    return template.request(**fields)


def _settlement(plan: Plan, checkout: Checkout, at: datetime) -> UpgradeSettlement:
    """By the programme that the flow names: £250 are left, and the old device is worth £120."""
    named = (one.value for step in plan.steps.values() for one in _literals(step))
    programme = next((one for one in named if isinstance(one, Programme)), None)
    today = checkout.package.credit.deposit if checkout.package.credit is not None else 0
    due = UpgradeSettlement(
        agreement="AGR-100001",
        outstanding=25_000,
        rebate=0,
        trade_in=12_000,
        due=13_000,
        figure=25_000,
        settles_on=plan.local(at).date() + timedelta(days=28),
        programme=programme,
        package_due=today,
        figure_until=at + timedelta(days=7),
    )
    if programme is None:
        return due
    return replace(due, shares=upgrade_shares(programme, 25_000, 12_000, today))


def _literals(step: PlannedStep) -> Iterator[FromLiteral]:
    return (one for one in step.sources.values() if isinstance(one, FromLiteral))


def _schedule(package: Package, today: date, calendar: str) -> PaymentSchedule:
    """When what is sold is paid: a credit, or else the months of a tariff."""
    rules, tariff = PaymentRules(), package.tariff
    if package.credit is None and tariff is not None:
        return tariff_schedule(tariff, rules, agreed_on=today, calendar=calendar)
    return credit_schedule(package.credit or CREDIT, rules, agreed_on=today, calendar=calendar)
