"""Contracts and goods: what each step began, sent or ended, between whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from unshackled.domain.ledger import ContractEntry, Party
from unshackled.domain.run_records import StepState
from unshackled.domain.states import UNWINDING, S
from unshackled.flow.plan.ledger.movements import RunSnapshot
from unshackled.flow.plan.plan import Plan


class _Begun(NamedTuple):
    """What an operation does to a contract or to goods; `number` is the field with its number."""

    what: str
    sender: Party
    receiver: Party
    state: str
    number: str | None = None


OPERATIONS: Final = {
    "orders.place": _Begun("goods", "retailer", "customer", "ordered", "order"),
    "orders.dispatch": _Begun("goods", "retailer", "customer", "sent", "order"),
    "orders.accept_return": _Begun("goods", "customer", "retailer", "returned", "order"),
    "credit.activate": _Begun("credit", "lender", "customer", "live", "agreement"),
    "credit.end": _Begun("credit", "lender", "customer", "ended", "agreement"),
    "credit.settle": _Begun("old_credit", "lender", "customer", "settled"),
    "sim.activate": _Begun("airtime", "telco", "customer", "live", "subscription"),
    "sim.stop": _Begun("airtime", "telco", "customer", "ended", "subscription"),
    "trade_in.accept": _Begun("old_device", "customer", "recycler", "promised", "trade_in"),
    "trade_in.inspect": _Begun("old_device", "customer", "recycler", "inspected", "trade_in"),
}


def contracts(plan: Plan, run: str, snapshot: RunSnapshot) -> Iterator[ContractEntry]:
    """What the steps of a run began, sent or ended, and what of it is being taken back."""
    for name, step in plan.steps.items():
        operation, state = step.definition.operation, snapshot.steps.get(name)
        begun = OPERATIONS.get(operation.key) if operation is not None else None
        if begun is None or state is None or state.updated_at is None:
            continue
        if state.state is S.PASSED or state.state in UNWINDING:
            yield ContractEntry(
                at=state.updated_at,
                run=run,
                step=name,
                what=begun.what,
                sender=begun.sender,
                receiver=begun.receiver,
                state="taken_back" if state.state in UNWINDING else begun.state,
                number=_number(state, begun.number),
            )


def _number(state: StepState, field: str | None) -> str | None:
    """The number that its provider gave, where that is nothing personal."""
    told = state.output.get(field) if field is not None and state.output is not None else None
    return told if isinstance(told, str) else None
