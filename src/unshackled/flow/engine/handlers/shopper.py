"""Handlers of what customers and retailers ask."""

from __future__ import annotations

from typing import Any, Final

from unshackled.domain import form
from unshackled.domain.age_limits import age_limits
from unshackled.domain.checkout import StepState
from unshackled.domain.customer import Address
from unshackled.domain.customer.credit_information import information_form
from unshackled.domain.events.checkout_events import (
    InputReceived,
    PackageChanged,
    QuoteRenewed,
)
from unshackled.domain.events.lapse_events import RenewalRequested
from unshackled.domain.events.step_events import ANSWERED, StepPassed, StepReset
from unshackled.domain.form import Given
from unshackled.domain.package import Package
from unshackled.domain.quote import Quote
from unshackled.domain.records import replace
from unshackled.domain.states import RENEWABLE, S
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.devices import require_other_device, require_other_trade_in
from unshackled.flow.engine.draft import Draft, Rejected
from unshackled.flow.engine.lifetimes import lapsing, renewing
from unshackled.flow.engine.outcomes import passed
from unshackled.flow.engine.papers.recording import record_shown
from unshackled.flow.engine.quoting import with_steps
from unshackled.flow.engine.unwind import take_back
from unshackled.flow.engine.waiting import supply
from unshackled.flow.engine.ways_on import (
    answered_by_package,
    repackages,
    sources_of,
    takes_yes_back,
)
from unshackled.flow.plan.condition_results import holds
from unshackled.flow.plan.papers.circumstances import circumstances
from unshackled.flow.plan.plan import PlannedStep
from unshackled.ports.outcome import Outcome, Passed
from unshackled.steps import InvalidInput, StepContext
from unshackled.steps.collect import field_errors

IN_PROGRESS: Final = "the case is being carried out"


def require_open(draft: Draft) -> None:
    """Refuse what comes too late for any change."""
    if draft.case is not None:
        _require_open_case(draft)
    if draft.checkout.canceled is not None:
        raise Rejected("checkout_canceled", f"it was canceled: {draft.checkout.canceled.code}")
    if draft.checkout.completed_at is not None:
        raise Rejected("checkout_completed", "the order was placed")


def _require_open_case(draft: Draft) -> None:
    name, canceled = draft.checkout.run, draft.checkout.canceled
    if canceled is not None:
        raise Rejected("case_canceled", f"{name} was canceled: {canceled.code}")
    if draft.checkout.completed_at is not None:
        raise Rejected("case_completed", f"{name} is completed")


def require_unconfirmed(draft: Draft) -> None:
    """After `confirm` package, quote and collected data are frozen; in a case, after its pivot."""
    require_open(draft)
    if draft.case is not None and draft.pivot_sent:
        raise Rejected("too_late", IN_PROGRESS)
    if draft.confirmed:
        raise Rejected("checkout_confirmed", "package and data are frozen once confirmed")


def change_package(draft: Draft, command: c.ChangePackage) -> None:
    """Replace the package; settle finds out what no longer fits."""
    again = draft.confirmed and repackages(draft)
    if not again:
        require_unconfirmed(draft)
    _suits_the_customer(draft, command.package)
    require_other_trade_in(draft, command.selection)
    if again:
        draft.emit(StepReset(step=str(draft.plan.confirm), reason="refused_after_confirm"))
    answered = answered_by_package(draft)
    draft.emit(
        PackageChanged(
            selection=command.selection,
            package=command.package,
            quote=with_steps(draft, command.quote),
        )
    )
    draft.emit(*(StepReset(step=name, reason=ANSWERED) for name in answered))


def _suits_the_customer(draft: Draft, package: Package) -> None:
    """Refuse a package that the customer's earlier data speaks against, e.g. their age."""
    view = StepContext(
        now=draft.local_now,
        locale=draft.checkout.locale,
        age_limits=age_limits(package),
        market=draft.plan.market,
    )
    errors = [
        wrong
        for step in draft.plan.steps.values()
        if (output := draft.checkout.output(step.name)) is not None
        for wrong in step.definition.objections(output, view)
    ]
    if errors:
        raise Rejected("invalid_input", "some fields are wrong", errors=errors)


def renew_quote(draft: Draft, command: c.RenewQuote) -> None:
    """The same price for longer, or a new one; a sent hard search holds its price.

    What steps bring is not in a catalogue: it stays.
    """
    require_unconfirmed(draft)
    old, quote = draft.checkout, with_steps(draft, command.quote)
    repriced = quote.digest != old.quote.digest
    if repriced and not _price_held(draft):
        draft.emit(QuoteRenewed(package=command.package, quote=quote, repriced=True))
        return
    # What the law says of it, and every date, is of the day that the same price is given anew.
    new = {"valid_until": quote.valid_until} if repriced else _of_its_day(quote)
    extended = replace(old.quote, **new)
    draft.emit(QuoteRenewed(package=old.package, quote=extended, repriced=False))


def _of_its_day(quote: Quote) -> dict[str, Any]:
    """What a quote says of its day and its validity, and no digest of it covers."""
    names = ("valid_until", "priced_on", "rate_percent", "credit_regulated")
    return {name: getattr(quote, name) for name in names}


def _price_held(draft: Draft) -> bool:
    return any(draft.state(step.name).sent for step in draft.plan.hard_searches)


def submit(draft: Draft, command: c.Submit) -> None:
    """Take the data of a step."""
    require_open(draft)
    step = draft.plan.steps.get(command.step)
    if step is None:
        raise Rejected(
            "unknown_step", f"no step {command.step!r}", allowed=sorted(draft.plan.steps)
        )
    state = draft.state(step.name)
    if state.held and not command.body:
        return
    if state.wanted:
        _supply(draft, step, state, command)
        return
    if state.state is S.DECLINED and not command.body:
        _try_again(draft, step, state, command)
    elif step.definition.action == "submit":
        _collect(draft, step, state, command)
    elif state.state is S.DECLINED and step.definition.operation is not None:
        _try_again(draft, step, state, command)
    elif step.definition.action in ("show", "choose"):
        _answer(draft, step, state, command)
    elif step.definition.action == "confirm":
        raise Rejected("step_not_due", "confirm by POST .../complete", step=step.name)
    else:
        _try_again(draft, step, state, command)


def _supply(draft: Draft, step: PlannedStep, state: StepState, command: c.Submit) -> None:
    """What a provider wants to know; it is kept before anything of it is sent."""
    given = Given(
        today=draft.local_now.date(), country=_country(draft) or command.country, bank=command.bank
    )
    found = form.read(information_form(state.wanted), command.body, given)
    if isinstance(found, form.Refusal):
        errors = [
            replace(wrong, path=f"steps.{step.name}.{wrong.path}")
            for wrong in field_errors(found.findings, draft.checkout.locale)
        ]
        raise Rejected("invalid_input", "some fields are wrong", errors=errors)
    draft.emit(InputReceived(step=step.name, data=found))
    supply(draft, step)


def renew_held(draft: Draft) -> None:
    """Whatever the customer asks: they are back, so what lapsed meanwhile is done again."""
    for name, state in draft.checkout.steps.items():
        if state.held and state.state in RENEWABLE:
            draft.emit(RenewalRequested(step=name))


def _collect(draft: Draft, step: PlannedStep, state: StepState, command: c.Submit) -> None:
    reason = takes_yes_back(draft, step) if draft.confirmed else None
    if not step.downstream_of_confirm and reason is None:
        require_unconfirmed(draft)
    if holds(draft.checkout, step) is False:
        raise Rejected("step_not_due", "its condition does not hold for this package")
    if step.definition.request is not None and not draft.needs_settled(step):
        raise Rejected("step_not_due", "what it is about is not known yet", step=step.name)
    outcome = _checked(draft, step, command)
    if isinstance(outcome, Passed):
        require_other_device(draft, step, outcome.output)
    same = state.state is S.PASSED and _said_before(draft, step, outcome)
    _answer_declines(draft, step, same=same)
    if same:
        return
    if reason is not None:
        draft.emit(StepReset(step=str(draft.plan.confirm), reason=reason))
    data = step.definition.stored_form(command.body, outcome)
    draft.emit(InputReceived(step=step.name, data=data))
    if state.state is S.WAITING_CUSTOMER and isinstance(outcome, Passed):
        record_shown(draft, step, data)
        passed(draft, step, outcome)
    elif state.state is S.PASSED:
        draft.emit(StepReset(step=step.name, reason="edited"))


def _said_before(draft: Draft, step: PlannedStep, outcome: Outcome[Any]) -> bool:
    """Whether the submission says what was said before, whichever way it was written then."""
    known = draft.checkout.private.inputs.get(step.name)
    try:
        return known is not None and outcome == step.definition.submit(
            known,
            StepContext(now=draft.local_now, stored=True, market=draft.plan.market),
        )
    except InvalidInput:
        return False


def _answer_declines(draft: Draft, collected: PlannedStep, *, same: bool) -> None:
    """The customer does something about what was declined: its message goes.

    The same data sent again is their wish to try again; other data is tried when it is looked at.
    """
    for name in collected.descendants:
        step, state = draft.plan.steps[name], draft.state(name)
        if step.hard_search or collected.name not in sources_of(draft, step):
            continue
        waits = state.state is S.PENDING and state.code is not None and not state.held
        if waits or (same and state.state is S.DECLINED):
            draft.emit(StepReset(step=name, reason=ANSWERED))


def _document_facts(draft: Draft, step: PlannedStep) -> Any:
    """What a document is made of; refused while that is still to come, or being done again."""
    if step.definition.operation is not None or step.definition.request is None:
        return None
    if not draft.upstream_settled(step):
        state = draft.state(step.name).state
        message = "what it is about is not settled yet"
        raise Rejected("step_not_due", message, step=step.name, state=state)
    return step.build(draft.checkout)


def _checked(draft: Draft, step: PlannedStep, command: c.Submit) -> Outcome[Any]:
    view = StepContext(
        request=_document_facts(draft, step),
        offer=draft.checkout.private.offers.get(step.name),
        now=draft.local_now,
        locale=draft.checkout.locale,
        country=_country(draft) or command.country,
        age_limits=age_limits(draft.checkout.package),
        bank=command.bank,
        market=draft.plan.market,
        by=circumstances(draft.plan, step, draft.checkout, draft.local_now.date()),
    )
    try:
        return step.definition.submit(command.body, view)
    except InvalidInput as error:
        errors = [replace(wrong, path=f"steps.{step.name}.{wrong.path}") for wrong in error.errors]
        raise Rejected("invalid_input", "some fields are wrong", errors=errors) from None


def _country(draft: Draft) -> str | None:
    """The country of the customer's address, where it is known."""
    for step in draft.plan.steps.values():
        shape = step.definition.output
        if shape is not None and issubclass(shape, Address):
            output = draft.checkout.output(step.name)
            return str(output["country"]) if output else None
    return None


def _answer(draft: Draft, step: PlannedStep, state: StepState, command: c.Submit) -> None:
    if state.state is S.PASSED and step.definition.action == "choose":
        reason = takes_yes_back(draft, step) if draft.confirmed else None
        if reason is None:
            require_unconfirmed(draft)
        _checked(draft, step, command)
        if reason is not None:
            draft.emit(StepReset(step=str(draft.plan.confirm), reason=reason))
        _answer_declines(draft, step, same=False)
        draft.emit(
            InputReceived(step=step.name, data=dict(command.body)),
            StepReset(step=step.name, reason="edited"),
        )
    elif state.state is S.PASSED:
        if not _shown_before(draft, step, command):
            _checked(draft, step, command)
    elif state.state is not S.WAITING_CUSTOMER:
        raise Rejected("step_not_due", f"it is {state.state}", step=step.name, state=state.state)
    else:
        outcome = _checked(draft, step, command)
        draft.emit(InputReceived(step=step.name, data=dict(command.body)))
        if isinstance(outcome, Passed):
            record_shown(draft, step, command.body)
            passed(draft, step, outcome)


def _shown_before(draft: Draft, step: PlannedStep, command: c.Submit) -> bool:
    """Whether it says again what was taken, perhaps by the version of the service before."""
    return bool(command.body) and command.body == draft.checkout.private.inputs.get(step.name)


def _try_again(draft: Draft, step: PlannedStep, state: StepState, command: c.Submit) -> None:
    """An empty submission to a declined call asks for another try."""
    if state.state is not S.DECLINED or command.body or step.hard_search:
        raise Rejected(
            "step_not_due", "it takes no submission now", step=step.name, state=state.state
        )
    require_unconfirmed(draft)
    draft.emit(StepReset(step=step.name, reason=ANSWERED))


def complete(draft: Draft, command: c.Complete) -> None:
    """The customer's yes to the quote they saw; the same yes again changes nothing."""
    confirm = draft.plan.confirm
    quote = draft.checkout.quote
    if draft.confirmed and command.quote_id == quote.id:
        return
    require_open(draft)
    if confirm is None:
        raise Rejected("step_not_due", "this flow has nothing to confirm")
    if command.quote_id != quote.id or quote.expired(draft.now):
        raise Rejected("price_changed", "the quote is not current", quote=quote.id)
    awaited = draft.state(confirm).state is S.WAITING_CUSTOMER
    ready = awaited and draft.needs_settled(draft.plan.steps[confirm])
    if ready and not lapsing(draft):
        draft.emit(StepPassed(step=confirm, output={}))
    else:
        _renew_first(draft, draft.plan.steps[confirm])


def _renew_first(draft: Draft, confirm: PlannedStep) -> None:
    """What would lapse before it is used is done again; the yes is asked for once more then."""
    for step in lapsing(draft):
        take_back(draft, step, S.PENDING, "validity_ends")
    renew_held(draft)
    missing = sorted(name for name in confirm.needs if not draft.settled(name))
    if not renewing(draft):
        raise Rejected("not_ready", "some steps are not done", steps=missing)
    message = "what had lapsed, or would before the order, is being done again"
    draft.refusal = Rejected("renewing", message, steps=missing, version=draft.checkout.version)


def cancel(draft: Draft, command: c.Cancel) -> None:
    """End it before the point of no return; the same again changes nothing."""
    if draft.checkout.canceled is not None:
        return
    if draft.checkout.completed_at is not None or draft.pivot_sent:
        of = "the order is placed or being placed" if draft.case is None else IN_PROGRESS
        raise Rejected("too_late", of)
    draft.cancel(command.code, command.by)
