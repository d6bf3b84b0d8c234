"""What can be asked of a checkout: browser, callback, poller, timer and operator ask this way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Literal

from unshackled.domain.case_opening import CaseWish
from unshackled.domain.modulus import Table
from unshackled.domain.package import Package, Selection
from unshackled.domain.personal import Personal
from unshackled.domain.provider_problem import ProviderProblem
from unshackled.domain.quote import Quote
from unshackled.domain.records import Record
from unshackled.domain.waiting_room import QueuePlace
from unshackled.errors import ProviderError
from unshackled.ports.outcome import Found, NotUndone, Undelivered

Json = Any

# What a step asks of its provider.
RequestKind = Literal["call", "look_up", "undo"]


class Command(Record):
    """Base of all commands; `run` names the case that it is about, None the purchase."""

    run: str | None = None


class ChangePackage(Command):
    """Replace the package by a newly priced one."""

    selection: Selection
    package: Package
    quote: Quote


class RenewQuote(Command):
    """The quote has expired: this is the price now."""

    package: Package
    quote: Quote


class Submit(Command):
    """The customer's data for a step.

    `country` is the retailer's: where a phone number without a country's code is from. `bank` has
    the weights by which bank accounts are checked, where they are configured.
    """

    step: str
    body: Personal[Mapping[str, Json]]
    country: str = "GB"
    bank: Table | None = None


class Complete(Command):
    """The customer says yes to the quote they saw."""

    quote_id: str


class JoinQueue(Command):
    """Somebody who lost their turn in the waiting room comes back: this is their new place."""

    queue: QueuePlace


class Cancel(Command):
    """End it; `by` is customer, retailer, clock or operator."""

    code: str
    by: str


class OpenCase(Command):
    """Open a case of a completed checkout, by the case flow of this digest."""

    digest: str
    wish: CaseWish


class Start(Command):
    """Write ahead: this effect goes to this provider, to be sent before `send_by`."""

    step: str
    generation: int
    provider: str
    send_by: datetime
    give_up_at: datetime
    why: str | None = None


class RecordResult(Command):
    """What a call of ours brought: an outcome, or the error that it raised.

    `tag` says which attempt it was: a late answer to an attempt that was given up still counts as
    a notice about its reference. `problem` is what operators read of an error.
    """

    step: str
    generation: int
    attempt: int
    provider: str
    reference: str
    operation: str
    result: Found[object] | ProviderError
    retry_at: datetime
    asked: RequestKind = "call"
    asked_at: datetime | None = None
    problem: ProviderProblem | None = None


class RecordNotice(Command):
    """A verified message of a provider about the effect `reference`.

    Where `account` and `provider` are given, the effect must be theirs: a reference of somebody
    else is as good as unknown.
    """

    reference: str
    outcome: Found[object] | NotUndone | Undelivered
    account: str | None = None
    provider: str | None = None


class Bounced(Command):
    """A verified report: the message that a rule sent as `template` did not reach the customer."""

    reference: str
    provider: str
    template: str
    report: Undelivered


class Returned(Command):
    """The customer came back from the provider's page: a hint to ask now, never evidence.

    `query` is what the browser brought, for the provider to judge.
    """

    reference: str
    query: Personal[Mapping[str, str]] = field(default_factory=dict)


class Unreachable(Command):
    """No provider of the step can be tried now; nothing was sent. `problems` say why of each."""

    step: str
    generation: int
    code: str
    retry_at: datetime
    problems: tuple[ProviderProblem, ...] = ()


class NotTaken(Command):
    """No provider of the step takes its sum of money; nothing was sent."""

    step: str
    generation: int


class DeviceTaken(Command):
    """Another checkout holds the device of the step; nothing was sent."""

    step: str
    generation: int


class Unserved(Command):
    """The provider that alone could serve the step is gone; nothing was sent."""

    step: str
    generation: int


class Reroute(Command):
    """The provider that holds a route's effects cannot go on: do them again at another one."""

    step: str
    generation: int
    provider: str
    reason: str


class Escalate(Command):
    """No way out of doubt is left that we could go by ourselves: a person decides."""

    step: str
    reference: str


class Erase(Command):
    """Erase what is personal; `by` is retailer, operator or clock, `reason` one word."""

    by: str
    reason: str = "requested"


class Tick(Command):
    """Time has passed."""


class ByOperator(Command):
    """Base of what a named person of operations asks; `evidence` is a text or an address."""

    reason: str
    operator: str = "unknown"
    evidence: str | None = None


class Resolve(ByOperator):
    """An operator decides a step in review, a failed undo or a doubt.

    `verdict` is `passed` (with the output as evidence), `declined`, `retry`, `undone`, or `absent`:
    the effect never happened. `reference` says which attempt it is about, so that a late verdict
    never decides another one; and which undo, where several of a step failed. `valid_until` is
    when what passed stops counting, as its provider says.
    """

    step: str
    verdict: Literal["passed", "declined", "retry", "undone", "absent"]
    output: Personal[Mapping[str, Json]] | None = None
    reference: str | None = None
    valid_until: datetime | None = None


class RetryNow(ByOperator):
    """An operator wants what waits to be tried, asked or undone now."""

    step: str


class Skip(ByOperator):
    """An operator goes on without a step that the flow can do without."""

    step: str


class CancelByOperator(ByOperator):
    """An operator cancels the checkout."""


class EraseByOperator(ByOperator):
    """An operator erases what is personal."""
