"""What an operator may do to a route or a provider, as pure changes of its settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from unshackled.domain.records import replace
from unshackled.flow.language.policy import WHOLE, Policy
from unshackled.store.side_tables.routing_settings import ProviderSettings, RouteSettings, Window

SMALLEST = 0.01


def split(
    policy: Policy, now: RouteSettings, shares: Mapping[str, float], wanted: Mapping[str, float]
) -> RouteSettings:
    """Move shares: the providers in `wanted` get these percents, the first one the rest.

    `shares` is what each has now. Raises `ValueError` naming what is wrong.
    """
    if policy.how != "split":
        raise ValueError(f"the route goes by {policy.how!r}: only a split has shares")
    for name, percent in wanted.items():
        if name not in policy.providers:
            raise ValueError(f"{name!r} is not on it: allowed are {', '.join(policy.providers)}")
        if not 0 <= percent <= WHOLE:
            raise ValueError(f"{name}: must be from 0 to 100 percent")
        if name in now.closed and percent > 0:
            raise ValueError(f"{name} was killed: restore it first")
    first = policy.providers[0]
    moved = {**shares, **wanted}
    others = sum(percent for name, percent in moved.items() if name != first)
    rest = WHOLE - others
    if rest < -SMALLEST:
        raise ValueError(f"the shares come to {others + wanted.get(first, 0):g}, above 100")
    if first in wanted and abs(wanted[first] - rest) > SMALLEST:
        raise ValueError(f"the shares come to {others + wanted[first]:g}, not to 100")
    return replace(now, weights={**moved, first: max(rest, 0.0)})


def kill(
    policy: Policy, now: RouteSettings, shares: Mapping[str, float], provider: str
) -> RouteSettings:
    """Close a provider on a route: its share goes to the first of the others that is open.

    Raises `ValueError` where no provider would be left.
    """
    if provider not in policy.providers:
        allowed = ", ".join(policy.providers)
        raise ValueError(f"{provider!r} is not on it: allowed are {allowed}")
    closed = tuple(dict.fromkeys((*now.closed, provider)))
    left = [name for name in policy.providers if name not in closed]
    if not left:
        raise ValueError(f"{provider} is the last one that is open: nobody would serve")
    if policy.how != "split":
        return replace(now, closed=closed)
    weights = {**shares, provider: 0.0}
    weights[left[0]] = weights.get(left[0], 0.0) + shares.get(provider, 0.0)
    return replace(now, weights=weights, closed=closed)


def restore(policy: Policy, now: RouteSettings, provider: str) -> RouteSettings:
    """Open a killed provider again; it has no share until it is given one."""
    if provider not in now.closed:
        allowed = ", ".join(now.closed) or "none"
        raise ValueError(f"{provider!r} was not killed: killed are {allowed}")
    return replace(now, closed=tuple(name for name in now.closed if name != provider))


def maintain(
    now: ProviderSettings, *, begins: datetime, ends: datetime, at: datetime
) -> ProviderSettings:
    """Add a window; those that are over are forgotten. Raises `ValueError` for one that is not."""
    if ends <= begins:
        raise ValueError("ends: must be after it begins")
    if ends <= at:
        raise ValueError("ends: is over already")
    kept = tuple(one for one in now.windows if one.ends > at)
    return replace(now, windows=(*kept, Window(begins=begins, ends=ends)))
