"""How large a checkout may grow: no snapshot is larger than `bounds.SNAPSHOT`.

What customers send is refused first, so that there is room for what providers answer. An answer
that finds none after all is not kept: a person learns of it, and the effect stands in doubt. The
rest of the room is for what is never refused: ends, undos and the history of both.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import orjson

from unshackled.domain import bounds
from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode, json_of
from unshackled.domain.decline_details import bounded_details
from unshackled.domain.records import replace
from unshackled.domain.runs import RunView
from unshackled.errors import InDoubt, ProviderError
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.engine.runs.run_views import whole_of
from unshackled.flow.plan.plan import Plan, PlannedStep
from unshackled.ports.outcome import (
    Declined,
    Found,
    NotUndone,
    Passed,
    Pending,
    Redirect,
    Undelivered,
)
from unshackled.store import snapshot

ROOM: Final = bounds.SNAPSHOT * 3 // 4
# With what providers answer, and with the requests of calls under way.
FULL: Final = bounds.SNAPSHOT * 7 // 8
# What a problem says of an answer, or of a request, for which there is no room.
NO_ROOM: Final = "no_room"
# An output, and an address that a customer is sent to.
OUTPUT: Final = 32 * 1024
ADDRESS: Final = 8 * 1024
# A checkout this young, of inputs this short, or with so little in it, is far from the bound: it is
# not measured.
YOUNG: Final = 40
SHORT: Final = 4 * 1024
LITTLE: Final = 64 * 1024
GROWING: Final = (c.Submit, c.ChangePackage, c.OpenCase)


def require_room(
    checkout: Checkout | None, command: c.Command | None, plan: Plan | None = None
) -> None:
    """Refuse what would make a checkout too large; it can still be completed or canceled.

    Raises `Rejected`.
    """
    if checkout is None:
        return
    if isinstance(command, c.Resolve) and command.output is not None:
        _require(checkout, FULL, _copies(plan, checkout) if plan is not None else 0)
    if not isinstance(command, GROWING):
        return
    long = isinstance(command, c.Submit) and len(orjson.dumps(command.body)) > SHORT
    if checkout.version < YOUNG and not long:
        return
    _require(checkout, ROOM)


def _require(checkout: Checkout, most: int, copies: int = 0) -> None:
    if size_of(checkout) + copies > most:
        raise Rejected(
            "payload_too_large",
            f"with this the checkout would have more than {most} bytes: complete or cancel it",
        )


def size_of(checkout: Checkout) -> int:
    """The bytes of its snapshot, with all of its cases."""
    return sum(map(len, snapshot.dump(whole_of(checkout))))


def has_room(plan: Plan, checkout: Checkout, more: object, step: PlannedStep | None = None) -> bool:
    """Whether JSON data fits: the request of a call, or what the call of a step answered.

    What can be undone counts twice, since an undo keeps a copy of what it takes back.
    """
    size = len(orjson.dumps(more)) * (2 if step is not None and step.undo is not None else 1)
    if checkout.version < YOUNG and 2 * _held(checkout) + size <= LITTLE:
        return True
    return size_of(checkout) + _copies(plan, checkout) + size <= FULL


def _held(checkout: Checkout) -> int:
    """The bytes of all in it that customers and providers gave: quick to tell."""
    if checkout.runs or isinstance(checkout, RunView):
        return LITTLE  # what cases have is measured
    private, steps = checkout.private, checkout.steps.values()
    data = (private.inputs, private.offers, private.outputs, private.requests, private.undos)
    papers = len(json_of(private.documents))
    return papers + len(orjson.dumps([*data, *(state.output for state in steps)]))


def _copies(plan: Plan, checkout: Checkout) -> int:
    """The bytes of what undos would keep of what may have to be taken back: no order stands yet."""
    if checkout.completed_at is not None:
        return 0
    undoable = (step.name for step in plan.steps.values() if step.undo is not None)
    return sum(len(orjson.dumps(checkout.output(name))) for name in undoable)


def stored_form(result: Found[Any]) -> object:
    """What of an answer is kept, as JSON data."""
    if isinstance(result, Passed):
        return None if result.output is None else encode(result.output)
    if isinstance(result, Declined):
        return None if result.details is None else encode(result.details)
    if isinstance(result, Redirect):
        return [result.url, result.handle]
    return result.handle if isinstance(result, Pending) else None


def bounded(result: Found[Any] | ProviderError, provider: str) -> Found[Any] | ProviderError:
    """What a provider said, if it is of a size that can be kept: else it is as good as unreadable.

    A code is cut; what must be kept whole (a handle, an address, an output) cannot be.
    """
    if isinstance(result, Declined):
        details = bounded_details(result.details)
        return replace(result, code=result.code[: bounds.longest("code")], details=details)
    handle = result.handle if isinstance(result, Pending | Redirect) else None
    if handle is not None and len(handle) > bounds.longest("handle"):
        return InDoubt("the handle is too long", provider=provider)
    if isinstance(result, Redirect) and len(result.url) > ADDRESS:
        return InDoubt("the address is too long", provider=provider)
    if isinstance(result, Passed) and _is_large(result.output):
        return InDoubt("the output is too large", provider=provider)
    return result


def bounded_notice(
    outcome: Found[Any] | NotUndone | Undelivered, provider: str
) -> Found[Any] | NotUndone | Undelivered:
    """A provider's notice, if it can be kept: else it is a hint to ask."""
    if isinstance(outcome, NotUndone):
        return replace(outcome, output=None) if _is_large(outcome.output) else outcome
    if isinstance(outcome, Undelivered):
        return outcome
    result = bounded(outcome, provider)
    return Pending(poll_after=timedelta(0)) if isinstance(result, ProviderError) else result


def _is_large(output: object) -> bool:
    return output is not None and len(json_of(output)) > OUTPUT
