"""A number that is brought along: with its code and the number itself, or not at all."""

from __future__ import annotations

from unshackled.domain.customer import NumberChoice
from unshackled.domain.personal import Personal
from unshackled.domain.records import Record
from unshackled.errors import Refused


class Port(Record):
    """The code that frees the number, and the number as `07…`."""

    pac: Personal[str]
    number: Personal[str]


def port_of(choice: NumberChoice | None) -> Port | None:
    """What is brought along; None where a new number is wanted.

    Raises `Refused` where the number is to be kept and half of what that needs is missing: the
    customer did not choose a new one.
    """
    if choice is None or not choice.keep_number:
        return None
    if not (choice.pac and choice.current_number):
        raise Refused("the number is to be kept, but its code is missing", code="port_incomplete")
    return Port(pac=choice.pac, number=choice.current_number)
