"""What the stand-in of PayPal gives back: wholes, and sums of a capture."""

from __future__ import annotations

from dataclasses import dataclass, field

from unshackled.sdk.standin import Mode
from unshackled_adapters.paypal.amounts import from_wire, to_wire
from unshackled_adapters.paypal.books import Books, Failed, Wire
from unshackled_adapters.paypal.refunds import PART


@dataclass(kw_only=True)
class Refunds:
    """The refunds of an account by PayPal's numbers."""

    books: Books
    refunds: dict[str, Wire] = field(default_factory=dict)

    def give_back(self, number: str, body: Wire, mode: Mode | None = None) -> Wire:
        """Give so much of a capture back, else what is left of it.

        `decline` fails at once. `refer` is taken in: a whole refund fails then, a part of one is
        settled later.
        """
        given, amount = self._refundable(number, body.get("amount"))
        status = {"decline": "FAILED", "refer": "PENDING"}.get(mode or "", "COMPLETED")
        links = [{"href": f"https://api.paypal.com/v2/payments/captures/{number}", "rel": "up"}]
        made = {
            "id": self.books.number("REFUN"),
            "status": status,
            "amount": amount,
            "links": links,
        }
        made["custom_id"] = body["custom_id"]
        if status == "FAILED":
            return made
        if status == "PENDING" and not is_part(made):
            self.books.stand_in.later(self._break(made))
            return made
        self._give(given, made)
        if status == "PENDING":
            self.books.tell("PAYMENT.REFUND.PENDING", "refund", dict(made))
            self.books.stand_in.later(self._settle(made))
        else:
            self.books.tell("PAYMENT.CAPTURE.REFUNDED", "refund", dict(made))
        return made

    def _refundable(self, number: str, sum_of: Wire | None) -> tuple[Wire, Wire]:
        """The capture that is given back of, and how much of it."""
        given = self.books.captured(number)
        whole, currency = from_wire(given["amount"])
        left = whole - self.given_back(number)
        if given["status"] == "REFUNDED" or left <= 0:
            raise Failed(422, "CAPTURE_FULLY_REFUNDED")
        if given["status"] == "PENDING":
            raise Failed(422, "PENDING_CAPTURE")
        if sum_of is None:
            return given, to_wire(left, currency, self.books.stand_in.name)
        wanted, other = from_wire(sum_of)
        if other != currency:
            raise Failed(422, "REFUND_CAPTURE_CURRENCY_MISMATCH")
        if wanted <= 0:
            raise Failed(422, "CANNOT_BE_ZERO_OR_NEGATIVE")
        if wanted > left:
            raise Failed(422, "REFUND_AMOUNT_EXCEEDED")
        return given, dict(sum_of)

    def _give(self, capture: Wire, refund: Wire) -> None:
        """The money goes back: it is in the order, and in the ledger."""
        number, related = capture["id"], capture["supplementary_data"]["related_ids"]
        hold = related.get("authorization_id")
        self.refunds[refund["id"]] = refund
        self._stands(capture)
        unit = self.books.orders[related["order_id"]]["purchase_units"][0]
        unit["payments"].setdefault("refunds", []).append(refund)
        effect = "payment.void" if hold else "payment.refund"
        if is_part(refund):
            ours = refund["custom_id"].removesuffix(PART)
            self.books.record("payment.refund_amount", refund, hold or number, ours)
        else:
            self.books.record(effect, refund | {"custom_id": capture["custom_id"]}, hold or number)

    def _stands(self, capture: Wire) -> None:
        left = from_wire(capture["amount"])[0] - self.given_back(capture["id"])
        capture["status"] = "PARTIALLY_REFUNDED" if left else "REFUNDED"

    def given_back(self, capture: str) -> int:
        """How much of a capture went back, in our minor units."""
        ours = (one for one in self.refunds.values() if one["links"][0]["href"].endswith(capture))
        return sum(from_wire(one["amount"])[0] for one in ours if one["status"] != "FAILED")

    async def _settle(self, refund: Wire) -> None:
        if refund["status"] == "PENDING":
            refund["status"] = "COMPLETED"
            self.books.tell("PAYMENT.CAPTURE.REFUNDED", "refund", dict(refund))

    async def _break(self, refund: Wire) -> None:
        """The customer's bank sends a refund back, after PayPal had taken it in."""
        refund["status"] = "FAILED"
        self.books.tell("PAYMENT.REFUND.FAILED", "refund", refund)

    def break_refund(self, number: str) -> None:
        """A refund of a sum fails in the end: the money is with the retailer again."""
        refund = self.refunds[number]
        capture = refund["links"][0]["href"].rpartition("/")[2]
        refund["status"] = "FAILED"
        self._stands(self.books.captures[capture])
        ours = refund["custom_id"].removesuffix(PART)
        self.books.record("payment.refund_failed", refund, capture, ours)
        self.books.tell("PAYMENT.REFUND.FAILED", "refund", dict(refund))

    def known(self, number: str) -> Wire:
        """A refund."""
        if number not in self.refunds:
            raise Failed(404, "INVALID_RESOURCE_ID")
        return self.refunds[number]


def is_part(refund: Wire) -> bool:
    """Whether a refund is one of a sum that was asked for, not an undo."""
    return bool(refund["custom_id"].endswith(PART))
