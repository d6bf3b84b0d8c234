"""The ledger of a checkout: who owed whom what, what moved, and what is open between two of them.

What is owed comes from the quote that was agreed to and from the decisions of cases; what moved
only from what providers reported. So the two can differ, and where they do something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final, Literal, TypeAlias, get_args

from unshackled.domain.facts import Fact
from unshackled.domain.records import Record, replace

# `payment` is the provider that takes and pays out money for the retailer.
Party: TypeAlias = Literal["customer", "payment", "retailer", "lender", "telco", "recycler"]
PARTIES: Final[tuple[Party, ...]] = get_args(Party)


class Transfer(Record):
    """Money that an operation moves: from whom, to whom, what it is, and where its output says it.

    `field` of the output is the amount in minor units; with `only_reported` nothing moved where the
    output does not tell it.
    """

    sender: Party
    receiver: Party
    what: str
    field: str = "amount"
    only_reported: bool = False


class PaymentTerms(Record, Fact):
    """Payments that somebody collects by a contract of their own: how many, and from when to when.

    The days are None where no schedule says them.
    """

    payments: int
    first: date | None = None
    last: date | None = None


class LedgerEntry(Record, Fact):
    """Money that one party owes, or that moved to another; minor units, never below zero.

    `step` is the step that moved it, or that says it; `reference` is ours on the wire, `provider`
    who reported it. `due` is the day from which on an owed amount counts: None while that depends
    on what has not happened yet. `elsewhere` is settled between the two by a contract of their own,
    of which no step hears: an instalment, a month of airtime, a payout of the payment provider.
    `reported` is False of a movement that its provider confirmed without telling the amount, which
    is then the one that it was asked for.
    """

    kind: Literal["owed", "moved"]
    at: datetime
    run: str
    sender: Party
    receiver: Party
    what: str
    amount: int
    step: str | None = None
    reference: str | None = None
    provider: str | None = None
    due: date | None = None
    elsewhere: bool = False
    terms: PaymentTerms | None = None
    reported: bool = True

    @property
    def path(self) -> tuple[str, str, str, str]:
        """What tells whether a movement settles what is owed."""
        return (self.run, self.sender, self.receiver, self.what)


class PairBalance(Record, Fact):
    """What two parties owe each other; sums are from `first` to `second`, the other way negative.

    `owed` is what counts by now, `moved` what moved of it, `open` the rest: zero once everything is
    settled. `later` is owed too, but not due yet, or settled elsewhere.
    """

    first: Party
    second: Party
    owed: int
    moved: int
    open: int
    later: int


class ContractEntry(Record, Fact):
    """A contract, or goods, and how they stand: `state` is one word, e.g. `live` or `ended`."""

    at: datetime
    run: str
    step: str
    what: str
    sender: Party
    receiver: Party
    state: str
    number: str | None = None


class Ledger(Record, Fact):
    """All of it on a day of the retailer's calendar."""

    currency: str
    day: date
    entries: tuple[LedgerEntry, ...]
    pairs: tuple[PairBalance, ...]
    contracts: tuple[ContractEntry, ...] = ()

    @property
    def even(self) -> bool:
        """Whether nothing that is due is open between any two parties."""
        return not any(pair.open for pair in self.pairs)

    def seen_by(self, party: Party) -> Ledger:
        """Only what concerns a party; who our providers are, and by which reference, does not."""
        return Ledger(
            currency=self.currency,
            day=self.day,
            entries=tuple(
                replace(one, provider=None, reference=None)
                for one in self.entries
                if party in (one.sender, one.receiver)
            ),
            pairs=tuple(one for one in self.pairs if party in (one.first, one.second)),
            contracts=tuple(one for one in self.contracts if party in (one.sender, one.receiver)),
        )


def ledger_of(
    entries: Iterable[LedgerEntry],
    *,
    currency: str,
    day: date,
    contracts: Iterable[ContractEntry] = (),
) -> Ledger:
    """The ledger of these entries on a day, oldest first, with the balance of each pair."""
    ordered = sorted(entries, key=lambda one: (one.at, one.kind == "moved"))
    return Ledger(
        currency=currency,
        day=day,
        entries=tuple(ordered),
        pairs=balances(ordered, day),
        contracts=tuple(sorted(contracts, key=lambda one: one.at)),
    )


def balances(entries: Sequence[LedgerEntry], day: date) -> tuple[PairBalance, ...]:
    """The balance of each pair of parties that has entries.

    What is owed counts from its day on, and before it once anything of it has moved.
    """
    moved = {one.path for one in entries if one.kind == "moved"}
    sums: dict[tuple[Party, Party], dict[str, int]] = {}
    for one in entries:
        first, second = sorted((one.sender, one.receiver), key=PARTIES.index)
        pair = sums.setdefault((first, second), {"owed": 0, "moved": 0, "later": 0})
        sign = 1 if one.sender == first else -1
        pair[_column(one, moved, day)] += sign * one.amount
    return tuple(_balance(pair, total) for pair, total in sorted(sums.items(), key=_order))


def _column(one: LedgerEntry, moved: set[tuple[str, str, str, str]], day: date) -> str:
    if one.kind == "moved":
        return "moved"
    counts = one.path in moved or (one.due is not None and one.due <= day)
    return "owed" if counts and not one.elsewhere else "later"


def _balance(pair: tuple[Party, Party], sums: Mapping[str, int]) -> PairBalance:
    return PairBalance(
        first=pair[0],
        second=pair[1],
        owed=sums["owed"],
        moved=sums["moved"],
        open=sums["owed"] - sums["moved"],
        later=sums["later"],
    )


def _order(item: tuple[tuple[Party, Party], object]) -> tuple[int, int]:
    first, second = item[0]
    return (PARTIES.index(first), PARTIES.index(second))
