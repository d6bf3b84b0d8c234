"""What a document of a step is written from beside its facts: the file's own words, and the law."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.documents import Circumstances, OwnPapers, OwnText, Party
from unshackled.flow.plan.plan import FromStep, Plan, PlannedStep
from unshackled.messages import language_of

LENDER: Final = "lender"  # the field of a request that says who lends
OPERATOR: Final = "sim"  # the capability of whose network it is


def circumstances(plan: Plan, step: PlannedStep, checkout: Checkout) -> Circumstances:
    """For the document of a step, as the retailer's file and the plan have it today.

    Own texts are those in the language of the checkout, and those of every language.
    """
    template = step.definition.template
    if template is None:
        return _PLAIN
    lender = _papers(plan, _lender(step, checkout))
    operator = _papers(plan, _operator(plan, checkout))
    own, language = (plan.papers.retailer, lender, operator), language_of(checkout.locale)
    return _same(
        Circumstances(
            market=plan.papers.market,
            retailer=plan.papers.retailer.party,
            lender=_party(lender),
            operator=_party(operator),
            texts=tuple(text for one in own for text in _texts(one, template.name, language)),
        )
    )


_PLAIN: Final = Circumstances()


@lru_cache(maxsize=1024)
def _same(one: Circumstances) -> Circumstances:
    """The very same object for equal circumstances, so that what is made of it is made once."""
    return one


def _papers(plan: Plan, provider: str | None) -> OwnPapers | None:
    return plan.papers.providers.get(provider) if provider is not None else None


def _party(papers: OwnPapers | None) -> Party | None:
    return papers.party if papers is not None else None


def _texts(papers: OwnPapers | None, document: str, language: str) -> Iterator[OwnText]:
    for one in papers.texts.get(document, ()) if papers is not None else ():
        if one.language in ("", language):
            yield one


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
