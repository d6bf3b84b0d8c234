"""The HTTP client that adapters use."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider

from unshackled import __version__
from unshackled.domain.clock import Clock
from unshackled.outbound.answer import SUCCESS, Answer, Owns, anyone, judged
from unshackled.outbound.call_failures import Shed, translated
from unshackled.outbound.deadline import current_deadline
from unshackled.outbound.encode import body_of, server_of, url_as_written, url_of
from unshackled.outbound.limits import Limits, Timeouts
from unshackled.outbound.marks import Marks
from unshackled.outbound.observe import Observer
from unshackled.outbound.request_trail import current_trail
from unshackled.outbound.throttle import Throttle
from unshackled.system_clock import SystemClock

if TYPE_CHECKING:
    from unshackled.outbound.http_transport import HttpTransport, Transport

# A request ends this much before its call, so that its own, more precise error is the one seen.
MARGIN_SECONDS: Final = 0.025
DEFAULT_HEADERS: Final = {
    "User-Agent": f"unshackled/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
}


class HttpClient:
    """HTTP to one provider: one connection pool, one error table, one deadline, its rate limit.

    `headers` go with every request. `transport` is `aiohttp` (the cheaper), `httpx`, or any
    `httpx.AsyncBaseTransport`. With `public_only`, which needs `aiohttp`, a host name that leads
    inside a network counts as unknown; a number in place of a name is the caller's to check.
    `marks` says where the vendor's answers have its code and its request id; `labels` say in spans
    and metrics whose requests these are.
    `owns` tells the provider's answers from those of whatever stands between.
    The libraries load and the pool opens with the first request.
    """

    def __init__(
        self,
        provider: str,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        timeouts: Timeouts | None = None,
        transport: Transport = "aiohttp",
        tls: ssl.SSLContext | None = None,
        clock: Clock | None = None,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        public_only: bool = False,
        marks: Marks | None = None,
        owns: Owns = anyone,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        host, port = server_of(base_url)
        self._provider = provider
        self._base_url = base_url
        self._headers = DEFAULT_HEADERS | dict(headers or {})
        self._limits = limits or Limits()
        self._timeouts = timeouts or Timeouts()
        self._transport = transport
        self._tls = tls
        self._clock = clock or SystemClock()
        self._throttle = Throttle(provider, self._clock)
        self._observer = Observer(host, port, tracer_provider, meter_provider, labels or {})
        self._public_only = public_only
        self._marks = marks or Marks()
        self._owns = owns
        self._wire: HttpTransport | None = None

    def __repr__(self) -> str:
        return f"HttpClient({self._provider!r})"

    @property
    def clock(self) -> Clock:
        """The clock that this client goes by."""
        return self._clock

    def believe(self, owns: Owns) -> None:
        """From now on errors count only in this form: that of the vendor's own answers."""
        self._owns = owns

    def owns(self, answer: Answer) -> bool:
        """Whether an answer has the vendor's own form."""
        return self._owns(answer)

    @property
    def provider(self) -> str:
        """The provider that it talks to, as errors name it."""
        return self._provider

    def admits(self) -> bool:
        """Whether a request would be sent now: not while the provider's rate limit is used up."""
        return self._throttle.admits()

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        form: Mapping[str, str] | None = None,
        content: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str | int] | None = None,
        as_written: bool = False,
        ok: Collection[int] = SUCCESS,
        expect: Collection[int] = (),
        owns: Owns | None = None,
    ) -> Answer:
        """Send one request to `path` below the base URL and return its complete answer.

        `expect` has the statuses that the caller reads as business answers. Any other status
        outside `ok`, and any failure on the way, raises `NotSent`, `InDoubt` or `Refused`. While
        the provider says that its rate limit is used up, nothing is sent: `Shed`, a `NotSent`.
        From 400 on a status that is not in the provider's own form is `InDoubt`; `owns` is that
        form where this path has another one.
        `path` is quoted, except what already is; a query goes into `params`. With `as_written` the
        path is a whole target, query included, that nothing is changed in. The body is one of
        `json`, `form` and `content`. Redirects are not followed.
        """
        self._throttle.take()
        url = self._url(path, params, as_written=as_written)
        body, kind = body_of(json, form, content)
        with self._observer.exchange(method) as exchange:
            sent = self._headers | kind | dict(headers or {}) | exchange.headers
            answer = await self._followed(method, url, sent, body)
            exchange.status = answer.status
            wait = self._throttle.learn(answer)
            return judged(answer, ok=ok, expect=expect, wait=wait, owns=owns or self._owns)

    async def warm(self) -> None:
        """Load the HTTP libraries now, off the event loop, not in the first request."""
        await asyncio.to_thread(_wire_type)

    async def aclose(self) -> None:
        """Close the connection pool; the next request opens it again."""
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.aclose()

    async def _followed(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """Send, and leave in the trail of the call what came of it."""
        trail = current_trail()
        if trail is None:
            return await self._send(method, url, headers, body)
        trail.sent(self._marks)
        trail.answer = answer = await self._send(method, url, headers, body)
        return answer

    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        within = self._remaining()
        phases = self._timeouts.phases(within)
        if self._wire is None:
            self._wire = _wire_type()(
                self._provider,
                self._transport,
                connections=self._limits.concurrency,
                tls=self._tls,
                public_only=self._public_only,
            )
        with translated(self._provider):
            return await self._wire.send(
                method, url, headers=headers, body=body, within=within, phases=phases
            )

    def _url(self, path: str, params: Mapping[str, str | int] | None, *, as_written: bool) -> str:
        if as_written and params is not None:
            raise ValueError("a target as written has its query in itself")
        if as_written:
            return url_as_written(self._base_url, path)
        return url_of(self._base_url, path, params)

    def _remaining(self) -> float:
        deadline = current_deadline()
        if deadline is None:
            return self._limits.timeout.total_seconds()
        remaining = deadline.remaining() - MARGIN_SECONDS
        if remaining <= 0:
            message = f"{self._provider}: no time left to send"
            raise Shed(message, provider=self._provider, reason="no_time")
        return remaining


def _wire_type() -> type[HttpTransport]:
    from unshackled.outbound.http_transport import HttpTransport

    return HttpTransport
