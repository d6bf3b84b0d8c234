"""The demo's stories go as they are told, to the penny, and leave nothing open between any two."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from unshackled.stories.play import STORIES, chosen, play_stories

# What each story has to come to, beside that everything is even in the end.
TOLD: Mapping[str, tuple[str, ...]] = {
    "interest-free": ("£669.00  instalments, 24 payments", "signed: Fixed Sum Loan Agreement"),
    "with-interest": ("£850.00  credit, says prime-lender", "£1,045.38  instalments, 36 payments"),
    "keep-number": ("the number is +447700900123 from", "is loaded with LPA:1$", "until then"),
    "graded-down": (
        "It is worth £60.00 and",
        "you have £60.00 to pay",
        "the card is charged £60.00",
        "Consent to a later charge to your card",
        "£60.00  trade in difference, trade_in-1, says psp",
        "£300.00  settlement, says",
    ),
    "never-arrives": (
        "has not reached us",
        "you have £120.00 to pay",
        "£120.00  trade in difference, trade_in-1, says psp",
    ),
    "whole-return": (
        "£49.00  refund, return-1, says psp",
        "£669.00  credit returned, return-1, says prime-lender",
        "£27.88  instalments returned, return-1, says prime-lender",
        "airtime SUB-000001, telco to customer: ended",
    ),
    "withdrawal": (
        "£4.51 of it interest so far; each day more",
        "34.70p",
        "pays the lender £856.94",
        "is completed",
    ),
    "late-withdrawal": ("is refused: 409 It is too late",),
    "partial-return": (
        "£19.00  refund, return-1, says psp",
        "goods, customer to retailer: returned",
    ),
}


@pytest.mark.parametrize("name", [story.name for story in STORIES])
async def test_a_story_goes_as_it_is_told(name: str) -> None:
    """Each line that it has to come to is there, and the ledger is even."""
    lines: list[str] = []
    await play_stories(lines.append, name=name)
    text = "\n".join(lines)
    assert [wanted for wanted in TOLD[name] if wanted not in text] == []
    assert lines[-1].strip() == "all even"


def test_stories_are_chosen_by_name_and_by_retailer() -> None:
    """An unknown name is refused with those that there are."""
    assert [story.name for story in chosen(retailer="pocket")] == ["keep-number"]
    assert [story.name for story in chosen(name="withdrawal")] == ["withdrawal"]
    with pytest.raises(ValueError, match="allowed are interest-free, with-interest"):
        chosen(name="nobody")
