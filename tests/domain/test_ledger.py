"""Balances of pairs: what counts by a day, what comes later, and what is open."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.ledger import PARTIES, LedgerEntry, PairBalance, ledger_of

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
TODAY = NOON.date()
SOME_PARTY = st.sampled_from(PARTIES)
ENTRIES = st.lists(
    st.builds(
        LedgerEntry,
        kind=st.sampled_from(["owed", "moved"]),
        at=st.just(NOON),
        run=st.sampled_from(["purchase", "refund-1"]),
        sender=SOME_PARTY,
        receiver=SOME_PARTY,
        what=st.sampled_from(["due_today", "refund"]),
        amount=st.integers(0, 100_000),
        due=st.none() | st.dates(date(2026, 11, 1), date(2027, 1, 31)),
        elsewhere=st.booleans(),
    ).filter(lambda entry: entry.sender != entry.receiver),
    max_size=12,
)


def _entry(kind: Any = "owed", **changes: Any) -> LedgerEntry:
    return LedgerEntry(
        **{
            "kind": kind,
            "at": NOON,
            "run": "withdrawal-1",
            "sender": "customer",
            "receiver": "lender",
            "what": "credit_repaid",
            "amount": 67_136,
            "due": date(2027, 1, 12),
            **changes,
        }
    )


def _pair(*entries: LedgerEntry, day: date = TODAY) -> PairBalance:
    (pair,) = ledger_of(entries, currency="GBP", day=day).pairs
    return pair


def test_what_is_due_another_day_is_later_and_not_open() -> None:
    """A month to repay: on the day before it is later, from its day on it is open."""
    before = _pair(_entry(), day=date(2027, 1, 11))
    assert (before.owed, before.open, before.later) == (0, 0, 67_136)
    on_the_day = _pair(_entry(), day=date(2027, 1, 12))
    assert (on_the_day.owed, on_the_day.open, on_the_day.later) == (67_136, 67_136, 0)


def test_what_is_paid_before_its_day_is_settled() -> None:
    """Repaid on the tenth day: nothing is open, and nothing comes later."""
    paid = _pair(_entry(), _entry("moved", due=None))
    assert (paid.owed, paid.moved, paid.open, paid.later) == (67_136, 67_136, 0, 0)


def test_what_moved_too_little_is_open_before_its_day_too() -> None:
    """A penny less is a penny that is missing."""
    assert _pair(_entry(), _entry("moved", amount=67_135)).open == 1


def test_what_has_no_day_yet_waits_for_what_decides_it() -> None:
    """A device that was not inspected: its value is later, on any day."""
    assert _pair(_entry(due=None), day=date(2099, 1, 1)).later == 67_136


def test_what_is_settled_elsewhere_is_never_open() -> None:
    """An instalment that the lender collects by itself is no business of ours."""
    pair = _pair(_entry(elsewhere=True, due=date(2020, 1, 1)), day=date(2099, 1, 1))
    assert (pair.owed, pair.open, pair.later) == (0, 0, 67_136)


def test_the_other_way_counts_against_it() -> None:
    """Charged and given back is as if it had never moved; given back twice is open."""
    taken = _entry("moved", sender="customer", receiver="payment", what="due_today", amount=4_900)
    back = _entry("moved", sender="payment", receiver="customer", what="taken_back", amount=4_900)
    assert _pair(taken, back).open == 0
    assert _pair(taken, back, back).open == 4_900


def test_oldest_first_and_what_is_owed_before_what_moved() -> None:
    """The order that a reader expects, whatever the order of the steps."""
    later = _entry(at=datetime(2026, 12, 2, tzinfo=UTC))
    ledger = ledger_of([later, _entry("moved"), _entry()], currency="GBP", day=TODAY)
    assert [(one.kind, one.at) for one in ledger.entries] == [
        ("owed", NOON),
        ("moved", NOON),
        ("owed", later.at),
    ]


@given(entries=ENTRIES)
def test_each_entry_is_counted_once_in_the_pair_that_it_is_between(
    entries: list[LedgerEntry],
) -> None:
    """Owed, later and moved of all pairs are the entries; open is the difference, pair by pair."""
    ledger = ledger_of(entries, currency="GBP", day=TODAY)
    assert len({(pair.first, pair.second) for pair in ledger.pairs}) == len(ledger.pairs)
    for pair in ledger.pairs:
        mine = [one for one in entries if {one.sender, one.receiver} == {pair.first, pair.second}]
        net = {
            kind: sum(
                one.amount if one.sender == pair.first else -one.amount
                for one in mine
                if one.kind == kind
            )
            for kind in ("owed", "moved")
        }
        assert pair.owed + pair.later == net["owed"]
        assert pair.moved == net["moved"]
        assert pair.open == pair.owed - pair.moved
    assert ledger.even == all(pair.open == 0 for pair in ledger.pairs)


@given(entries=ENTRIES, party=SOME_PARTY)
def test_what_a_party_sees_adds_up_as_it_does_for_everybody(
    entries: list[LedgerEntry], party: Any
) -> None:
    """Nobody's own balances change because the others' are left out."""
    whole = ledger_of(entries, currency="GBP", day=TODAY)
    mine = whole.seen_by(party)
    assert mine.pairs == ledger_of(mine.entries, currency="GBP", day=TODAY).pairs
