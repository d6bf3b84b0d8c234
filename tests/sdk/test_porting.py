"""A number is brought along whole or not at all."""

from datetime import date

import pytest

from unshackled.domain.customer import NumberChoice
from unshackled.domain.records import replace
from unshackled.errors import Refused
from unshackled.sdk.porting import Departure, Port, departure_of, port_of

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


def test_a_declaration_is_as_good_as_a_code() -> None:
    """Where there are no codes the customer's word frees the number, on the day they wish."""
    day = date(2026, 12, 10)
    choice = replace(WHOLE, pac=None, porting_consent=True, port_date=day)
    assert port_of(choice) == Port(pac=None, number="07700900456", day=day, consent=True)


def test_a_number_is_given_up_with_its_code() -> None:
    """A STAC goes with the number that it is of; who keeps a number gives none up."""
    choice = NumberChoice(stac="123456ABC", current_number="07700900456")
    assert departure_of(choice) == Departure(stac="123456ABC", number="07700900456")
    assert port_of(choice) is None
    assert [departure_of(one) for one in (None, WHOLE, NumberChoice())] == [None, None, None]
    with pytest.raises(Refused) as refused:
        departure_of(NumberChoice(stac="123456ABC"))
    assert refused.value.code == "port_incomplete"


@pytest.mark.parametrize("choice", HALVES)
def test_half_a_choice_is_never_taken_for_a_new_number(choice: NumberChoice) -> None:
    """What an older version let through is a person's work, not another number than wanted."""
    with pytest.raises(Refused) as refused:
        port_of(choice)
    assert refused.value.code == "port_incomplete"
