"""Between our values and ShopServer's XML about goods that come back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from unshackled.sdk import Call, Declined, Outcome, Passed, Pending, Refused, xml
from unshackled.sdk.amounts import to_decimal, to_minor
from unshackled.sdk.ports import AcceptReturn, OrderPlaced, ReturnAccepted
from unshackled.sdk.xml import Element

# The fault that is a business no; any other one is `Refused`.
DECLINES: Final = {"RETURN_NOT_RECEIVED": "not_returned"}
# The parts of a package that the shop has on its shelves.
GOODS: Final = frozenset({"handset", "accessories"})
RETURN: Final = (
    "<OurRef>{reference}</OurRef><OrderNo>{order}</OrderNo><Reason>{reason}</Reason>"
    '<Total currency="{currency}">{total}</Total>{items}{charges}'
)
ITEM: Final = '<Item sku="{sku}" quantity="{quantity}">{amount}</Item>'
CHARGE: Final = '<Charge kind="{kind}">{amount}</Charge>'


def return_of(request: AcceptReturn, call: Call) -> xml.Markup:
    """Goods by SKU with what goes back for each, and what else goes back.

    Raises `Refused` where nobody knows the order of the sale any more.
    """
    case, sold = request.case, request.order
    if sold is None and call.follows is not None:
        sold = call.follows.output if isinstance(call.follows.output, OrderPlaced) else None
    if sold is None:
        raise Refused("ShopServer: the sale has no order", code="no_order")
    goods = [one for one in case.lines if one.part in GOODS and one.sku is not None]
    others = [one for one in case.lines if one not in goods and one.amount]
    return xml.render(
        RETURN,
        reference=call.reference,
        order=sold.order,
        reason=case.reason,
        currency=case.currency,
        total=to_decimal(case.amount, case.currency),
        items=xml.join(
            xml.render(
                ITEM,
                sku=one.sku or "",
                quantity=one.quantity,
                amount=to_decimal(one.amount, case.currency),
            )
            for one in goods
        ),
        charges=xml.join(
            xml.render(CHARGE, kind=one.part, amount=to_decimal(one.amount, case.currency))
            for one in others
        ),
    )


def declined(code: str) -> Declined | None:
    """The business no behind a fault, if it is one."""
    return Declined(code=DECLINES[code], vendor_code=code) if code in DECLINES else None


def returned(answer: Element, poll_after: timedelta) -> Outcome[ReturnAccepted]:
    """Whether the goods are here; until then ShopServer has a last day for them."""
    status = xml.text(answer, "Status")
    if status == "AWAITED":
        due_by = datetime.fromisoformat(xml.text(answer, "AwaitedUntil"))
        return Pending(poll_after=poll_after, due_by=due_by)
    if status == "NOT_RECEIVED":
        return Declined(code="not_returned", vendor_code=status)
    if status != "RECEIVED":
        raise ValueError("Status")
    credited = xml.find_all(answer, "Credited")[0]
    currency = credited.get("currency") or ""
    output = ReturnAccepted(
        number=xml.text(answer, "ReturnNo"),
        amount=to_minor(credited.text or "", currency),
        currency=currency,
    )
    return Passed(output=output)
