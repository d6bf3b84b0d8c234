"""Onfido keeps the contract, and its own promises."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any, ClassVar

import httpx
import orjson
import pytest

from unshackled.ports.operation import Operation
from unshackled.sdk import (
    Absent,
    Answer,
    BadSignature,
    Call,
    Declined,
    InDoubt,
    Notice,
    NotSent,
    Passed,
    Pending,
    RawCallback,
    Redirect,
    Refused,
    SecretStr,
)
from unshackled.sdk.ports import Address, Contact
from unshackled.sdk.standin import StandIn
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import CALLBACK_URL, RETURN_URL, AdapterHarness
from unshackled.testing.samples import request_for, sample
from unshackled_adapters.onfido import mapping
from unshackled_adapters.onfido.callback import HEADER, signature
from unshackled_adapters.onfido.fake import Books, WorkflowRun

WORKFLOW = "00000000-0000-4000-8000-00000000abcd"
SANCTIONED = "on a sanctions list"


def books(bench: AdapterHarness) -> Books:
    """What the vendor has."""
    found = bench.stand_in.state["books"]
    assert isinstance(found, Books)
    return found


def only(bench: AdapterHarness) -> WorkflowRun:
    """The one run that was started."""
    (made,) = books(bench).runs.values()
    return made


class Verifying(AdapterHarness):
    choice = "finish"

    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """Go through the hosted page, come back, then ask."""
        if isinstance(outcome, Redirect):
            app = httpx.ASGITransport(app=self.stand_in.app())
            async with httpx.AsyncClient(transport=app) as browser:
                page = await browser.get(outcome.url)
                answer = await browser.post(outcome.url, data={"choice": self.choice})
            assert "Verify your identity" in page.text
            assert (answer.status_code, answer.headers["location"]) == (303, RETURN_URL)
        known = self.call(operation, reference=call.reference, handle=outcome.handle)
        return await self.look_up(operation, known)


class TestOnfido(AdapterContract):
    adapter = "onfido"
    refused_data: ClassVar = {
        "identity.verify": [
            {"contact": {"family_name": "Sm<th"}},
            {"contact": {"given_name": "Wilma = 1"}},
            {"address": {"line1": "1 <New> Row"}},
        ]
    }
    settings: ClassVar = {
        "api_token": "api_live.made_up",
        "webhook_token": "demo-only-onfido-webhook-token",
        "workflow_id": WORKFLOW,
        "sanctions_reasons": [SANCTIONED],
    }
    bench_type = Verifying
    signs_time = False

    def stand_in(self) -> StandIn:
        """An account whose events come to us."""
        made = super().stand_in()
        made.state["webhook_url"] = CALLBACK_URL
        return made

    async def sent(self, bench: AdapterHarness, **changes: Any) -> tuple[Operation, Call, Any]:
        """A run that was started, its call and its outcome."""
        (operation,) = bench.effects
        request, call = await bench.prepare(operation), bench.call(operation, **changes)
        return operation, call, await bench.send(operation, request, call)

    async def told(self, bench: AdapterHarness) -> list[Notice]:
        """What all events so far say, in their order."""
        await bench.stand_in.settle()
        raws = [self.arrived(one) for one in bench.callbacks]
        return [notice for raw in raws for notice in await self.read_raw(bench, raw)]

    # The run

    async def test_the_customer_goes_to_their_page(self) -> None:
        """The page is in the customer's language, and leads back to us in any case."""
        bench = self.bench()
        _, call, outcome = await self.sent(bench)
        assert isinstance(outcome, Redirect)
        link = only(bench).document["link"]
        assert link["language"] == "en_US"
        assert link["expired_redirect_url"] == call.return_url

    async def test_the_retailer_may_say_how_long_a_link_lives(self) -> None:
        """Then the link ends when the settings say."""
        bench = self.bench()
        hour = bench.settings.model_copy(update={"link_lives": timedelta(hours=1)})
        bench = Verifying(adapter=bench.adapter, stand_in=bench.stand_in, settings=hour)
        _, _, outcome = await self.sent(bench)
        left = outcome.expires - bench.stand_in.now()
        assert timedelta(minutes=59) < left <= timedelta(hours=1)

    async def test_a_language_they_do_not_speak_is_left_out(self) -> None:
        """Then the customer's browser decides."""
        bench = self.bench()
        await self.sent(bench, locale="cy-GB")
        assert "language" not in only(bench).document["link"]

    async def test_the_person_is_told_with_the_address(self) -> None:
        """Countries are of three letters; an address of another country is not sent."""
        bench = self.bench()
        (operation,) = bench.effects
        here = request_for(operation, facts=(sample(Address, line2="Flat 2"),))
        told = mapping.applicant(here)
        assert told["address"]["country"] == told["location"]["country_of_residence"] == "GBR"
        assert told["address"]["line2"] == "Flat 2"
        abroad = request_for(operation, facts=(sample(Address, country="FR"),))
        assert not {"address", "location"} & mapping.applicant(abroad).keys()

    async def test_a_name_they_refuse_is_declined_by_its_field(self) -> None:
        """Characters that no name may have are the customer's to mend: nothing is started."""
        bench = self.bench()
        (operation,) = bench.effects
        request = request_for(operation, facts=(sample(Contact, family_name="<O>"),))
        outcome = await bench.send(operation, request, bench.call(operation))
        assert isinstance(outcome, Declined)
        assert (outcome.code, outcome.vendor_code) == ("data_refused", "validation_error:last_name")
        assert books(bench).runs == {}
        self.used.clear()

    @pytest.mark.parametrize("fields", [{}, {"location": ["invalid"]}, {"consents": ["missing"]}])
    def test_what_is_not_the_customers_is_refused(self, fields: dict[str, list[str]]) -> None:
        """A validation error of what we add, or of nothing named, is our mistake."""
        error = {"type": "validation_error", "message": "no", "fields": fields}
        body = orjson.dumps({"error": error})
        answer = Answer(provider="onfido", status=422, headers={}, body=body)
        assert mapping.refused_field(answer) is None

    @pytest.mark.parametrize("status", ["processing", "awaiting_client_input", "review"])
    async def test_what_is_not_over_waits(self, status: str) -> None:
        """While the vendor works or a person looks, nothing is decided."""
        bench = self.bench()
        operation, call, outcome = await self.sent(bench)
        only(bench).document["status"] = status
        known = bench.call(operation, reference=call.reference, handle=outcome.handle)
        assert isinstance(await bench.look_up(operation, known), Pending)

    async def test_a_run_without_a_page_waits(self) -> None:
        """A workflow may start with something that the customer needs no page for."""
        bench = self.bench()
        operation, call, _ = await self.sent(bench)
        del only(bench).document["link"]
        assert isinstance(await bench.look_up(operation, call), Pending)

    async def test_a_link_without_an_end_is_used_for_a_day(self) -> None:
        """Where the vendor tells no end, nobody is sent there later than that."""
        bench = self.bench()
        operation, call, _ = await self.sent(bench)
        only(bench).document["link"]["expires_at"] = None
        found = await bench.look_up(operation, call)
        assert isinstance(found, Redirect)
        assert found.expires - bench.stand_in.now() > timedelta(hours=23)

    @pytest.mark.parametrize(
        ("status", "reasons", "code"),
        [
            ("declined", [], "identity_not_verified"),
            ("declined", ["document expired", SANCTIONED], "sanctions_hit"),
            ("abandoned", [], "identity_not_verified"),
        ],
    )
    async def test_an_end_without_a_yes_is_a_decline(
        self, status: str, reasons: list[str], code: str
    ) -> None:
        """The workflow's own reasons say which; the retailer names those of sanctions."""
        bench = self.bench()
        operation, call, _ = await self.sent(bench)
        books(bench).end(only(bench), status, *reasons)
        assert await bench.look_up(operation, call) == Declined(code=code)
        assert (await self.told(bench))[-1].outcome == Declined(code=code)
        assert bench.stand_in.ledger == []

    async def test_a_run_that_broke_down_is_nobodys_decline(self) -> None:
        """A person looks: the customer did nothing wrong, and no event says otherwise."""
        bench = self.bench()
        operation, call, _ = await self.sent(bench)
        books(bench).end(only(bench), "error")
        with pytest.raises(Refused, match="ended in an error"):
            await bench.look_up(operation, call)
        assert await self.told(bench) == []

    async def test_an_unknown_status_is_in_doubt(self) -> None:
        """A status that the vendor adds later is neither a yes nor a no."""
        bench = self.bench()
        operation, call, _ = await self.sent(bench)
        only(bench).document["status"] = "paused"
        with pytest.raises(InDoubt):
            await bench.look_up(operation, call)
        self.used.clear()

    async def test_a_family_name_of_their_sandbox_is_declined(self) -> None:
        """As in their sandbox, `Consider` is suspicious."""
        bench = self.bench()
        (operation,) = bench.effects
        request = request_for(operation, facts=(sample(Contact, family_name="Consider"),))
        outcome = await bench.run(operation, request=request)
        assert outcome == Declined(code="identity_not_verified")

    async def test_a_person_may_decide_later(self) -> None:
        """A run in review is told by its event once somebody has decided."""
        bench = self.bench()
        (operation,) = bench.effects
        bench.stand_in.play("refer", operation.key)
        assert isinstance(await bench.run(operation), Pending)
        assert await self.told(bench) == []
        books(bench).end(only(bench), "approved")
        last = (await self.told(bench))[-1]
        assert last.reference == bench.history[operation.key].call.reference
        assert isinstance(last.outcome, Passed)

    # Doubt

    async def test_of_two_runs_the_approved_one_counts(self) -> None:
        """They have no keys: a run that was started twice is found as one."""
        bench = self.bench()
        operation, call, _ = await self.sent(bench)
        await bench.run(operation, call=call)
        assert len(books(bench).runs) == 2
        assert isinstance(await bench.look_up(operation, call), Passed)

    async def test_what_the_list_finds_is_compared(self) -> None:
        """A list that found too much, as by a part of a tag, finds nobody else's run."""
        bench = self.bench()
        operation, call, _ = await self.sent(bench)
        only(bench).document["tags"] = [call.reference, "b"]
        other = bench.call(operation, reference="b")
        assert await bench.look_up(operation, other) != Absent()
        only(bench).document["tags"] = ["a-b"]
        bench.stand_in.state["finds_parts"] = True
        assert await bench.look_up(operation, other) == Absent()

    async def test_absent_is_not_believed_too_early(self) -> None:
        """Shortly after the last moment of sending, finding nothing is no answer."""
        bench = self.bench()
        (operation,) = bench.effects
        now = bench.stand_in.now()
        with pytest.raises(InDoubt, match="too early"):
            await bench.look_up(operation, bench.call(operation, send_by=now))
        later = bench.call(operation, send_by=now - timedelta(minutes=2))
        assert isinstance(await bench.look_up(operation, later), Absent)

    async def test_a_run_they_no_longer_have_is_absent(self) -> None:
        """What was deleted there is not found by its number either."""
        bench = self.bench()
        operation, call, outcome = await self.sent(bench)
        books(bench).runs.clear()
        known = bench.call(operation, reference=call.reference, handle=outcome.handle)
        assert isinstance(await bench.look_up(operation, known), Absent)

    async def test_a_person_for_whom_nothing_started_is_forgotten(self) -> None:
        """Where the run was not started, the person is deleted there again."""
        for mode, error in (("unavailable", NotSent), ("refuse", Refused)):
            bench = self.bench()
            bench.stand_in.play(mode, "identity.verify")  # type: ignore[arg-type]
            with pytest.raises(error):
                await self.sent(bench)
            assert books(bench).people == {}

    async def test_forgetting_may_fail(self) -> None:
        """The first error is the one that is told."""
        bench = self.bench()
        bench.stand_in.play("refuse", "identity.verify")
        bench.stand_in.play("error", "identity.forget")
        with pytest.raises(Refused):
            await self.sent(bench)

    async def test_a_lost_person_starts_nothing(self) -> None:
        """Without the person's number no run is started: a look-up finds nothing."""
        bench = self.bench()
        bench.stand_in.play("lost_answer", "identity.applicant")
        with pytest.raises(InDoubt):
            await self.sent(bench)
        assert books(bench).runs == {}

    # Events

    async def test_other_events_say_nothing(self) -> None:
        """A task that ended, a run that nobody knows, a run without our tag."""
        bench = self.bench()
        await self.sent(bench)
        books(bench).tell(only(bench), "workflow_task.completed")
        only(bench).document["tags"] = ["another-system"]
        books(bench).end(only(bench), "approved")
        assert await self.told(bench) == []
        books(bench).runs.clear()
        assert await self.told(bench) == []

    async def test_only_what_they_signed_is_read(self) -> None:
        """Another body, another secret or no signature: refused, though we would ask anyway."""
        bench = self.bench()
        await self.sent(bench)
        books(bench).end(only(bench), "declined")
        await bench.stand_in.settle()
        good = self.arrived(bench.callbacks[-1])
        assert await self.read_raw(bench, good)
        other = signature(SecretStr("another"), good.body).decode()
        wrong = [*self.forged(good), dataclasses.replace(good, headers={HEADER: other})]
        asked = len(bench.tape.exchanges)
        for raw in wrong:
            with pytest.raises(BadSignature, match="does not match"):
                await self.read_raw(bench, raw)
        assert len(bench.tape.exchanges) == asked

    async def test_a_signed_event_of_no_shape_is_refused(self) -> None:
        """The signature holds, the shape does not."""
        bench = self.bench()
        body = b'{"payload": []}'
        signed = signature(bench.settings.webhook_token, body).decode()
        raw = RawCallback(body=body, headers={HEADER: signed}, received_at=bench.stand_in.now())
        with pytest.raises(BadSignature, match="shape"):
            await self.read_raw(bench, raw)
