"""Talks to PayPal's Orders and Payments APIs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from unshackled.sdk import (
    Absent,
    Answer,
    Call,
    Declined,
    Found,
    HttpClient,
    Outcome,
    Refused,
    Undecided,
    Undo,
    Undone,
)
from unshackled.sdk.answers import after_effect, operation_name, read
from unshackled.sdk.oauth import OAuthHttp
from unshackled.sdk.ports import (
    AmountRefunded,
    AuthorisePayment,
    CapturePayment,
    ChargePayment,
    PaidOut,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentCharged,
    PayOut,
    RefundAmount,
)
from unshackled.sdk.texts import word
from unshackled_adapters.paypal import mapping, payouts, refunds, reports
from unshackled_adapters.paypal.amounts import to_wire
from unshackled_adapters.paypal.errors import DONE_BEFORE, EXPECTED, issue_of, reject
from unshackled_adapters.paypal.settings import Settings

Json = Mapping[str, Any]
ORDERS = "/v2/checkout/orders"
AUTHORIZATIONS = "/v2/payments/authorizations"
CAPTURES = "/v2/payments/captures"
REFUNDS = "/v2/payments/refunds"
PAYOUTS = "/v1/payments/payouts"
# The order came to its end, or is not ready for it: reading it again says which.
LOOK_AGAIN = frozenset(
    {
        "DUPLICATE_INVOICE_ID",
        "ORDER_ALREADY_AUTHORIZED",
        "ORDER_ALREADY_CAPTURED",
        "ORDER_COMPLETED_OR_VOIDED",
        "ORDER_NOT_APPROVED",
        "PAYER_ACTION_REQUIRED",
    }
)


class PayPalPayment:
    """The payment port at PayPal."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self.settings = settings
        self.http = OAuthHttp(
            http=http,
            path="/v1/oauth2/token",
            client_id=settings.client_id,
            client_secret=settings.client_secret,
        )

    async def charge(self, request: ChargePayment, call: Call) -> Outcome[PaymentCharged]:
        """Send the customer to PayPal; the look-up takes the money once they approved."""
        return await self._pay(request, call, PaymentCharged)

    async def authorise(self, request: AuthorisePayment, call: Call) -> Outcome[PaymentAuthorised]:
        """Send the customer to PayPal; the look-up holds the money once they approved."""
        return await self._pay(request, call, PaymentAuthorised)

    async def capture(self, request: CapturePayment, call: Call) -> Outcome[PaymentCaptured]:
        """Take all that is held."""
        number = request.authorised.payment
        body = {"invoice_id": call.reference, "final_capture": True}
        answer = await self._post(f"{AUTHORIZATIONS}/{number}/capture", body, call.reference)
        if issue_of(answer) in DONE_BEFORE:
            found = await self._taken(number, call)
            if not isinstance(found, Absent):
                return found
        reject(answer)
        return read(answer, lambda data: mapping.captured(data, number))

    async def refund(self, request: Undo[PaymentCharged], call: Call) -> Undone:
        """Give back what was captured; an order that nobody captured ends by itself."""
        known = [request.output.payment] if request.output is not None else None
        if known is None:
            known = await self._found("captures", request.reference, call)
        for number in known:
            await self._give_back(number, request.reference, call)
        return None if known else Absent()

    async def void(self, request: Undo[PaymentAuthorised], call: Call) -> Undone:
        """Let the held amount go, or give back what was captured of it."""
        known = [request.output.payment] if request.output is not None else None
        if known is None:
            known = await self._found("authorizations", request.reference, call)
        for number in known:
            path = f"{AUTHORIZATIONS}/{number}/void"
            answer = await self._post(path, None, f"{call.reference}-void")
            issue = issue_of(answer)
            if issue == "PREVIOUSLY_CAPTURED":
                for one in await self._captures_of(number, request.reference, call):
                    await self._give_back(one, request.reference, call)
            elif issue != "PREVIOUSLY_VOIDED":
                reject(answer)
                if answer.status != 204 and not read(answer, mapping.voided):
                    raise answer.malformed("not voided")
        return None if known else Absent()

    async def refund_amount(self, request: RefundAmount, call: Call) -> Outcome[AmountRefunded]:
        """Give so much of a capture back."""
        capture = await self._captured(request.charged, request.captured, call)
        amount = to_wire(request.amount, request.currency, self.http.http.provider)
        path = f"{CAPTURES}/{capture}/refund"
        answer = await self._post(path, refunds.body(amount, call), call.reference)
        declined = refunds.declined(issue_of(answer))
        if declined is not None:
            return declined
        reject(answer)
        return read(answer, refunds.outcome)

    async def payout(self, request: PayOut, call: Call) -> Outcome[PaidOut]:
        """Pay so much to the account that paid; PayPal reaches no bank account."""
        if request.account is not None:
            raise self._refused("pays out to PayPal accounts only", "bank_account")
        amount = to_wire(request.amount, request.currency, self.http.http.provider)
        payer = await self._payer(request, call)
        answer = await self._post(
            PAYOUTS, payouts.body(payer, amount, call), call.reference, expect=(400, *EXPECTED)
        )
        if answer.status != 400:
            reject(answer)
            return await self._paid_out(read(answer, payouts.batch_of), call)
        repeated = read(answer, payouts.repeated)
        if repeated is None:
            raise self._refused("status 400", "400")
        return await self._paid_out(repeated, call)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """Read the order; one that the customer has approved is captured or authorized here.

        That is the rest of the effect whose write-ahead has this very reference: its key is made
        of the reference, and PayPal completes an order once. An order whose number we never
        learned has no customer who could approve it: nothing was taken.
        """
        if operation_name(operation) == "capture":
            return await self._look_up_capture(call)
        if operation_name(operation) == "refund_amount":
            return await self._look_up_refund(call)
        if operation_name(operation) == "payout":
            if call.handle is None:
                raise self._unknown("payouts are not found by our reference")
            return await self._paid_out(call.handle, call)
        hold = operation_name(operation) == "authorise"
        wanted: mapping.Wanted = PaymentAuthorised if hold else PaymentCharged
        if call.handle is None:
            row = await reports.find(self.http, call.reference, hold=hold)
            return Absent() if row is None else reports.outcome(row, wanted)
        answer = await self._get(f"{ORDERS}/{call.handle}")
        if answer.status == 404:
            return Declined(code="declined")
        return await self._end(answer, wanted, call)

    async def _pay(
        self, request: ChargePayment | AuthorisePayment, call: Call, wanted: mapping.Wanted
    ) -> Outcome[Any]:
        quote, hold = request.quote, wanted is PaymentAuthorised
        amount = to_wire(quote.due_today, quote.currency, self.http.http.provider)
        body = mapping.order(request, call, amount, hold=hold, brand=self.settings.brand)
        answer = await self._post(ORDERS, body, call.reference)
        issue = issue_of(answer)
        if issue in mapping.DECLINES:
            return Declined(code=mapping.DECLINES[issue], vendor_code=issue)
        reject(answer)
        return await self._end(answer, wanted, call)

    async def _end(self, answer: Answer, wanted: mapping.Wanted, call: Call) -> Outcome[Any]:
        """What an order came to; first it is completed, where the customer has approved it."""
        now = self.http.http.clock.now()
        number, status = read(answer, lambda data: (word(data["id"]), word(data["status"])))
        if status == "APPROVED":
            verb = "authorize" if wanted is PaymentAuthorised else "capture"
            answer = await self._post(f"{ORDERS}/{number}/{verb}", {}, f"{call.reference}-{verb}")
            issue = issue_of(answer)
            if issue in mapping.DECLINES:
                return Declined(code=mapping.DECLINES[issue], vendor_code=issue)
            if issue == "PAYER_ACTION_REQUIRED":
                page = read(answer, lambda data: mapping.again(data, number, now))
                if page is not None:
                    return page
            if issue in LOOK_AGAIN:
                answer = await self._get(f"{ORDERS}/{number}")
            reject(answer)
        return read(answer, lambda data: mapping.outcome(data, wanted, now))

    async def _captured(
        self, charged: PaymentCharged | None, captured: PaymentCaptured | None, call: Call
    ) -> str:
        """PayPal's number of the capture of the sale; that of a hold goes by its authorization."""
        before = call.follows
        output = charged or captured or (before.output if before is not None else None)
        if isinstance(output, PaymentCharged):
            return output.payment
        found: list[str] = []
        if isinstance(output, PaymentCaptured):
            _, order = await self._hold(output.payment)
            found = [] if order is None else read(await self._order(order), mapping.captures)
        elif before is not None and before.reference is not None:
            known = replace(call, handle=before.handle)
            found = await self._found("captures", before.reference, known)
        if not found:
            raise self._refused("the capture of the sale is not known", "payment_unknown")
        return found[-1]

    async def _payer(self, request: PayOut, call: Call) -> str:
        """The account that paid, as the order of the sale says it."""
        capture = await self._captured(request.charged, request.captured, call)
        found, payer = await self._order_of(capture), None
        if found is not None:
            payer = read(await self._order(found), payouts.payer_of)
        if payer is None:
            raise self._refused("the account that paid is not known", "payer_unknown")
        return payer

    async def _paid_out(self, batch: str, call: Call) -> Outcome[PaidOut]:
        with after_effect(self.http.http.provider):
            answer = await self.http.request("GET", f"{PAYOUTS}/{batch}")
        return read(answer, lambda data: payouts.outcome(data, batch, call.reference))

    async def _look_up_refund(self, call: Call) -> Found[AmountRefunded]:
        """By PayPal's number, else among the refunds of the order."""
        if call.handle is not None:
            return read(await self._get(f"{REFUNDS}/{call.handle}"), refunds.outcome)
        capture = await self._captured(None, None, call)
        order = await self._order_of(capture)
        if order is None:
            raise self._unknown("the order of the refund is not found")
        answer = await self._order(order)
        found = read(answer, lambda data: refunds.of_reference(data, call.reference))
        return found or Absent()

    async def _order_of(self, capture: str) -> str | None:
        """The order of a capture that PayPal named itself, where it says which."""
        answer = await self.http.request("GET", f"{CAPTURES}/{capture}")
        if read(answer, lambda data: data["id"]) != capture:
            raise answer.malformed("another capture")
        return read(answer, mapping.order_of)

    async def _order(self, number: str) -> Answer:
        """An order that PayPal named itself: it is there."""
        answer = await self.http.request("GET", f"{ORDERS}/{number}")
        if read(answer, lambda data: data["id"]) != number:
            raise answer.malformed("another order")
        return answer

    async def _look_up_capture(self, call: Call) -> Found[PaymentCaptured]:
        before = call.follows
        held = before.output if before is not None else None
        if isinstance(held, PaymentAuthorised):
            return await self._taken(held.payment, call)
        if before is None or before.handle is None:
            return Absent()
        order = await self._get(f"{ORDERS}/{before.handle}")
        return read(order, lambda data: mapping.taken(data, call.reference))

    async def _taken(self, authorization: str, call: Call) -> Found[PaymentCaptured]:
        """What became of the capture of a hold; in doubt where it was taken, but not by which."""
        status, number = await self._hold(authorization)
        number = number or (call.follows.handle if call.follows is not None else None)
        if number is not None:
            order = await self._get(f"{ORDERS}/{number}")
            found = read(order, lambda data: mapping.taken(data, call.reference))
            if not isinstance(found, Absent):
                return found
        if status in mapping.TAKEN_OF:
            raise self._unknown("the hold was captured, and its capture is not found")
        return Absent()

    async def _captures_of(self, authorization: str, reference: str, call: Call) -> list[str]:
        """The captures of a hold: by its order, or else by the reports. In doubt without any."""
        _, number = await self._hold(authorization)
        number = number or call.handle
        if number is not None:
            found = read(await self._get(f"{ORDERS}/{number}"), mapping.captures)
        else:
            row = await reports.find(self.http, reference, hold=False)
            found = [] if row is None else [word(row["transaction_id"])]
        if not found:
            raise self._unknown("the hold was captured, and what to give back is not found")
        return found

    async def _hold(self, number: str) -> tuple[str, str | None]:
        """The status of an authorization, and its order's number where it says so."""
        answer = await self._get(f"{AUTHORIZATIONS}/{number}")
        return read(answer, lambda data: (word(data["status"]), mapping.order_of(data)))

    def _refused(self, what: str, code: str) -> Refused:
        provider = self.http.http.provider
        return Refused(f"{provider}: {what}", provider=provider, code=code)

    def _unknown(self, what: str) -> Undecided:
        provider = self.http.http.provider
        return Undecided(f"{provider}: {what}", provider=provider)

    async def _found(self, kind: str, reference: str, call: Call) -> list[str]:
        """PayPal's numbers of what is to be undone, where its answer was lost."""
        if call.handle is None:
            row = await reports.find(self.http, reference, hold=kind == "authorizations")
            return [] if row is None else [word(row["transaction_id"])]
        answer = await self._get(f"{ORDERS}/{call.handle}")
        numbers = mapping.holds if kind == "authorizations" else mapping.captures
        return [] if answer.status == 404 else read(answer, numbers)

    async def _give_back(self, capture: str, reference: str, call: Call) -> None:
        path, body = f"{CAPTURES}/{capture}/refund", {"custom_id": reference}
        answer = await self._post(path, body, f"{call.reference}-refund")
        if issue_of(answer) == "CAPTURE_FULLY_REFUNDED":
            return
        reject(answer)
        status = read(answer, lambda data: word(data["status"]))
        if status in ("FAILED", "CANCELLED"):
            message = f"{answer.provider}: the refund is {status}"
            raise Refused(message, provider=answer.provider, code=f"refund_{status.lower()}")
        if status not in ("COMPLETED", "PENDING"):
            raise answer.malformed("unknown status of a refund")

    async def _post(
        self, path: str, body: object, key: str, expect: Collection[int] = EXPECTED
    ) -> Answer:
        headers = {"PayPal-Request-Id": key, "Prefer": "return=representation"}
        sent: dict[str, Any] = {"json": body} if body is not None else {}
        return await self.http.request("POST", path, headers=headers, expect=expect, **sent)

    async def _get(self, path: str) -> Answer:
        return await self.http.request("GET", path, expect=(404,))
