"""`collect: contact`."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from unshackled.domain.entries import BirthDate, Email, Phone, Text
from unshackled.domain.facts import Fact
from unshackled.domain.personal import Personal
from unshackled.domain.records import Record


class Contact(Record, Fact):
    """Who the customer is and how to reach them."""

    given_name: Personal[Annotated[str, Text(example="Ada")]]
    family_name: Personal[Annotated[str, Text(example="Lovelace")]]
    email: Personal[Annotated[str, Email()]]
    phone: Personal[Annotated[str, Phone()]]
    date_of_birth: Personal[Annotated[date, BirthDate()]]
