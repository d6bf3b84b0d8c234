"""The telco keeps the contract, and its own promises."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

import pytest

from unshackled.domain.number_porting import next_port_date
from unshackled.domain.records import replace
from unshackled.domain.validation import is_iccid
from unshackled.markets import market_pack
from unshackled.sdk import Absent, Declined, Passed, Pending, Refused
from unshackled.sdk.ports import CheckPorting, NumberChoice
from unshackled.testing.adapter_contract import CURRENCIES, AdapterContract
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.samples import NOW, request_for
from unshackled_adapters.telco import mapping, offerings, porting_mapping
from unshackled_adapters.telco.fake_ports import LONDON, Wanted, moved_on

FRIDAY = datetime(2026, 12, 4, 18, tzinfo=UTC)
KEPT = NumberChoice(
    keep_number=True,
    pac="ABC123456",
    current_number="07700900456",
    port_date=date(2026, 12, 10),
)
LEFT = NumberChoice(stac="123456ABC", current_number="07700900456", port_date=date(2026, 12, 10))
DECLARED = NumberChoice(keep_number=True, porting_consent=True, current_number="+4915123456789")


def operation(bench: AdapterHarness, name: str) -> Any:
    return next(item for item in bench.operations if item.name == name)


class TestTelco(AdapterContract):
    adapter = "telco"
    settings: ClassVar = {"api_key": "key_made_up"}

    @pytest.mark.parametrize("currency", CURRENCIES)
    async def test_prices_are_whole_minor_units(self, currency: str) -> None:
        """Decimal prices become the same minor units, whatever the currency's decimals."""
        bench = self.bench(currency=currency)
        found = (await bench.run(operation(bench, "browse"))).output.catalogue
        tariff = found.tariff("sim-50gb")
        assert (tariff.monthly, tariff.term_months, tariff.data_gb) == (1_800, 24, 50)
        assert [rise.monthly for rise in tariff.price_rises] == [2_000]
        assert found.tariff("sim-unlimited").data_gb is None
        assert found.tariff("sim-old") is None
        assert found.handset("handset-mid").price == 71_800

    @pytest.mark.parametrize(
        "price", [{"unit": "EUR", "value": 1.0}, {"unit": "GBP", "value": 0.005}]
    )
    def test_a_price_that_is_not_ours_to_round_is_refused(self, price: dict[str, Any]) -> None:
        """Another currency, or part of a penny, is no price."""
        with pytest.raises(ValueError, match=r"unit|value"):
            offerings.minor(price, "GBP")

    async def test_a_second_order_answers_with_the_first(self) -> None:
        """The external id is taken once: sending again finds the line that went live."""
        bench = self.bench()
        activate = operation(bench, "activate")
        first = await bench.run(activate)
        made = bench.history["sim.activate"]
        assert await bench.send(activate, made.request, made.call) == first
        assert bench.done(activate, made.call) == 1

    async def test_a_number_is_brought_along(self) -> None:
        """With a PAC the line keeps the customer's own number."""
        bench = self.bench()
        activate = operation(bench, "activate")
        choice = NumberChoice(keep_number=True, pac="ABC123456", current_number="07700900456")
        outcome = await bench.run(activate, request=request_for(activate, facts=(choice,)))
        assert outcome.output.msisdn == "+447700900456"
        assert outcome.output.activation_code == "LPA:1$smdp.telco.example$UNSHACKLED-000001"

    async def test_a_number_comes_on_its_day(self) -> None:
        """Until then the line has another number; the telco says the day, and when it was done."""
        bench = self.bench()
        activate, completion = operation(bench, "activate"), operation(bench, "completion")
        bench.stand_in.now = lambda: FRIDAY
        choice = NumberChoice(keep_number=True, pac="ABC123456", current_number="07700900456")
        line = (await bench.run(activate, request=request_for(activate, facts=(choice,)))).output
        assert (line.msisdn, line.temporary_number) == ("+447700900456", "+447700900000")
        assert line.port_date == date(2026, 12, 8)
        assert is_iccid(line.iccid)
        asked = request_for(completion, facts=(line,))
        waiting = await bench.send(completion, asked, bench.call(completion))
        assert isinstance(waiting, Pending)
        bench.stand_in.now = lambda: FRIDAY + timedelta(days=4)
        done = await bench.send(completion, asked, bench.call(completion))
        assert isinstance(done, Passed)
        assert done.output.msisdn == "+447700900456"
        assert done.output.completed_at == datetime(2026, 12, 8, 12, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("choice", "sent", "msisdn"),
        [
            (KEPT, {"portingCode": "ABC123456", "portDate": "2026-12-10"}, "+447700900456"),
            (LEFT, {"terminationCode": "123456ABC", "portDate": "2026-12-10"}, "+447700900000"),
            (DECLARED, {"portingConsent": "true"}, "+4915123456789"),
        ],
    )
    async def test_each_way_to_change_networks_is_ordered(
        self, choice: NumberChoice, sent: dict[str, str], msisdn: str
    ) -> None:
        """With a PAC, a STAC, or a declaration; on the day that was wished, else the next one."""
        bench = self.bench()
        bench.stand_in.now = lambda: FRIDAY
        activate = operation(bench, "activate")
        request = request_for(activate, facts=(choice,))
        told = mapping.number_characteristics(request.number)
        assert sent.items() <= told.items()
        line = (await bench.run(activate, request=request)).output
        assert line.msisdn == msisdn
        assert line.port_date == (choice.port_date or date(2026, 12, 8))

    async def test_a_card_is_sent_and_has_no_code(self) -> None:
        """Its number is told, and the address goes with the order."""
        bench = self.bench()
        activate = operation(bench, "activate")
        request = request_for(activate, facts=(NumberChoice(sim="physical"),))
        order = mapping.service_order(request, bench.call(activate))
        (place,) = order["serviceOrderItem"][0]["service"]["place"]
        assert place["postcode"] == request.address.postcode
        line = (await bench.run(activate, request=request)).output
        assert (line.sim, line.activation_code) == ("physical", None)
        assert is_iccid(line.iccid)

    @pytest.mark.parametrize(
        ("code", "declined"),
        [
            ("QQQ123456", "pac_invalid"),
            ("YYY123456", "pac_number_mismatch"),
            ("ZZZ123456", "pac_expired"),
            ("ABC123456", None),
        ],
    )
    async def test_a_code_is_checked_before_the_sale(self, code: str, declined: str | None) -> None:
        """What the networks say is a decline of ours; a good one counts until its day ends."""
        bench = self.bench()
        bench.stand_in.now = lambda: FRIDAY
        check = operation(bench, "check")
        for choice in (
            NumberChoice(keep_number=True, pac=code, current_number="07700900456"),
            NumberChoice(stac=f"{code[3:]}{code[:3]}", current_number="07700900456"),
        ):
            call = replace(bench.call(check), time_zone="Europe/London")
            outcome = await bench.send(check, CheckPorting(number=choice), call)
            if declined is not None:
                assert isinstance(outcome, Declined)
                assert outcome.code == declined
                continue
            assert isinstance(outcome, Passed)
            assert outcome.output.code_expires == date(2027, 1, 3)
            assert outcome.valid_until == datetime(2027, 1, 4, tzinfo=UTC)

    def test_the_day_of_a_port_is_the_same_by_two_reckonings(self) -> None:
        """The stand-in counts working days by itself; each hour of two months gives our day."""
        rules = market_pack("GB").on(FRIDAY.date()).number_porting
        assert rules is not None
        wish = Wanted(number="07700900456", code="ABC123456", keeps=True, day=None)
        for hours in range(24 * 60):
            at = FRIDAY + timedelta(hours=hours)
            ours = next_port_date(rules, at.astimezone(LONDON), "GB-ENG")
            assert moved_on(wish, at) == ours, at

    def test_a_port_that_failed_is_for_a_person(self) -> None:
        """After the sale nothing is declined."""
        data = {"state": "rejected", "msisdn": "+447700900456", "portDate": "2026-12-08"}
        with pytest.raises(Refused) as refused:
            porting_mapping.completed(data, timedelta(hours=1), "Europe/London")
        assert refused.value.code == "port_failed"

    async def test_a_line_may_take_a_while(self) -> None:
        """An order in progress is pending, and the line is found once it is live."""
        bench = self.bench()
        activate = operation(bench, "activate")
        request, call = await bench.prepare(activate), bench.call(activate)
        assert await bench.look_up(activate, call) == Absent()
        bench.stand_in.now = lambda: NOW
        bench.stand_in.play("refer", activate.key)
        pending = await bench.send(activate, request, call)
        assert isinstance(pending, Pending)
        assert pending.handle == "SO-000001"
        bench.stand_in.now = lambda: NOW + timedelta(seconds=3)
        assert (await bench.look_up(activate, call)).output.subscription == "SUB-000001"

    def test_a_failed_order_is_not_a_decline(self) -> None:
        """After the pivot nothing is declined: a failed order is for a person to look at."""
        with pytest.raises(Refused) as refused:
            mapping.activated({"id": "SO-1", "state": "failed"}, timedelta(seconds=10))
        assert refused.value.code == "failed"
