"""What comes after a sale: money goes back once, never more than came in, and what ends has ended.

An adapter that offers none of these operations keeps every promise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from unshackled.domain.case import CaseLine, CaseRequest
from unshackled.domain.case_money import CaseMoney
from unshackled.domain.records import replace
from unshackled.errors import Refused
from unshackled.ports import CAPABILITIES, all_operations, operations
from unshackled.ports.mandate import CancelMandate
from unshackled.ports.operation import Operation
from unshackled.ports.taking_back import take_back
from unshackled.sdk import Declined, Passed, Pending, Redirect
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.contract.base import Suite
from unshackled.testing.samples import sample

REFUND: Final = "payment.refund_amount"
CHARGE: Final = "payment.charge_amount"
RETURN: Final = "orders.accept_return"
STOP: Final = "sim.stop"
STATEMENT: Final = "credit.statement"
# The provider's answer and what it was asked before it; a refusal is told by its class.
Answered = Passed[Any] | Declined | Pending | Redirect | type[Refused]


class AfterSale(Suite):
    """Promises about operations that deal with a completed sale."""

    def test_what_a_backend_has_not_is_said(self) -> None:
        """Every operation of its capabilities is there, or the adapter is `without` it."""
        bench = self.bench()
        for capability, port in bench.ports.items():
            for name, one in operations(capability, CAPABILITIES[capability]).items():
                if one.of_sale and not one.is_undo and not self._is_idle(bench, one):
                    offered = self.declared().offers(one.key)
                    assert offered == hasattr(port, name), one.key

    async def test_refunds_add_up_to_the_payment_and_no_further(self) -> None:
        """Parts go back one by one until nothing is left; a minor unit more is not given.

        So it is of a payment that was taken at once, and of one that was held first.
        """
        for bench, operation in self.refunding():
            taken = await self._sold_for(bench, operation)
            first, second = taken // 4, taken // 3
            for amount in (first, second):
                assert await self._paid_back(bench, operation, amount), operation.key
            rest = taken - first - second
            assert not await self._paid_back(bench, operation, rest + 1), "more than was taken"
            assert await self._paid_back(bench, operation, rest), "what is left goes back"
            assert not await self._paid_back(bench, operation, 1), "nothing is left"
            given = [entry["amount"] for entry in bench.stand_in.done(REFUND)]
            assert given == [first, second, rest], operation.key

    async def test_a_refund_is_of_its_own_payment(self) -> None:
        """What went back of one payment leaves another one whole."""
        for bench, operation in self.refunding():
            await self._sold_for(bench, operation)
            first = bench.call(operation).follows
            assert await self._paid_back(bench, operation, 700)
            bench.history.clear()
            taken = await self._sold_for(bench, operation)
            assert bench.call(operation).follows != first
            assert await self._paid_back(bench, operation, taken)

    async def test_a_later_charge_is_a_payment_of_its_own(self) -> None:
        """It takes exactly its sum, once; the sale's own payment goes back whole and no further."""
        bench = self.bench()
        for operation in self._offered(bench, CHARGE):
            request = await bench.prepare(operation)
            assert isinstance(await self._come(bench, operation, request), Passed), operation.key
            await bench.stand_in.settle()
            taken = [entry["amount"] for entry in bench.stand_in.done(CHARGE)]
            assert taken == [request.amount], operation.key
            for refund in self._offered(bench, REFUND):
                paid = await self._sold_for(bench, refund)
                assert not await self._paid_back(bench, refund, paid + 1), "more than was paid"
                assert await self._paid_back(bench, refund, paid), "the payment goes back whole"

    async def test_goods_come_back_once(self) -> None:
        """What was taken back is not taken back again."""
        bench = self.bench()
        for operation in self._offered(bench, RETURN):
            request = await bench.prepare(operation)
            assert isinstance(await self._come(bench, operation, request), Passed), operation.key
            again = await self._come(bench, operation, request)
            assert not isinstance(again, Passed), "the same goods came back twice"
            assert len(bench.stand_in.done(RETURN)) == 1

    async def test_no_more_comes_back_than_was_ordered(self) -> None:
        """Neither more of a product nor one that is not in the order."""
        for line in (_line(quantity=2), _line(sku="sku-that-nobody-ordered")):
            bench = self.bench()
            for operation in self._offered(bench, RETURN):
                request = await bench.prepare(operation)
                other = replace(request, case=sample(CaseRequest, lines=(line,)))
                came = await self._come(bench, operation, other)
                assert not isinstance(came, Passed), line
                assert bench.stand_in.done(RETURN) == []

    async def test_a_line_that_is_closed_is_closed(self) -> None:
        """A second stop under another reference passes and closes nothing."""
        bench = self.bench()
        for operation in self._offered(bench, STOP):
            request = await bench.prepare(operation)
            first = await self._come(bench, operation, request)
            again = await self._come(bench, operation, request)
            assert isinstance(first, Passed)
            assert isinstance(again, Passed)
            assert first.output.subscription == again.output.subscription
            assert len(bench.stand_in.done(STOP)) == 1

    async def test_a_fresh_agreement_has_nothing_paid(self) -> None:
        """Its account has the whole credit left to pay, however often it is asked for."""
        bench = self.bench()
        for operation in self._offered(bench, STATEMENT):
            request = await bench.prepare(operation)
            activated = bench.history["credit.activate"].outcome.output
            for _ in range(2):
                came = await bench.send(operation, request, bench.call(operation))
                assert isinstance(came, Passed)
                account = came.output
                assert account.agreement == activated.agreement
                told = (account.instalments_paid, account.paid, account.arrears)
                assert told == (0, 0, 0), account
                assert activated.amount is None or account.balance >= activated.amount
                assert came.valid_until is not None, (
                    "what was paid changes: say until when it counts"
                )

    async def test_a_case_cancels_the_mandate_of_its_sale(self) -> None:
        """By the undo, asked twice under two references: once is enough."""
        bench = self.bench()
        cancel = all_operations()["mandate.cancel"]
        for set_up in self._offered(bench, "mandate.set_up"):
            passed = await bench.run(set_up)
            request = CancelMandate(case=sample(CaseRequest), mandate=passed.output)
            for _ in range(2):
                call = bench.call(cancel)
                outcome = await take_back(bench.ports["mandate"].cancel, request, call)
                assert outcome == Passed(output=request.receipt())
            made = bench.history[set_up.key].call.reference
            assert [one["reference"] for one in bench.stand_in.done(cancel.key)] == [made]

    def refunding(self) -> Iterator[tuple[AdapterHarness, Operation]]:
        """A bench for each way of taking money that refunds may be of."""
        offered = {one.key for one in self.bench().operations}
        if REFUND not in offered:
            return
        for taken in ("charge", "capture"):
            if f"payment.{taken}" in offered:
                bench = self.bench()
                bench.sold_by = (taken,)
                yield bench, next(self._offered(bench, REFUND))

    async def _sold_for(self, bench: AdapterHarness, operation: Operation) -> int:
        """Sell; what was taken in minor units."""
        await bench.prepare(operation)
        sold = next(iter(self._sale(bench, operation)))
        await bench.stand_in.settle()
        amount: int = bench.history[sold.key].outcome.output.amount
        return amount

    async def _paid_back(self, bench: AdapterHarness, operation: Operation, amount: int) -> bool:
        """Ask for a refund of so much; whether it was given in the end."""
        request = await bench.prepare(operation)
        money = CaseMoney(payment=amount, currency=bench.currency)
        case = replace(request.case, amount=amount, lines=(_line(amount=amount),))
        before = len(bench.stand_in.done(REFUND))
        came = await self._come(bench, operation, replace(request, case=case, money=money))
        given = len(bench.stand_in.done(REFUND)) - before
        assert given == isinstance(came, Passed), f"{came} and {given} refunds"
        return isinstance(came, Passed)

    async def _come(self, bench: AdapterHarness, operation: Operation, request: Any) -> Answered:
        """What a call comes to in the end, once the backend has done what it does beside it."""
        call = bench.call(operation)
        try:
            outcome = await bench.send(operation, request, call)
            if isinstance(outcome, Pending | Redirect):
                await bench.stand_in.settle()
                outcome = await bench.finish(operation, call, outcome)
        except Refused:
            return Refused
        came: Answered = outcome
        return came

    def _sale(self, bench: AdapterHarness, operation: Operation) -> Sequence[Operation]:
        return [one for one in bench.sale_of(operation) if one.key in bench.history]

    def _offered(self, bench: AdapterHarness, key: str) -> Iterator[Operation]:
        return (one for one in bench.operations if one.key == key)

    def _is_idle(self, bench: AdapterHarness, one: Operation) -> bool:
        """Whether its sale is nothing that this backend has a part in."""
        return not any(self.declared().offers(f"{one.capability}.{name}") for name in one.of_sale)


def _line(**changes: Any) -> CaseLine:
    line = sample(CaseRequest).lines[0]
    return replace(line, **changes)
