"""One adapter joined to its stand-in in this process, ready to be called."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from httpx import AsyncBaseTransport
from starlette.types import ASGIApp

from unshackled.domain.facts import Fact
from unshackled.domain.personal import dataclasses_in, fields_of
from unshackled.domain.records import replace
from unshackled.outbound import HttpClient
from unshackled.outbound.in_process import in_process
from unshackled.ports import CAPABILITIES, all_operations, operations
from unshackled.ports.operation import Operation
from unshackled.sdk import Adapter, Call, Followed, Outcome, Passed, Pending, Redirect, Undo, Undone
from unshackled.sdk.standin import StandIn
from unshackled.testing.exchanges import Tape
from unshackled.testing.samples import fact_types, request_for

BASE_URL: Final = "http://backend.example"
CALLBACK_URL: Final = "https://checkout.example/v1/callbacks/northstar/bench"
RETURN_URL: Final = "https://checkout.example/v1/returns/bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One callback that the stand-in sent."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEffect:
    """One finished call."""

    call: Call
    request: Any
    outcome: Any
    handle: str | None


def reference(seed: object) -> str:
    """A reference of the shape the engine makes: 26 characters of base32."""
    return b32encode(hashlib.sha256(str(seed).encode()).digest()).decode()[:26]


@dataclass(kw_only=True)
class AdapterHarness:
    """An adapter's ports over a fresh stand-in; calls of one bench share its state.

    `currency` is that of every call. `history` has what was called, by operation; `tape` has what
    went over the wire. `through` stands between the adapter and its stand-in. `sold_by` names how a
    sale was done, where there are several ways: `("capture",)`, else the first that is offered.
    """

    adapter: Adapter
    stand_in: StandIn
    settings: Any
    currency: str = "GBP"
    http: HttpClient | None = None
    history: dict[str, RecordedEffect] = field(default_factory=dict)
    callbacks: list[Callback] = field(default_factory=list)
    tape: Tape = field(default_factory=Tape)
    through: Callable[[ASGIApp], ASGIApp] | None = None
    client: Any = None
    sold_by: tuple[str, ...] = ()
    _calls: int = 0

    def __post_init__(self) -> None:
        self.stand_in.deliver = self._keep
        app = self.tape.round(self.stand_in.app())
        wire = in_process(self.through(app) if self.through else app)
        http = self.http or HttpClient("bench", BASE_URL, transport=self.between(wire))
        self.client = self.adapter.client(self.settings, http)
        self.ports = {name: build(self.client) for name, build in self.adapter.ports.items()}

    def between(self, wire: AsyncBaseTransport) -> AsyncBaseTransport:
        """What the client sends through: the wire itself, or a check of the adapter's own."""
        return wire

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What the adapter offers, without the undos."""
        return tuple(
            operation
            for capability in self.ports
            for operation in operations(capability, CAPABILITIES[capability]).values()
            if not (operation.by_engine or operation.is_undo) and self.adapter.offers(operation.key)
        )

    @property
    def effects(self) -> tuple[Operation, ...]:
        """The operations that change the world."""
        return tuple(operation for operation in self.operations if operation.effect)

    def call(self, operation: Operation, **changes: Any) -> Call:
        """A new call of an operation; it follows the one made before, where it must."""
        self._calls += 1
        followed = self._followed(operation)
        frame: dict[str, Any] = {
            "reference": reference((operation.key, self._calls)),
            "checkout": "chk_bench",
            "currency": self.currency,
            "locale": "en-GB",
            "callback_url": CALLBACK_URL,
            "return_url": RETURN_URL,
            "follows": followed,
        }
        return Call(**(frame | changes))

    async def prepare(self, operation: Operation) -> Any:
        """Make every call that the operation builds on, as far as this adapter offers it.

        Returns its request: with the outputs of those calls, else with samples.
        """
        for earlier in self._earlier(operation):
            if earlier.key != operation.key and earlier.key not in self.history:
                await self.run(earlier)
        outputs = (made.outcome.output for made in self.history.values() if _passed(made.outcome))
        facts = tuple(output for output in outputs if isinstance(output, Fact))
        request = request_for(operation, currency=self.currency, facts=facts)
        return replace(request, **dict.fromkeys(self._undone(operation), None))

    def _earlier(self, operation: Operation) -> Iterator[Operation]:
        """What comes before it; of the ways in which a sale may have done it, one."""
        wanted = set(fact_types(operation.request))
        sale = self.sale_of(operation)
        for earlier in self.operations:
            if earlier in sale:
                if earlier == sale[0]:
                    yield earlier
            elif earlier.output in wanted or operation.follows == earlier.name:
                yield earlier

    def sale_of(self, operation: Operation) -> list[Operation]:
        """The offered effects of a sale that it deals with; the first counts."""
        offered = {one.name: one for one in self.operations if _beside(one, operation)}
        names = [name for name in operation.of_sale if name in (self.sold_by or operation.of_sale)]
        return [offered[name] for name in names if name in offered]

    def _undone(self, operation: Operation) -> Iterator[str]:
        """The fields of a request for what its sale did not do."""
        known = operations(operation.capability, CAPABILITIES[operation.capability])
        absent = {known[one].output for one in operation.of_sale if not self._was_done(known[one])}
        for name, annotation in fields_of(operation.request).items():
            if not absent.isdisjoint(dataclasses_in(annotation)):
                yield name

    def _was_done(self, operation: Operation) -> bool:
        return operation.key in self.history

    def _followed(self, operation: Operation) -> Followed | None:
        """The call that it follows: of its sale, the first that passed."""
        names = operation.of_sale or ((operation.follows,) if operation.follows else ())
        made = (self.history.get(f"{operation.capability}.{name}") for name in names)
        return next((_as_followed(one) for one in made if one is not None), None)

    async def run(
        self, operation: Operation, *, call: Call | None = None, request: Any = None
    ) -> Any:
        """Prepare and make a call, bring it to its end, and keep what came of it."""
        request = request or await self.prepare(operation)
        call = call or self.call(operation)
        outcome = await self.send(operation, request, call)
        handle = getattr(outcome, "handle", None)
        if isinstance(outcome, Pending | Redirect) and operation.effect:
            outcome = await self.finish(operation, call, outcome)
        made = RecordedEffect(call=call, request=request, outcome=outcome, handle=handle)
        self.history[operation.key] = made
        return outcome

    async def send(self, operation: Operation, request: Any, call: Call) -> Outcome[Any]:
        """The bare call."""
        method = getattr(self.ports[operation.capability], operation.name)
        outcome: Outcome[Any] = await method(request, call)
        return outcome

    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """What a customer or a person at the backend does; then ask. Overridden where needed."""
        return await self.look_up(operation, call)

    async def look_up(self, operation: Operation, call: Call) -> Any:
        """Ask the backend what became of an effect."""
        made = self.history.get(operation.key)
        if made is not None and made.call.reference == call.reference:
            call = replace(call, request=made.request)
        return await self.ports[operation.capability].look_up(operation.key, call)

    async def undo(
        self,
        operation: Operation,
        recorded_effect: RecordedEffect,
        *,
        known: bool = True,
        again: bool = False,
    ) -> Undone:
        """Take an effect back, `known` or from its reference alone.

        `again` is an undo that is due a second time: it has a key of its own.
        """
        effect = recorded_effect.call.reference
        output = (
            recorded_effect.outcome.output if known and _passed(recorded_effect.outcome) else None
        )
        handle = recorded_effect.handle if known else None
        return await self.undo_by(operation, effect, output, handle, again=again)

    async def undo_by(
        self,
        operation: Operation,
        effect: str,
        output: Any = None,
        handle: str | None = None,
        *,
        again: bool = False,
        given_up_at: datetime | None = None,
        undecided_since: datetime | None = None,
    ) -> Undone:
        """Take back the effect of a reference, whose call was given up then.

        `undecided_since` is when the backend first answered this undo without settling it.
        """
        undo = all_operations()[f"{operation.capability}.{operation.undo}"]
        own = reference(f"{effect}.undo{'.again' if again else ''}")
        call = self.call(
            undo,
            reference=own,
            handle=handle,
            follows=None,
            send_by=given_up_at,
            undecided_since=undecided_since,
        )
        method = getattr(self.ports[operation.capability], undo.name)
        absent: Undone = await method(Undo(reference=effect, output=output), call)
        return absent

    def done(self, operation: Operation, call: Call) -> int:
        """How often the ledger says that the effect of this call was really done."""
        return len(self.stand_in.done(operation.key, call.reference))

    async def _keep(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        self.callbacks.append(Callback(url=url, body=body, headers=headers))


def _passed(outcome: object) -> bool:
    return isinstance(outcome, Passed)


def _beside(one: Operation, other: Operation) -> bool:
    return one.capability == other.capability


def _as_followed(effect: RecordedEffect) -> Followed:
    output = effect.outcome.output if _passed(effect.outcome) else None
    return Followed(reference=effect.call.reference, handle=effect.handle, output=output)
