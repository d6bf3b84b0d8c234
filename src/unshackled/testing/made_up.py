"""Outputs put together from a request, for stand-ins that need no backend."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, get_args

from unshackled.domain.case import CaseRequest
from unshackled.domain.catalogue import Catalogue
from unshackled.domain.personal import dataclasses_in, fields_of
from unshackled.domain.quote import Quote
from unshackled.ports.call_context import Call
from unshackled.ports.credit import SettlementDue
from unshackled.ports.operation import Operation
from unshackled.testing.samples import NOW, SAMPLES

_CATALOGUE: Final = Catalogue(currency="GBP", version="1")
_SAMPLES: Final[Mapping[type, Any]] = {type(fact): fact for fact in (*SAMPLES, _CATALOGUE)}
_PLAIN: Final[Mapping[type, Any]] = {
    int: 1,
    bool: False,
    str: "sample",
    datetime: NOW,
    Decimal: Decimal(0),
}


def made_up(shape: type) -> Any:
    """The sample of a fact type, or one put together from plain values."""
    if shape in _SAMPLES:
        return _SAMPLES[shape]
    fields = {name: _value(annotation) for name, annotation in fields_of(shape).items()}
    return shape(**fields)


def _value(annotation: Any) -> Any:
    inner = dataclasses_in(annotation)
    if get_args(annotation)[:1] and getattr(annotation, "__origin__", None) is tuple:
        return tuple(made_up(shape) for shape in inner)
    if inner:
        return made_up(inner[0])
    if getattr(annotation, "__origin__", None) is Literal:
        return get_args(annotation)[0]
    plain = getattr(annotation, "__origin__", annotation)
    return _PLAIN.get(plain)


def _asked(request: Any) -> Mapping[str, Any]:
    """The amount that a request is about, and its months: of the quote, the credit, the hold."""
    quote = getattr(request, "quote", None)
    if isinstance(quote, Quote):
        return {"amount": quote.due_today}
    if isinstance(case := getattr(request, "case", None), CaseRequest):
        return _of_case(request, case)
    if isinstance(settlement := getattr(request, "settlement", None), SettlementDue):
        return {"amount": settlement.to_lender}
    pays_off = getattr(getattr(request, "terms", None), "pays_off", None)
    for holder in ("terms", "decision", "authorised", "valuation"):
        fact = getattr(request, holder, None)
        if fact is not None:
            found = {name: getattr(fact, name, None) for name in ("amount", "months")}
            found["paid_off"] = pays_off.figure if pays_off is not None else None
            return {name: value for name, value in found.items() if value is not None}
    return {}


def _of_case(request: Any, case: CaseRequest) -> Mapping[str, Any]:
    """The sums of a case: between each two who pay, or the value of a device as it was accepted."""
    money = getattr(request, "sums", None) or getattr(request, "money", None)
    accepted = getattr(request, "accepted", None)
    names = ("lender", "customer", "owed", "interest")
    between = {name: getattr(money, name) for name in names} if money is not None else {}
    whole = case.amount if accepted is None else accepted.amount
    return {**between, "amount": getattr(request, "amount", whole)}


def output_for(operation: Operation, request: Any, call: Call) -> Any:
    """An output of an operation: numbers end in our reference, money is what was asked for."""
    output = made_up(operation.output)
    names = fields_of(operation.output)
    changes = {name: value for name, value in _asked(request).items() if name in names}
    if "currency" in names:
        changes["currency"] = call.currency
    first = next(iter(names), None)
    if operation.effect and first is not None and isinstance(getattr(output, first), str):
        changes[first] = f"{getattr(output, first)}-{call.reference[:6]}"
    current = {name: getattr(output, name) for name in names}
    return type(output)(**{**current, **changes})
