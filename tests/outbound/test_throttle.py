"""A backend's own words about its rate limit are understood and kept to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.outbound.fakes import FakeClock
from unshackled.errors import InDoubt, NotSent
from unshackled.outbound import HttpClient, Shed
from unshackled.outbound.answer import LONGEST_WAIT
from unshackled.outbound.throttle import LONGEST_HOLD, PREFIXES, asked_wait

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = st.integers(min_value=0, max_value=86_400)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def wait(status: int = 200, **headers: str) -> timedelta | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return asked_wait(status, httpx.Headers(named), NOW)


def epoch(at: datetime) -> str:
    return str(int(at.timestamp()))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"default";r=0;t=30', 30),
        ('"default";r=12;t=30', None),
        ('"burst";r=0;t=5, "daily";r=0;t=3600', 3600),
        ('"burst";r=0;t=5, "daily";r=90;t=3600', 5),
        ('"a,b;r=0;t=9";r=4;t=30', None),
        ('"a\\"b, c" ; r=0 ; t=30', 30),
        ('"default";r=0;pk=:cHsdsRa894==:;t=7', 7),
        ("default;r=00;t=30", 30),
        ('"default";r=0', None),
        ('"default";t=30', None),
        ('"default";r=-1;t=30', None),
        ('"default";r=0.5;t=30', None),
        ("limit=100, remaining=0, reset=50", None),
        ('"', None),
        ("", None),
    ],
)
def test_the_structured_field_tells_each_window(value: str, expected: int | None) -> None:
    """The longest of the windows that are used up counts; what is unclear does not."""
    assert wait(RateLimit=value) == (None if expected is None else seconds(expected))


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    ("reset", "expected"),
    [
        ("30", 30),
        ("1.5", 1.5),
        (epoch(NOW + seconds(40)), 40),
        (epoch(NOW + seconds(40)) + "000", 40),
        (format_datetime(NOW + seconds(50), usegmt=True), 50),
        ((NOW + seconds(50)).isoformat(), 50),
        (format_datetime(NOW - seconds(50), usegmt=True), 0),
        (epoch(NOW - seconds(50)), 0),
        ("soon", None),
        ("", None),
    ],
)
def test_vendors_pairs_tell_the_reset_in_their_own_ways(
    prefix: str, reset: str, expected: float | None
) -> None:
    """Seconds from now, of the epoch, or a date; only where nothing remains."""
    expected_wait = None if expected is None else seconds(expected)
    headers = {f"{prefix}Remaining": "0", f"{prefix}Reset": reset}
    assert asked_wait(200, httpx.Headers(headers), NOW) == expected_wait
    left = headers | {f"{prefix}Remaining": "3"}
    assert asked_wait(200, httpx.Headers(left), NOW) is None


def test_retry_after_goes_before_the_rest() -> None:
    """On 429 and 503; on any other status it is no word about a rate limit."""
    rest = {"RateLimit": '"default";r=0;t=30'}
    assert wait(429, Retry_After="7", **rest) == seconds(7)
    assert wait(503, Retry_After="7", **rest) == seconds(7)
    assert wait(200, Retry_After="7", **rest) == seconds(30)
    assert wait(302, Retry_After="7") is None


def test_a_429_needs_no_remaining() -> None:
    """A reset beside it says when to come again."""
    assert wait(429, X_RateLimit_Reset="9") == seconds(9)
    assert wait(200, X_RateLimit_Reset="9") is None


@given(status=st.sampled_from([200, 429, 503]), text=st.text(), other=st.text())
def test_no_header_breaks_it(status: int, text: str, other: str) -> None:
    """Whatever a backend writes, there is a wait from 0 to a day, or none."""
    headers = {
        "RateLimit": text,
        "Retry-After": other,
        "RateLimit-Remaining": other,
        "RateLimit-Reset": text,
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": other,
    }
    found = asked_wait(status, headers, NOW)
    assert found is None or timedelta(0) <= found <= LONGEST_WAIT


@given(waits=st.lists(SECONDS, min_size=1, max_size=4))
def test_the_longest_used_up_window_counts(waits: list[int]) -> None:
    """However many there are."""
    field = ", ".join(f'"w{number}";r=0;t={one}' for number, one in enumerate(waits))
    assert wait(RateLimit=field) == seconds(max(waits))


def client(clock: FakeClock, *answers: httpx.Response) -> tuple[HttpClient, list[str]]:
    """A client whose backend gives these answers, the last one for ever; and what it was sent."""
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path)
        return answers[min(len(sent), len(answers)) - 1]

    transport = httpx.MockTransport(answer)
    return HttpClient("acme", "https://acme.example", transport=transport, clock=clock), sent


async def test_what_is_used_up_is_not_asked_for() -> None:
    """The answer counts, the next calls are shed unsent until the reset, then all is as before."""
    clock = FakeClock()
    used_up = httpx.Response(200, headers={"RateLimit": '"default";r=0;t=30'}, json={})
    http, sent = client(clock, used_up, httpx.Response(200, json={}))
    await http.request("GET", "/a")
    clock.advance(10)
    with pytest.raises(Shed) as shed:
        await http.request("GET", "/b")
    assert shed.value.retry_after == seconds(20)
    clock.advance(20)
    await http.request("GET", "/c")
    assert sent == ["/a", "/c"]


async def test_a_refusal_for_now_holds_for_every_call() -> None:
    """After 429 the next call waits; a 503 stays in doubt and asks for the same."""
    clock = FakeClock()
    too_many = httpx.Response(429, headers={"Retry-After": "5"})
    away = httpx.Response(503, headers={"Retry-After": "3"})
    http, sent = client(clock, too_many, away, httpx.Response(200, json={}))
    with pytest.raises(NotSent):
        await http.request("GET", "/a")
    with pytest.raises(Shed):
        await http.request("GET", "/shed")
    clock.advance(5)
    with pytest.raises(InDoubt):
        await http.request("GET", "/b")
    with pytest.raises(Shed):
        await http.request("GET", "/shed")
    clock.advance(3)
    assert (await http.request("GET", "/c")).status == 200
    assert sent == ["/a", "/b", "/c"]


async def test_a_429_says_when_to_come_again() -> None:
    """By whatever header it said so."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9"}
    http, _ = client(FakeClock(), httpx.Response(429, headers=headers))
    with pytest.raises(NotSent) as refused:
        await http.request("GET", "/a")
    assert refused.value.retry_after == seconds(9)


async def test_a_hold_ends_after_minutes() -> None:
    """A backend that asks for a day is asked again after minutes: it may be wrong."""
    clock = FakeClock()
    http, sent = client(
        clock, httpx.Response(429, headers={"Retry-After": "86400"}), httpx.Response(200, json={})
    )
    with pytest.raises(NotSent) as refused:
        await http.request("GET", "/a")
    assert refused.value.retry_after == LONGEST_WAIT
    clock.advance(LONGEST_HOLD.total_seconds())
    await http.request("GET", "/b")
    assert sent == ["/a", "/b"]
