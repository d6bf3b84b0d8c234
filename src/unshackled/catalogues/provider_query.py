"""A query that belongs to no checkout: put to each provider of a policy until one answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from unshackled.domain.clock import Clock
from unshackled.errors import NotSent, ProviderError
from unshackled.flow.engine.route_choice import RouteRequest
from unshackled.flow.language.spec import Retailer
from unshackled.flow.runtime.backend_port import Backends
from unshackled.ports.call_context import Call
from unshackled.ports.outcome import Outcome, Passed
from unshackled.telemetry import Where, get_logger, problem_of, tell_problem

T = TypeVar("T")
log = get_logger(__name__)


async def first_answer(
    backends: Backends,
    clock: Clock,
    retailer: Retailer,
    ask: RouteRequest,
    request: object,
    *,
    read: Callable[[str, Passed[Any]], T],
) -> T:
    """What `read` makes of the first answer, given the provider's name.

    Operators are told of each provider that fails. Raises the last one's `ProviderError`.
    """

    def served(provider: str, outcome: Outcome[Any]) -> T:
        if not isinstance(outcome, Passed):
            capability = ask.operation.partition(".")[0]
            raise NotSent(f"the {capability} was not to be had", provider=provider)
        return read(provider, outcome)

    return await first_outcome(backends, clock, retailer, ask, request, read=served)


async def first_outcome(
    backends: Backends,
    clock: Clock,
    retailer: Retailer,
    ask: RouteRequest,
    request: object,
    *,
    read: Callable[[str, Outcome[Any]], T],
) -> T:
    """As `first_answer`, where a business "no" is an answer too.

    `read` raises a `ProviderError` for what the next provider is to be asked about.
    """
    capability = ask.operation.partition(".")[0]
    last: ProviderError = NotSent(
        f"{ask.retailer}: nobody who serves the {capability} can be asked now"
    )
    for pick in backends.picks(ask):
        try:
            outcome = await backends.perform(
                ask.retailer, pick.provider, ask.operation, request, _call(retailer, ask)
            )
            return read(pick.provider, outcome)
        except ProviderError as error:
            last = error
            problem = problem_of(
                error, at=clock.now(), provider=pick.provider, operation=ask.operation
            )
            tell_problem(log, None, Where(account=ask.retailer), problem)
    raise last


def _call(retailer: Retailer, ask: RouteRequest) -> Call:
    return Call(
        reference=f"{ask.operation.partition('.')[0]}-{retailer.id}",
        checkout="",
        currency=retailer.currency,
        locale=retailer.locale,
        time_zone=retailer.time_zone,
        callback_url="",
        return_url="",
        route=ask.policy.route or None,
    )
