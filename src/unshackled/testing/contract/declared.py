"""What an adapter says about itself is whole and sane."""

from __future__ import annotations

import inspect
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import SecretStr

from unshackled.ports import CAPABILITIES, all_operations, operations
from unshackled.sdk import ANY_CURRENCY, Adapter, Declined, Passed, Pending, Redirect
from unshackled.testing.contract.base import Suite
from unshackled.testing.contract.iso import COUNTRIES
from unshackled.testing.contract.iso import CURRENCIES as ISO_CURRENCIES

# A star stands for what each customer of the vendor has of its own.
HOST: Final = re.compile(r"(?:[a-z0-9*](?:[a-z0-9*-]*[a-z0-9*])?\.)+[a-z]{2,}")
LICENCE: Final = re.compile(r"[A-Za-z0-9.+-]+")

SECRET_NAMES: Final = ("key", "password", "secret", "token")


class DeclaredPromises(Suite):
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

    # Where and how it may be used

    def test_it_says_where_it_may_be_used(self) -> None:
        """Countries of ISO 3166-1, currencies of ISO 4217, and host names without a scheme."""
        adapter = self.declared()
        assert adapter.countries <= COUNTRIES, adapter.countries - COUNTRIES
        assert adapter.currencies <= ISO_CURRENCIES, adapter.currencies - ISO_CURRENCIES
        assert not [host for host in adapter.hosts if not HOST.fullmatch(host)]

    def test_it_says_what_it_was_written_against(self) -> None:
        """The vendor's interface has a name, a version, an address and a day in the past."""
        api = self.declared().api
        if api is not None:
            assert api.name
            assert api.version
            assert api.documents.startswith("https://")
            assert api.checked <= datetime.now(UTC).date() + timedelta(days=1)
            assert api.licence is None or LICENCE.fullmatch(api.licence)

    def test_what_it_names_is_there(self) -> None:
        """`without` and `dry_runs` name operations; a callback is read in one way."""
        adapter, known = self.declared(), all_operations()
        assert set(adapter.ports) <= set(CAPABILITIES)
        assert all(
            key in known and key.partition(".")[0] in adapter.ports for key in adapter.without
        )
        assert adapter.dry_runs <= {operation.key for operation in self.bench().effects}
        assert adapter.callback is None or adapter.receive is None

    def test_it_says_which_sums_it_takes(self) -> None:
        """Ranges are of operations that it offers and that are asked for a sum, by currency."""
        adapter, known = self.declared(), all_operations()
        for operation, ranges in adapter.amounts.items():
            assert adapter.offers(operation), operation
            assert known[operation].moves, operation
            assert set(ranges) - {ANY_CURRENCY} <= ISO_CURRENCIES, operation

    async def test_a_dry_run_does_nothing(self) -> None:
        """An effect that is only tried answers, and nothing was done."""
        for bench, operation in self.benches(effects=True):
            if operation.key in self.declared().dry_runs:
                request = await bench.prepare(operation)
                call = bench.call(operation, dry_run=True)
                outcome = await bench.send(operation, request, call)
                assert isinstance(outcome, Passed | Declined | Pending | Redirect), operation.key
                assert bench.done(operation, call) == 0, operation.key


def _offered(adapter: Adapter, capability: str) -> set[str]:
    known = operations(capability, CAPABILITIES[capability])
    offered = {name: one for name, one in known.items() if adapter.offers(one.key)}
    missing = {one.undo for name, one in known.items() if name not in offered and one.undo}
    return {*offered} - missing
