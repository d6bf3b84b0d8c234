"""Which documents a checkout has: those that were shown or signed, and those that may be read now.

What was shown is written from what was kept of it: no later change, of the checkout, of the
retailer's file or of a template, changes it. What was not shown yet is written from today's facts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, TypeAlias

from unshackled.domain.documents.document_record import DocumentRecord, DocumentStanding
from unshackled.domain.records import Record, declared
from unshackled.domain.states import S
from unshackled.errors import InternalFault
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.papers.recording import viewed
from unshackled.flow.plan.condition_results import holds
from unshackled.flow.plan.personal_data.data_purposes import lacks_data
from unshackled.flow.plan.plan import FromStep, PlannedStep
from unshackled.messages import Document, first_written, rewritten

PaperStanding: TypeAlias = DocumentStanding | Literal["available"]


class CheckoutPaper(Record):
    """A document of a step; `at` is when it was shown or signed, None for one that was not yet."""

    step: str
    standing: PaperStanding
    document: Document
    at: datetime | None = None


def papers_of(draft: Draft) -> tuple[CheckoutPaper, ...]:
    """Every document, by the steps of the flow; those of a step in the order they were shown."""
    return tuple(
        paper
        for step in draft.plan.steps.values()
        if step.definition.template is not None
        for paper in _of_step(draft, step)
    )


def _of_step(draft: Draft, step: PlannedStep) -> Iterator[CheckoutPaper]:
    records = [one for one in draft.checkout.private.documents if one.step == step.name]
    papers = [_recorded(one) for one in records] or list(_before_records(draft, step))
    yield from papers
    now = _available(draft, step)
    if now is not None and now.digest not in {one.document.digest for one in papers}:
        yield CheckoutPaper(step=step.name, standing="available", document=now)


def _recorded(one: DocumentRecord) -> CheckoutPaper:
    """The document to the letter; raises `InternalFault` where it comes out otherwise."""
    document = rewritten(one.document, one.version, one.locale, one.params)
    if document.digest != one.digest:
        raise InternalFault(
            f"{one.document} version {one.version}: {document.digest} is not what was shown, "
            f"{one.digest}: a template was changed"
        )
    return CheckoutPaper(step=one.step, standing=one.standing, document=document, at=one.at)


def _before_records(draft: Draft, step: PlannedStep) -> Iterator[CheckoutPaper]:
    """What was shown before documents were kept: a first version, known by its digest."""
    state, template = draft.state(step.name), step.definition.template
    output = draft.checkout.output(step.name) if state.state is S.PASSED else None
    if output is None or template is None or lacks_data(step, draft.checkout):
        return
    digest = output.get("digest") or output.get("wording")
    for found in first_written(template, step.build(draft.checkout), draft.checkout.locale):
        if found.digest == digest:
            standing: PaperStanding = "shown" if "digest" in output else "agreed"
            yield CheckoutPaper(
                step=step.name, standing=standing, document=found, at=state.updated_at
            )
            return


def _available(draft: Draft, step: PlannedStep) -> Document | None:
    """What may be read before it is shown or signed: the draft of an agreement too."""
    over = draft.checkout.canceled is not None or draft.checkout.completed_at is not None
    open_ = draft.state(step.name).state is not S.PASSED
    if over or not open_ or not _known(draft, step) or not holds(draft.checkout, step):
        return None
    return step.definition.paper(viewed(draft, step, step.build(draft.checkout)))


def _known(draft: Draft, step: PlannedStep) -> bool:
    """Whether every step that a fact of the document comes from is settled."""
    template = step.definition.template
    names = [one.name for one in declared(template.request)] if template is not None else []
    sources = [step.sources[name] for name in names if name in step.sources]
    return all(draft.settled(one.step) for one in sources if isinstance(one, FromStep))
