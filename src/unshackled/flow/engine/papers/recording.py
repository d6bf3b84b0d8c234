"""What is kept of documents: each that is shown, agreed to, sent to be signed, and signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unshackled.domain.codec import decode
from unshackled.domain.documents.document_record import DocumentStanding
from unshackled.domain.events.document_events import DocumentRecorded
from unshackled.flow.engine.draft import Draft
from unshackled.flow.plan.papers.circumstances import circumstances
from unshackled.flow.plan.plan import PlannedStep
from unshackled.messages import Document, rewritten, shown_as
from unshackled.ports.agreement import AgreementSigned
from unshackled.steps import StepContext

Json = Any
# What a submission calls the digest of what it is about, by the action that it answers.
EVIDENCE: Final[Mapping[str, str]] = {"show": "shown", "submit": "wording"}


def viewed(draft: Draft, step: PlannedStep, request: Any, **more: Any) -> StepContext:
    """What the document of a step is written from; `more` are further fields of the context."""
    return StepContext(
        request=request,
        now=draft.local_now,
        locale=draft.checkout.locale,
        market=draft.plan.market,
        by=circumstances(draft.plan, step, draft.checkout, draft.local_now.date()),
        **more,
    )


def record_shown(draft: Draft, step: PlannedStep, body: Mapping[str, Json]) -> None:
    """Keep the document that a submission says was shown, or that the customer agreed to."""
    template = step.definition.template
    if template is None:
        return
    view = viewed(draft, step, step.build(draft.checkout))
    evidence = body.get(EVIDENCE[str(step.definition.action)])
    now = step.definition.paper(view)
    shown = shown_as(evidence, now, template, view.request, view.locale)
    if shown is not None:
        agrees = step.definition.action != "show" and body.get("given") is not False
        standing: DocumentStanding = "agreed" if agrees else "shown"
        _record(draft, step, shown, standing)


def record_sent(draft: Draft, step: PlannedStep, request: Json) -> None:
    """Keep the agreement that goes out to be signed, as it was before it was."""
    if (paper := _agreement(draft, step, request)) is not None:
        _record(draft, step, paper, "sent")


def record_signed(draft: Draft, step: PlannedStep, output: object) -> None:
    """Keep an agreement as it was signed: the copy that the customer gets (CCA 1974 s.61A).

    It is made of the request that was written ahead. Nothing is done for any other output.
    """
    shape = step.definition.request
    if shape is None or not isinstance(output, AgreementSigned):
        return
    sent = draft.checkout.private.requests.get(step.name)
    request = step.build(draft.checkout) if sent is None else decode(shape, sent)
    before = _agreement(draft, step, request)
    if before is None:
        return
    at = draft.local_now.replace(microsecond=0).isoformat()
    signed = {**before.params, "signed_at": at, "envelope": output.envelope}
    paper = rewritten(before.name, before.version, before.locale, signed)
    _record(draft, step, paper, "signed")


def _agreement(draft: Draft, step: PlannedStep, request: Any) -> Document | None:
    return step.definition.paper(viewed(draft, step, request))


def _record(draft: Draft, step: PlannedStep, paper: Document, standing: DocumentStanding) -> None:
    draft.emit(
        DocumentRecorded(
            step=step.name,
            document=paper.name,
            version=paper.version,
            locale=paper.locale,
            digest=paper.digest,
            standing=standing,
            params=paper.params,
        )
    )
