"""The error table: complete, and pessimistic."""

from __future__ import annotations

from collections.abc import Iterator

import aiohttp
import httpx
import pytest

from unshackled.errors import InDoubt, NotSent, Refused
from unshackled.outbound.call_failures import AIOHTTP, HTTPX, TABLE, kind_of, translated, verdict


def family(root: type[BaseException]) -> Iterator[type[BaseException]]:
    """A class and everything below it that its library defines."""
    yield root
    for child in root.__subclasses__():
        if child.__module__.partition(".")[0] == root.__module__.partition(".")[0]:
            yield from family(child)


def test_every_transport_error_of_httpx_is_listed() -> None:
    """A new httpx that adds a transport error fails here, before it surprises a checkout."""
    assert set() == {kind.__name__ for kind in family(httpx.TransportError)} - HTTPX.keys()


def test_every_listed_name_exists_in_its_library() -> None:
    """The table holds names, so a misspelt or vanished one would never be found."""
    assert [name for name in HTTPX if not hasattr(httpx, name)] == []
    assert [name for name in AIOHTTP if not hasattr(aiohttp, name)] == []


def test_only_connection_errors_of_aiohttp_are_not_sent() -> None:
    """Of all client errors of aiohttp only those before the first byte prove anything."""
    not_sent = {
        kind.__name__
        for kind in family(aiohttp.ClientError)
        if verdict(kind.__new__(kind)) is NotSent
    }
    assert not_sent == {
        "ClientSSLError",
        "ClientConnectorError",
        "ClientConnectorDNSError",
        "ClientConnectorSSLError",
        "ClientConnectorCertificateError",
        "ClientProxyConnectionError",
        "UnixClientConnectorError",
        "ConnectionTimeoutError",
        "InvalidURL",
        "InvalidUrlClientError",
        "InvalidUrlRedirectClientError",
        "NonHttpUrlClientError",
        "NonHttpUrlRedirectClientError",
    }


def test_a_cause_that_is_in_doubt_overrules() -> None:
    """httpx-aiohttp calls a server that hung up a connect timeout; its cause tells the truth."""
    error = httpx.ConnectTimeout("")
    error.__cause__ = aiohttp.ServerDisconnectedError()
    assert verdict(error) is InDoubt
    assert kind_of(error) == "ServerDisconnectedError"


@pytest.mark.parametrize("error", [OSError(), TimeoutError(), KeyError("x"), RuntimeError()])
def test_an_unknown_failure_is_in_doubt(error: Exception) -> None:
    """What nobody listed proves nothing."""
    with pytest.raises(InDoubt), translated("acme"):
        raise error


def test_the_message_names_provider_and_kind_and_hides_the_rest() -> None:
    """Library messages quote whole URLs, so neither text nor traceback may carry them."""
    with pytest.raises(NotSent) as raised, translated("acme"):
        raise httpx.ConnectError("to http://host/?email=ann@example.com")
    assert str(raised.value) == "acme: ConnectError"
    assert raised.value.__suppress_context__


def test_our_own_errors_pass_unchanged() -> None:
    """What is already judged is not judged again."""
    with pytest.raises(Refused), translated("acme"):
        raise Refused("acme: status 400", code="400")


def test_the_table_knows_two_verdicts_only() -> None:
    """A failure on the way is never a refusal: nobody understood the request."""
    assert set(TABLE.values()) == {NotSent, InDoubt}
