"""Talks to Mollie."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs

import orjson

from unshackled.sdk import (
    Absent,
    Answer,
    BadSignature,
    Call,
    Declined,
    Found,
    HttpClient,
    Notice,
    NotUndone,
    Outcome,
    Pending,
    RawCallback,
    Redirect,
    Refused,
    Undecided,
    Undo,
    Undone,
)
from unshackled.sdk.answers import UNREADABLE, operation_name, read
from unshackled.sdk.ports import (
    AmountRefunded,
    AuthorisePayment,
    CapturePayment,
    ChargePayment,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentCharged,
    RefundAmount,
)
from unshackled.sdk.texts import word

from . import mapping, refunds
from .settings import Settings

Json = Mapping[str, Any]

PAYMENTS: Final = "/v2/payments"
PAGE: Final = "250"
CLOCK_SKEW: Final = timedelta(minutes=5)
PAYMENT_ID: Final = re.compile(r"tr_\w+", re.ASCII)


class Client:
    """Sends requests to Mollie with its key."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    async def post(
        self,
        path: str,
        key: str,
        body: Json | None = None,
        *,
        ok: Collection[int] = (200, 201),
        expect: tuple[int, ...] = (),
    ) -> Answer:
        """Do something once per key; 409 is the same thing under way, so nothing is known yet."""
        headers = self._headers() | {"Idempotency-Key": key}
        answer = await self._http.request(
            "POST", path, json=body, headers=headers, ok=ok, expect=(409, *expect)
        )
        if answer.status == 409:
            raise Undecided("Mollie is still busy with the same request", provider=answer.provider)
        return answer

    async def delete(self, path: str) -> None:
        """Cancel a payment; one that changed since it was read is read again later."""
        answer = await self._http.request("DELETE", path, headers=self._headers(), expect=(422,))
        if answer.status == 422:
            message = f"{answer.provider}: the payment changed meanwhile"
            raise Undecided(message, provider=answer.provider)
        if read(answer, lambda data: data["status"]) != "canceled":
            raise answer.malformed("not canceled")

    async def payment(self, number: str) -> mapping.MolliePayment | None:
        """A payment of ours by Mollie's number; None where it has no such."""
        answer = await self._get(f"{PAYMENTS}/{number}")
        if answer.status == 404:
            return None
        return read(answer, lambda data: mapping.payment_state_of(mapping.named(data, number)))

    async def captures(self, number: str) -> list[mapping.Part]:
        """The captures of a payment."""
        answer = await self._get(f"{PAYMENTS}/{number}/captures", limit=PAGE)
        return [] if answer.status == 404 else read(answer, mapping.captures)

    async def refunds(self, number: str) -> list[mapping.Part]:
        """The refunds of a payment."""
        answer = await self._get(f"{PAYMENTS}/{number}/refunds", limit=PAGE)
        if answer.status == 404:
            return []
        if read(answer, refunds.more):
            message = f"{answer.provider}: too many refunds to look through"
            raise Undecided(message, provider=answer.provider)
        return read(answer, refunds.parts)

    async def search(self, reference: str, oldest: datetime | None) -> mapping.MolliePayment | None:
        """The payment of a reference among the newest, page by page; None where there is none.

        Mollie cannot be asked by our reference, only for lists. Where we stop before `oldest`
        or the end, nothing is proven.
        """
        params = {"limit": PAGE}
        for _ in range(self._settings.search_pages):
            answer = await self._get(PAYMENTS, expect=(), **params)
            page = read(answer, lambda data: mapping.page(data, reference))
            if page.match is not None or page.following is None:
                return page.match
            if oldest is not None and page.oldest is not None and page.oldest < oldest:
                return None
            params["from"] = page.following
        raise Undecided("the payment is not among the newest at Mollie, which proves nothing")

    async def _get(self, path: str, *, expect: tuple[int, ...] = (404,), **params: str) -> Answer:
        return await self._http.request(
            "GET", path, params=params, headers=self._headers(), expect=expect
        )

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._settings.api_key.get_secret_value()}"}


class Payment:
    """The payment port at Mollie."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def charge(self, request: ChargePayment, call: Call) -> Outcome[PaymentCharged]:
        """Make a payment that the customer pays on Mollie's page."""
        body = mapping.charge_body(request, call)
        return await self._pay(body, call, mapping.charge_outcome)

    async def authorise(self, request: AuthorisePayment, call: Call) -> Outcome[PaymentAuthorised]:
        """Make a payment by card that is only held until it is captured."""
        body = mapping.authorise_body(request, call)
        return await self._pay(body, call, mapping.authorise_outcome)

    async def capture(self, request: CapturePayment, call: Call) -> Outcome[PaymentCaptured]:
        """Take the whole of what is held."""
        path = f"{PAYMENTS}/{request.authorised.payment}/captures"
        answer = await self._client.post(path, call.reference, mapping.capture_body(request, call))
        return read(answer, mapping.capture_outcome)

    async def refund(self, request: Undo[PaymentCharged], call: Call) -> Undone:
        """Give a charge back, or cancel it while it is open."""
        known = request.output.payment if request.output is not None else call.handle
        return await self._undo(request.reference, known)

    async def void(self, request: Undo[PaymentAuthorised], call: Call) -> Undone:
        """Let a hold go, or give back what was captured of it."""
        known = request.output.payment if request.output is not None else call.handle
        return await self._undo(request.reference, known)

    async def refund_amount(self, request: RefundAmount, call: Call) -> Outcome[AmountRefunded]:
        """Give so much of a payment back; Mollie sends it to the bank later."""
        number = request.paid_by or await self._paid(call)
        path = f"{PAYMENTS}/{number}/refunds"
        body = refunds.body(request, call)
        answer = await self._client.post(path, call.reference, body, expect=(422,))
        if answer.status != 422:
            return read(answer, refunds.outcome)
        if refunds.beyond(answer.json()):
            return Declined(code="already_refunded", vendor_code="amount")
        raise Refused(f"{answer.provider}: status 422", provider=answer.provider, code="422")

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of an effect: by Mollie's number, else among the newest payments."""
        if operation_name(operation) == "capture":
            return await self._look_up_capture(call)
        if operation_name(operation) == "refund_amount":
            return await self._look_up_refund(call)
        oldest = None
        if call.send_by is not None:
            # Resends included, it was not sent before this.
            oldest = call.send_by - call.timeout - mapping.KEY_LIFETIME - CLOCK_SKEW
        payment = await self._find(call.reference, call.handle, oldest)
        return Absent() if payment is None else payment.outcome

    async def _pay(
        self, body: Json, call: Call, outcome: Callable[[Json], Outcome[Any]]
    ) -> Outcome[Any]:
        """Make a payment; a card that Mollie cannot use is the customer's to change."""
        answer = await self._client.post(PAYMENTS, call.reference, body, expect=(422,))
        if answer.status != 422:
            return read(answer, outcome)
        if mapping.about_the_card(answer.json()):
            return Declined(code=mapping.CARD_DECLINE)
        raise Refused(f"{answer.provider}: status 422", provider=answer.provider, code="422")

    async def _look_up_capture(self, call: Call) -> Found[object]:
        held = call.follows
        number = held.handle if held is not None else None
        if held is not None and isinstance(held.output, PaymentAuthorised):
            number = held.output.payment
        if number is None:
            raise Undecided("a capture is found only at the payment that was held")
        for capture in await self._client.captures(number):
            if capture.reference == call.reference and capture.outcome is not None:
                return capture.outcome
        return Absent()

    async def _look_up_refund(self, call: Call) -> Found[object]:
        for refund in await self._client.refunds(await self._paid(call)):
            if refund.reference == call.reference and refund.outcome is not None:
                return refund.outcome
        return Absent()

    async def _paid(self, call: Call) -> str:
        """Mollie's number of the payment of the sale; that of a capture is its payment's."""
        before = call.follows
        output = before.output if before is not None else None
        if isinstance(output, PaymentCharged | PaymentCaptured):
            return output.payment
        found = None
        if before is not None and before.reference is not None:
            known = before.handle if PAYMENT_ID.fullmatch(before.handle or "") else None
            found = await self._find(before.reference, known)
        if found is None:
            raise Refused("the payment to give back is not known", code="payment_unknown")
        return found.number

    async def _find(
        self, reference: str, number: str | None, oldest: datetime | None = None
    ) -> mapping.MolliePayment | None:
        if number is None:
            return await self._client.search(reference, oldest)
        payment = await self._client.payment(number)
        if payment is None:
            raise Refused("Mollie has no such payment with this key", code="unknown_payment")
        return payment

    async def _undo(self, reference: str, number: str | None) -> Undone:
        payment = await self._find(reference, number)
        if payment is None:
            return Absent()
        if payment.status in mapping.ENDED or payment.given_back:
            return None
        path = f"{PAYMENTS}/{payment.number}"
        if payment.status == "paid":
            await self._refund(path, payment)
        elif payment.status == "authorized":
            key = f"{reference}-release"
            await self._client.post(f"{path}/release-authorization", key, ok=(202,))
        elif payment.cancelable:
            await self._client.delete(path)
        else:
            raise Undecided("the customer may still pay, and Mollie cannot cancel it: ask later")
        return None

    async def _refund(self, path: str, payment: mapping.MolliePayment) -> None:
        """Give back once; one that failed is followed by another, under a key of its own."""
        ours = [
            refund
            for refund in await self._client.refunds(payment.number)
            if refund.reference == payment.reference
        ]
        if all(refund.status in mapping.UNREFUNDED for refund in ours):
            key = f"{payment.reference}-refund-{len(ours)}"
            answer = await self._client.post(f"{path}/refunds", key, mapping.refund_body(payment))
            status = read(answer, lambda data: word(data["status"]))
            if status in mapping.UNREFUNDED:
                message = f"{answer.provider}: the refund is {status}"
                raise Refused(message, provider=answer.provider, code=f"refund_{status}")
            if status not in mapping.REFUNDING:
                raise answer.malformed("unknown status of a refund")


async def receive(client: Client, raw: RawCallback) -> Sequence[Notice]:
    """A webhook only names a payment: the rest is asked, so a forged one says nothing."""
    named = _named(raw.body)
    if PAYMENT_ID.fullmatch(named) is None:
        raise BadSignature("a webhook that names no payment")
    payment = await client.payment(named)
    if payment is None:
        return []
    told: list[tuple[str, Outcome[Any] | NotUndone]] = [(payment.reference, payment.outcome)]
    if payment.manual_capture:
        told += [
            (capture.reference, capture.outcome)
            for capture in await client.captures(named)
            if capture.outcome is not None
        ]
    if payment.status == "paid":
        given_back = await client.refunds(named)
        told += [(one.reference, one.outcome) for one in given_back if one.outcome is not None]
        if mapping.came_back(payment, given_back):
            told.append((payment.reference, NotUndone(code="refund_failed")))
    return [
        Notice(reference=reference, outcome=outcome)
        for reference, outcome in told
        if not isinstance(outcome, Redirect | Pending)
    ]


def _named(body: bytes) -> str:
    """The payment that a webhook is about: its own, or that of a refund in a JSON event."""
    text = body.decode(errors="replace")
    if not text.lstrip().startswith("{"):
        return parse_qs(text).get("id", [""])[0]
    try:
        return mapping.payment_of(orjson.loads(body))
    except UNREADABLE:
        return ""
