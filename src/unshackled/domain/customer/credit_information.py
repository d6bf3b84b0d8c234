"""What a lender may want to know beside an application: some of it, each a group of fields."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any, Final

from unshackled.domain.entries import PastDate, Text, Whole
from unshackled.domain.facts import Fact
from unshackled.domain.personal import PERSONAL, Personal
from unshackled.domain.records import Record

Name = Annotated[str, Text(most=120)]
Line = Annotated[str, Text(most=70)]
Postcode = Annotated[str, Text(most=12)]
Day = Annotated[str, PastDate()]
Minor = Annotated[int, Whole(description="a month, in minor units: 150000 is 1,500.00", minor=True)]

# What may be wanted, in our words, and the fields that tell it.
GROUPS: Final[Mapping[str, Mapping[str, Any]]] = {
    "employer": {"employer_name": Name, "job_title": Name, "employed_since": Day},
    "proof_of_income": {"payslip_date": Day, "payslip_net_pay": Minor, "payslip_reference": Name},
    "previous_address": {
        "previous_line1": Line,
        "previous_town": Line,
        "previous_postcode": Postcode,
        "moved_on": Day,
    },
}


class CreditInformation(Record, Fact):
    """What the customer told; None where it was not wanted.

    `payslip_reference` is the number by which the employer or the tax office knows the payslip,
    `moved_on` the day on which the customer left the previous address.
    """

    employer_name: Personal[str] | None = None
    job_title: Personal[str] | None = None
    employed_since: Personal[str] | None = None
    payslip_date: Personal[str] | None = None
    payslip_net_pay: Personal[int] | None = None
    payslip_reference: Personal[str] | None = None
    previous_line1: Personal[str] | None = None
    previous_town: Personal[str] | None = None
    previous_postcode: Personal[str] | None = None
    moved_on: Personal[str] | None = None


def known_groups(wanted: Iterable[str]) -> tuple[str, ...]:
    """Those of them that there is a form for, each once, in our order."""
    asked = set(wanted)
    return tuple(group for group in GROUPS if group in asked)


@cache
def information_form(wanted: tuple[str, ...]) -> type:
    """The model of a form for some groups: each of their fields is needed."""
    annotations = {
        name: Annotated[kind, PERSONAL] for group in wanted for name, kind in GROUPS[group].items()
    }
    space: dict[str, Any] = {
        "__annotations__": annotations,
        "__module__": __name__,
        "__doc__": "What the lender wants to know beside the application.",
    }
    return types.new_class("CreditInformationForm", (Record,), exec_body=lambda b: b.update(space))
