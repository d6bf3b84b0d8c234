"""Goods that come back to the stand-in ShopServer: each once; nothing is repeated by a key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from unshackled.sdk import xml
from unshackled.sdk.amounts import to_decimal, to_minor
from unshackled.sdk.standin import Mode, StandIn
from unshackled.sdk.xml import Element

# So long goods may be on their way back.
AWAITED: Final = timedelta(days=14)
ANSWER: Final = (
    "<ReturnNo>{number}</ReturnNo><Status>{status}</Status>"
    '<AwaitedUntil>{until}</AwaitedUntil><Credited currency="{currency}">{amount}</Credited>'
)


@dataclass(kw_only=True)
class Return:
    """One return; `status` is AWAITED, RECEIVED or NOT_RECEIVED."""

    number: str
    reference: str
    order: str
    skus: tuple[str, ...]
    amount: int
    currency: str
    until: datetime
    status: str = "AWAITED"


@dataclass(kw_only=True)
class Returns:
    """Every return; `ordered` gives the goods of an order, `restock` puts some on the shelf.

    `refuse` makes the fault of a code.
    """

    stand_in: StandIn
    ordered: Callable[[str], Iterable[str]]
    restock: Callable[[Iterable[str]], None]
    refuse: Callable[[str], Exception]
    known: list[Return] = field(default_factory=list)

    def accept(self, body: Element, mode: Mode | None) -> xml.Markup:
        """Take goods back, at once; `refer` waits for them, `decline` in vain."""
        items = xml.find_all(body, "Item")
        skus = tuple(
            one.get("sku") or "" for one in items for _ in range(int(one.get("quantity") or 0))
        )
        total = xml.find_all(body, "Total")[0]
        currency = total.get("currency") or ""
        parts = [*items, *xml.find_all(body, "Charge")]
        amount = sum(to_minor(one.text or "", currency) for one in parts)
        if amount != to_minor(total.text or "", currency):
            raise self.refuse("TOTAL_WRONG")
        order = xml.text(body, "OrderNo")
        self._require_left(order, skus)
        if mode == "decline":
            raise self.refuse("RETURN_NOT_RECEIVED")
        made = Return(
            number=f"B{len(self.known) + 1:07d}",
            reference=xml.text(body, "OurRef"),
            order=order,
            skus=skus,
            amount=amount,
            currency=currency,
            until=self.stand_in.now() + AWAITED,
        )
        self.known.append(made)
        if mode != "refer":
            self._receive(made)
        return _written(made)

    def find(self, body: Element, mode: Mode | None) -> xml.Markup:
        """A return by the client's reference; what is not here on its last day never comes."""
        reference = xml.text(body, "OurRef")
        mine = [one for one in self.known if one.reference == reference]
        if not mine:
            raise self.refuse("REFERENCE_UNKNOWN")
        if mine[-1].status == "AWAITED" and self.stand_in.now() >= mine[-1].until:
            mine[-1].status = "NOT_RECEIVED"
        return _written(mine[-1])

    def _receive(self, back: Return) -> None:
        back.status = "RECEIVED"
        self.restock(back.skus)
        self.stand_in.record(
            "orders.accept_return",
            back.reference,
            number=back.number,
            amount=back.amount,
            currency=back.currency,
        )

    def _require_left(self, order: str, skus: tuple[str, ...]) -> None:
        """What was ordered and did not come back yet."""
        left = Counter(self.ordered(order))
        for one in self.known:
            if one.order == order and one.status != "NOT_RECEIVED":
                left.subtract(one.skus)
        if any(number > left[sku] for sku, number in Counter(skus).items()):
            raise self.refuse("ITEM_NOT_LEFT")


def _written(back: Return) -> xml.Markup:
    return xml.render(
        ANSWER,
        number=back.number,
        status=back.status,
        until=back.until.isoformat(),
        currency=back.currency,
        amount=to_decimal(back.amount, back.currency),
    )
