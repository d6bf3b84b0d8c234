"""Settings: defaults for one machine, mistakes named, every one documented."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from scripts import settings_table
from unshackled.settings import ACTIONS, ServiceSettings, WrongSettings, load_settings, variable


def mistakes(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """What `load_settings` says of an environment."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(WrongSettings) as caught:
        load_settings()
    return str(caught.value)


def test_nothing_need_be_set() -> None:
    """The defaults suit one machine."""
    settings = load_settings()
    assert settings.address == "http://127.0.0.1:8080"
    assert settings.latency_budget == timedelta(seconds=8)


def test_the_environment_sets_and_a_command_line_overrides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Durations are seconds; the collector has the name that OpenTelemetry gave it."""
    monkeypatch.setenv("UNSHACKLED_LATENCY_BUDGET", "2.5")
    monkeypatch.setenv("UNSHACKLED_PORT", "9000")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/")
    settings = load_settings(port=9001, public_url="https://checkout.example/")
    assert settings.latency_budget == timedelta(seconds=2.5)
    assert settings.otlp_endpoint == "http://collector:4318"
    assert (settings.port, settings.address) == (9001, "https://checkout.example")


def test_every_action_of_operators_may_need_a_second_person() -> None:
    """The description names every action of the one list, and the API offers each of them."""
    described = ServiceSettings.model_fields["second_person"].description or ""
    assert [name for name in ACTIONS if not re.search(rf"\b{name}\b", described)] == []
    served = json.loads((Path(__file__).parents[1] / "openapi" / "openapi.json").read_text())
    last = {path.rpartition("/")[2].rpartition(":")[2] for path in served["paths"]}
    assert [name for name in ACTIONS if name not in last] == []


def test_what_needs_a_second_person_is_a_comma_list() -> None:
    """With blanks or without; nothing does by default."""
    two = {"ann": "0" * 64, "ben": "1" * 64}
    settings = load_settings(second_person="cancel, bulk", operators=two)
    assert settings.second_person == {"cancel", "bulk"}
    assert load_settings().second_person == frozenset()


def test_an_ipv6_address_is_written_in_brackets() -> None:
    """So that it is a URL."""
    assert load_settings(host="::1").address == "http://[::1]:8080"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "99999", "less than or equal to 65535"),
        ("STORE", "postgres://h1dden", "memory:, sqlite:///<file>, postgresql://"),
        ("STORE", "postgresql://u:h1/dden@db/c", "memory:, sqlite:///<file>, postgresql://"),
        ("STORE", "postgresql://u:h1dden", "memory:, sqlite:///<file>, postgresql://"),
        ("BROKER", "amqp://u:h1dden@broker", "allowed are embedded:, nats://<host>[:<port>], tls"),
        ("BROKER", "nats://a:4222,nats://b:h1dden", "allowed are embedded:"),
        ("BROKER", "nats://", "allowed are embedded:"),
        ("LATENCY_BUDGET", "h1dden", "a number of seconds above 0"),
        ("DRAIN", "0", "a number of seconds above 0"),
        ("LOG_LEVEL", "h1dden", "'debug', 'info', 'warning', 'error' or 'critical'"),
        ("SAMPLE_RATIO", "2", "less than or equal to 1"),
        ("TRANSPORT", "h1dden", "'aiohttp' or 'httpx'"),
        ("PUBLIC_URL", "http://h1dden.example", "https:// is needed, except on this machine"),
        ("PUBLIC_URL", "https://user@h1dden.example", "no query, fragment or user name"),
        ("SANDBOX_URL", "h1dden", "an http:// or https:// address is needed"),
        ("OPERATORS", "h1dden", "JSON is needed"),
        ("OPERATORS", '{"ann": "h1dden"}', "should match pattern"),
        ("SECOND_PERSON", "cancel,h1dden", "allowed are retry, skip, resolve, cancel, bulk"),
        ("SECOND_PERSON", "cancel", "at least two UNSHACKLED_OPERATORS are needed"),
        ("PROT", "h1dden", "no such setting; there are OTEL_EXPORTER_OTLP_ENDPOINT, UNSHACKLED_"),
    ],
)
def test_a_mistake_names_the_variable_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    """And never repeats the value, which may be a secret in the wrong place."""
    said = mistakes(monkeypatch, **{f"UNSHACKLED_{name}": value})
    assert said.startswith(f"UNSHACKLED_{name}")
    assert says in said
    assert "h1dden" not in said


def test_all_mistakes_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for each."""
    said = mistakes(monkeypatch, UNSHACKLED_PORT="x", UNSHACKLED_PROT="1", UNSHACKLED_DRAIN="-1")
    assert len(said.splitlines()) == 3


def test_the_demo_does_not_start_at_a_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its API key is in the documentation."""
    public = {"UNSHACKLED_DEMO": "true", "UNSHACKLED_PUBLIC_URL": "https://checkout.example"}
    assert mistakes(monkeypatch, **public).startswith("UNSHACKLED_DEMO: ")


@pytest.mark.parametrize("name", ServiceSettings.model_fields)
def test_every_setting_is_described_and_documented(name: str) -> None:
    """In the class, and in docs/settings.md."""
    assert ServiceSettings.model_fields[name].description
    assert f"`{variable(name)}`" in settings_table.PAGE.read_text()


def test_the_page_is_what_the_class_says() -> None:
    """`make docs` writes it."""
    assert settings_table.PAGE.read_text() == settings_table.page()


def test_the_demo_listens_elsewhere_only_when_it_is_said_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its keys are known to all, so another machine must not reach them by accident."""
    monkeypatch.setenv("UNSHACKLED_DEMO", "true")
    with pytest.raises(WrongSettings, match="UNSHACKLED_DEMO_ANYWHERE=true"):
        load_settings(host="0.0.0.0")  # noqa: S104
    monkeypatch.setenv("UNSHACKLED_DEMO_ANYWHERE", "true")
    assert load_settings(host="0.0.0.0").demo  # noqa: S104


def test_the_demo_keeps_its_checkouts_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """In another file than a server without it, unless a store is named."""
    usual = load_settings().store
    monkeypatch.setenv("UNSHACKLED_DEMO", "true")
    tried = load_settings().store
    assert tried.startswith("sqlite:///")
    assert tried != usual
    monkeypatch.setenv("UNSHACKLED_STORE", "memory:")
    assert load_settings().store == "memory:"
