"""What comes with a decline beside its code: who is to be told of what, and figures."""

from __future__ import annotations

from typing import Final

from unshackled.domain.facts import Fact
from unshackled.domain.personal import Personal
from unshackled.domain.records import Record, replace

# How many agencies one lender names, and how long each of their texts is, at the most.
AGENCIES: Final = 5
TEXT: Final = 200


class CreditAgency(Record, Fact):
    """A credit reference agency, as a customer is told of it who was declined on its data.

    Consumer Credit Act 1974 s.157(A1): its name, address and telephone number.
    """

    name: str
    address: str
    phone: str


class AffordabilityFigures(Record, Fact):
    """What was worked out: all a month, in minor units.

    `disposable` is what the income leaves, below 0 where it leaves nothing; `most` the highest
    instalment that fits, `instalment` the one that was asked for.
    """

    disposable: Personal[int]
    most: Personal[int]
    instalment: Personal[int]

    @property
    def affordable(self) -> bool:
        """Whether the instalment fits."""
        return self.instalment <= self.most


class DeclineDetails(Record, Fact):
    """One lender's or rule's "no": personal, as it tells of somebody's standing.

    `lender` declined on the data of `agencies`; `figures` are those of the affordability rule.
    """

    lender: str | None = None
    agencies: tuple[CreditAgency, ...] = ()
    figures: AffordabilityFigures | None = None


def bounded_details(details: DeclineDetails | None) -> DeclineDetails | None:
    """The same, no longer than can be kept; what is too long is cut."""
    if details is None:
        return None
    return replace(
        details,
        lender=None if details.lender is None else details.lender[:TEXT],
        agencies=tuple(
            CreditAgency(name=one.name[:TEXT], address=one.address[:TEXT], phone=one.phone[:TEXT])
            for one in details.agencies[:AGENCIES]
        ),
    )
