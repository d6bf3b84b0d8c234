"""The rules: who gets what, how long to wait, what is allowed, what a signature is."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from datetime import UTC, datetime, timedelta, timezone
from random import Random

import httpx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from yarl import URL

from unshackled.events.webhooks import delivery_rules as rules
from unshackled.events.webhooks.urls import target_of, wrong_url
from unshackled.events.webhooks.webhook_message import headers_of, secret_of
from unshackled.store.side_tables.deliveries import Reply

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("types", "event", "wanted"),
    [
        ((), "step.passed.v1", True),
        (("step.passed.v1",), "step.passed.v1", True),
        (("step.passed.v1",), "step.passed.v2", False),
        (("step.*",), "step.passed.v1", True),
        (("step.*",), "steps.passed.v1", False),
        (("checkout.*", "step.declined.v1"), "step.passed.v1", False),
    ],
)
def test_who_gets_what(types: tuple[str, ...], event: str, wanted: bool) -> None:
    """No types are all; else a type or its group must be named."""
    assert rules.wants(types, event) is wanted


@given(st.integers(min_value=1, max_value=50), st.integers())
def test_waits_grow_for_days_then_end(attempts: int, seed: int) -> None:
    """Each wait is that of the table, up to a tenth longer; after the last there is none."""
    wait = rules.wait_after(attempts, Random(seed))
    if attempts >= len(rules.WAITS):
        assert wait is None
    else:
        assert wait is not None
        assert rules.WAITS[attempts] <= wait <= rules.WAITS[attempts] * 1.1


def test_the_schedule_spans_days() -> None:
    """Ten attempts over more than three days, but less than it takes to disable."""
    assert timedelta(days=3) < sum(rules.WAITS, timedelta(0)) < rules.DISABLE_AFTER


@given(st.integers(min_value=1, max_value=10_000), st.integers())
def test_holds_are_bounded(failures: int, seed: int) -> None:
    """The first failure is probed at once; no hold of ours exceeds five minutes and a bit."""
    hold = rules.hold_after(failures, Reply(status=500), Random(seed))
    assert timedelta(0) <= hold <= rules.HOLD.maximum * 1.1
    assert (hold == timedelta(0)) is (failures == 1)


@pytest.mark.parametrize(
    ("reply", "asked"),
    [
        (Reply(status=429, retry_after=60.0), timedelta(seconds=60)),
        (Reply(status=503, retry_after=1e12), DAY),
        (Reply(status=503, retry_after=-5.0), timedelta(0)),
        (Reply(status=400, retry_after=60.0), timedelta(0)),
        (Reply(error="ReadTimeout"), timedelta(0)),
    ],
)
def test_what_a_busy_server_asks_for(reply: Reply, asked: timedelta) -> None:
    """Only a server that says it is busy decides when, and for a day at most."""
    assert rules.asked_for(reply) == asked


@pytest.mark.parametrize("status", [*range(100, 600, 7), 200, 204, 299, 300, 410, None])
def test_only_2xx_is_success(status: int | None) -> None:
    """A redirect is none, and no answer is none."""
    assert rules.succeeded(Reply(status=status)) is (status is not None and status // 100 == 2)


def test_when_to_disable() -> None:
    """After five days of nothing, not a moment sooner."""
    assert not rules.given_up(None, NOW)
    assert not rules.given_up(NOW - 5 * DAY + timedelta(seconds=1), NOW)
    assert rules.given_up(NOW - 5 * DAY, NOW)


@given(st.binary(min_size=24, max_size=64), st.text("abc_-0123", min_size=1), st.text())
def test_signatures_are_the_standard_s(entropy: bytes, name: str, text: str) -> None:
    """For any secret, id and body: the standard's HMAC, and the public library verifies it."""
    secret, body = secret_of(entropy), text.encode()
    zone = timezone(timedelta(hours=2))
    signed = f"{name}.{int(NOW.timestamp())}.".encode() + body
    expected = b64encode(hmac.new(entropy, signed, hashlib.sha256).digest()).decode()
    assert headers_of([secret], name, body, NOW.astimezone(zone)) == {
        "webhook-id": name,
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": f"v1,{expected}",
    }
    old = secret_of(b"an older secret of thirty-two by")
    headers = headers_of([old, secret], name, body, datetime.now(UTC))
    for one in (old, secret):
        Webhook(one).verify(body, headers, json_parse=False)


@pytest.mark.parametrize("size", [0, 23, 65])
def test_secrets_have_a_size(size: int) -> None:
    """Too short can be guessed, too long is not in the standard."""
    with pytest.raises(ValueError, match="24 to 64"):
        secret_of(b"x" * size)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/hooks",
        "https://shop.example:8443/a/b?token=1&b=",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/hooks",
        "https://shop.example?b=2&a=1&&a=&c",
        "https://shop.example//a/..b/.c/%20/?q=%2e%2e/../",
    ],
)
def test_public_addresses_are_allowed(url: str) -> None:
    """Https to a name or number outside, at a web server's port, a query too."""
    assert wrong_url(url, loopback=False) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example",
        "http://shop.example/",
        "ftp://shop.example/",
        "https://",
        "https://ann@shop.example/",
        "https://shop.example/#part",
        "https://shop.example/?",
        "https://shop.example/a/../b",
        "https://shop.example/a/%2E",
        "https://shop.example/{shop}",
        "https://shop.example/?a=b|c",
        "https://shop.example:0/",
        "https://shop.example:99999/",
        "https://shop.example/a b",
        "https://shöp.example/",
        "https://localhost/",
        "https://shop.localhost/",
        "https://intranet/",
        "https://db.internal/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://172.16.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fd00::1]/",
        "https://[64:ff9b::10.0.0.1]/",
        "https://[2002:a00:1::]/",
        "https://[::10.0.0.1]/",
        "https://[::ffff:0:127.0.0.1]/",
        "https://[fec0::1]/",
        "https://shop.example:22/",
        "https://shop.example:5432/",
        "https://[fe80::1]/",
        "https://[::1",
        "http://localhost:9000/",
    ],
)
def test_other_addresses_are_not(url: str) -> None:
    """Nothing inside, in whatever spelling, nothing unencrypted, no credentials."""
    assert wrong_url(url, loopback=False)


@given(st.text("/?&=%2e.+aZ~;[]'()*!$,:@-_", max_size=12))
def test_what_is_taken_goes_out_as_written(target: str) -> None:
    """No library between us and the wire changes a byte of a path and query that we took."""
    url = f"https://shop.example/{target}"
    assume(wrong_url(url, loopback=False) is None)
    assert target_of(url) == ("https://shop.example", f"/{target}")
    assert URL(str(httpx.URL(url)), encoded=True).raw_path_qs == f"/{target}"


@pytest.mark.parametrize("url", ["http://localhost:9000/x", "http://127.0.0.1/", "http://[::1]/"])
def test_this_machine_is_allowed_for_development(url: str) -> None:
    """Where we ourselves run on it; other inner addresses are still not."""
    assert wrong_url(url, loopback=True) is None
    assert wrong_url("http://10.0.0.1/", loopback=True)
