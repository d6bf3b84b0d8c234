"""The platform's adapter keeps the contract, and its own promises."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

import httpx
import orjson
import pytest
from pydantic import SecretStr

from unshackled.ports import all_operations
from unshackled.ports.operation import Operation
from unshackled.sdk import (
    Absent,
    BadSignature,
    Call,
    Declined,
    InDoubt,
    Notice,
    Passed,
    Pending,
    RawCallback,
    Redirect,
    Refused,
)
from unshackled.sdk.ports import Contact, CreditDecision
from unshackled.sdk.standin import StandIn
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import RETURN_URL, AdapterHarness, Callback
from unshackled.testing.samples import CREDIT, request_for, sample
from unshackled_adapters.divido import mapping, signing
from unshackled_adapters.divido.fake import make
from unshackled_adapters.divido.notices import receive
from unshackled_adapters.divido.settings import Settings

QUOTE = all_operations()["credit.quote"]
APPLY = all_operations()["credit.apply"]
ACTIVATE = all_operations()["credit.activate"]
SECRET: Final = "demo-only-divido-shared-secret"
PLANS: Final = {
    "GBP": "F00000000-24",
    "EUR": "F00000001-24",
    "JPY": "F00000002-24",
    "KWD": "F00000003-24",
}
DECLINED = Declined(code="credit_declined")


def raw(callback: Callback, **changes: Any) -> RawCallback:
    """A webhook as it arrives."""
    arrived = {"body": callback.body, "headers": callback.headers, "url": callback.url}
    return RawCallback(**{"received_at": datetime.now(UTC), **arrived, **changes})


def signed(data: object) -> RawCallback:
    """Any body, signed by who knows the secret."""
    body = orjson.dumps(data)
    header = {signing.HEADER: signing.sign(SecretStr(SECRET), body)}
    return RawCallback(body=body, headers=header, received_at=datetime.now(UTC))


class DividoBench(AdapterHarness):
    """A retailer sells in one currency, and so has the plans of that currency."""

    def __post_init__(self) -> None:
        plans = {CREDIT.plan: PLANS[self.currency]}
        self.settings = self.settings.model_copy(update={"plans": plans})
        super().__post_init__()

    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """Do all of it on the page, wait for the underwriter, then ask."""
        if isinstance(outcome, Redirect):
            await self.visit(outcome)
        await self.stand_in.settle()
        return await self.look_up(operation, call)

    async def visit(self, outcome: Redirect, *choices: str) -> None:
        """Go to the page and do what is there to do, all of it unless told."""
        app = httpx.ASGITransport(app=self.stand_in.app())
        async with httpx.AsyncClient(transport=app) as browser:
            page = await browser.get(outcome.url)
            answers = [
                await browser.post(outcome.url, data={"choice": choice})
                for choice in choices or ("complete",)
            ]
        assert "669.00" in page.text or "66,900" in page.text or "66.900" in page.text
        assert {(one.status_code, one.headers["location"]) for one in answers} == {
            (303, RETURN_URL)
        }

    async def start(self, family_name: str = "Featherstone") -> tuple[Call, Redirect]:
        """Apply as somebody; the customer is not yet at the page."""
        who = sample(Contact, family_name=family_name)
        quoted = await self.run(QUOTE)
        call = self.call(APPLY)
        outcome = await self.send(APPLY, request_for(APPLY, facts=(who, quoted.output)), call)
        assert isinstance(outcome, Redirect)
        return call, outcome

    async def ask(self, call: Call, handle: str | None) -> Any:
        """Look an application up by its number."""
        return await self.look_up(APPLY, dataclasses.replace(call, handle=handle))

    async def read(self, one: RawCallback) -> Sequence[Notice]:
        """What a webhook comes to."""
        client: Any = self.ports["credit"]
        return await receive(client, one)

    def says(self) -> list[str]:
        """The statuses that the webhooks so far told."""
        return [orjson.loads(one.body)["status"] for one in self.callbacks]


class TestDivido(AdapterContract):
    """The suite, with webhooks as the platform signs them."""

    adapter = "divido"
    refused_data: ClassVar = {"credit.apply": [{"contact": {"email": "sam@shop.invalid"}}]}
    settings: ClassVar = {"api_key": "sandbox_made_up.key", "shared_secret": SECRET}
    bench_type = DividoBench
    signs_time = False

    def stand_in(self) -> StandIn:
        return make(decide_after=0.0)

    def forged(self, raw: RawCallback) -> Iterator[RawCallback]:
        """Another body, no signature, another's signature."""
        yield dataclasses.replace(raw, body=raw.body + b" ")
        yield dataclasses.replace(raw, headers={})
        wrong = signing.sign(SecretStr("another"), raw.body)
        yield dataclasses.replace(raw, headers={signing.HEADER: wrong})


async def endless(scope: Any, receive: Any, send: Any) -> None:
    """A platform with more applications than anybody reads."""
    body = orjson.dumps({"meta": {"last_page": 10_000}, "data": []})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def divido(**how: Any) -> DividoBench:
    """A fresh bench."""
    bench = TestDivido().bench(**how)
    assert isinstance(bench, DividoBench)
    return bench


class TestThePage:
    """What the customer does at the platform."""

    async def test_the_customer_is_done_when_everything_is(self) -> None:
        """Accepted or signed is not enough: the application passes when it is ready."""
        bench = divido()
        call, outcome = await bench.start()
        await bench.visit(outcome, "form")
        assert isinstance(await bench.ask(call, outcome.handle), Redirect)
        await bench.visit(outcome, "sign")
        await bench.stand_in.settle()
        assert bench.says() == ["ACCEPTED", "SIGNED", "READY"]
        found = await bench.ask(call, outcome.handle)
        assert isinstance(found, Passed)
        assert found.output == CreditDecision(
            application=outcome.handle or "", lender="Omni", amount=66_900, currency="GBP"
        )

    async def test_the_deposit_is_paid_there_only_where_the_retailer_says_so(self) -> None:
        """By default the deposit is a step of ours, and the platform finances the rest."""
        bench = divido()
        _, outcome = await bench.start()
        await bench.visit(outcome)
        await bench.stand_in.settle()
        assert bench.says() == ["ACCEPTED", "SIGNED", "READY"]
        takes = bench.settings.model_copy(update={"takes_deposit": True})
        there = DividoBench(adapter=bench.adapter, stand_in=make(), settings=takes)
        _, outcome = await there.start()
        await there.visit(outcome)
        await there.stand_in.settle()
        assert there.says() == ["ACCEPTED", "DEPOSIT-PAID", "SIGNED", "READY"]
        assert [one.stand_in.ledger[0]["amount"] for one in (bench, there)] == [66_900, 66_900]

    @pytest.mark.parametrize("status", ["SIGNED", "READY"])
    async def test_where_nothing_follows_the_signature_it_is_enough(self, status: str) -> None:
        """Some lenders have no further status: a setting says when the customer is done."""
        settings = Settings.model_validate(
            {"base_url": "", "api_key": "k", "shared_secret": "s", "complete_at": status}
        )
        told = {"id": "app-1", "current_status": "SIGNED"}
        outcome = mapping.decision(told, settings, datetime.now(UTC))
        assert isinstance(outcome, Passed if status == "SIGNED" else Pending)

    @pytest.mark.parametrize(("name", "kind"), [("Refer", Redirect), ("ReferDecline", Declined)])
    async def test_a_referral_waits_for_a_person(self, name: str, kind: type) -> None:
        """Referred is pending; accepted later, the customer goes on where they left off."""
        bench = divido()
        bench.stand_in = make(decide_after=None)
        bench.__post_init__()
        call, outcome = await bench.start(name)
        await bench.visit(outcome)
        pending = Pending(poll_after=timedelta(minutes=30), handle=outcome.handle)
        assert await bench.ask(call, outcome.handle) == pending
        app = httpx.ASGITransport(app=bench.stand_in.app())
        async with httpx.AsyncClient(transport=app, base_url="http://backend.example") as person:
            status = "ACCEPTED" if kind is Redirect else "DECLINED"
            await person.post(f"/_underwriting/{outcome.handle}", json={"status": status})
        assert isinstance(await bench.ask(call, outcome.handle), kind)

    @pytest.mark.parametrize(
        ("choice", "name", "code"),
        [("complete", "Decline", "credit_declined"), ("cancel", "Featherstone", "declined")],
    )
    async def test_no_is_a_decline(self, choice: str, name: str, code: str) -> None:
        """Who is declined, and who cancels, has no credit."""
        bench = divido()
        call, outcome = await bench.start(name)
        await bench.visit(outcome, choice)
        assert await bench.ask(call, outcome.handle) == Declined(code=code)
        assert bench.stand_in.ledger == []

    def test_every_status_has_one_meaning(self) -> None:
        """No status is in two tables; one that no table knows is no outcome."""
        tables = [mapping.AT_THE_PAGE, mapping.COMPLETE, frozenset(mapping.ENDS), {mapping.SIGNED}]
        assert sum(map(len, tables)) == len(frozenset().union(*tables))
        settings = Settings.model_validate({"base_url": "", "api_key": "k", "shared_secret": "s"})
        for status in ("INFO-NEEDED", "ACTION-LENDER"):
            told = {"id": "app-1", "current_status": status}
            assert isinstance(mapping.decision(told, settings, datetime.now(UTC)), Pending)


class TestPlans:
    """What a quotation comes to: the platform's plans, not a search."""

    @pytest.mark.parametrize(
        "changes",
        [
            {"plan": "F99999999-24"},
            {"plan": "no-such-plan"},
            {"amount": 24_999},
            {"amount": 2_500_001},
            {"months": 12},
        ],
    )
    async def test_a_plan_must_be_there_for_these_terms(self, changes: dict[str, Any]) -> None:
        """A plan that is not sold, for less, for more or for another term is no offer."""
        bench = divido()
        terms = dataclasses.replace(CREDIT, **changes)
        request = dataclasses.replace(request_for(QUOTE), terms=terms)
        assert await bench.run(QUOTE, request=request) == DECLINED

    async def test_a_plan_of_another_currency_is_no_offer(self) -> None:
        """A plan lends in its own currency."""
        bench = divido()
        call = bench.call(QUOTE, currency="EUR")
        assert await bench.send(QUOTE, request_for(QUOTE), call) == DECLINED

    def test_plans_are_read_as_the_older_documents_have_them(self) -> None:
        """Fields below `attributes` and currencies below `relationships` count as well."""
        older = {
            "id": "F1",
            "attributes": {"agreement_duration_months": 24, "lender_code": "MEF"},
            "relationships": {"currency": {"data": {"type": "currencies", "id": "GBP"}}},
        }
        request, call = request_for(QUOTE), divido().call(QUOTE)
        assert isinstance(mapping.quoted(mapping.flat(older), request, call), Passed)
        euro = dataclasses.replace(call, currency="EUR")
        assert mapping.quoted(mapping.flat(older), request, euro) == DECLINED


class TestWebhooks:
    """They come in any order, and the application itself is asked."""

    async def test_whatever_the_order_the_last_word_is_the_truth(self) -> None:
        """Read backwards, long after, each tells what is true now."""
        bench = divido()
        call, outcome = await bench.start()
        await bench.visit(outcome)
        await bench.stand_in.settle()
        told = [await bench.read(raw(one)) for one in reversed(bench.callbacks)]
        assert len(told) == 3
        assert {notice.reference for one in told for notice in one} == {call.reference}
        assert all(isinstance(notice.outcome, Passed) for one in told for notice in one)

    async def test_a_customer_at_the_page_is_no_outcome(self) -> None:
        """Accepted, the customer still has to sign: nothing to tell yet."""
        bench = divido()
        _, outcome = await bench.start()
        await bench.visit(outcome, "form")
        await bench.stand_in.settle()
        assert await bench.read(raw(bench.callbacks[0])) == ()

    async def test_a_referral_is_told(self) -> None:
        """The checkout learns that a person decides."""
        bench = divido()
        bench.stand_in = make(decide_after=None)
        bench.__post_init__()
        _, outcome = await bench.start("Refer")
        await bench.visit(outcome)
        await bench.stand_in.settle()
        (notice,) = await bench.read(raw(bench.callbacks[0]))
        assert isinstance(notice.outcome, Pending)

    async def test_other_events_say_nothing(self) -> None:
        """What is signed but of no application of ours is taken and dropped."""
        assert await divido().read(signed({"event": "something-else"})) == ()

    @pytest.mark.parametrize(
        "data", [[], {"application": "app-1"}, {"event": "application-status-update"}]
    )
    async def test_what_is_signed_and_unreadable_is_refused(self, data: object) -> None:
        """A signed body of another shape is no webhook."""
        with pytest.raises(BadSignature):
            await divido().read(signed(data))


class TestMoves:
    """Activations and cancellations."""

    async def test_an_application_is_found_again_without_its_number(self) -> None:
        """The platform has no look-up by our reference: the latest applications are read."""
        bench = divido()
        calls = [(await bench.start())[0] for _ in range(30)]
        found = await bench.look_up(APPLY, calls[-1])
        assert isinstance(found, Redirect)
        assert found.handle == "app-000030"
        assert await bench.look_up(APPLY, bench.call(APPLY)) == Absent()

    async def test_what_is_too_long_to_read_is_not_called_absent(self) -> None:
        """With more applications than can be looked through, the doubt stays."""
        bench = divido(through=lambda _: endless)
        with pytest.raises(InDoubt):
            await bench.look_up(APPLY, bench.call(APPLY))

    async def test_an_application_is_taken_back_before_it_is_complete(self) -> None:
        """An undo while the customer is at the page leaves nothing to sign."""
        bench = divido()
        call, outcome = await bench.start()
        await bench.undo_by(APPLY, call.reference, handle=outcome.handle)
        await bench.visit(outcome)
        assert await bench.ask(call, outcome.handle) == Declined(code="declined")
        assert bench.stand_in.ledger == []

    async def test_what_is_activated_is_not_cancelled(self) -> None:
        """That takes a refund, and so a person."""
        bench = divido()
        await bench.run(ACTIVATE)
        with pytest.raises(Refused):
            await bench.undo(APPLY, bench.history[APPLY.key])

    async def test_nothing_is_activated_twice(self) -> None:
        """A sender that pauses is refused by the amount: nothing is left to activate."""
        bench = divido()
        await bench.run(ACTIVATE)
        made = bench.history[ACTIVATE.key]
        with pytest.raises(Refused):
            await bench.send(ACTIVATE, made.request, bench.call(ACTIVATE))
        assert [one["amount"] for one in bench.stand_in.done(ACTIVATE.key)] == [66_900]

    async def test_a_failed_activation_is_never_found_to_be_live(self) -> None:
        """An activation that the platform lists as failed did nothing: it may be sent again."""
        bench = divido()
        await bench.run(ACTIVATE)
        made = bench.history[ACTIVATE.key]
        assert isinstance(await bench.look_up(ACTIVATE, made.call), Passed)
        vendor = bench.stand_in.state["applications"]
        (one,) = vendor[made.request.decision.application].activations
        one["status"] = "ERROR"
        assert await bench.look_up(ACTIVATE, made.call) == Absent()

    async def test_what_is_too_old_to_be_searched_is_not_called_absent(self) -> None:
        """After a long outage the search goes back less far than the call: the doubt stays."""
        bench = divido()
        now = datetime.now(UTC)
        for age, end in ((timedelta(days=4), InDoubt), (timedelta(hours=1), None)):
            call = dataclasses.replace(bench.call(APPLY), send_by=now - age)
            if end is None:
                assert await bench.look_up(APPLY, call) == Absent()
                continue
            with pytest.raises(end):
                await bench.look_up(APPLY, call)

    async def test_applications_are_signed_as_webhooks_are(self) -> None:
        """With another secret the platform takes no application."""
        bench = divido()
        wrong = bench.settings.model_copy(update={"shared_secret": SecretStr("another")})
        other = DividoBench(adapter=bench.adapter, stand_in=bench.stand_in, settings=wrong)
        with pytest.raises(Refused):
            await other.start()
