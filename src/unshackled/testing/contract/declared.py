"""What an adapter says about itself is whole and sane."""

from __future__ import annotations

import inspect
from typing import Final

from pydantic import SecretStr

from unshackled.ports import CAPABILITIES, operations
from unshackled.sdk import Adapter
from unshackled.testing.contract.base import Suite

SECRET_NAMES: Final = ("key", "password", "secret", "token")


class Declared(Suite):
    """Promises about the declaration."""

    # What it is made of

    def test_it_offers_whole_capabilities(self) -> None:
        """Each capability has every operation, undo and look-up, but what it is `without`."""
        for capability, port in self.bench().ports.items():
            protocol = CAPABILITIES[capability]
            wanted = _offered(self.declared(), capability)
            wanted |= {"look_up"} if hasattr(protocol, "look_up") else set()
            missing = {
                name
                for name in wanted
                if not inspect.iscoroutinefunction(getattr(port, name, None))
            }
            assert not missing, capability

    def test_it_declares_a_way_out_of_doubt_for_each_effect(self) -> None:
        """`doubt` has the effects that are offered, and nothing else."""
        effects = {operation.key for operation in self.bench().effects}
        assert set(self.declared().doubt) == effects

    def test_its_settings_say_what_they_are(self) -> None:
        """Every setting has a description, and secrets are `SecretStr`."""
        for name, field in self.declared().settings.model_fields.items():
            assert field.description, name
            if any(name.endswith(secret) for secret in SECRET_NAMES):
                assert field.annotation is SecretStr, name


def _offered(adapter: Adapter, capability: str) -> set[str]:
    known = operations(capability, CAPABILITIES[capability])
    offered = {name: one for name, one in known.items() if adapter.offers(one.key)}
    missing = {one.undo for name, one in known.items() if name not in offered and one.undo}
    return {*offered} - missing
