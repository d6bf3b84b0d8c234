"""Server spans, metrics and the access line of each request, by OpenTelemetry's HTTP conventions.

No query, no header, no address of a client and no body is recorded. FastAPI's own telemetry would
record the query, so the application turns it off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextvars import Token
from time import perf_counter
from typing import Any, Final

from opentelemetry import context as otel
from opentelemetry.context import Context
from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, set_span_in_context

from unshackled.telemetry.checkout_trace import W3C, log_fields
from unshackled.telemetry.instruments import REQUESTS, REQUESTS_UNDER_WAY
from unshackled.telemetry.logs import Logger
from unshackled.telemetry.names import (
    ERROR,
    METHOD,
    PATH,
    PROTOCOL,
    ROUTE,
    SCHEME,
    STATUS,
)
from unshackled.telemetry.route import spoken_path, template_of

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Value = str | int | float

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Asked every few seconds by machines.
QUIET: Final = frozenset({"/livez", "/readyz", "/metrics"})
_NOTHING: Final = Context()


class TelemetryMiddleware:
    """Observes every HTTP request but those to `quiet` paths; the outermost layer of the app."""

    def __init__(
        self,
        app: App,
        *,
        tracer: Tracer,
        meter: Meter,
        logger: Logger,
        quiet: frozenset[str] = QUIET,
    ) -> None:
        self._app = app
        self._tracer = tracer
        self._logger = logger
        self._quiet = quiet
        self._duration = REQUESTS.histogram(meter)
        # Plain numbers, read when metrics are: two additions less on every request.
        self._active: Counter[tuple[str, str]] = Counter()
        REQUESTS_UNDER_WAY.observed(meter, self._observe_active)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; record how it ended."""
        if scope["type"] != "http" or scope["path"] in self._quiet:
            await self._app(scope, receive, send)
            return
        request = _Request(scope, self._tracer, send)
        self._active[request.kind] += 1
        error: BaseException | None = None
        try:
            await self._app(scope, receive, request.send)
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._active[request.kind] -= 1
            self._finish(request, error)

    def _observe_active(self, options: CallbackOptions) -> Iterable[Observation]:
        for (method, scheme), requests in list(self._active.items()):
            yield Observation(requests, {METHOD: method, SCHEME: scheme})

    def _finish(self, request: _Request, error: BaseException | None) -> None:
        seconds = perf_counter() - request.started
        facts = request.ending(error)
        self._duration.record(seconds, facts)
        status = request.status or 500
        write = self._logger.error if status >= 500 else self._logger.info
        write(
            "request",
            method=facts[METHOD],
            route=facts.get(ROUTE) or spoken_path(request.scope, None),
            status=request.status,
            ms=round(seconds * 1000, 1),
        )
        request.close(facts)


class _Request:
    """One request under way, current for everything below it."""

    __slots__ = ("_fields", "_send", "_span", "_token", "kind", "scope", "started", "status")

    def __init__(self, scope: Scope, tracer: Tracer, send: Send) -> None:
        method = scope["method"]
        self.scope = scope
        self.status: int | None = None
        self.started = perf_counter()
        self.kind = (method if method in METHODS else "_OTHER", scope.get("scheme", "http"))
        self._send = send
        parent = _parent(scope)
        self._span: Span = tracer.start_span(
            method if method in METHODS else "HTTP", parent, SpanKind.SERVER
        )
        self._token = otel.attach(set_span_in_context(self._span, parent))
        self._fields: Token[dict[str, object] | None] = log_fields.set({})

    async def send(self, message: Message) -> None:
        """Pass on, remembering the status."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

    def ending(self, error: BaseException | None) -> dict[str, Value]:
        """The attributes of the duration, known only at the end."""
        method, scheme = self.kind
        facts: dict[str, Value] = {
            METHOD: method,
            SCHEME: scheme,
            PROTOCOL: self.scope.get("http_version", "1.1"),
        }
        route = template_of(self.scope)
        if route is not None:
            facts[ROUTE] = route
        if self.status is not None:
            facts[STATUS] = self.status
        if error is not None:
            facts[ERROR] = type(error).__qualname__
        elif self.status is None or self.status >= 500:
            facts[ERROR] = str(self.status or "no_response")
        return facts

    def close(self, facts: dict[str, Value]) -> None:
        """End the span and make what was current before current again."""
        if self._span.is_recording():
            route = facts.get(ROUTE)
            self._span.set_attributes(facts)
            self._span.set_attribute(PATH, spoken_path(self.scope, template_of(self.scope)))
            if route is not None:
                self._span.update_name(f"{facts[METHOD]} {route}")
            if ERROR in facts:
                self._span.set_status(StatusCode.ERROR)
        self._span.end()
        log_fields.reset(self._fields)
        otel.detach(self._token)


def _parent(scope: Scope) -> Context:
    """The caller's trace by its `traceparent` header; nothing of the surroundings."""
    carrier = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in (b"traceparent", b"tracestate")
    }
    return W3C.extract(carrier, _NOTHING) if carrier else _NOTHING
