"""Fraud signals are judged once, for every vendor: thresholds come from the flow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

import pytest

from unshackled.domain.personal import has_personal
from unshackled.ports.fraud import CheckSimSwap, IdentityMatched, MatchIdentity, SimSwapChecked
from unshackled.ports.outcome import Declined, Passed
from unshackled.sdk.ports import Address, Contact
from unshackled.testing.samples import sample


def check(**changes: Any) -> CheckSimSwap:
    return CheckSimSwap(contact=sample(Contact), **changes)


def match(**changes: Any) -> MatchIdentity:
    return MatchIdentity(contact=sample(Contact), address=sample(Address), **changes)


def weighed(
    request: MatchIdentity,
    name: int | None = 100,
    address: int | None = 100,
    birth: Literal["equal", "different", "not_compared"] = "equal",
) -> IdentityMatched:
    return request.weigh(name_score=name, address_score=address, birth_date=birth)


def test_a_swap_declines_unless_the_flow_only_wants_to_know() -> None:
    """With `decline: false` the answer is an output to route by."""
    swapped = SimSwapChecked(swapped=True, known=True, covered_hours=240)
    assert check().judge(swapped) == Declined(code="sim_swapped")
    assert check(decline=False).judge(swapped) == Passed(output=swapped)


@pytest.mark.parametrize("known", [True, False])
def test_no_swap_and_no_knowledge_pass(known: bool) -> None:
    """An operator that knows nothing declines nobody; the output says so."""
    found = SimSwapChecked(swapped=False, known=known, covered_hours=0)
    assert check().judge(found) == Passed(output=found)


def test_how_far_back_is_ten_days_unless_said() -> None:
    """The window is a duration, as a flow writes it."""
    assert check().within == timedelta(hours=240)


@pytest.mark.parametrize(
    ("name", "address", "birth", "matched"),
    [
        (85, 70, "equal", True),
        (84, 70, "equal", False),
        (85, 69, "equal", False),
        (85, 70, "different", False),
        (None, 70, "equal", True),
        (85, None, "not_compared", True),
        (0, None, "not_compared", False),
    ],
)
def test_all_that_was_compared_must_reach_what_is_asked(
    name: int | None,
    address: int | None,
    birth: Literal["equal", "different", "not_compared"],
    matched: bool,
) -> None:
    """What the operator could not compare counts neither for nor against the customer."""
    found = weighed(match(), name, address, birth)
    assert (found.known, found.matched) == (True, matched)


def test_parts_that_nobody_asked_for_do_not_count() -> None:
    """A threshold of zero leaves a part out."""
    request = match(address_score=0, birth_date=False)
    assert weighed(request, 90, 0, "different").matched
    assert not weighed(request, 80, 100, "equal").matched


def test_too_little_likeness_declines_unless_the_flow_only_wants_to_know() -> None:
    """With `decline: false` the scores are an output to route by."""
    poor = weighed(match(), 20)
    assert match().judge(poor) == Declined(code="identity_not_matched")
    assert match(decline=False).judge(poor) == Passed(output=poor)


def test_a_record_that_says_nothing_declines_nobody() -> None:
    """Nothing compared is neither matched nor known."""
    nothing = weighed(match(), None, None, "not_compared")
    assert (nothing.known, nothing.matched) == (False, False)
    assert match().judge(nothing) == Passed(output=nothing)


def test_signals_carry_no_personal_data() -> None:
    """They are scores and answers, fit for events and conditions."""
    assert not has_personal(SimSwapChecked)
    assert not has_personal(IdentityMatched)
