"""What came in for a sale and when, as its own steps know it: what cases are held against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from unshackled.domain.case_opening import SaleMoney
from unshackled.domain.checkout import Checkout, StepState
from unshackled.domain.codec import decode
from unshackled.domain.package import Package
from unshackled.domain.states import S
from unshackled.flow.plan.cases.case_facts import beyond, moved_by
from unshackled.flow.plan.plan import Plan
from unshackled.ports.agreement import AgreementSigned
from unshackled.ports.credit import CreditActivated
from unshackled.ports.delivery import DeliverySlot
from unshackled.ports.orders import OrderDispatched
from unshackled.ports.payment import PaymentCaptured, PaymentCharged
from unshackled.ports.trade_in import TradeInAccepted

Known = Mapping[type, tuple[StepState, Any]]
_READ: Final = (
    PaymentCharged,
    PaymentCaptured,
    CreditActivated,
    AgreementSigned,
    OrderDispatched,
    DeliverySlot,
    TradeInAccepted,
)


def sale_money(plan: Plan, checkout: Checkout) -> SaleMoney:
    """The amounts that its providers reported, and the moments that windows count from."""
    known = dict(_outputs(plan, checkout))
    taken = [known[one][1].amount for one in (PaymentCharged, PaymentCaptured) if one in known]
    return SaleMoney(
        captured=sum(taken),
        financed=_financed(known, checkout.package),
        traded_in=_traded_in(checkout.package),
        to_payment=dict(_to_payment(checkout)),
        beyond=sum(beyond(run) for run in checkout.runs.values()),
        device=TradeInAccepted in known,
        started=dict(_started(plan, checkout, known)),
    )


def _to_payment(checkout: Checkout) -> Iterator[tuple[str, int]]:
    """What each case gives back to the payment, where its rule or its provider has said so."""
    for name, run in checkout.runs.items():
        if (money := moved_by(run)) is not None:
            yield name, money.payment


def _outputs(plan: Plan, checkout: Checkout) -> Iterator[tuple[type, tuple[StepState, Any]]]:
    """What passed of each type that counts here, with the step's state."""
    for name, step in plan.steps.items():
        shape, state = step.definition.output, checkout.steps[name]
        if shape in _READ and state.state is S.PASSED and shape is not None:
            output = checkout.output(name)
            if output is not None:
                yield shape, (state, decode(shape, output))


def _financed(known: Known, package: Package) -> int:
    """What the lender paid of the goods: as it said, else as it was applied for."""
    if CreditActivated not in known or package.credit is None:
        return 0
    said: int | None = known[CreditActivated][1].amount
    lent = package.credit.amount if said is None else said
    return lent - (package.credit.amount - package.credit.for_goods)


def _traded_in(package: Package) -> int:
    """What an old device lowered the credit by."""
    credit, handset = package.credit, package.handset
    if credit is None or handset is None:
        return 0
    return max(handset.price - credit.deposit - credit.for_goods, 0)


def _started(plan: Plan, checkout: Checkout, known: Known) -> Iterator[tuple[str, datetime]]:
    if checkout.completed_at is None:
        return
    yield "completed", checkout.completed_at
    sent = _dispatched(plan, checkout, known)
    if sent is not None:
        yield "dispatched", sent
        slot = known[DeliverySlot][1] if DeliverySlot in known else None
        # Nobody reports a delivery: the slot that was agreed, and never before it was sent.
        yield "delivered", max(sent, slot.ends) if slot is not None else sent
    made = [known[one][0].updated_at for one in (AgreementSigned, CreditActivated) if one in known]
    if moments := [at for at in made if at is not None]:
        yield "agreement", max(moments)


def _dispatched(plan: Plan, checkout: Checkout, known: Known) -> datetime | None:
    """When the goods left; where the flow does not ask, when the order was placed."""
    if OrderDispatched in known:
        at: datetime = known[OrderDispatched][1].dispatched_at
        return at
    asks = any(step.definition.output is OrderDispatched for step in plan.steps.values())
    return None if asks else checkout.completed_at
