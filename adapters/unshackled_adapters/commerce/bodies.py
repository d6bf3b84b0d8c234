"""From our requests to the platform's JSON; amounts are minor units on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from unshackled.sdk import Call
from unshackled.sdk.ports import Package, PlaceOrder, QuoteLine, ReserveStock


def reservation(request: ReserveStock, call: Call) -> dict[str, Any]:
    """What to hold, and for how long."""
    lines = request.accessories.lines if request.accessories else ()
    goods = [request.handset, *lines]
    return {
        "reference": call.reference,
        "lines": [{"sku": line.sku, "quantity": 1} for line in goods if line],
        "hold_seconds": int(request.hold.total_seconds()),
        **({"allow_backorder": True} if request.promise else {}),
    }


def order(request: PlaceOrder, call: Call, channel: str, notices: str | None) -> dict[str, Any]:
    """The order with the numbers of what was agreed before it.

    `notices` is where the platform tells of its dispatch.
    """
    contact, address, quote = request.contact, request.address, request.quote
    return {
        "reference": call.reference,
        "channel": channel,
        "external_id": request.checkout.checkout,
        **({"dispatch_notice_url": notices} if notices is not None else {}),
        "currency": quote.currency,
        "total": quote.total_payable,
        "paid_today": quote.due_today,
        "lines": _lines(request.package),
        **_charges(request.charges),
        "reservation": request.stock.reservation if request.stock else None,
        "payment": request.paid_by,
        "credit_application": request.credit.application if request.credit else None,
        "delivery_slot": request.delivery.id if request.delivery else None,
        "trade_in": request.trade_in.trade_in if request.trade_in else None,
        "customer": {
            "given_name": contact.given_name,
            "family_name": contact.family_name,
            "email": contact.email,
            "phone": contact.phone,
        },
        "ship_to": {
            "lines": list(address.lines),
            "town": address.town,
            "postcode": address.postcode,
            "country": address.country,
        },
    }


def _lines(package: Package) -> list[dict[str, Any]]:
    accessories = package.accessories.lines if package.accessories else ()
    priced = [(line.sku, line.price) for line in (package.handset, *accessories) if line]
    if package.tariff:
        priced.append((package.tariff.sku, package.tariff.total))
    return [{"sku": sku, "quantity": 1, "price": price} for sku, price in priced]


def _charges(charges: Sequence[QuoteLine]) -> dict[str, Any]:
    """What is beside the goods; with their prices it adds up to the total."""
    told = [{"kind": one.part, "title": one.title, "price": one.total} for one in charges]
    return {"charges": told} if told else {}
