"""What a document of a step is written from beside its facts: the file's own words, and the law."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from sys import intern
from typing import Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.documents import Circumstances, OwnPapers, OwnText, Party
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.memo import Memo
from unshackled.flow.plan.plan import FromStep, Plan, PlannedStep
from unshackled.markets import BEFORE_MARKETS, market_pack
from unshackled.messages import language_of

LENDER: Final = "lender"  # the field of a request that says who lends
OPERATOR: Final = "sim"  # the capability of whose network it is


def circumstances(plan: Plan, step: PlannedStep, checkout: Checkout, today: date) -> Circumstances:
    """For the document of a step, as the retailer's file and the market's law have it on a day.

    Own texts are those in the language of the checkout, and those of every language. The very same
    object for the same circumstances, so that what is made of it is made once.
    """
    template = step.definition.template
    if template is None:
        return _PLAIN
    lender = _papers(plan, _lender(step, checkout))
    operator = _papers(plan, _operator(plan, checkout))
    rules, locale = _rules(plan, today), intern(checkout.locale)
    own = (plan.papers.retailer, lender, operator)
    return _MADE.get(
        template,
        *own,
        rules,
        locale,
        make=lambda: _circumstances(template.name, own, rules, locale),
    )


def _circumstances(
    document: str, own: Sequence[OwnPapers | None], rules: MarketRules, locale: str
) -> Circumstances:
    retailer, lender, operator = own
    prescribed = _prescribed(rules, locale)
    language = language_of(prescribed or locale)
    return Circumstances(
        market=rules.market,
        retailer=_party(retailer) or Party(),
        lender=_party(lender),
        operator=_party(operator),
        texts=tuple(text for one in own for text in _texts(one, document, language)),
        statements=tuple(said for one in own for said in _statements(one, language)),
        withdrawal_days=rules.credit_withdrawal_days,
        cancellation_days=rules.goods_withdrawal_days,
        notice_days=rules.airtime_notice.days,
        notice_months=rules.airtime_notice.months,
        locale=prescribed,
    )


_PLAIN: Final = Circumstances()
_MADE: Final[Memo[Circumstances]] = Memo(512)


def _rules(plan: Plan, today: date) -> MarketRules:
    return (plan.market or market_pack(BEFORE_MARKETS)).on(today)


def _prescribed(rules: MarketRules, locale: str) -> str:
    """The locale that the law wants documents in; empty where the customer's will do."""
    language = rules.document_language
    if language is None or language_of(locale) == language:
        return ""
    return f"{language}-{rules.market}"


def _papers(plan: Plan, provider: str | None) -> OwnPapers | None:
    return plan.papers.providers.get(provider) if provider is not None else None


def _party(papers: OwnPapers | None) -> Party | None:
    return papers.party if papers is not None else None


def _texts(papers: OwnPapers | None, document: str, language: str) -> Iterator[OwnText]:
    for one in papers.texts.get(document, ()) if papers is not None else ():
        if one.language in ("", language):
            yield one


def _statements(papers: OwnPapers | None, language: str) -> Iterator[tuple[str, str]]:
    for name, written_in, said in papers.statements if papers is not None else ():
        if written_in == language:
            yield name, said


def _lender(step: PlannedStep, checkout: Checkout) -> str | None:
    """The provider that the lender's name came from."""
    source = step.sources.get(LENDER)
    return checkout.steps[source.step].provider if isinstance(source, FromStep) else None


def _operator(plan: Plan, checkout: Checkout) -> str | None:
    """The provider that activates the SIM: the one that did, or the first that may."""
    for step in plan.steps.values():
        operation = step.definition.operation
        if operation is not None and operation.capability == OPERATOR and step.policy:
            return checkout.steps[step.name].provider or step.policy.providers[0]
    return None
