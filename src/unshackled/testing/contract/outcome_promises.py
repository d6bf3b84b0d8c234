"""Good requests pass, declines are values, money arrives, and all of it is the vendor's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

from unshackled.domain.personal import dataclasses_in, fields_of
from unshackled.domain.records import replace
from unshackled.sdk import Absent, Call, Declined, Passed, Refused, manual
from unshackled.sdk.ports import NumberChoice
from unshackled.testing.contract.base import Suite, raises
from unshackled.testing.exchanges import Exchange
from unshackled.testing.samples import fact_types

CODES: Final = frozenset(
    {
        "address_not_found",
        "agreement_not_found",
        "agreement_settled",
        "already_refunded",
        "authentication_failed",
        "card_declined",
        "credit_declined",
        "data_refused",
        "declined",
        "device_blocked",
        "identity_not_matched",
        "identity_not_verified",
        "insufficient_funds",
        "invalid_bank_account",
        "not_deliverable",
        "not_returned",
        "number_not_portable",
        "out_of_stock",
        "pac_expired",
        "pac_invalid",
        "pac_number_mismatch",
        "refund_too_late",
        "sanctions_hit",
        "signature_refused",
        "sim_swapped",
        "withdrawal_too_late",
    }
)


class Outcomes(Suite):
    """Promises about calls that get an outcome."""

    # The vendor's schema

    async def test_every_exchange_fits_the_vendors_schema(self) -> None:
        """Calls, look-ups, declines and undos are what the vendor publishes, both ways.

        An adapter of a vendor's API has `contract/schema.json`, or a check of its own.
        """
        if self.schema() is None:
            own = self.checked_by and hasattr(self, self.checked_by)
            assert own or self.declared().api is None, "no contract/schema.json, no `checked_by`"
            return
        for bench, operation in self.benches():
            await bench.run(operation)
            if operation.effect:
                made = bench.history[operation.key]
                if self.declared().doubt[operation.key].lookup:
                    await bench.look_up(operation, made.call)
                if operation.undo:
                    await bench.undo(operation, made)
            if operation.declinable:
                await self.decline(self.bench(), operation)
        assert any(bench.tape.exchanges for bench in self.used)

    # The three kinds of outcome

    async def test_every_operation_passes(self) -> None:
        """A good request passes with the declared output; an effect is done once, as ours."""
        for bench, operation in self.benches():
            outcome = await bench.run(operation)
            assert isinstance(outcome, Passed), operation.key
            assert isinstance(outcome.output, operation.output), operation.key
            if operation.effect:
                assert bench.done(operation, bench.history[operation.key].call) == 1, operation.key

    async def test_our_reference_goes_over_the_wire(self) -> None:
        """An effect carries its reference, as the vendor's key or as ours.

        Where nothing can be looked up or repeated, there may be no place for it.
        """
        for bench, operation in self.benches(effects=True):
            if self.declared().doubt[operation.key] == manual():
                continue
            request = await bench.prepare(operation)
            call, before = bench.call(operation), len(bench.tape.exchanges)
            await bench.send(operation, request, call)
            wanted = self.on_the_wire(call)
            sent = [_whole(one) for one in bench.tape.exchanges[before:]]
            assert [one for one in sent if any(word in one for word in wanted)], operation.key

    def on_the_wire(self, call: Call) -> set[str]:
        """How the reference of a call may be written; override it where a vendor wants a form."""
        return {call.reference}

    async def test_what_can_be_declined_is_a_value(self) -> None:
        """A business no is `Declined` with a code of the shared vocabulary, and nothing is done."""
        for bench, operation in self.benches():
            if not operation.declinable:
                continue
            outcome = await self.decline(bench, operation)
            assert isinstance(outcome, Declined), operation.key
            assert outcome.code in CODES, operation.key
            assert bench.done(operation, bench.history[operation.key].call) == 0, operation.key

    async def test_a_decline_is_found_again(self) -> None:
        """Looking up a declined effect tells the decline, or that nothing was done."""
        for bench, operation in self.benches(effects=True):
            if operation.declinable and self.declared().doubt[operation.key].lookup:
                await self.decline(bench, operation)
                found = await bench.look_up(operation, bench.history[operation.key].call)
                assert isinstance(found, Declined | Absent), operation.key

    async def test_half_a_choice_of_a_number_is_refused(self) -> None:
        """A number that is to be kept, but whose code is missing, is never taken for a new one."""
        half = NumberChoice(keep_number=True, pac="ABC123456")
        for bench, operation in self.benches(effects=True):
            if NumberChoice not in fact_types(operation.request):
                continue
            prepared = await bench.prepare(operation)
            fields = dict.fromkeys(_choices(prepared), half)
            call = bench.call(operation)
            with raises(Refused, operation):
                await bench.send(operation, replace(prepared, **fields), call)
            assert bench.done(operation, call) == 0, operation.key

    # Money

    async def test_money_arrives_as_it_was_sent(self) -> None:
        """Minor units are the same on the far side, whether a currency has 0, 2 or 3 decimals.

        Tried are GBP, JPY and KWD, as far as the adapter declares them.
        """
        offered = self.bench().effects
        for operation in offered:
            seen = []
            for currency in self.currencies():
                bench = self.bench(currency=currency)
                outcome = await bench.run(operation)
                call = bench.history[operation.key].call
                ledger = bench.stand_in.done(operation.key, call.reference)[0]
                assert ledger.get("currency", currency) == currency, operation.key
                seen.append((ledger.get("amount"), getattr(outcome.output, "amount", None)))
            assert seen == seen[:1] * len(self.currencies()), operation.key


def _choices(request: Any) -> Iterator[str]:
    """The fields of a request that a choice of a number fills."""
    shape: Any = type(request)
    for name, kind in fields_of(shape).items():
        if NumberChoice in dataclasses_in(kind):
            yield name


def _whole(exchange: Exchange) -> str:
    """A request as one text."""
    parts = (exchange.path, exchange.query, *exchange.headers.values(), exchange.body.decode())
    return unquote("\n".join(parts))
