"""The capability of docs/writing-a-capability.md is one: its Protocol says all that is needed."""

from __future__ import annotations

from tests.extension.example.warranty import RegisterWarranty, Warranty, WarrantyRegistered
from unshackled.domain.codec import digest
from unshackled.flow.plan.wiring import slots
from unshackled.ports.operation import operations
from unshackled.testing.samples import request_for


def test_the_operations_are_read_off_the_protocol() -> None:
    """An effect that can be undone and declined; its undo, which no flow names; no look-up."""
    found = operations("warranty", Warranty)
    assert sorted(found) == ["cancel", "register"]
    register = found["register"]
    assert (register.key, register.undo) == ("warranty.register", "cancel")
    assert register.effect
    assert register.declinable
    assert register.undoable
    assert (register.request, register.output) == (RegisterWarranty, WarrantyRegistered)
    assert found["cancel"].is_undo


def test_facts_are_filled_by_type_and_the_rest_by_the_flow() -> None:
    """`months` is for `with`; samples fill the others, so that every suite can call it."""
    found = {slot.name: slot for slot in slots(RegisterWarranty)}
    assert [name for name, slot in found.items() if slot.fact] == ["checkout", "handset"]
    assert found["months"].default == 12
    request = request_for(operations("warranty", Warranty)["register"])
    assert request.months == 12
    assert digest(request) == digest(request)
