"""Data that a vendor cannot work with is the customer's to mend, never a matter for an operator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from unshackled.domain.records import replace
from unshackled.ports.operation import Operation
from unshackled.sdk import Declined
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.contract.base import Suite
from unshackled.testing.contract.outcome_promises import CODES

Changes = Mapping[str, Mapping[str, Any]]


class RefusedData(Suite):
    """Promises about what the customer wrote.

    `refused_data` has what the vendor's documents say it refuses, by operation: the fields of the
    request and what is otherwise in each, e.g. `{"contact": {"family_name": "Sm1th"}}`.
    """

    refused_data: ClassVar[Mapping[str, Sequence[Changes]]] = {}

    async def test_data_that_the_vendor_refuses_is_a_decline(self) -> None:
        """It has a code of the vocabulary and the vendor's own, and nothing is done."""
        for operation, changes in self._refused():
            bench = self._refusing()
            request = with_changes(await bench.prepare(operation), changes)
            call = bench.call(operation)
            outcome = await bench.send(operation, request, call)
            assert isinstance(outcome, Declined), (operation.key, changes, outcome)
            assert outcome.code in CODES, (operation.key, changes)
            assert outcome.vendor_code, (operation.key, changes)
            assert bench.done(operation, call) == 0, operation.key

    async def test_other_data_is_taken_after_a_refusal(self) -> None:
        """The customer corrects it, and the same backend takes the call."""
        for operation, changes in self._refused():
            bench = self._refusing()
            request = await bench.prepare(operation)
            await bench.send(operation, with_changes(request, changes), bench.call(operation))
            assert not isinstance(await bench.run(operation, request=request), Declined)

    def _refusing(self) -> AdapterHarness:
        bench = self.bench()
        self.refusing.append(bench)
        return bench

    def _refused(self) -> Iterator[tuple[Operation, Changes]]:
        offered = {operation.key: operation for operation in self.bench().operations}
        assert set(self.refused_data) <= set(offered), set(self.refused_data) - set(offered)
        for key, cases in self.refused_data.items():
            for changes in cases:
                yield offered[key], changes


def with_changes(request: Any, changes: Changes) -> Any:
    """A request with other values in some of its facts."""
    facts = {name: replace(getattr(request, name), **values) for name, values in changes.items()}
    return replace(request, **facts)
