"""Fraud signals: what a mobile operator knows about the number that a customer gives.

A signal is an answer to route by: `steps.sim_swap.swapped` in a condition sends the checkout to a
review. With `decline`, the default, a bad one declines by itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final, Literal, Protocol

from pydantic import Field

from unshackled.domain.customer import Address, Contact
from unshackled.domain.facts import Fact
from unshackled.domain.records import Record
from unshackled.ports.call_context import Call
from unshackled.ports.operation import query
from unshackled.ports.outcome import Declined, Outcome, Passed

Score = Annotated[int, Field(ge=0, le=100)]


class SimSwapChecked(Record, Fact):
    """Whether the SIM of a number was swapped.

    `known` is false where the operator cannot tell, e.g. a number of somebody else's network:
    `swapped` is then false too. `covered_hours` is how far back it really looked; 0 where it does
    not say.
    """

    swapped: bool
    known: bool
    covered_hours: int


class CheckSimSwap(Record, forbid_unknown_fields=False):
    """Whose number, how far back to look, and whether a swap declines."""

    contact: Contact
    within: timedelta = timedelta(days=10)
    decline: bool = True

    def judge(self, checked: SimSwapChecked) -> Outcome[SimSwapChecked]:
        """The outcome that an answer means here."""
        if self.decline and checked.swapped:
            return Declined(code="sim_swapped")
        return Passed(output=checked)


class IdentityMatched(Record, Fact):
    """How well the customer's data fit the operator's record of the number.

    Scores are 0 (nothing alike) to 100 (equal), and absent where the operator could not compare.
    `known` is false where it could compare nothing. `matched` says that all it could compare
    reaches what was asked for.
    """

    matched: bool
    known: bool
    birth_date: Literal["equal", "different", "not_compared"]
    name_score: int | None = None
    address_score: int | None = None


class MatchIdentity(Record, forbid_unknown_fields=False):
    """Whom to compare, what each part must reach, and whether less declines.

    0 (and false) leave a part out: it is neither sent nor compared.
    """

    contact: Contact
    address: Address | None
    name_score: Score = 85
    address_score: Score = 70
    birth_date: bool = True
    decline: bool = True

    def weigh(
        self,
        *,
        name_score: int | None,
        address_score: int | None,
        birth_date: Literal["equal", "different", "not_compared"],
    ) -> IdentityMatched:
        """The output that scores mean here; None is not compared."""
        asked = ((name_score, self.name_score), (address_score, self.address_score))
        reached = [score >= least for score, least in asked if score is not None and least]
        if self.birth_date and birth_date != "not_compared":
            reached.append(birth_date == "equal")
        return IdentityMatched(
            matched=bool(reached) and all(reached),
            known=bool(reached),
            birth_date=birth_date,
            name_score=name_score,
            address_score=address_score,
        )

    def judge(self, matched: IdentityMatched) -> Outcome[IdentityMatched]:
        """The outcome that an answer means here; what nobody could compare declines nobody."""
        if self.decline and matched.known and not matched.matched:
            return Declined(code="identity_not_matched")
        return Passed(output=matched)


class Fraud(Protocol):
    """A mobile operator, or somebody who asks them all."""

    @query(declinable=True)
    async def check_sim_swap(self, request: CheckSimSwap, call: Call) -> Outcome[SimSwapChecked]:
        """Was the SIM of this number swapped lately? `sim_swapped` where it was."""
        ...

    @query(declinable=True)
    async def match_identity(self, request: MatchIdentity, call: Call) -> Outcome[IdentityMatched]:
        """Does the operator know this person? `identity_not_matched` where too little fits."""
        ...


PORT: Final = Fraud
