"""A number is brought along whole or not at all."""

import pytest

from unshackled.domain.customer import NumberChoice
from unshackled.errors import Refused
from unshackled.sdk.porting import Port, port_of

WHOLE = NumberChoice(keep_number=True, pac="ABC123456", current_number="07700900456")
HALVES = (
    NumberChoice(keep_number=True),
    NumberChoice(keep_number=True, pac="ABC123456"),
    NumberChoice(keep_number=True, current_number="07700900456"),
)


def test_a_whole_choice_is_a_port() -> None:
    """The code and the number go together."""
    assert port_of(WHOLE) == Port(pac="ABC123456", number="07700900456")


@pytest.mark.parametrize("choice", [None, NumberChoice()])
def test_who_wants_a_new_number_brings_none(choice: NumberChoice | None) -> None:
    """Nothing chosen, or not to keep a number, is a new one."""
    assert port_of(choice) is None


@pytest.mark.parametrize("choice", HALVES)
def test_half_a_choice_is_never_taken_for_a_new_number(choice: NumberChoice) -> None:
    """What an older version let through is a person's work, not another number than wanted."""
    with pytest.raises(Refused) as refused:
        port_of(choice)
    assert refused.value.code == "port_incomplete"
