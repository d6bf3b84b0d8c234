"""Providers without a network: a world with state, scripted by operation, that keeps a record.

By default every operation passes with a made-up output. `script` queues what comes instead:
an outcome, an error to raise, or one of the small scripts below.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from unshackled.domain.records import replace
from unshackled.errors import InDoubt, ProviderError
from unshackled.flow.engine.route_choice import RankingInputs, RouteChoice, RouteRequest, ranked
from unshackled.ports import Operation, all_operations
from unshackled.ports.amount_ranges import Ranges
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.operation import Doubt, idempotent
from unshackled.ports.outcome import (
    Absent,
    Declined,
    Found,
    Outcome,
    Passed,
    Pending,
    Redirect,
    Undone,
)
from unshackled.testing.made_up import output_for


@dataclass(frozen=True, slots=True, kw_only=True)
class LostAnswer:
    """The backend does the work (by default it passes), and the answer is lost."""

    outcome: Outcome[Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCall:
    """The call waits for `until`, then goes on as `then` says (by default it passes)."""

    until: asyncio.Event
    then: Outcome[Any] | ProviderError | LostAnswer | None = None


ScriptedAnswer: TypeAlias = Callable[[Any, Call], Any]
Script: TypeAlias = (
    Outcome[Any] | Absent | ProviderError | LostAnswer | HeldCall | ScriptedAnswer | None
)


@dataclass(slots=True, kw_only=True)
class Effect:
    """Something a backend did, by our reference; `times` counts what it did, not what was sent."""

    provider: str
    operation: str
    reference: str
    checkout: str
    request: Any
    outcome: Outcome[Any]
    times: int = 1
    undone: bool = False

    @property
    def stands(self) -> bool:
        """Whether it exists and was not taken back."""
        return not self.undone and isinstance(self.outcome, Passed)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredMessage:
    """One message that reached a backend."""

    what: Literal["perform", "look_up", "undo"]
    account: str = ""
    provider: str
    operation: str
    reference: str
    checkout: str
    request: Any = None
    call: Call


@dataclass(slots=True)
class FakeBackends:
    """Every provider of every retailer.

    `down` are the providers that are not admitted; `ways` the way out of doubt by operation
    (idempotent by default); `amounts` the sums that a provider takes (any by default); `without`
    the operations that nobody has; `sent` is the record in order; `effects` what exists, by
    reference.
    """

    down: set[str] = field(default_factory=set)
    ways: dict[str, Doubt] = field(default_factory=dict)
    amounts: dict[str, Ranges] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)
    sent: list[DeliveredMessage] = field(default_factory=list)
    effects: dict[str, Effect] = field(default_factory=dict)
    _scripts: dict[tuple[str, str | None], deque[Script]] = field(
        default_factory=lambda: defaultdict(deque)
    )

    def script(self, operation: str, *results: Script, provider: str | None = None) -> None:
        """Queue what the next calls of an operation bring, e.g. `credit.apply`.

        `stock.reserve:look_up` scripts its look-ups, `stock.release` its undo. None passes.
        """
        self._scripts[operation, provider].extend(results)

    def finish(self, reference: str, outcome: Outcome[Any] | None = None) -> Outcome[Any]:
        """A referred or hosted effect ends (by default it passes): look-ups see it from now on."""
        effect = self.effects[reference]
        effect.outcome = outcome or self._pass(effect.operation, effect.request, self._call(effect))
        return effect.outcome

    def calls(self, operation: str, *, what: str = "perform") -> list[DeliveredMessage]:
        """What was sent for an operation."""
        return [one for one in self.sent if one.operation == operation and one.what == what]

    def standing(self, operation: str) -> list[Effect]:
        """The effects of an operation that exist and were not taken back."""
        return [one for one in self.effects.values() if one.operation == operation and one.stands]

    def repeated(self) -> Iterator[Effect]:
        """Effects that were done more than once."""
        return (one for one in self.effects.values() if one.times > 1)

    def admits(self, retailer: str, provider: str) -> bool:
        return provider not in self.down

    def turned_away(self, retailer: str, provider: str) -> str | None:
        return None if self.admits(retailer, provider) else "breaker_open"

    def offers(self, retailer: str, provider: str, operation: str) -> bool:
        return operation not in self.without

    def ranges(self, retailer: str, provider: str) -> Ranges:
        return self.amounts.get(provider, {})

    def picks(self, ask: RouteRequest) -> Sequence[RouteChoice]:
        able = [name for name in ask.candidates if self.admits(ask.retailer, name)]
        return ranked(replace(ask, candidates=tuple(able)), RankingInputs())

    def doubt(self, retailer: str, provider: str, operation: str) -> Doubt:
        return self.ways.get(operation, idempotent())

    async def perform(
        self, retailer: str, provider: str, operation: str, request: Any, call: Call
    ) -> Outcome[Any]:
        self._record("perform", (retailer, provider), operation, call, request)
        known = self.effects.get(call.reference)
        honours = self.doubt(retailer, provider, operation).key_lifetime is not None
        if known is not None and honours and not self._fails(operation, provider):
            return known.outcome
        script = await self._held(self._next(operation, provider))
        if isinstance(script, ProviderError):
            raise script
        lost = isinstance(script, LostAnswer)
        outcome = script.outcome if isinstance(script, LostAnswer) else script
        if callable(outcome):
            outcome = outcome(request, call)
        outcome = outcome or self._pass(operation, request, call)
        self._keep(provider, operation, request, call, outcome)
        if lost:
            raise InDoubt("the answer was lost", provider=provider)
        return outcome

    async def look_up(self, retailer: str, provider: str, operation: str, call: Call) -> Found[Any]:
        self._record("look_up", (retailer, provider), operation, call)
        script = await self._held(self._next(f"{operation}:look_up", provider))
        if isinstance(script, ProviderError):
            raise script
        if isinstance(script, Passed | Declined | Pending | Redirect | Absent):
            return script
        known = self.effects.get(call.reference)
        return known.outcome if known is not None and not known.undone else Absent()

    async def undo(
        self, retailer: str, provider: str, operation: str, undo: Undo[Any], call: Call
    ) -> Undone:
        self._record("undo", (retailer, provider), operation, call, undo)
        script = await self._held(self._next(operation, provider))
        if isinstance(script, ProviderError):
            raise script
        if isinstance(script, Absent):
            return script
        effect = self.effects.get(undo.reference)
        if effect is not None:
            effect.undone = True
        if isinstance(script, LostAnswer):
            raise InDoubt("the answer was lost", provider=provider)
        return None if effect is not None else Absent()

    def _next(self, operation: str, provider: str) -> Script:
        for key in ((operation, provider), (operation, None)):
            if self._scripts[key]:
                return self._scripts[key].popleft()
        return None

    def _fails(self, operation: str, provider: str) -> bool:
        """Whether an error is scripted next: a known key does not save from an outage."""
        queues = (self._scripts[operation, provider], self._scripts[operation, None])
        return any(queue and isinstance(queue[0], ProviderError) for queue in queues)

    async def _held(self, script: Script) -> Any:
        if not isinstance(script, HeldCall):
            return script
        await script.until.wait()
        return script.then

    def _operation(self, key: str) -> Operation:
        return all_operations()[key]

    def _pass(self, key: str, request: Any, call: Call) -> Passed[Any]:
        return Passed(output=output_for(self._operation(key), request, call))

    def _keep(
        self, provider: str, operation: str, request: Any, call: Call, outcome: Outcome[Any]
    ) -> None:
        if not self._operation(operation).effect:
            return
        if self._operation(operation).is_undo and call.follows is not None:
            self._take_back(call.follows.reference)
        known = self.effects.get(call.reference)
        if known is not None:
            known.times += 1
            known.outcome = outcome
            return
        self.effects[call.reference] = Effect(
            provider=provider,
            operation=operation,
            reference=call.reference,
            checkout=call.checkout,
            request=request,
            outcome=outcome,
        )

    def _take_back(self, reference: str | None) -> None:
        """A case undoes what its sale did."""
        sold = self.effects.get(reference or "")
        if sold is not None:
            sold.undone = True

    def _record(
        self, what: Any, whose: tuple[str, str], operation: str, call: Call, request: Any = None
    ) -> None:
        account, provider = whose
        self.sent.append(
            DeliveredMessage(
                what=what,
                account=account,
                provider=provider,
                operation=operation,
                reference=call.reference,
                checkout=call.checkout,
                request=request,
                call=call,
            )
        )

    def _call(self, effect: Effect) -> Call:
        sent = next(one for one in self.sent if one.reference == effect.reference)
        return sent.call


def referred(poll: timedelta = timedelta(minutes=5), handle: str | None = None) -> Pending:
    """The provider decides later."""
    return Pending(poll_after=poll, handle=handle)


def hosted(expires: datetime, url: str = "https://provider.example/page") -> Redirect:
    """The customer is sent to the provider's page."""
    return Redirect(url=url, expires=expires)


__all__ = [
    "DeliveredMessage",
    "Effect",
    "FakeBackends",
    "HeldCall",
    "LostAnswer",
    "Script",
    "hosted",
    "referred",
]
