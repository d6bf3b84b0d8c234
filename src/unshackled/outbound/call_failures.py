"""The one error table of outgoing HTTP: which failure proves that nothing was sent.

`NotSent` needs proof: only failures before the first byte of a request could leave are listed
as such. Every other failure, an unknown one too, is `InDoubt`. The keys are class names, so
that this module imports no HTTP library; a class that is not listed counts as its nearest
listed base.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from unshackled.errors import InDoubt, NotSent, ProviderError

Verdict = type[NotSent] | type[InDoubt]

HTTPX: Final[Mapping[str, Verdict]] = {
    "ConnectTimeout": NotSent,
    "ConnectError": NotSent,  # DNS, refused, unreachable, TLS
    "PoolTimeout": NotSent,
    "ProxyError": NotSent,  # the proxy refused the tunnel
    "UnsupportedProtocol": NotSent,
    "InvalidURL": NotSent,
    "ReadTimeout": InDoubt,
    "WriteTimeout": InDoubt,
    "TimeoutException": InDoubt,
    "ReadError": InDoubt,
    "WriteError": InDoubt,
    "CloseError": InDoubt,
    "NetworkError": InDoubt,
    "LocalProtocolError": InDoubt,  # may come after the first bytes
    "RemoteProtocolError": InDoubt,  # truncated, garbled, or closed without an answer
    "ProtocolError": InDoubt,
    "DecodingError": InDoubt,
    "TransportError": InDoubt,
}
AIOHTTP: Final[Mapping[str, Verdict]] = {
    "ClientConnectorError": NotSent,  # DNS, refused, unreachable, TLS
    "ClientConnectorCertificateError": NotSent,
    "ConnectionTimeoutError": NotSent,  # pool and connect
    "NonHttpUrlClientError": NotSent,
    "InvalidUrlClientError": NotSent,
    "ClientError": InDoubt,
}
TABLE: Final[Mapping[str, Verdict]] = {**HTTPX, **AIOHTTP}


# What happened, in our words, by the class of the failure or of its nearest cause.
REASONS: Final[Mapping[str, str]] = {
    "ClientConnectorDNSError": "dns",
    "gaierror": "dns",
    "ClientSSLError": "tls",
    "SSLError": "tls",
    "CertificateError": "tls",
    "ConnectionRefusedError": "connection_refused",
    "ConnectionTimeoutError": "connect_timeout",
    "PoolTimeout": "pool_timeout",
    "ServerTimeoutError": "timeout",
    "ServerDisconnectedError": "connection_lost",
    "ClientPayloadError": "connection_lost",
    "ClientOSError": "connection_lost",
    "DecodingError": "malformed",
    "TooLarge": "too_large",
    "ConnectTimeout": "connect_timeout",
    "ConnectError": "no_connection",
    "TimeoutException": "timeout",
    "TimeoutError": "timeout",
    "TransportError": "connection_lost",
}


class Shed(NotSent):
    """We turned the call away ourselves: it says nothing about the health of the backend."""


def verdict(error: BaseException) -> Verdict:
    """Judge a failure by its class and its causes: `NotSent` only where all agree.

    The causes count because httpx-aiohttp raises `ConnectTimeout` for every
    `aiohttp.ClientConnectionError`, a server that hangs up on a sent request included.
    """
    known = [found for found in map(_listed, _chain(error)) if found is not None]
    return NotSent if known and all(found is NotSent for found in known) else InDoubt


def kind_of(error: BaseException) -> str:
    """The class name of the innermost listed cause: the nearest to what happened."""
    listed = [cause for cause in _chain(error) if _listed(cause) is not None]
    return type(listed[-1] if listed else error).__name__


def reason_of(error: BaseException) -> str:
    """Why a request failed, in our words: by what is nearest to what happened."""
    causes = list(reversed(list(_chain(error))))
    found = [REASONS[name] for cause in causes for name in _names(cause) if name in REASONS]
    unnamed = "no_connection" if verdict(error) is NotSent else "broken"
    return found[0] if found else unnamed


def _names(error: BaseException) -> Iterator[str]:
    return (kind.__name__ for kind in type(error).__mro__)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__


def _listed(error: BaseException) -> Verdict | None:
    return next((TABLE[name] for name in _names(error) if name in TABLE), None)


@contextmanager
def translated(provider: str) -> Iterator[None]:
    """Turn whatever sending a request raises into `NotSent` or `InDoubt`."""
    try:
        yield
    except ProviderError:
        raise
    except Exception as error:  # noqa: BLE001
        message = f"{provider}: {kind_of(error)}"
        # Not chained: the libraries write whole URLs, queries included, into their messages.
        raise verdict(error)(message, provider=provider, reason=reason_of(error)) from None
