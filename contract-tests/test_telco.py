"""The telco keeps the contract, and its own promises."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import pytest

from unshackled.sdk import Absent, Pending, Refused
from unshackled.sdk.ports import NumberChoice
from unshackled.testing.adapter_contract import CURRENCIES, AdapterContract
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.samples import NOW, request_for
from unshackled_adapters.telco import mapping, offerings


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
