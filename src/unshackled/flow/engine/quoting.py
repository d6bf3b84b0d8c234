"""The quote of a checkout: the lines of its package, and those that its steps bring."""

from __future__ import annotations

from unshackled.domain.codec import decode
from unshackled.domain.events.checkout_events import QuoteRenewed
from unshackled.domain.quote import BringsLines, Quote, QuoteLine
from unshackled.domain.records import replace
from unshackled.domain.states import S
from unshackled.flow.engine.draft import Draft


def requote(draft: Draft) -> None:
    """Replace the quote where what the steps bring changed; from `confirm` on it is honoured."""
    if draft.case is not None or draft.confirmed or draft.closed or draft.pivot_sent:
        return
    quote = with_steps(draft, draft.checkout.quote)
    if quote is not draft.checkout.quote:
        package = draft.checkout.package
        draft.emit(QuoteRenewed(package=package, quote=quote, repriced=True))


def with_steps(draft: Draft, quote: Quote) -> Quote:
    """A quote with the lines of every step that has passed; those of others are left out."""
    if not draft.plan.step_lines:
        return quote
    lines: list[QuoteLine] = []
    surplus = 0
    for step in draft.plan.bringing_lines:
        shape, output = step.definition.output, draft.checkout.output(step.name)
        if step.downstream_of_confirm or shape is None or output is None:
            continue
        if draft.state(step.name).state is not S.PASSED:
            continue
        brought: BringsLines = decode(shape, output)
        lines += [replace(line, step=step.name) for line in brought.quote_lines()]
        surplus += brought.surplus()
    return quote.with_step_lines(lines, surplus, of=draft.checkout.id)
