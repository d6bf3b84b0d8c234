"""What a checkout is found by, in the one form that it is stored and asked for in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.plans import plan_of
from tests.flow.world import INPUTS, EngineHarness
from unshackled.domain.codec import encode
from unshackled.flow.engine import commands as c
from unshackled.flow.plan.personal_data.search_terms import (
    asked_term,
    found_by,
    stored_term,
)
from unshackled.store.lookups import KINDS
from unshackled.store.memory import MemoryStore
from unshackled.store.stored_records import Change, Filter
from unshackled.testing.made_up_checkouts import checkout_of
from unshackled.testing.samples import TRADE_IN


@pytest.mark.parametrize(
    ("kind", "stored", "asked"),
    [
        ("email", "Ada@example.com", " ada@EXAMPLE.com "),
        ("email", "ada@b\u00fccher.example", "ADA@B\u00dcCHER.example"),
        ("phone", "+447700900123", "07700 900 123"),
        ("phone", "07700900123", "+44 (0)7700 900123"),
        ("phone", "+447700900123", "0044 7700 900123"),
        ("imei", "490154203237518", "49-015420-323751-8"),
        ("order", "W-0001", " w-0001"),
        ("customer_ref", "c-1", " c-1 "),
    ],
)
def test_one_form_whichever_way_it_is_written(kind: str, stored: str, asked: str) -> None:
    """As it is stored and as somebody asks come to the same."""
    assert stored_term(kind, stored) == asked_term(kind, asked, "GB")


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("email", "ada@example.com", "ada@example.co"),
        ("email", "a.da@example.com", "ada@example.com"),
        ("phone", "+447700900123", "+4917700900123"),
        ("customer_ref", "C-1", "c-1"),
        ("order", "W-1", "W1"),
    ],
)
def test_what_may_be_somebody_else_stays_apart(kind: str, one: str, other: str) -> None:
    """A retailer's own number is compared as it is; so are dots of a mailbox."""
    assert stored_term(kind, one) != asked_term(kind, other, "GB")


def test_a_german_number_is_german_where_the_retailer_is() -> None:
    """A number without the country's code is of the retailer's country."""
    assert asked_term("phone", "030 901820", "DE") == "+4930901820"


async def test_every_field_that_tells_who_it_is_counts() -> None:
    """By its entry or its name, of whichever step: contact, old number, new line, old device."""
    plan = plan_of(
        {
            "contact": {"collect": "contact"},
            "number": {"collect": "number"},
            "device": {"collect": "device_return"},
            "sim": {"call": "sim.activate", "needs": ["contact", "number"], "pivot": True},
        }
    )
    steps = {name: dict(fields) for name, fields in plan.searched.items()}
    assert steps == {
        "contact": {"email": "email", "phone": "phone"},
        "number": {"current_number": "phone"},
        "device": {"imei": "imei"},
        "sim": {"msisdn": "phone"},
    }
    assert {kind for fields in steps.values() for kind in fields.values()} <= set(KINDS)


def test_without_its_plan_a_checkout_is_found_by_what_it_says_itself() -> None:
    """The retailer's number and the old device."""
    found = found_by(None, checkout_of())
    assert found == {"customer_ref": ("c-1",), "imei": (TRADE_IN.imei,)}


class NotingStore(MemoryStore):
    """Keeps every change that it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.changes = list[Change]()

    async def append(self, change: Change) -> None:
        """Write it, and keep it."""
        await super().append(change)
        self.changes.append(change)

    @property
    def terms(self) -> list[Any]:
        """What was said to be found by, each time that it was said."""
        return [one.lookups for one in self.changes if one.lookups is not None]


async def test_terms_are_written_when_they_change_and_not_else() -> None:
    """With the first append, with a contact, with a package; a document that was shown is none."""
    store = NotingStore()
    world = EngineHarness(store=store)
    await world.begin()
    assert store.terms == [{"imei": (TRADE_IN.imei,)}]
    await world.submit("contact")
    assert [set(one) for one in store.terms[1:]] == [{"imei", "email", "phone"}]
    await world.fill("address", "income", "card")
    await world.show()
    assert len(store.terms) == 2
    body = {**encode(INPUTS["contact"]), "email": "other@example.com"}
    await world.ask(c.Submit(step="contact", body=body))
    assert store.terms[-1]["email"] == ("other@example.com",)
    await world.change(trade_in=None)
    only = Filter(email="other@example.com")
    page = await store.checkouts("northstar", status=None, after=None, limit=9, only=only)
    assert len(page.rows) == 1
