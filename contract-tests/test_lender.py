"""The lender keeps the contract, and its own promises."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from typing import Any, ClassVar, Final

import pytest

from unshackled.ports import all_operations
from unshackled.ports.operation import Operation
from unshackled.sdk import Absent, Call, Declined, Passed, Pending, Redirect, Refused
from unshackled.sdk.ports import (
    ApplyForCredit,
    Contact,
    CreditDecision,
    CreditInformation,
    ExistingAgreement,
    PaymentRules,
    PaymentSchedule,
    QuoteCredit,
    SupplyInformation,
)
from unshackled.sdk.standin import StandIn
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.samples import request_for, sample
from unshackled_adapters.lender.bodies import application
from unshackled_adapters.lender.fake import make
from unshackled_adapters.lender.mapping import activated, quoted, standing, tried
from unshackled_adapters.lender.settings import Settings

PRIME: Final = "Prime Credit"


def _supplied(reference: str, information: CreditInformation) -> SupplyInformation:
    return SupplyInformation(reference=reference, information=information)


class LenderBench(AdapterHarness):
    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """Wait for the underwriter, then ask."""
        await self.stand_in.settle()
        return await self.look_up(operation, call)


class TestLender(AdapterContract):
    adapter = "lender"
    refused_data: ClassVar = {
        "credit.quote": [{"contact": {"family_name": "Sm1th"}}],
        "credit.apply": [{"contact": {"given_name": "Wilma#"}}],
    }
    settings: ClassVar = {
        "api_key": "key_made_up",
        "callback_secret": "demo-only-lender-callback-secret",
    }
    bench_type = LenderBench

    def stand_in(self) -> StandIn:
        return make(decide_after=0.0)

    async def run_with_callback(self, bench: AdapterHarness, operation: Operation) -> None:
        """Have the application referred: its decision comes by callback."""
        await bench.prepare(operation)
        bench.stand_in.play("refer", operation.key)
        await bench.run(operation)

    async def apply_as(self, bench: AdapterHarness, family_name: str) -> Any:
        """Ask for a quotation and apply, as somebody of that name."""
        operations = {operation.name: operation for operation in bench.operations}
        who = sample(Contact, family_name=family_name)
        asked: QuoteCredit = request_for(operations["quote"], facts=(who,))
        quoted = await bench.run(operations["quote"], request=asked)
        if not isinstance(quoted, Passed):
            return quoted
        request: ApplyForCredit = request_for(operations["apply"], facts=(who, quoted.output))
        return await bench.send(operations["apply"], request, bench.call(operations["apply"]))

    async def test_a_referral_waits_for_a_person(self) -> None:
        """A referred application is pending with the lender's number until somebody decides."""
        bench = self.bench()
        outcome = await self.apply_as(bench, "Refer")
        assert isinstance(outcome, Pending)
        assert outcome.handle == "APP-000001"
        await bench.stand_in.settle()
        assert len(bench.stand_in.done("credit.apply")) == 1

    async def test_a_referral_may_end_in_a_decline(self) -> None:
        """A referral that the underwriter declines leaves no agreement behind."""
        bench = self.bench()
        assert isinstance(await self.apply_as(bench, "ReferDecline"), Pending)
        await bench.stand_in.settle()
        assert bench.stand_in.done("credit.apply") == []
        assert len(bench.callbacks) == 1

    async def test_a_soft_search_declines_without_a_hard_one(self) -> None:
        """Who fails the quotation search has no hard search on file."""
        bench = self.bench()
        assert await self.apply_as(bench, "Decline") == Declined(code="credit_declined")
        assert bench.stand_in.done("credit.hard_search") == []

    async def test_a_hard_search_is_on_file_even_when_declined(self) -> None:
        """The application is declined and its hard search is recorded."""
        bench = self.bench()
        assert await self.apply_as(bench, "HardDecline") == Declined(code="credit_declined")
        assert len(bench.stand_in.done("credit.hard_search")) == 1

    async def test_lenders_of_the_panel_decide_apart(self) -> None:
        """What the first lender declines the second may lend."""
        assert isinstance(await self.apply_as(self.bench(), "Waterfall"), Declined)
        bench = self.bench()
        second = bench.settings.model_copy(update={"lender": "second"})
        bench = LenderBench(adapter=bench.adapter, stand_in=self.stand_in(), settings=second)
        assert isinstance(await self.apply_as(bench, "Waterfall"), Passed)

    async def test_the_first_payment_that_was_chosen_is_sent_and_told(self) -> None:
        """The lender takes the date of the schedule and says so; without one it hears of none."""
        bench = self.bench()
        made = await self.apply_as(bench, "Accept")
        chosen = sample(PaymentSchedule).first_payment
        assert made.output.first_payment == chosen
        operation = next(item for item in bench.operations if item.name == "apply")
        request, call = await bench.prepare(operation), bench.call(operation)
        undated = dataclasses.replace(request, schedule=None)
        assert "first_payment_date" not in application(undated, call, "prime")
        assert application(request, call, "prime")["first_payment_date"] == chosen.isoformat()

    async def test_a_first_payment_that_is_over_is_refused(self) -> None:
        """A day that was never on offer is about us, not about the customer."""
        bench = self.bench()
        operation = next(item for item in bench.operations if item.name == "apply")
        request = await bench.prepare(operation)
        over = sample(PaymentSchedule, first_payment=date(2020, 1, 6))
        late = dataclasses.replace(request, schedule=over)
        with pytest.raises(Refused) as refused:
            await bench.send(operation, late, bench.call(operation))
        assert refused.value.code == "first_payment_date_not_offered"

    async def test_the_offer_says_when_the_customer_may_begin_to_pay(self) -> None:
        """As the lender tells it, else as the provider's settings do, else not at all."""
        bench = self.bench()
        operation = next(item for item in bench.operations if item.name == "quote")
        quoted = await bench.run(operation)
        assert quoted.output.payment_rules == PaymentRules(earliest_days=14, latest_days=45)

    async def test_a_referral_says_by_when_it_is_decided(self) -> None:
        """In a day, as the stand-in promises."""
        bench = self.bench()
        outcome = await self.apply_as(bench, "Refer")
        assert isinstance(outcome, Pending)
        assert outcome.due_by is not None
        assert timedelta(0) < outcome.due_by - bench.stand_in.now() <= timedelta(days=1)

    async def test_who_is_declined_on_data_hears_whose_it_was(self) -> None:
        """In the soft search and in the application: name, address and phone of the agency."""
        for name in ("Decline", "HardDecline"):
            outcome = await self.apply_as(self.bench(), name)
            assert isinstance(outcome, Declined)
            assert outcome.details is not None
            assert outcome.details.lender == PRIME
            assert [one.name for one in outcome.details.agencies] == ["Northern Credit File"]

    async def test_what_the_lender_wants_to_know_is_told_and_decided_on(self) -> None:
        """In two steps, the second one twice: told once, with exactly what the customer gave."""
        bench = self.bench()
        outcome = await self.apply_as(bench, "Inquire")
        assert isinstance(outcome, Pending)
        assert outcome.wanted == ("employer", "proof_of_income")
        (search,) = bench.stand_in.done("credit.hard_search")
        employer = CreditInformation(
            employer_name="Acme Ltd", job_title="Welder", employed_since="2020-03-01"
        )
        payslip = CreditInformation(
            payslip_date="2026-10-31", payslip_net_pay=231_947, payslip_reference="PAYE 123/AB456"
        )
        supply = all_operations()["credit.supply"]
        first = await bench.send(
            supply, _supplied(search["reference"], employer), bench.call(supply)
        )
        assert isinstance(first, Pending)
        assert first.wanted == ("proof_of_income",)
        request, call = _supplied(search["reference"], payslip), bench.call(supply)
        for _ in range(2):
            assert isinstance(await bench.send(supply, request, call), Passed)
        assert len(bench.stand_in.done("credit.supply", call.reference)) == 1
        sent = bench.tape.exchanges[-1]
        assert "Welder" not in str(sent)

    async def test_an_unknown_application_takes_no_information(self) -> None:
        """It is about us: a person looks."""
        bench, supply = self.bench(), all_operations()["credit.supply"]
        request = _supplied("A" * 26, CreditInformation(employer_name="Acme"))
        with pytest.raises(Refused):
            await bench.send(supply, request, bench.call(supply))

    async def test_a_late_application_after_its_withdrawal_is_declined(self) -> None:
        """An application that arrives after its own withdrawal leaves nothing behind."""
        bench = self.bench()
        operation = next(item for item in bench.operations if item.name == "apply")
        request, call = await bench.prepare(operation), bench.call(operation)
        await bench.undo_by(operation, call.reference)
        assert await bench.send(operation, request, call) == Declined(code="declined")
        assert bench.done(operation, call) == 0

    async def test_old_agreements_stand_as_their_number_says(self) -> None:
        """Agreements to upgrade from: in order, too early, in arrears, and unknown."""
        bench = self.bench()
        operation = next(item for item in bench.operations if item.name == "standing")
        stands = {}
        for number in ("AGR-100001", "AGR-100002", "AGR-100003", "AGR-900001"):
            old = ExistingAgreement(agreement=number)
            outcome = await bench.run(operation, request=request_for(operation, facts=(old,)))
            stands[number] = (
                (outcome.output.repayments_made, outcome.output.arrears)
                if isinstance(outcome, Passed)
                else outcome.code
            )
        assert stands == {
            "AGR-100001": (14, 0),
            "AGR-100002": (6, 0),
            "AGR-100003": (14, 5_000),
            "AGR-900001": "agreement_not_found",
        }

    @pytest.mark.parametrize(
        ("family_name", "outcome"),
        [
            ("Featherstone", Passed(output=CreditDecision(application="dry-run", lender=PRIME))),
            ("HardDecline", Declined(code="credit_declined")),
            ("Refer", Pending(poll_after=timedelta(seconds=30))),
        ],
    )
    async def test_a_dry_run_decides_and_does_nothing(
        self, family_name: str, outcome: object
    ) -> None:
        """A dry run tells the decision; there is no hard search, and its key stays free."""
        bench = self.bench()
        operation = next(item for item in bench.operations if item.name == "apply")
        who = sample(Contact, family_name=family_name)
        await bench.prepare(operation)
        quoted = bench.history["credit.quote"].outcome.output
        request = request_for(operation, facts=(who, quoted))
        call = bench.call(operation)
        trial = dataclasses.replace(call, dry_run=True)
        assert await bench.send(operation, request, trial) == outcome
        assert await bench.look_up(operation, call) == Absent()
        await bench.stand_in.settle()
        assert bench.stand_in.ledger == []
        assert bench.callbacks == []
        assert type(await bench.send(operation, request, call)) is type(outcome)

    async def test_an_answer_that_is_not_of_a_dry_run_is_no_verdict(self) -> None:
        """A lender that did not see the field may have searched: its answer is unreadable."""
        applied = {"status": "ACCEPTED", "lender_name": PRIME, "application": "APP-1"}
        with pytest.raises(KeyError):
            tried(applied, timedelta(0))
        with pytest.raises(ValueError, match="dry_run"):
            tried(applied | {"dry_run": False}, timedelta(0))

    @pytest.mark.parametrize("reader", [activated, standing])
    def test_a_status_that_the_protocol_has_not_is_no_yes(self, reader: Any) -> None:
        """An agreement that is neither active nor settled is not read as live."""
        old = {"repayments_made": 1, "months": 24, "amount": 1, "regular_payment": 1, "arrears": 0}
        told = {"agreement": "AGR-1", "apr": "0", "started": "2026-01-01T00:00:00Z", **old}
        assert isinstance(reader({**told, "status": "ACTIVE"}), Passed)
        with pytest.raises(ValueError, match="status"):
            reader({**told, "status": "CANCELLED"})

    async def test_an_activation_wants_a_signed_agreement(self) -> None:
        """Without an envelope nothing is sent: this protocol has the agreement signed elsewhere."""
        bench = self.bench()
        operation = next(item for item in bench.operations if item.name == "activate")
        request = await bench.prepare(operation)
        with pytest.raises(Refused):
            await bench.send(
                operation, dataclasses.replace(request, agreement=None), bench.call(operation)
            )
        assert bench.stand_in.done("credit.activate") == []


ELIGIBLE: Final = {
    "outcome": "ELIGIBLE",
    "quotation": "QTN-1",
    "lender_name": PRIME,
    "valid_until": "2026-12-07T00:00:00+00:00",
}


def offered(told: Any, rules: PaymentRules | None = None) -> PaymentRules | None:
    """The rules of an offer that tells this of first payments."""
    outcome = quoted(ELIGIBLE | {"first_payment": told}, rules)
    assert isinstance(outcome, Passed)
    return outcome.output.payment_rules


def test_rules_of_a_quotation_come_before_those_of_the_settings() -> None:
    """What a quotation leaves out has the default of the protocol; null tells nothing."""
    own = PaymentRules(days_of_month=(1,))
    told = {"earliest_days": 20, "latest_days": 60, "days_of_month": [1, 15], "shift": "previous"}
    assert offered(told, own) == PaymentRules(
        earliest_days=20, latest_days=60, days_of_month=(1, 15), shift="previous"
    )
    assert offered({"default_days": None}, own) == PaymentRules()
    assert (offered(None, own), offered(None)) == (own, None)


@pytest.mark.parametrize(
    "told",
    [
        {"earliest_days": "14"},
        {"earliest_days": True},
        {"latest_days": 500},
        {"days_of_month": [0]},
        {"days_of_month": ["1"]},
        {"days_of_month": 5},
        {"shift": "sideways"},
        ["14"],
    ],
)
def test_rules_that_cannot_be_kept_are_unreadable(told: Any) -> None:
    """Nobody is offered a date by rules that are misread."""
    with pytest.raises((ValueError, TypeError, AttributeError)):
        offered(told)


def test_settings_have_the_rules_of_a_lender_that_tells_none() -> None:
    """Written as the flow file does, in lists and words."""
    common = {"base_url": "https://lender.example", "api_key": "k", "callback_secret": "s"}
    written = {"earliest_days": 10, "latest_days": 50, "days_of_month": [1, 15], "shift": "next"}
    settings = Settings.model_validate({**common, "first_payment": written})
    assert settings.first_payment == PaymentRules(
        earliest_days=10, latest_days=50, days_of_month=(1, 15)
    )
    with pytest.raises(ValueError, match="days_of_month"):
        Settings.model_validate({**common, "first_payment": {"days_of_month": [40]}})
