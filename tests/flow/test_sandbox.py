"""A provider's sandbox: what it inherits, and what it may never share with the live one."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from tests.flow.files import HEAD, Settings, load
from unshackled.flow.plan.sandbox_settings import (
    same_credentials,
    sandbox_mistakes,
    sandbox_settings,
)

LIVE = {"base_url": "env:URL", "key": "env:KEY", "limit": 7}
OWN = {"base_url": "env:SANDBOX_URL", "key": "env:SANDBOX_KEY"}


def test_plain_settings_are_inherited_and_can_be_changed() -> None:
    """What is no address, no secret and no variable is as in `settings` unless said otherwise."""
    assert sandbox_settings(Settings, LIVE, OWN) == {**OWN, "limit": 7}
    assert sandbox_settings(Settings, LIVE, {**OWN, "limit": 1}) == {**OWN, "limit": 1}


def test_nothing_that_must_be_its_own_is_ever_inherited() -> None:
    """Not even where the mistake is not looked at: the address and the key are missing then."""
    live = {**LIVE, "limit": "env:LIMIT"}
    assert sandbox_settings(Settings, live, {}) == {}
    missing = {(key, code) for key, code, _ in sandbox_mistakes(Settings, live, {})}
    assert missing == {(key, "missing_setting") for key in ("base_url", "key", "limit")}


def test_one_address_will_do_with_another_key() -> None:
    """Some vendors tell test from live by the key alone; without a key nothing would."""
    same = {**OWN, "base_url": LIVE["base_url"]}
    assert list(sandbox_mistakes(Settings, LIVE, same)) == []
    shared = {**same, "key": LIVE["key"]}
    assert [code for _, code, _ in sandbox_mistakes(Settings, LIVE, shared)] == ["live_credentials"]


def test_equal_values_of_two_variables_are_found() -> None:
    """At one address; at another address a key may read the same."""

    def settings(url: str, key: str) -> Settings:
        return Settings(base_url=url, key=SecretStr(key))

    live = settings("https://a.example", "k")
    assert same_credentials(live, settings("https://a.example/", "k")) == ("key",)
    assert same_credentials(live, settings("https://a.example", "other")) == ()
    assert same_credentials(live, settings("https://b.example", "k")) == ()


def test_a_retailer_says_which_providers_have_none(tmp_path: Path) -> None:
    """Also one that it does not have at all."""
    own = "sandbox: {base_url: env:SU, key: env:SK}"
    text = f"""{HEAD}
providers:
  shop: {{adapter: shop, settings: {{base_url: env:U, key: env:K}}, {own}}}
  bank: {{adapter: bank, settings: {{base_url: env:U, key: env:K}}}}
defaults: {{stock: shop}}
flows:
  buy:
    sells: {{}}
    steps:
      confirm: {{confirm: package}}
"""
    found = load(tmp_path, text).retailers["acme"]
    assert found.without_sandbox(["shop", "bank", "gone"]) == ("bank", "gone")
    assert found.providers_of("stock") == ("shop",)
    assert found.providers_of("payment") == ()
    assert found.providers["shop"].sandbox == {"base_url": "env:SU", "key": "env:SK"}
