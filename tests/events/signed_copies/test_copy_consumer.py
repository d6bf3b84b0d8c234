"""The copy of a signed agreement is fetched once, beside the purchase, and only what it may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from tests.shipped import shipped
from unshackled.authoring.flow_walks import ID, SimulatedCheckout
from unshackled.domain.documents.signed_copy import MOST_COPY_BYTES
from unshackled.domain.records import replace
from unshackled.errors import NotSent
from unshackled.events.signed_copies.copy_consumer import SignedCopyConsumer
from unshackled.flow.engine import commands as c
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.ports.agreement import SIGNED_COPY, AgreementSigned, CopyFile
from unshackled.store.signed_copies import SignedCopies
from unshackled.store.stored_records import EventRow
from unshackled.testing.backends import FakeBackends

LONG = timedelta(days=9_000)
PDF = CopyFile(content=b"%PDF-1.7 signed", content_type="application/pdf")


@dataclass
class Signer(FakeBackends):
    """A signer that hands out copies; `away` says how many times it is not reached first."""

    file: CopyFile = PDF
    away: int = 0
    wanted: list[Any] = field(default_factory=list)
    meanwhile: Callable[[], Any] | None = None

    async def perform(
        self, retailer: str, provider: str, operation: str, request: Any, call: Any
    ) -> Any:
        """The file, of the envelope that was asked for."""
        self.wanted.append((provider, operation, request))
        if self.meanwhile is not None:
            await self.meanwhile()
        if len(self.wanted) <= self.away:
            raise NotSent("no connection", provider=provider)
        return self.file


class CopyHarness:
    """A checkout on credit that was bought, its consumer and what it asked the signer."""

    def __init__(self) -> None:
        self.plan = shipped().plan("northstar", "handset-on-credit")
        self.life = SimulatedCheckout(self.plan)
        self.signer = Signer()
        caller = ProviderCaller(
            backends=self.signer,
            clock=self.life.clock,
            random=Random(1),
            public_url="https://checkout.example",
        )
        self.consumer = SignedCopyConsumer(self.life.store, caller)

    async def signed(self) -> EventRow:
        """The event that the agreement was signed."""
        rows = await self.life.store.events(ID, after=None, limit=10_000)
        (event,) = [row for row in rows if self.consumer.concerns(row)]
        return event

    async def copies(self) -> list[str]:
        """The steps of which there is a copy."""
        checkout = await self.life.store.load(ID)
        assert checkout is not None
        return [one.step for one in await SignedCopies(self.life.store).of(checkout)]


@pytest.fixture
async def world() -> CopyHarness:
    """A customer who bought."""
    made = CopyHarness()
    await made.life.begin()
    await made.life.live()
    return made


async def test_a_signed_agreement_is_fetched_once(world: CopyHarness) -> None:
    """From the provider that signed, by its envelope; the event again asks nobody."""
    event = await world.signed()
    for _ in range(2):
        await world.consumer.take(event)
    ((provider, operation, request),) = world.signer.wanted
    assert (provider, operation) == ("signer", SIGNED_COPY)
    assert isinstance(request, AgreementSigned)
    assert await world.copies() == [event.data["step"]]


async def test_other_events_ask_nobody(world: CopyHarness) -> None:
    """What was only sent to be signed, and every other type."""
    rows = await world.life.store.events(ID, after=None, limit=10_000)
    for row in rows:
        if not world.consumer.concerns(row):
            await world.consumer.take(row)
    assert {row.data["standing"] for row in rows if row.type == "document.recorded.v1"} > {"signed"}
    assert world.signer.wanted == []


async def test_a_signer_that_is_away_is_asked_again(world: CopyHarness) -> None:
    """The failure is raised, so that the event comes back; then the copy is there."""
    world.signer.away = 1
    event = await world.signed()
    with pytest.raises(NotSent):
        await world.consumer.take(event)
    assert await world.copies() == []
    await world.consumer.take(event)
    assert await world.copies() == [event.data["step"]]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (replace(PDF, content=b"%PDF-" + bytes(MOST_COPY_BYTES)), "too_large"),
        (replace(PDF, content=b"<html>"), "not_a_pdf"),
        (replace(PDF, content=b""), "not_a_pdf"),
        (replace(PDF, content_type="text/html"), "not_a_pdf"),
    ],
    ids=["large", "page", "empty", "type"],
)
async def test_what_is_no_copy_is_refused_and_said(
    world: CopyHarness, file: CopyFile, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By a line for operators, without what is in it; it is not tried again."""
    world.signer.file = file
    await world.consumer.take(await world.signed())
    assert await world.copies() == []
    written = capsys.readouterr().out
    assert "signed_copy.refused" in written
    assert reason in written


async def test_a_signer_without_copies_is_not_asked(world: CopyHarness) -> None:
    """Its adapter does not offer them."""
    world.signer.without = {SIGNED_COPY}
    await world.consumer.take(await world.signed())
    assert world.signer.wanted == []
    assert await world.copies() == []


async def test_what_is_erased_gets_no_copy(world: CopyHarness) -> None:
    """Neither before the signer is asked nor while it answers."""
    event = await world.signed()

    async def erase() -> None:
        await world.life.clock.advance(LONG)
        await world.life.ask(c.Erase(by="clock", reason="retention_ended"))

    world.signer.meanwhile = erase
    await world.consumer.take(event)
    assert await world.copies() == []
    world.signer.meanwhile = None
    await world.consumer.take(event)
    assert len(world.signer.wanted) == 1
