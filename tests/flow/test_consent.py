"""Consent to a hard search, the order of asking, and what may be corrected after it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.flow.files import plan
from tests.flow.plans import credit_plan
from tests.flow.world import EngineHarness
from unshackled.domain.codec import encode
from unshackled.domain.customer import Address, Contact
from unshackled.domain.package import Package
from unshackled.domain.records import replace
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.plan.plan import Plan
from unshackled.messages import written
from unshackled.ports.credit import SEARCH_CONSENT, CreditQuoted, SearchFacts
from unshackled.ports.outcome import Declined, Passed
from unshackled.steps import InvalidInput, StepContext
from unshackled.testing.samples import PACKAGE, sample

NOW = datetime(2026, 11, 30, tzinfo=UTC)
WORDED = "sha256:" + "0" * 64


def consenting(**changes: dict[str, Any]) -> Plan:
    """The main job with consent, and a correction after the search."""
    steps: dict[str, dict[str, Any]] = {
        "consent": {"collect": "credit_search_consent", "needs": ["prequalify"]},
        "credit": {"needs": ["consent", "prequalify"]},
        "amendment": {"call": "credit.amend", "needs": ["credit"]},
    }
    return credit_plan(**(steps | changes))


async def _asked(package: Package = PACKAGE) -> EngineHarness:
    world = EngineHarness(consenting())
    await world.begin(package)
    await world.fill()
    return world


async def _sentence(world: EngineHarness) -> Any:
    (action,) = [one for one in (await world.standing()).next_actions if one.step == "consent"]
    assert action.due
    return action.document


async def _agree(world: EngineHarness) -> None:
    wording = (await _sentence(world))["digest"]
    await world.submit("consent", {"given": True, "wording": wording})


async def test_nothing_is_searched_before_the_customer_agreed_to_the_sentence_they_saw() -> None:
    """The sentence names the lender that quoted; the log has its digest, and nothing else."""
    world = await _asked()
    offer = (await world.seen()).output("prequalify")
    assert offer is not None
    assert offer["lender"] in str((await _sentence(world))["lines"])
    assert world.backends.calls("credit.apply") == []
    await _agree(world)
    (applied,) = world.backends.calls("credit.apply")
    assert applied.request.consent.given is True
    assert "consent.given.v1" in await world.types()


@pytest.mark.parametrize(
    "body",
    [{}, {"given": False, "wording": WORDED}, {"given": True}, {"given": True, "wording": WORDED}],
    ids=["nothing", "no", "no wording", "another wording"],
)
async def test_what_is_no_consent_is_refused(body: dict[str, Any]) -> None:
    """A no, a yes to nothing, and a yes to another sentence are told field by field."""
    world = await _asked()
    with pytest.raises(Rejected) as refused:
        await world.submit("consent", body)
    assert refused.value.code == "invalid_input"
    assert world.backends.calls("credit.apply") == []


async def test_consent_before_the_lender_is_known_is_not_taken() -> None:
    """There is no sentence yet, and so no action that offers one."""
    world = EngineHarness(consenting())
    await world.begin()
    assert "consent" not in {one.step for one in (await world.standing()).next_actions}
    with pytest.raises(Rejected) as refused:
        await world.submit("consent", {"given": True, "wording": WORDED})
    assert refused.value.code == "step_not_due"


def _read_back(lender: str, *, kept: bool) -> object:
    """A consent to Prime's search in English, read in a German checkout."""
    prime, here = (SearchFacts(offer=CreditQuoted(offer="o", lender=o)) for o in ("Prime", lender))
    body = {"given": True, "wording": written(SEARCH_CONSENT, prime, "en-GB").digest}
    view = StepContext(request=here, now=NOW, locale="de-DE", stored=kept)
    return consenting().steps["consent"].definition.submit(body, view)


def test_a_consent_given_before_the_checkouts_language_was_there_stays_valid() -> None:
    """It was given to the sentence that was shown then; nobody gives it anew to that sentence."""
    assert isinstance(_read_back("Prime", kept=True), Passed)
    for lender, kept in (("Second", True), ("Prime", False)):
        with pytest.raises(InvalidInput):
            _read_back(lender, kept=kept)


async def test_another_lender_asks_again() -> None:
    """What was agreed to for one lender lets no other one search."""
    slot = {"choose": "delivery.slots", "needs": ["address"]}
    world = EngineHarness(
        consenting(credit={"needs": ["consent", "prequalify", "slot"]}, slot=slot)
    )
    lenders = [Passed(output=CreditQuoted(offer=one, lender=one)) for one in ("Prime", "Second")]
    world.backends.script("credit.quote", *lenders)
    await world.begin()
    await world.fill()
    await _agree(world)
    assert world.backends.calls("credit.apply") == []
    credit = PACKAGE.credit
    assert credit is not None
    await world.change(credit=replace(credit, product="deferred_payment"))
    assert (await world.step("consent")).state == "waiting_customer"
    assert "Second" in str((await _sentence(world))["lines"])


async def test_an_email_typo_after_the_hard_search_is_corrected() -> None:
    """200: the lender hears of it, and order and message go to the corrected address."""
    world = await _asked()
    await _agree(world)
    corrected = replace(sample(Contact), email="right@example.com", phone="+447700900111")
    await world.submit("contact", encode(corrected))
    assert (await world.step("credit")).state == "passed"
    await world.show()
    await world.complete()
    assert (await world.standing()).status == "completed"
    assert len(world.backends.calls("credit.apply")) == 1
    for operation in ("credit.amend", "orders.place", "notification.send"):
        last = world.backends.calls(operation)[-1]
        assert last.request.contact.email == "right@example.com", operation


@pytest.mark.parametrize("step", ["contact", "address"])
async def test_every_other_change_after_the_hard_search_is_refused(step: str) -> None:
    """Another name, another address: it would be another application."""
    world = await _asked()
    await _agree(world)
    other: Any = (
        replace(sample(Contact), family_name="Other")
        if step == "contact"
        else replace(sample(Address), line1="2 New Row")
    )
    with pytest.raises(Rejected) as refused:
        await world.submit(step, encode(other))
    assert refused.value.code == "credit_already_decided"
    assert "corrected" in str(refused.value)


def test_a_hard_search_comes_after_all_that_can_be_declined_without_it(tmp_path: Path) -> None:
    """Stock and the address are asked for first, although the flow does not write so."""
    found = plan(tmp_path)
    assert {"consent", "stock", "prequalify"} <= set(found.step("credit").needs)
    assert "credit" in found.step("agreement").ancestors


async def test_what_cannot_be_delivered_is_never_searched() -> None:
    """The slots decline the address: the lender hears nothing of an application."""
    slot = {"choose": "delivery.slots", "needs": ["address"]}
    world = EngineHarness(
        consenting(credit={"needs": ["consent", "prequalify", "slot"]}, slot=slot)
    )
    world.backends.script("delivery.slots", Declined(code="not_deliverable"))
    await world.begin()
    await world.fill()
    await _agree(world)
    assert world.backends.calls("credit.apply") == []
