"""Two lenders behind each other: whoever lends, the customer hears who, and is searched once."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any, Final

import pytest

from tests.flow.plans import credit_plan
from tests.flow.world import EngineHarness
from unshackled.errors import InDoubt, NotSent
from unshackled.ports.credit import CreditDecision, CreditQuoted
from unshackled.ports.outcome import Declined, Passed
from unshackled.testing.backends import referred
from unshackled.testing.samples import CREDIT, sample

NO: Final = Declined(code="credit_declined")


def offer(lender: str, **terms: Any) -> Passed[Any]:
    """A lender would lend."""
    return Passed(output=sample(CreditQuoted, lender=lender, **terms))


async def _quoted(prime: Any, second: Any, apply: Any = None) -> EngineHarness:
    """What each lender says to the soft search, and whoever is applied at to the application."""
    world = EngineHarness(credit_plan())
    world.backends.script("credit.quote", *[prime] * 3, provider="prime")
    world.backends.script("credit.quote", *[second] * 3, provider="second")
    if apply is not None:
        world.backends.script("credit.apply", apply)
    await world.begin()
    await world.fill()
    return world


QUOTES: Final = {
    "lends": offer("Prime"),
    "declines": NO,
    "away": NotSent("away", provider="prime"),
    "lost": InDoubt("no answer", provider="prime"),
    "other terms": offer("Prime", apr_percent=Decimal("29.9")),
}
APPLICATIONS: Final = {
    "accepted": Passed(output=sample(CreditDecision)),
    "declined": NO,
    "referred": referred(),
    "lost": InDoubt("no answer", provider="any"),
}


@pytest.mark.parametrize(("prime", "second", "apply"), [*product(QUOTES, QUOTES, APPLICATIONS)])
async def test_at_most_one_hard_search_whatever_they_say(
    prime: str, second: str, apply: str
) -> None:
    """Of all that two lenders can answer; and only at one that quoted, under one reference."""
    world = await _quoted(QUOTES[prime], QUOTES[second], APPLICATIONS[apply])
    await world.wait(hours=1)
    searched = world.backends.calls("credit.apply")
    assert len({(one.provider, one.reference) for one in searched}) <= 1
    for one in searched:
        assert one.provider == (await world.step("prequalify")).provider
    if QUOTES[prime] is NO and QUOTES[second] is NO:
        assert not searched


async def test_the_first_that_lends_is_the_only_one_asked() -> None:
    """The second lender hears nothing of the customer."""
    world = await _quoted(offer("Prime"), offer("Second"))
    assert {one.provider for one in world.backends.calls("credit.quote")} == {"prime"}


@pytest.mark.parametrize("prime", ["declines", "away", "other terms"])
async def test_application_and_credit_are_at_the_lender_that_quoted(prime: str) -> None:
    """Whatever the first one said, the second one is never asked for what the first quoted."""
    world = await _quoted(QUOTES[prime], offer("Second"))
    await world.wait(minutes=2)
    assert (await world.step("prequalify")).provider == "second"
    await world.show()
    await world.complete()
    assert (await world.standing()).status == "completed"
    for operation in ("credit.apply", "credit.activate"):
        assert [one.provider for one in world.backends.standing(operation)] == ["second"]


@pytest.mark.parametrize(
    "terms",
    [
        {"apr_percent": Decimal("29.9")},
        {"months": CREDIT.months + 12},
        {"amount": CREDIT.amount - 100},
        {"currency": "EUR"},
    ],
)
async def test_an_offer_on_other_terms_is_no_offer(terms: dict[str, Any]) -> None:
    """Nobody signs terms that they did not choose: both are passed over, and that is told."""
    world = await _quoted(offer("Prime", **terms), offer("Second", **terms))
    assert (await world.step("prequalify")).state == "declined"
    (told,) = [m for m in (await world.standing()).messages if m.code == "other_terms"]
    assert "change_package" in told.actions
    assert not world.backends.calls("credit.apply")


async def test_an_offer_on_the_terms_that_were_chosen_is_one() -> None:
    """However the lender writes its rate."""
    told = {"amount": CREDIT.amount, "months": CREDIT.months, "currency": "GBP"}
    world = await _quoted(offer("Prime", apr_percent=Decimal("0.00"), **told), NO)
    assert (await world.step("prequalify")).state == "passed"


async def test_after_a_hard_search_no_other_lender_is_tried() -> None:
    """The application was declined: the credit can be given up, and nothing else is searched."""
    world = await _quoted(offer("Prime"), offer("Second"), NO)
    assert (await world.step("credit")).state == "declined"
    (told,) = [m for m in (await world.standing()).messages if m.code == "credit_declined"]
    assert told.actions == ("change_package",)
    await world.wait(hours=2)
    assert len(world.backends.calls("credit.apply")) == 1
