"""How long one call to a provider may take."""

from __future__ import annotations

from datetime import timedelta

from tests.shipped import shipped
from unshackled.adapter_registry import find
from unshackled.demo_mode import demo_environment
from unshackled.providers import ProviderDeps, Providers


def _providers() -> Providers:
    shelf = find()
    book = shipped()
    environ = demo_environment(book.retailers, "http://127.0.0.1:9", shelf)
    return Providers(book.retailers, ProviderDeps(adapters=shelf, environ=environ))


def test_the_shorter_of_the_steps_and_the_providers_timeout_counts() -> None:
    """Northstar's KYC says 5 s: a step's 10 s is cut, its 3 s is kept."""
    kyc = _providers().get("northstar", "kyc")
    assert kyc.bound(timedelta(seconds=10)) == timedelta(seconds=5)
    assert kyc.bound(timedelta(seconds=3)) == timedelta(seconds=3)


def test_a_provider_without_a_written_timeout_leaves_it_to_the_step() -> None:
    """The default of the limits does not cut a step that asks for more."""
    psp = _providers().get("northstar", "psp")
    assert psp.bound(timedelta(seconds=20)) == timedelta(seconds=20)
