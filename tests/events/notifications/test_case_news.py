"""What a customer is told of a case: whose events a rule is about, and what the letter says."""

from __future__ import annotations

from tests.events.notifications.harness import DONE, NotificationHarness, bought
from unshackled.domain.case import CaseLine, CaseRequest
from unshackled.domain.checkout import Checkout
from unshackled.domain.records import replace
from unshackled.domain.runs import Run
from unshackled.events.notifications.letter import letter_of
from unshackled.ports.call_context import Call
from unshackled.sdk.message_values import message_values
from unshackled.store.stored_records import StoredFlow
from unshackled.testing.samples import NOW

REFUND = CaseRequest(
    case="refund-1",
    kind="refund",
    lines=(CaseLine(part="handset", sku="handset-mid", quantity=1, amount=2_000),),
    amount=2_000,
    currency="GBP",
    reason="goodwill",
    opened_at=NOW,
    opened_by="retailer",
)
CALL = Call(
    reference="A" * 26,
    checkout="chk_1",
    currency="GBP",
    locale="en-GB",
    callback_url="https://checkout.example/callback",
    return_url="https://checkout.example/return",
)


class WithCase:
    """Snapshots of a store whose checkouts have a case."""

    def __init__(self, world: NotificationHarness) -> None:
        self.store = world.life.store

    async def load(self, checkout: str) -> Checkout | None:
        """The snapshot, with the case."""
        found = await self.store.load(checkout)
        run = Run(flow="refund", digest="sha256:1", opened=REFUND, steps={})
        return replace(found, runs={"refund-1": run}) if found is not None else None

    async def flow(self, digest: str) -> StoredFlow | None:
        """A resolved flow."""
        return await self.store.flow(digest)


RULES = (
    (None, "case.opened.v1", "refund-1", True),
    ("refund", "case.opened.v1", "refund-1", True),
    ("return", "case.opened.v1", "refund-1", False),
    (None, "step.declined.v1", None, True),
    (None, "step.declined.v1", "refund-1", False),
    ("refund", "step.declined.v1", "refund-1", True),
    ("refund", "step.declined.v1", None, False),
)
SENTENCES = (
    ("en-GB", "opened", "Your refund has begun: £20.00 will be paid back the way it was paid."),
    ("en-GB", "canceled", "Your refund was ended without result, and nothing was paid back."),
    ("de-DE", "completed", "Ihre Erstattung ist abgeschlossen: 20,00\xa0£ werden auf dem Weg"),
)


async def test_a_rule_is_about_cases_of_its_kind() -> None:
    """One without a kind: about all cases by their own events, and the purchase by its steps."""
    world, done = await bought()
    for number, (case, type_, run, reached) in enumerate(RULES, start=1):
        world.rules = (replace(DONE, event=type_, case=case, template=f"welcome_{number}"),)
        consumer = world.replica(WithCase(world))
        data = {"step": "deposit"} | ({} if run is None else {"run": run})
        event = replace(done, type=type_, data=data, index=done.index + number)
        assert consumer.concerns(event) is reached
        await consumer.take(event)
        assert bool(world.sent(f"welcome_{number}")) is reached, (case, type_, run)


async def test_a_letter_about_a_case_says_what_became_of_it() -> None:
    """A sentence in the customer's language, with the amount as it is written there."""
    world, done = await bought()
    checkout = await WithCase(world).load(done.checkout)
    assert checkout is not None
    resolved = world.plan.resolved
    for locale, news, said in SENTENCES:
        event = replace(done, type=f"case.{news}.v1", data={"run": "refund-1"})
        letter = letter_of(checkout, resolved, "case_news", event)
        assert letter is not None
        assert (letter.case, letter.case_news) == (REFUND, news)
        values = message_values(letter, replace(CALL, locale=locale))
        assert values["case_news"].startswith(said)
        assert values["case"] == "refund-1"
    other = letter_of(checkout, resolved, "welcome", replace(done, data={}))
    assert other is not None
    assert (other.case, other.case_news) == (None, None), "one about the purchase has none"
