"""The message sender keeps the contract, and its own promises."""

from __future__ import annotations

from typing import ClassVar

import pytest

from unshackled.domain.records import replace
from unshackled.sdk import Passed, Refused
from unshackled.sdk.message_values import message_values
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import AdapterHarness


class TestNotifier(AdapterContract):
    adapter = "notifier"
    settings: ClassVar = {"api_key": "key_made_up"}

    async def test_a_text_message_goes_to_the_phone(self) -> None:
        """With channel `sms` the sender takes the customer's phone number."""
        bench = self.bench()
        texting = bench.settings.model_copy(update={"channel": "sms"})
        bench = AdapterHarness(adapter=bench.adapter, stand_in=self.stand_in(), settings=texting)
        await bench.run(bench.effects[0])
        assert len(bench.stand_in.done("notification.send")) == 1

    async def test_an_advance_notice_has_day_amount_and_reference(self) -> None:
        """What is collected, when, and under which reference; one with a gap is not taken."""
        bench = self.bench()
        operation = bench.effects[0]
        request = replace(await bench.prepare(operation), template="direct_debit_advance_notice")
        sent = await bench.send(operation, request, bench.call(operation))
        assert isinstance(sent, Passed)
        values = message_values(request, bench.call(operation))
        assert values["mandate"] == "UNSAMPLE0001"
        assert values["payments"].splitlines()[0] == "6 January 2031: £27.88"
        gap = replace(request, mandate=None)
        with pytest.raises(Refused) as refused:
            await bench.send(operation, gap, bench.call(operation))
        assert refused.value.code == "422"

    async def test_an_unknown_template_is_refused(self) -> None:
        """A template that the sender does not have is our mistake, not a decline."""
        bench = self.bench()
        operation = bench.effects[0]
        request = await bench.prepare(operation)
        wrong = type(request)(
            checkout=request.checkout,
            contact=request.contact,
            order=request.order,
            template="no_such_template",
        )
        with pytest.raises(Refused):
            await bench.send(operation, wrong, bench.call(operation))
