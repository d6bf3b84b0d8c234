"""What an adapter gets from `HttpClient`: answers, errors by status, safe requests."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import httpx
import pytest
import respx

from tests.outbound.fakes import FakeClock
from unshackled.errors import InDoubt, NotSent, ProviderError, Refused
from unshackled.outbound import Deadline, HttpClient, Shed, until

BASE = "https://acme.example/api"


@pytest.fixture
def backend() -> respx.MockRouter:
    return respx.MockRouter(assert_all_called=False)


@pytest.fixture
def client(backend: respx.MockRouter) -> HttpClient:
    transport = httpx.MockTransport(backend.async_handler)
    return HttpClient("acme", BASE, transport=transport, clock=FakeClock())


async def test_respx_sees_through_the_httpx_transport(respx_mock: respx.MockRouter) -> None:
    """With httpx's own transport a test needs nothing but respx."""
    respx_mock.get(f"{BASE}/ping").respond(json={"up": True})
    client = HttpClient("acme", BASE, transport="httpx")
    assert (await client.request("GET", "/ping")).json() == {"up": True}
    await client.aclose()


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_success_is_an_answer(
    client: HttpClient, backend: respx.MockRouter, status: int
) -> None:
    """Any 2xx is returned with headers, body and text."""
    backend.post(f"{BASE}/charges").respond(status, headers={"Location": "/c/1"}, text="né")
    answer = await client.request("POST", "/charges", json={"amount_minor": 4900})
    assert (status, "/c/1", "né") == (answer.status, answer.headers["location"], answer.text)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((status, Refused) for status in (400, 401, 402, 403, 404, 405, 410, 413, 415, 422, 451)),
        *((status, NotSent) for status in (421, 425, 429)),
        *((status, InDoubt) for status in (302, 304, 500, 502, 503, 504, 599)),
        *((status, InDoubt) for status in (408, 409, 419, 423, 424, 444, 460, 494, 499)),
    ],
)
async def test_status_decides_the_error(
    client: HttpClient, backend: respx.MockRouter, status: int, error: type[ProviderError]
) -> None:
    """What proves that nothing was done, what refuses, and all else in doubt; without bodies."""
    backend.post(f"{BASE}/charges").respond(status, text="ann@example.com")
    with pytest.raises(error) as raised:
        await client.request("POST", "/charges", json={})
    assert str(raised.value) == f"acme: status {status}"


async def test_refusal_carries_its_status_as_code(
    client: HttpClient, backend: respx.MockRouter
) -> None:
    """The code of a refusal is what operators look up."""
    backend.get(f"{BASE}/x").respond(403)
    with pytest.raises(Refused) as raised:
        await client.request("GET", "/x")
    assert raised.value.code == "403"


@pytest.mark.parametrize("expect", [(), (403, 404, 500)])
@pytest.mark.parametrize(
    ("status", "error"), [(403, InDoubt), (404, InDoubt), (500, InDoubt), (425, NotSent)]
)
async def test_a_status_counts_only_in_the_vendors_form(
    client: HttpClient,
    backend: respx.MockRouter,
    expect: tuple[int, ...],
    status: int,
    error: type[ProviderError],
) -> None:
    """Somebody else's 404 proves nothing, expected or not; what is turned away needs no form."""
    client.believe(lambda answer: b"acme" in answer.body)
    backend.get(f"{BASE}/x").respond(status, text="<html>Not found</html>")
    with pytest.raises(error):
        await client.request("GET", "/x", expect=expect)


async def test_a_path_may_have_another_form(client: HttpClient, backend: respx.MockRouter) -> None:
    """A request names the form of its own path, which goes before the provider's."""
    client.believe(lambda _: False)
    backend.get(f"{BASE}/token").respond(401, json={"error": "invalid_client"})
    with pytest.raises(Refused):
        await client.request("GET", "/token", owns=lambda answer: answer.status == 401)


async def test_expected_status_is_an_answer(client: HttpClient, backend: respx.MockRouter) -> None:
    """A 4xx that the mapping knows as a business no comes back as a value."""
    backend.post(f"{BASE}/charges").respond(402, json={"decline": "insufficient_funds"})
    answer = await client.request("POST", "/charges", json={}, expect={402})
    assert answer.json()["decline"] == "insufficient_funds"


async def test_success_that_nobody_asked_for_is_in_doubt(
    client: HttpClient, backend: respx.MockRouter
) -> None:
    """Where only 201 means done, a 200 says nothing we understand."""
    backend.post(f"{BASE}/charges").respond(200)
    with pytest.raises(InDoubt):
        await client.request("POST", "/charges", ok={201})


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("7", timedelta(seconds=7)),
        ("Thu, 01 Jan 2026 00:00:30 GMT", timedelta(seconds=30)),
        ("Wed, 31 Dec 2025 23:00:00 GMT", timedelta(0)),
        ("9" * 400, timedelta(days=1)),
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
)
async def test_retry_after_is_read(
    client: HttpClient, backend: respx.MockRouter, value: str, wait: timedelta | None
) -> None:
    """Seconds and dates count, nonsense does not, and nothing waits longer than a day."""
    backend.get(f"{BASE}/x").respond(429, headers={"Retry-After": value})
    with pytest.raises(NotSent) as raised:
        await client.request("GET", "/x")
    assert raised.value.retry_after == wait


@pytest.mark.parametrize("body", ["", "{", "<html>", '{"a": NaN}', "\xff"])
async def test_malformed_json_is_in_doubt_and_not_quoted(
    client: HttpClient, backend: respx.MockRouter, body: str
) -> None:
    """An answer that cannot be read proves nothing, and its text stays out of the error."""
    backend.get(f"{BASE}/x").respond(200, content=body.encode("latin-1"))
    answer = await client.request("GET", "/x")
    with pytest.raises(InDoubt) as raised:
        answer.json()
    assert str(raised.value) == "acme: malformed answer to status 200: not JSON"
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("https://evil.example/x", "/api/https://evil.example/x"),
        ("//evil.example/x", "/api/evil.example/x"),
        ("/customers/a b?admin=1#top", "/api/customers/a%20b%3Fadmin=1%23top"),
        ("/customers/a%2Fb", "/api/customers/a%2Fb"),
    ],
)
async def test_a_path_neither_leaves_the_host_nor_adds_a_query(
    client: HttpClient, backend: respx.MockRouter, path: str, sent: str
) -> None:
    """Whatever a customer typed, the request goes below the base URL."""
    route = backend.route().respond(200)
    await client.request("GET", path)
    url = route.calls.last.request.url
    assert (url.host, url.raw_path.decode()) == ("acme.example", sent)


async def test_params_form_and_headers_are_sent(
    client: HttpClient, backend: respx.MockRouter
) -> None:
    """A form is encoded as such, and a request's own headers win."""
    route = backend.post(f"{BASE}/x").respond(200)
    await client.request(
        "POST", "x", params={"q": "a&b"}, form={"n": "é+"}, headers={"Accept": "text/xml"}
    )
    request = route.calls.last.request
    assert request.url.query == b"q=a%26b"
    assert request.content == b"n=%C3%A9%2B"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["accept"] == "text/xml"


async def test_two_bodies_are_a_mistake(client: HttpClient) -> None:
    """A request has one body."""
    with pytest.raises(ValueError, match="one body"):
        await client.request("POST", "/x", json={}, content="x")


@pytest.mark.parametrize(
    "base", ["acme.example", "ftp://acme.example", "https://user:pass@acme.example", "https://"]
)
def test_a_bad_base_url_is_refused_at_once(base: str) -> None:
    """Settings are checked when the provider is built; credentials do not belong in a URL."""
    with pytest.raises(ValueError, match="base_url"):
        HttpClient("acme", base)


async def test_nothing_is_sent_after_the_deadline(
    client: HttpClient, backend: respx.MockRouter
) -> None:
    """A call whose time is over sends no further request."""
    route = backend.get(f"{BASE}/x").respond(200)
    clock = FakeClock()
    with until(Deadline.after(timedelta(seconds=1), clock)):
        await client.request("GET", "/x")
        clock.advance(1)
        with pytest.raises(Shed):
            await client.request("GET", "/x")
    assert route.call_count == 1


def test_the_name_hides_the_secrets() -> None:
    """A client in a log line or traceback shows its provider only."""
    client = HttpClient("acme", BASE, headers={"Authorization": "Bearer s3cret"})
    assert repr(client) == "HttpClient('acme')"


def test_importing_outbound_loads_no_http_library() -> None:
    """Start-up does without them; the first request or `warm` loads them."""
    check = (
        "import sys, unshackled.outbound; print({'httpx', 'aiohttp', 'tenacity'} & {*sys.modules})"
    )
    out = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


async def test_warm_loads_the_libraries(client: HttpClient) -> None:
    """After `warm` the first request has nothing left to import."""
    await client.warm()
    assert {"httpx", "aiohttp", "unshackled.outbound.http_transport"} <= sys.modules.keys()
