"""What adapters import of the ports: all of it, from one module."""

import pytest

from unshackled.authoring.scaffold.shapes import nested
from unshackled.domain.personal import dataclasses_in, fields_of
from unshackled.ports import all_operations
from unshackled.sdk import ports

# An undo has the frame of the call alone, and its outcome no value.
DONE = sorted(key for key, one in all_operations().items() if not one.by_engine)


@pytest.mark.parametrize("key", DONE)
def test_an_adapter_finds_all_that_an_operation_is_made_of(key: str) -> None:
    """Its request, its output, and every value that these hold."""
    operation = all_operations()[key]
    parts = {operation.request, operation.output}
    for whole in tuple(parts):
        for annotation in fields_of(whole).values():
            parts |= {value for held in dataclasses_in(annotation) for value in nested(held)}
    absent = {part.__name__ for part in parts if vars(ports).get(part.__name__) is not part}
    assert not absent
