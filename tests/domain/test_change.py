"""A changed value is what `dataclasses.replace` makes of it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from unshackled.domain.change import changed
from unshackled.domain.states import State
from unshackled.testing.checkouts import checkout_of


def test_the_same_as_replace() -> None:
    """Every field is kept but those that are named, for a checkout and for its steps."""
    checkout = checkout_of()
    step = checkout.steps["step_1"]

    assert changed(checkout, version=9) == replace(checkout, version=9)
    assert changed(step, state=State.UNDOING) == replace(step, state=State.UNDOING)
    assert step.state is State.PASSED


def test_a_field_that_is_not_there() -> None:
    """An unknown field is an error, and the copy is as frozen as the value."""
    checkout = checkout_of()

    with pytest.raises(KeyError):
        changed(checkout, colour="red")
    with pytest.raises(FrozenInstanceError):
        changed(checkout, version=2).version = 3  # type: ignore[misc]
