"""What deals with a completed sale: what it names is there, and what it reports is compared."""

from __future__ import annotations

from typing import Any, Protocol

import pytest

from unshackled.domain.records import replace
from unshackled.errors import InDoubt, Refused
from unshackled.ports import all_operations, operations
from unshackled.ports.amount_ranges import difference
from unshackled.ports.call_context import Call, Followed, Undo
from unshackled.ports.mandate import CancelMandate, MandateCanceled, MandateSetUp
from unshackled.ports.operation import effect, query, undoes
from unshackled.ports.outcome import Absent, Outcome, Passed
from unshackled.ports.stock import ReserveStock, StockReserved
from unshackled.ports.taking_back import REPEATABLE, callable_of, take_back
from unshackled.sdk.ports import CaseMoney, CaseRequest, SetUpMandate
from unshackled.testing.backends import FakeBackends
from unshackled.testing.bench import CALLBACK_URL, RETURN_URL, reference
from unshackled.testing.made_up import output_for
from unshackled.testing.samples import request_for, sample

OF_SALE = {key: one for key, one in all_operations().items() if one.of_sale}
MONEY = tuple(key for key, one in OF_SALE.items() if hasattr(one.output, "differs"))
CANCEL = all_operations()["mandate.cancel"]


def call(**changes: Any) -> Call:
    frame: dict[str, Any] = {
        "reference": reference("case"),
        "checkout": "chk_sample",
        "currency": "GBP",
        "locale": "en-GB",
        "callback_url": CALLBACK_URL,
        "return_url": RETURN_URL,
    }
    return Call(**(frame | changes))


def test_these_deal_with_a_completed_sale() -> None:
    """Each names effects of its own capability."""
    assert set(OF_SALE) == {
        "credit.end",
        "credit.repayment",
        "credit.statement",
        "mandate.cancel",
        "orders.accept_return",
        "payment.charge_amount",
        "payment.payout",
        "payment.refund_amount",
        "sim.stop",
        "trade_in.inspect",
    }
    for one in OF_SALE.values():
        assert isinstance(request_for(one).case, CaseRequest)
        assert all(all_operations()[f"{one.capability}.{name}"].effect for name in one.of_sale)


@pytest.mark.parametrize("named", ["of_sale", "follows", "undo"])
def test_a_name_that_is_no_operation_of_the_capability_is_refused(named: str) -> None:
    """The message has the name and what is allowed."""
    value: Any = ("hold",) if named == "of_sale" else "hold"

    class Shelf(Protocol):
        @effect(**{named: value})
        async def reserve(self, request: ReserveStock, call: Call) -> Outcome[StockReserved]: ...

    with pytest.raises(ValueError, match=r"shelf\.reserve names hold: allowed are reserve"):
        operations("shelf", Shelf)


def test_a_query_leaves_nothing_to_deal_with_after_the_sale() -> None:
    """Only an effect has a reference that a case can follow."""

    class Shelf(Protocol):
        @query()
        async def look(self, request: ReserveStock, call: Call) -> Outcome[StockReserved]: ...

        @undoes(of_sale=("look",))
        async def release(self, request: Undo[StockReserved], call: Call) -> None: ...

    with pytest.raises(ValueError, match="look, which has no effect"):
        operations("shelf", Shelf)


@pytest.mark.parametrize("key", MONEY)
def test_what_was_asked_for_is_no_difference(key: str) -> None:
    """Of the sums of the case, in its currency."""
    operation = OF_SALE[key]
    request = request_for(operation)
    output = output_for(operation, request, call())
    assert difference(output, request, "GBP") is None
    assert difference(replace(output, currency="EUR"), request, "GBP")


# What a lender works out itself, from interest and from what was paid: it rounds by itself.
LENDERS_OWN = ("customer", "owed", "interest")


# Asked for no sum: an account tells what it tells.
ACCOUNTS = frozenset({"credit.statement"})


@pytest.mark.parametrize("key", [key for key in MONEY if key not in ACCOUNTS])
@pytest.mark.parametrize("by", [-2, -1, 1, 2])
def test_a_penny_more_or_less_is_a_difference(key: str, by: int) -> None:
    """Wherever an output has a sum: between each two who pay, too; two where a lender rounds."""
    operation = OF_SALE[key]
    request = request_for(operation)
    output = output_for(operation, request, call())
    names = ("amount", "lender", *LENDERS_OWN)
    sums = [name for name in names if name in type(output).__struct_fields__]
    assert sums
    for name in sums:
        other = replace(output, **{name: getattr(output, name) + by})
        rounded = name in LENDERS_OWN and abs(by) == 1
        assert (name in (difference(other, request, "GBP") or "")) is not rounded


def test_without_the_money_of_a_case_its_own_sum_counts() -> None:
    """A flow that divides nothing gives the whole back to the payment."""
    operation = OF_SALE["payment.refund_amount"]
    request = replace(request_for(operation), money=None)
    assert request.amount == sample(CaseRequest).amount
    divided = replace(request, money=sample(CaseMoney, payment=700))
    assert divided.amount == 700


class Bank:
    """Mandates that were cancelled; `gone` are those that nobody knows any more."""

    def __init__(self, *, gone: bool = False, broken: bool = False) -> None:
        self.gone, self.broken = gone, broken
        self.calls: list[tuple[Undo[MandateSetUp], Call]] = []

    async def cancel(self, request: Undo[MandateSetUp], call: Call) -> Absent | None:
        self.calls.append((request, call))
        if self.broken:
            raise InDoubt("no answer", provider="bank")
        return Absent() if self.gone else None


SOLD = Followed(reference="S" * 26, handle="h-1", output=MandateSetUp(mandate="UNSAMPLE0001"))
REQUEST = CancelMandate(case=sample(CaseRequest), mandate=MandateSetUp(mandate="UNSAMPLE0001"))


@pytest.mark.parametrize("gone", [False, True])
async def test_a_case_takes_back_what_the_sale_did(*, gone: bool) -> None:
    """The adapter's undo is asked by the sale's reference, under the key of the case's own call."""
    bank = Bank(gone=gone)
    outcome = await callable_of(CANCEL, bank.cancel)(REQUEST, call(follows=SOLD))
    assert outcome == Passed(output=MandateCanceled(mandate="UNSAMPLE0001"))
    ((effect_, sent),) = bank.calls
    assert (effect_.reference, effect_.output) == (SOLD.reference, SOLD.output)
    assert (sent.reference, sent.handle) == (reference("case"), "h-1")


async def test_a_doubt_stays_a_doubt() -> None:
    """It is ended by sending it again, as that of any undo."""
    with pytest.raises(InDoubt):
        await take_back(Bank(broken=True).cancel, REQUEST, call(follows=SOLD))
    assert REPEATABLE.ways == ("idempotent", "manual")


@pytest.mark.parametrize("follows", [None, Followed(reference=None, handle=None, output=None)])
async def test_a_sale_without_the_effect_has_nothing_to_take_back(follows: Any) -> None:
    """Nothing is sent for it."""
    bank = Bank()
    with pytest.raises(Refused):
        await take_back(bank.cancel, REQUEST, call(follows=follows))
    assert bank.calls == []


async def test_the_backends_of_tests_take_back_what_a_case_cancels() -> None:
    """The sale's mandate does not stand any more."""
    backends = FakeBackends()
    set_up = all_operations()["mandate.set_up"]
    request: SetUpMandate = request_for(set_up)
    await backends.perform("northstar", "bank", "mandate.set_up", request, call(reference="S" * 26))
    await backends.perform("northstar", "bank", "mandate.cancel", REQUEST, call(follows=SOLD))
    assert backends.standing("mandate.set_up") == []
