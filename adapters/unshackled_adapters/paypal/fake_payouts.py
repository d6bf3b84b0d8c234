"""What the stand-in of PayPal pays out, in batches of one item."""

from __future__ import annotations

from dataclasses import dataclass, field

from unshackled.sdk.amounts import to_minor
from unshackled.sdk.standin import Mode
from unshackled_adapters.paypal.books import PAYER, Books, Failed, Wire


@dataclass(kw_only=True)
class Payouts:
    """The batches of an account by PayPal's numbers; no sender's number twice."""

    books: Books
    batches: dict[str, Wire] = field(default_factory=dict)

    def pay(self, body: Wire, base: str, mode: Mode | None) -> Wire:
        """Take a batch in: paid when it is asked for, by `refer` only with its webhook."""
        sender, (item,) = body["sender_batch_header"]["sender_batch_id"], body["items"]
        for number, known in self.batches.items():
            if known["batch_header"]["sender_batch_header"]["sender_batch_id"] == sender:
                raise self._repeated(base, number)
        if item["recipient_type"] != "PAYPAL_ID" or item["receiver"] != PAYER:
            raise Failed(422, "RECEIVER_UNREGISTERED")
        amount = item["amount"]
        if to_minor(amount["value"], amount["currency"]) <= 0:
            raise Failed(422, "CANNOT_BE_ZERO_OR_NEGATIVE")
        number = self.books.number("BATCH")
        header = {
            "payout_batch_id": number,
            "batch_status": "PENDING",
            "sender_batch_header": {"sender_batch_id": sender},
        }
        status = {"decline": "FAILED", "refer": "PENDING"}.get(mode or "", "SUCCESS")
        told = {
            "payout_item_id": self.books.number("ITEMO"),
            "payout_batch_id": number,
            "transaction_status": status,
            "payout_item": item,
        }
        self.batches[number] = {"batch_header": header, "items": [told]}
        self._settle(told, status)
        return {"batch_header": dict(header), "links": [_link(base, number)]}

    def _settle(self, item: Wire, status: str) -> None:
        if status == "PENDING":
            self.books.stand_in.later(self._arrive(item))
        elif status == "SUCCESS":
            self._paid(item)
        else:
            item["errors"] = {"name": "RECEIVER_ACCOUNT_LOCKED", "message": "A stand-in says no."}
            item["errors"] |= {"debug_id": "standin"}
            self.books.tell("PAYMENT.PAYOUTS-ITEM.FAILED", "payouts_item", dict(item))

    async def _arrive(self, item: Wire) -> None:
        item["transaction_status"] = "SUCCESS"
        self._paid(item)

    def _paid(self, item: Wire) -> None:
        paid = item["payout_item"]
        amount, currency = paid["amount"], paid["amount"]["currency"]
        minor = to_minor(amount["value"], currency)
        facts = {"payment": item["payout_item_id"], "amount": minor, "currency": currency}
        self.books.stand_in.record("payment.payout", paid["sender_item_id"], **facts)
        self.books.tell("PAYMENT.PAYOUTS-ITEM.SUCCEEDED", "payouts_item", dict(item))

    def known(self, number: str) -> Wire:
        """A batch with its items."""
        if number not in self.batches:
            raise Failed(404, "INVALID_RESOURCE_ID")
        made = self.batches[number]
        made["batch_header"]["batch_status"] = "SUCCESS"
        return made

    def _repeated(self, base: str, number: str) -> Failed:
        failed = Failed(400, "BATCH_ALREADY_EXISTS", [_link(base, number)])
        failed.body["name"] = "USER_BUSINESS_ERROR"
        return failed


def _link(base: str, number: str) -> Wire:
    return {"href": f"{base}/v1/payments/payouts/{number}", "rel": "self", "method": "GET"}
