"""Routes that are seldom called: their modules and models load with the first request for them.

The request that comes first waits for it, 20 to 60 ms of CPU; which paths, methods and documents
there are stays the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from fastapi import Depends, FastAPI
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from unshackled.http.context import ApiContext
from unshackled.http.parameters import refuse_unknown

Install = Callable[[FastAPI, ApiContext], None]


class LateResource:
    """Stands for a resource whose paths all begin with `path`; `load` imports its `install`.

    With a `part` they have that in them too, e.g. `/documents` of one checkout. What is wanted
    `soon` is loaded beside the first requests: see `load_soon`.
    """

    def __init__(
        self,
        path: str | tuple[str, ...],
        load: Callable[[], Install],
        *,
        part: str = "",
        soon: bool = False,
    ) -> None:
        self._path = path
        self._part = part
        self._load = load
        self._soon = soon

    def install(self, app: FastAPI, context: ApiContext) -> None:
        """Add one route, which hands on to those of the resource."""
        late = _LateRoutes(self._path, self._part, lambda: self._routes(context), soon=self._soon)
        app.router.routes.append(late)

    def _routes(self, context: ApiContext) -> Sequence[BaseRoute]:
        apart = FastAPI(openapi_url=None, dependencies=[Depends(refuse_unknown)])
        self._load()(apart, context)
        return apart.routes


class _LateRoutes(BaseRoute):
    def __init__(
        self,
        path: str | tuple[str, ...],
        part: str,
        build: Callable[[], Sequence[BaseRoute]],
        *,
        soon: bool,
    ) -> None:
        self.soon = soon
        self._path = path
        self._part = part
        self._build = build

    @cached_property
    def routes(self) -> Sequence[BaseRoute]:
        """The routes of the resource, in its order."""
        return self._build()

    def stands_for(self, path: str) -> bool:
        """Whether the path can be one of these routes'."""
        return path.startswith(self._path) and self._part in path

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The match of the route that a router would choose; `route` in the scope names it."""
        best: tuple[Match, Scope] = (Match.NONE, {})
        if scope["type"] != "http" or not self.stands_for(scope["path"]):
            return best
        for route in self.routes:
            match, child = route.matches(scope)
            if match is Match.FULL:
                return match, child
            if best[0] is Match.NONE:
                best = match, child
        return best

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let that route answer."""
        await scope["route"].handle(scope, receive, send)


def routes_of(app: FastAPI, path: str | None = None) -> Iterator[BaseRoute]:
    """Every route, those that are not yet loaded too; with a path, no others than may match it."""
    for route in app.routes:
        if not isinstance(route, _LateRoutes):
            yield route
        elif path is None or route.stands_for(path):
            yield from route.routes


def load_soon(app: FastAPI) -> None:
    """Load what somebody will want a moment after the start; takes 50 ms of CPU, once."""
    for route in app.routes:
        if isinstance(route, _LateRoutes) and route.soon:
            _ = route.routes
