"""What can happen to a checkout's pick of a provider for a route."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from msgspec.structs import replace

from unshackled.domain.checkout import Checkout, RouteAssignment
from unshackled.domain.events.event import Event


class RouteMoved(Event):
    """What was done at a provider of a route is taken back and done at another one.

    The provider is asked again only where no other is left.
    """

    type: ClassVar[str] = "route.moved.v1"
    route: str
    provider: str
    reason: str

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The pick is open again; who was left is remembered."""
        old = checkout.routes.get(self.route, RouteAssignment())
        left = tuple(dict.fromkeys((*old.left, self.provider)))
        standing = RouteAssignment(provider=None, left=left)
        return replace(checkout, routes={**checkout.routes, self.route: standing})
