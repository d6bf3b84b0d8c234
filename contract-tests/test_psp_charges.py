"""Later charges at the stand-in payment provider: a card on file, without its holder."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from unshackled.domain.records import replace
from unshackled.errors import InDoubt, Refused
from unshackled.ports import all_operations
from unshackled.sdk import Absent, Declined, Passed, Pending, RawCallback
from unshackled.sdk.ports import CardChargeConsent
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled.testing.contract.base import Suite
from unshackled.testing.samples import sample
from unshackled_adapters.psp import charges
from unshackled_adapters.psp.fake import make

OPS = all_operations()
SALE, CHARGE = OPS["payment.charge"], OPS["payment.charge_amount"]


class Psp(AdapterHarness):
    """A sale, and what is charged after it."""

    async def sell(self, consent: CardChargeConsent | None) -> Any:
        """Charge what is due today, with this word on later charges."""
        request = replace(await self.prepare(SALE), consent=consent)
        return await self.run(SALE, request=request)

    async def take(self, amount: int, call: Any = None) -> Any:
        """Charge the card of the sale with so much."""
        request = await self.prepare(CHARGE)
        request = replace(request, outcome=replace(request.outcome, on_card=amount))
        return await self.send(CHARGE, request, call or self.call(CHARGE))

    @property
    def taken(self) -> list[int]:
        """What the provider's own book has of later charges."""
        return [one["amount"] for one in self.stand_in.done(CHARGE.key)]


class Sold(Suite):
    adapter = "psp"


@pytest.fixture
async def psp() -> Psp:
    """A sale whose customer lets their card be charged later."""
    adapter = Sold().declared()
    secrets = {"api_key": "key_made_up", "webhook_secret": "demo-only-psp-webhook-secret"}
    settings = adapter.settings.model_validate({"base_url": BASE_URL, **secrets})
    harness = Psp(adapter=adapter, stand_in=make(), settings=settings)
    await harness.sell(sample(CardChargeConsent))
    return harness


async def test_the_charge_is_by_the_payment_that_the_customer_authenticated(psp: Psp) -> None:
    """It names that payment, takes its own sum, and moves it from the customer."""
    before = psp.stand_in.moved("customer", "payment")
    outcome = await psp.take(6_000)
    assert isinstance(outcome, Passed)
    assert (outcome.output.amount, outcome.output.currency) == (6_000, "GBP")
    assert outcome.output.payment != psp.history[SALE.key].outcome.output.payment
    assert psp.stand_in.moved("customer", "payment") - before == 6_000


@pytest.mark.parametrize("consent", [None, CardChargeConsent(given=False, wording="sha256:0")])
async def test_a_card_is_kept_with_consent_alone(
    psp: Psp, consent: CardChargeConsent | None
) -> None:
    """Whose customer said no, or was not asked, has no card on file: nothing is charged."""
    psp.history.clear()
    await psp.sell(consent)
    with pytest.raises(Refused):
        await psp.take(6_000)
    assert psp.taken == []


async def test_a_lost_answer_is_found_and_the_same_key_takes_nothing_twice(psp: Psp) -> None:
    """The look-up knows it, and sending it again says the same."""
    call = psp.call(CHARGE)
    assert isinstance(await psp.look_up(CHARGE, call), Absent)
    psp.stand_in.play("lost_answer", CHARGE.key, times=1)
    with pytest.raises(InDoubt):
        await psp.take(6_000, call)
    found = await psp.look_up(CHARGE, call)
    assert isinstance(found, Passed)
    assert await psp.take(6_000, replace(call, attempt=2)) == found
    assert psp.taken == [6_000]


async def test_an_issuer_that_says_no_takes_nothing(psp: Psp) -> None:
    """A value, found again by look-up; the next try under another key may go."""
    psp.stand_in.play("decline", CHARGE.key, times=1)
    call = psp.call(CHARGE)
    declined = Declined(code="card_declined", vendor_code="05")
    assert await psp.take(6_000, call) == declined
    assert await psp.look_up(CHARGE, call) == declined
    assert psp.taken == []
    assert isinstance(await psp.take(6_000), Passed)
    assert psp.taken == [6_000]


async def test_a_charge_that_takes_its_time_is_told_by_webhook(psp: Psp) -> None:
    """Pending first, then the same outcome by webhook and by look-up."""
    psp.stand_in.play("refer", CHARGE.key, times=1)
    call = psp.call(CHARGE)
    assert isinstance(await psp.take(6_000, call), Pending)
    await psp.stand_in.settle()
    found = await psp.look_up(CHARGE, call)
    assert isinstance(found, Passed)
    sent = psp.callbacks[-1]
    raw = RawCallback(body=sent.body, headers=sent.headers, received_at=datetime.now(UTC))
    read = psp.adapter.callback
    assert read is not None
    (notice,) = read(psp.settings, raw)
    assert (notice.reference, notice.outcome) == (call.reference, found)


@pytest.mark.parametrize("amount", [0, 29, 100_000_000])
async def test_a_sum_that_the_provider_does_not_take_is_refused(psp: Psp, amount: int) -> None:
    """Below 30p, or beyond its most: no decline of the customer's."""
    with pytest.raises(Refused):
        await psp.take(amount)
    assert psp.taken == []


async def test_what_went_back_of_the_sale_is_no_reason_to_forget_the_card(psp: Psp) -> None:
    """A sale that was refunded in part has its card on file still."""
    refund = OPS["payment.refund_amount"]
    await psp.send(refund, await psp.prepare(refund), psp.call(refund))
    assert isinstance(await psp.take(30), Passed)


def test_every_response_code_is_a_decline() -> None:
    """One that nobody knows, or none at all, is the issuer's no."""
    for told, code in {
        "51": "insufficient_funds",
        "54": "card_declined",
        "1A": "authentication_failed",
        "99": "card_declined",
        None: "card_declined",
    }.items():
        assert charges.declined({"response_code": told}) == Declined(code=code, vendor_code=told)
    with pytest.raises(ValueError, match="status"):
        charges.charged_again({"status": "unheard-of"})
