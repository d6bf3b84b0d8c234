"""The checkout: one customer's attempt to buy one package, the only aggregate."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from msgspec.structs import replace

from unshackled.domain.account import account_of
from unshackled.domain.decline_details import DeclineDetails
from unshackled.domain.documents.document_record import DocumentRecord
from unshackled.domain.erasure import Erasure, anonymous
from unshackled.domain.package import Package, Selection
from unshackled.domain.personal import Personal, merge
from unshackled.domain.provider_problem import Problems, ProviderProblem, with_problem
from unshackled.domain.quote import Quote
from unshackled.domain.records import ADDED, Record, added
from unshackled.domain.states import State

Json = Any
# How many superseded effects are known by their reference; each was taken back when it was left.
PAST: Final = 200
# The parts of a snapshot's personal data that are kept by step.
BY_STEP: Final = ("inputs", "offers", "outputs", "requests", "links", "returns", "declines")


@lru_cache(maxsize=4096)
def reference_of(checkout: str, run: str, step: str, generation: int, provider: str) -> str:
    """The idempotency key of an effect and our reference on the wire: 26 characters of base32."""
    return _key("\0".join([checkout, run, step, str(generation), provider]))


def supply_reference_of(effect: str, contents: str) -> str:
    """The same of an answer to what a provider wanted, by its effect and its own digest."""
    return _key(f"{effect}.supply.{contents}")


def undo_reference_of(effect: str, since: datetime | None) -> str:
    """The same of an undo, by the reference of its effect: one for all its attempts.

    One that is due again `since` then has another: under the old one a backend would only repeat
    what it answered when there was nothing to undo yet, when it refused, or before the undo broke.
    """
    return _key(f"{effect}.undo.{since.timestamp() if since else ''}")


def _key(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()[:20]).decode()[:26]


def bucket_of(salt: str, customer: str) -> int:
    """The bucket 0 to 9999 that splits and experiments go by; assigned once, at creation."""
    return int.from_bytes(hashlib.sha256(f"{salt}\0{customer}".encode()).digest()[:8]) % 10_000


class StepState(Record, omit_defaults=True):
    """How one step stands; nothing personal is in it.

    `vendor_code` is the provider's own code behind the `code` of a decline. `tried` are the
    providers that declined in this generation, `down` those that were out of reach in this round;
    `next_at` is when something is due (a retry, a poll, a look-up, a resend); `expires_at` ends the
    options of a `choose` or a provider's page; `sent` says that an effect may have reached a
    backend, `doubted` that we lost sight of it once; `held` waits for the customer's next command.
    `lapses` counts outcomes in a row that had ended when they arrived. `due_by` is when a provider
    promised its answer; `late` says that it has passed. `wanted` is what the provider wants to know
    of the customer, `supplying` says that their answer is on its way to it.
    """

    state: State = State.PENDING
    generation: int = 0
    attempt: int = 0
    provider: str | None = None
    reference: str | None = None
    handle: str | None = None
    digest: str | None = None
    output: Mapping[str, Json] | None = None
    valid_until: datetime | None = None
    code: str | None = None
    vendor_code: str | None = None
    tried: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    sent: bool = False
    doubted: bool = False
    held: bool = False
    lapses: int = 0
    first_sent_at: datetime | None = None
    send_by: datetime | None = None
    give_up_at: datetime | None = None
    next_at: datetime | None = None
    deadline_at: datetime | None = None
    expires_at: datetime | None = None
    ready_at: datetime | None = None
    due_by: datetime | None = None
    late: bool = False
    wanted: tuple[str, ...] = ()
    supplying: bool = False
    updated_at: datetime | None = None


class UndoState(Record, omit_defaults=True):
    """One effect that is being taken back, by the reference of the effect.

    `goal` is where the step goes afterwards; a stray (an effect of a superseded generation) has
    none. `failed` waits for an operator. `since` tells it from an earlier undo of the same effect.
    `undecided_since` is when its provider first answered without settling it.
    """

    step: str
    provider: str
    handle: str | None
    goal: State | None
    give_up_at: datetime
    next_at: datetime
    attempts: int = 0
    failed: bool = False
    since: datetime | None = None
    undecided_since: datetime | None = added(None)


class PastEffect(Record, omit_defaults=True):
    """An effect of a superseded generation: its late outcome never changes the step."""

    step: str
    provider: str


class RouteAssignment(Record, omit_defaults=True):
    """Who serves a route in this checkout, and who it moved away from."""

    provider: str | None = None
    left: tuple[str, ...] = ()


class Cancellation(Record, omit_defaults=True):
    """Why a checkout ended without an order, and who ended it."""

    code: str
    by: str
    at: datetime


class Private(Record, omit_defaults=True):
    """The personal part of a snapshot: erasing it is one write.

    `inputs`, `offers`, `outputs`, `links` and `returns` (what a browser brought back) are by step,
    as are the `requests` of running effects; `undos` are by reference; `return_url` is where the
    retailer wants the customer back; `declines` are what came with the "no" of each who said it.
    `documents` are those that were shown and signed.
    """

    customer_ref: str | None = None
    return_url: str | None = None
    inputs: Mapping[str, Json] = field(default_factory=dict)
    offers: Mapping[str, Json] = field(default_factory=dict)
    outputs: Mapping[str, Json] = field(default_factory=dict)
    requests: Mapping[str, Json] = field(default_factory=dict)
    undos: Mapping[str, Json] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    returns: Mapping[str, Json] = field(default_factory=dict)
    declines: Mapping[str, tuple[DeclineDetails, ...]] = field(default_factory=dict)
    documents: tuple[DocumentRecord, ...] = added(())


class Checkout(Record):
    """The snapshot: this is the state; events are never replayed to rebuild it.

    `trace` is the W3C traceparent of the request that began it: later traces link to it.
    `livemode` is fixed at its creation: False means that it only ever reaches sandboxes.
    `problems` are the last ones that each step had with its providers, for operators only.
    `undelivered` are the references of messages that did not reach the customer. `erasure` says
    what of the customer's data is gone for good.
    `from_quote` is the stored quote that it was begun from; `quote` is its own, and may be renewed.
    """

    id: str
    retailer: str
    flow: str
    digest: str
    currency: str
    locale: str
    bucket: int
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    paused_at: datetime | None = None
    version: int = 0
    run: str = "purchase"
    trace: str | None = None
    selection: Selection
    package: Package
    quote: Quote
    steps: Mapping[str, StepState]
    undos: Mapping[str, UndoState] = field(default_factory=dict)
    past: Mapping[str, PastEffect] = field(default_factory=dict)
    routes: Mapping[str, RouteAssignment] = field(default_factory=dict)
    canceled: Cancellation | None = None
    completed_at: datetime | None = None
    private: Personal[Private] = field(default_factory=Private)
    livemode: bool = added(True)  # noqa: FBT003 - the field's default
    problems: Problems = field(default_factory=dict, metadata={ADDED: True})
    undelivered: tuple[str, ...] = added(())
    erasure: Erasure | None = added(None)
    from_quote: str | None = added(None)

    @property
    def account(self) -> str:
        """The retailer in this checkout's mode, e.g. `northstar:test`."""
        return account_of(self.retailer, livemode=self.livemode)

    def past_with(self, step: str) -> Mapping[str, PastEffect]:
        """The past effects, with the present one of a step; the newest `PAST` of them."""
        state = self.steps[step]
        if not state.reference or not state.provider:
            return self.past
        effect = PastEffect(step=step, provider=state.provider)
        kept = {key: one for key, one in self.past.items() if key != state.reference}
        return dict([*kept.items(), (state.reference, effect)][-PAST:])

    def output(self, step: str) -> dict[str, Json] | None:
        """A step's whole output, personal fields included; None while there is none."""
        state = self.steps[step]
        if state.output is None:
            return None
        return merge(state.output, self.private.outputs.get(step, {}))

    def with_step(self, name: str, **changes: Any) -> Checkout:
        """The same checkout with one step changed."""
        step = replace(self.steps[name], **changes)
        return replace(self, steps={**self.steps, name: step})

    def with_problem(self, step: str, problem: ProviderProblem) -> Checkout:
        """The same checkout with one more problem of a step."""
        return replace(self, problems=with_problem(self.problems, step, problem))

    def with_decline(self, step: str, details: DeclineDetails | None, before: Checkout) -> Checkout:
        """The same with what came with a decline, after those of its round as it was `before`."""
        known = before.private.declines.get(step, ()) if before.steps[step].tried else ()
        every = (*known, details) if details is not None else known
        return self.with_private("declines", step, every or None)

    def with_private(self, part: str, key: str, value: Json) -> Checkout:
        """The same checkout with one entry of its personal part set, or removed when None."""
        if value is None and key not in getattr(self.private, part):
            return self
        entries = {k: v for k, v in getattr(self.private, part).items() if k != key}
        if value is not None:
            entries[key] = value
        return replace(self, private=replace(self.private, **{part: entries}))

    def scrubbed(self) -> Checkout:
        """The same checkout without what was erased, whatever was written since."""
        erasure = self.erasure
        if erasure is None:
            return self
        if erasure.whole:
            selection, package = anonymous(self.selection), anonymous(self.package)
            return replace(self, private=Private(), selection=selection, package=package)
        known = self.private
        parts = {part: _without(getattr(known, part), erasure.steps) for part in BY_STEP}
        return replace(self, private=replace(known, **parts))


def _without(entries: Mapping[str, Json], names: Collection[str]) -> Mapping[str, Json]:
    return {key: value for key, value in entries.items() if key not in names}
