"""Undos that a case flow calls: what a sale did is taken back after it, as an operation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

from unshackled.domain.facts import Fact
from unshackled.domain.records import replace
from unshackled.errors import Refused
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.operation import Operation, idempotent
from unshackled.ports.outcome import Passed, Undone

# An undo is repeatable for good: that is its way out of doubt, whoever calls it.
REPEATABLE: Final = idempotent(key_lifetime=timedelta(days=10 * 365), lookup=False)


class TakesBack(ABC):
    """The request of an undo that a case flow calls: it is sent as the `Undo` of the sale's effect.

    An adapter has nothing to do for it: its undo is called as ever.
    """

    __slots__ = ()

    @abstractmethod
    def receipt(self) -> Fact:
        """The output of the step once the effect is taken back."""


async def take_back(
    undo: Callable[[Any, Call], Awaitable[Undone]], request: TakesBack, call: Call
) -> Passed[Fact]:
    """Call an adapter's undo for the effect of the sale that the call follows.

    What is not there any more is taken back too. Raises `Refused` where the sale has no such
    effect, and what the undo raises.
    """
    followed = call.follows
    if followed is None or followed.reference is None:
        raise Refused("the sale has no effect to take back", provider="", code="nothing_to_undo")
    effect: Undo[Any] = Undo(reference=followed.reference, output=followed.output)
    await undo(effect, replace(call, handle=followed.handle, send_by=None))
    return Passed(output=request.receipt())


def callable_of(
    operation: Operation | None, method: Callable[..., Awaitable[Any]]
) -> Callable[[Any, Call], Awaitable[Any]]:
    """How a port's method is called for a step."""
    if operation is None or not operation.is_undo:
        return method

    async def called(request: Any, call: Call) -> Any:
        return await take_back(method, request, call)

    return called
