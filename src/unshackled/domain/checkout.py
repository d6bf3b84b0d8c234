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
from unshackled.domain.erasure import Erasure, anonymous
from unshackled.domain.package import Package, Selection
from unshackled.domain.personal import Personal, merge
from unshackled.domain.provider_problem import Problems, ProviderProblem, with_problem
from unshackled.domain.quote import Quote
from unshackled.domain.records import ADDED, Record, added
from unshackled.domain.run_records import (
    Cancellation,
    PastEffect,
    Reversal,
    RouteAssignment,
    Run,
    StepsPrivate,
    StepState,
    UndoState,
)
from unshackled.domain.waiting_room import QueuePlace

__all__ = [
    "BY_STEP",
    "PAST",
    "Cancellation",
    "Checkout",
    "PastEffect",
    "Private",
    "Reversal",
    "RouteAssignment",
    "StepState",
    "StepsPrivate",
    "UndoState",
    "bucket_of",
    "reference_of",
    "supply_reference_of",
    "undo_reference_of",
]
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


class Private(StepsPrivate, omit_defaults=True):
    """The personal part of a snapshot: erasing it is one write.

    What it has of its own, beside that of the purchase's steps: `return_url` is where the retailer
    wants the customer back; `runs` are the same of each case run.
    """

    customer_ref: str | None = None
    return_url: str | None = None
    runs: Mapping[str, StepsPrivate] = field(default_factory=dict, metadata={ADDED: True})


class Checkout(Record):
    """The snapshot: this is the state; events are never replayed to rebuild it.

    `trace` is the W3C traceparent of the request that began it: later traces link to it.
    `livemode` is fixed at its creation: False means that it only ever reaches sandboxes.
    `problems` are the last ones that each step had with its providers, for operators only.
    `undelivered` are the references of messages that did not reach the customer. `erasure` says
    what of the customer's data is gone for good.
    `from_quote` is the stored quote that it was begun from; `quote` is its own, and may be renewed.
    `runs` are its cases by name, e.g. `refund-1`; all else is of the purchase, which `run` names.
    `reversals` are effects with an amount that were, or are being, taken back, by reference.
    `queue` is its place in the waiting room, until the customer used their turn.
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
    runs: Mapping[str, Run] = field(default_factory=dict, metadata={ADDED: True})
    reversals: Mapping[str, Reversal] = field(default_factory=dict, metadata={ADDED: True})
    queue: QueuePlace | None = added(None)

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

    def with_reversal(self, reference: str, reversal: Reversal) -> Checkout:
        """The same with what became of money that is taken back; the newest `PAST` are kept."""
        kept = {key: one for key, one in self.reversals.items() if key != reference}
        return replace(self, reversals=dict([*kept.items(), (reference, reversal)][-PAST:]))

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
