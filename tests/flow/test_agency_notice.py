"""Who is declined on a credit reference agency's data is told of it (CCA 1974 s.157(A1))."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.plans import credit_plan
from tests.flow.world import ID, EngineHarness
from unshackled.domain.decline_details import (
    AGENCIES,
    TEXT,
    CreditAgency,
    DeclineDetails,
    bounded_details,
)
from unshackled.domain.records import replace
from unshackled.ports.outcome import Declined

ALPHA = CreditAgency(name="Alpha Data", address="1 File Street, London", phone="0300 000 0001")
BETA = CreditAgency(name="Beta Files", address="2 Score Road, Leeds", phone="0300 000 0002")


def no(lender: str, *agencies: CreditAgency) -> Declined:
    """A lender's "no" and whose data it came from."""
    details = DeclineDetails(lender=lender, agencies=agencies)
    return Declined(code="credit_declined", details=details)


async def _declined(*answers: Declined, locale: str = "en-GB") -> Any:
    world = EngineHarness(credit_plan())
    world.backends.script("credit.quote", *answers)
    await world.begin(locale=locale)
    await world.fill("contact", "address", "income")
    return world


async def test_every_lender_that_declined_names_its_agencies() -> None:
    """Both lenders of a waterfall said no: the customer reads whose data each of them used."""
    world = await _declined(no("Prime", ALPHA), no("Second", ALPHA, BETA))
    (told,) = [m for m in (await world.standing()).messages if m.code == "credit_declined"]
    assert [(one["lender"], one["name"]) for one in told.params["agencies"]] == [
        ("Prime", "Alpha Data"),
        ("Second", "Alpha Data"),
        ("Second", "Beta Files"),
    ]
    for agency in (ALPHA, BETA):
        for text in (agency.name, agency.address, agency.phone):
            assert text in told.content
    # Another card is no way out; another package is.
    assert "change_package" in told.actions
    assert not [one for one in told.actions if "card" in one or one.startswith("retry")]


async def test_a_lender_that_was_passed_over_is_told_of_beside_the_yes_of_the_next() -> None:
    """The first one declined on data; that the second one lends does not make it untold."""
    world = EngineHarness(credit_plan())
    world.backends.script("credit.quote", no("Prime", ALPHA))
    await world.ready()
    (told,) = [m for m in (await world.standing()).messages if m.code == "lender_declined"]
    assert (told.type, told.severity) == ("info", "info")
    assert [one["name"] for one in told.params["agencies"]] == ["Alpha Data"]
    assert (await world.step("prequalify")).state == "passed"
    await world.complete()
    assert not [m for m in (await world.standing()).messages if m.code == "lender_declined"]


async def test_without_an_agency_nothing_is_said_of_one() -> None:
    """Not every "no" comes from an agency's data."""
    world = await _declined(Declined(code="credit_declined"), Declined(code="credit_declined"))
    (told,) = [m for m in (await world.standing()).messages if m.code == "credit_declined"]
    assert "agencies" not in told.params
    assert "agency" not in told.content


async def test_another_round_tells_only_of_itself() -> None:
    """The customer changed their figures; the next "no" is about these."""
    world = await _declined(no("Prime", ALPHA), no("Second", BETA))
    world.backends.script("credit.quote", no("Prime", BETA), Declined(code="credit_declined"))
    await world.submit("income", {**INCOME, "monthly_net_income": 199_999})
    (told,) = [m for m in (await world.standing()).messages if m.code == "credit_declined"]
    assert [(one["lender"], one["name"]) for one in told.params["agencies"]] == [
        ("Prime", "Beta Files")
    ]


INCOME = {
    "monthly_net_income": 200_000,
    "monthly_housing_cost": 50_000,
    "monthly_other_commitments": 10_000,
    "employment": "employed",
}


async def test_nothing_of_it_is_in_an_event() -> None:
    """The log is the retailer's: that an agency knows something of somebody is personal."""
    world = await _declined(no("Prime", ALPHA), no("Second", BETA))
    rows = await world.store.events(ID, after=None, limit=100)
    assert {row.type for row in rows} >= {"step.passed_over.v1", "step.declined.v1"}
    assert not any("Alpha" in str(row.data) or "Beta" in str(row.data) for row in rows)


@pytest.mark.parametrize(
    ("locale", "words"), [("en-GB", "credit reference agency"), ("de-DE", "nach Auskunft von")]
)
async def test_it_is_told_in_the_customers_language(locale: str, words: str) -> None:
    """English and German."""
    world = await _declined(no("Prime"), no("Second", ALPHA), locale=locale)
    (told,) = [m for m in (await world.standing()).messages if m.code == "credit_declined"]
    assert words in told.content


def test_what_a_lender_says_is_bounded() -> None:
    """No more agencies, and no longer texts, than can be kept."""
    long = replace(ALPHA, name="x" * 999, address="y" * 999, phone="z" * 999)
    kept = bounded_details(DeclineDetails(lender="l" * 999, agencies=(long,) * 99))
    assert kept is not None
    assert len(kept.agencies) == AGENCIES
    (one, *_) = kept.agencies
    assert {len(kept.lender or ""), len(one.name), len(one.address), len(one.phone)} == {TEXT}
