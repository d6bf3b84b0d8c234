"""The contract suite of Acme's adapter, as its author writes it."""

from pathlib import Path
from typing import ClassVar

from unshackled.adapter_registry import AdapterRegistry, find
from unshackled.testing.adapter_contract import AdapterContract


class TestAcmeText(AdapterContract):
    """Every promise of an adapter."""

    adapter = "acme_text"
    settings: ClassVar = {"api_key": "demo-acme-key"}
    shelf: ClassVar[AdapterRegistry] = find([Path(__file__).parent / "acme_shelf"])
