"""A number that is brought along or given up: whole, with what that takes, or not at all."""

from __future__ import annotations

from datetime import date

from unshackled.domain.customer import NumberChoice
from unshackled.domain.personal import Personal
from unshackled.domain.records import Record
from unshackled.errors import Refused


class Port(Record):
    """The code that frees the number, and the number: `07…`, or E.164 of another country.

    Without a code the customer declared it to the new network (`consent`). `day` is their wish;
    None is the next possible one.
    """

    pac: Personal[str] | None
    number: Personal[str]
    day: date | None = None
    consent: bool = False


class Departure(Record):
    """The code that ends the old contract (STAC) and the number that is given up by it."""

    stac: Personal[str]
    number: Personal[str]
    day: date | None = None


def port_of(choice: NumberChoice | None) -> Port | None:
    """What is brought along; None where a new number is wanted.

    Raises `Refused` where the number is to be kept and half of what that needs is missing: the
    customer did not choose a new one.
    """
    if choice is None or not choice.keep_number:
        return None
    if not ((choice.pac or choice.porting_consent) and choice.current_number):
        raise Refused("the number is to be kept, but its code is missing", code="port_incomplete")
    return Port(
        pac=choice.pac,
        number=choice.current_number,
        day=choice.port_date,
        consent=choice.porting_consent,
    )


def departure_of(choice: NumberChoice | None) -> Departure | None:
    """What is given up; None where no old contract is ended by a code.

    Raises `Refused` where the number of the code is missing.
    """
    if choice is None or choice.keep_number or choice.stac is None:
        return None
    if not choice.current_number:
        raise Refused("a contract is to end, but its number is missing", code="port_incomplete")
    return Departure(stac=choice.stac, number=choice.current_number, day=choice.port_date)
