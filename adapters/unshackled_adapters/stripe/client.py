"""Talks to Stripe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

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
    Outcome,
    RawCallback,
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
from unshackled.sdk.signature import verify
from unshackled.sdk.texts import word
from unshackled_adapters.stripe import mapping, refunds
from unshackled_adapters.stripe.amounts import to_wire
from unshackled_adapters.stripe.errors import error_of, reject
from unshackled_adapters.stripe.settings import Settings

VERSION: Final = "2026-10-28.endive"
INTENTS: Final = "/v1/payment_intents"
REFUNDS: Final = "/v1/refunds"
# How far the search index may be behind, as Stripe states it; younger payments are listed.
INDEX_LAG: Final = timedelta(hours=1)
PAGE: Final = 100
PAGES: Final = 20
Json = Mapping[str, Any]


class StripePayment:
    """The payment port at Stripe."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    async def charge(self, request: ChargePayment, call: Call) -> Outcome[PaymentCharged]:
        """Take the amount."""
        return await self._pay(request, call, PaymentCharged)

    async def refund(self, request: Undo[PaymentCharged], call: Call) -> Undone:
        """Cancel or give back, whichever it takes."""
        return await self._reverse(request, call)

    async def authorise(self, request: AuthorisePayment, call: Call) -> Outcome[PaymentAuthorised]:
        """Hold the amount until it is captured."""
        return await self._pay(request, call, PaymentAuthorised)

    async def void(self, request: Undo[PaymentAuthorised], call: Call) -> Undone:
        """Let the held amount go, or give it back where it was captured."""
        return await self._reverse(request, call)

    async def capture(self, request: CapturePayment, call: Call) -> Outcome[PaymentCaptured]:
        """Take all that is held."""
        form = {f"metadata[{mapping.CAPTURE}]": call.reference, "expand[0]": "latest_charge"}
        path = f"{INTENTS}/{request.authorised.payment}/capture"
        answer = await self._post(path, form, call.reference)
        if answer.status == 400 and _status(error_of(answer)) == "succeeded":
            return read(answer, lambda data: self._outcome(data["error"]["payment_intent"]))
        reject(answer)
        return read(answer, self._outcome)

    async def refund_amount(self, request: RefundAmount, call: Call) -> Outcome[AmountRefunded]:
        """Give so much of a payment back."""
        payment = request.paid_by or await self._paid(call)
        amount = to_wire(request.amount, request.currency, self._http.provider)
        form = refunds.form(payment, amount, call)
        answer = await self._post(REFUNDS, form, call.reference)
        declined = refunds.decline_of(error_of(answer)) if answer.status == 400 else None
        if declined is not None:
            return declined
        reject(answer)
        if answer.headers.get("Idempotent-Replayed") == "true":
            # The first answer again: more may have become of the refund since.
            return await self._refunded(read(answer, lambda data: word(data["id"])))
        return read(answer, refunds.outcome)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """Read the payment; by our reference it is searched for, and listed while it is young."""
        name, number, reference = operation_name(operation), call.handle, call.reference
        if name == "refund_amount":
            return await (self._refunded(number) if number else self._refund_of(call))
        wanted: mapping.Wanted = PaymentAuthorised if name == "authorise" else PaymentCharged
        if name == "capture":
            wanted, reference = PaymentCaptured, (call.follows and call.follows.reference) or ""
            number = number or _held(call)
        number = number or (await self._find(reference) if reference else None)
        if number is None:
            return Absent()
        answer = await self._get(f"{INTENTS}/{number}", {"expand[]": "latest_charge"})
        now = self._http.clock.now()
        return read(answer, lambda data: mapping.outcome(_one(data, number), wanted, now))

    async def _pay(
        self, request: ChargePayment | AuthorisePayment, call: Call, wanted: mapping.Wanted
    ) -> Outcome[Any]:
        quote, hold = request.quote, wanted is PaymentAuthorised
        amount = to_wire(quote.due_today, quote.currency, self._http.provider)
        form = mapping.payment(request, call, amount, hold=hold)
        if self._settings.statement:
            form["statement_descriptor_suffix"] = self._settings.statement
        answer = await self._post(INTENTS, form, call.reference)
        declined = _declined(answer)
        if declined is not None:
            return declined
        reject(answer)
        now = self._http.clock.now()
        return read(answer, lambda data: _made(mapping.outcome(data, wanted, now)))

    async def _paid(self, call: Call) -> str:
        """Stripe's number of the payment of the sale, where our own output has it no more."""
        before = call.follows
        number = before and (_number_of(before.output) or before.handle)
        if not number and before is not None and before.reference is not None:
            number = await self._find(before.reference)
        if not number:
            provider = self._http.provider
            message = f"{provider}: the payment to give back is not known"
            raise Refused(message, provider=provider, code="payment_unknown")
        return number

    async def _refunded(self, refund: str) -> Outcome[AmountRefunded]:
        answer = await self._get(f"{REFUNDS}/{quote(refund, safe='')}")
        return read(answer, lambda data: refunds.outcome(_one(data, refund)))

    async def _refund_of(self, call: Call) -> Found[AmountRefunded]:
        """The refund of our reference among those of the payment."""
        payment = await self._paid(call)
        params: dict[str, str | int] = {"payment_intent": payment, "limit": PAGE}
        for _ in range(PAGES):
            answer = await self._get(REFUNDS, params)
            found, after = read(answer, lambda data: refunds.of_reference(data, call.reference))
            if found is not None:
                return found
            if not after:
                return Absent()
            params["starting_after"] = after
        provider = self._http.provider
        raise Undecided(f"{provider}: too many refunds to look through", provider=provider)

    def _outcome(self, intent: Json) -> Outcome[PaymentCaptured]:
        return _made(mapping.outcome(intent, PaymentCaptured, self._http.clock.now()))

    async def _reverse(
        self, request: Undo[PaymentCharged] | Undo[PaymentAuthorised], call: Call
    ) -> Undone:
        """Cancel what is open, refund what was taken; what came between is read again."""
        number = request.output.payment if request.output is not None else call.handle
        number = number or await self._find(request.reference)
        if number is None:
            return Absent()
        for _ in range(2):
            answer = await self._get(f"{INTENTS}/{number}")
            status = read(answer, _status_of(number))
            if status == "canceled":
                return None
            if status == "succeeded":
                await self._refund(number, request.reference, call)
                return None
            if await self._cancel(number, f"{call.reference}-{status}"):
                return None
        provider = self._http.provider
        raise Undecided(f"{provider}: the payment changed meanwhile", provider=provider)

    async def _cancel(self, number: str, key: str) -> bool:
        """Whether a payment is canceled; not where it went on meanwhile.

        Stripe repeats a refusal under its key too, so there is one key for each status.
        """
        path = f"{INTENTS}/{number}/cancel"
        answer = await self._post(path, {"cancellation_reason": "abandoned"}, key)
        error = error_of(answer)
        if answer.status == 400 and error.get("code") == "payment_intent_unexpected_state":
            return False
        reject(answer)
        if read(answer, _status_of(number)) != "canceled":
            raise answer.malformed("not canceled")
        return True

    async def _refund(self, number: str, reference: str, call: Call) -> None:
        form = {"payment_intent": number, f"metadata[{mapping.REFERENCE}]": reference}
        answer = await self._post(REFUNDS, form, f"{call.reference}-refund")
        if error_of(answer).get("code") == "charge_already_refunded":
            return
        reject(answer)
        if answer.headers.get("Idempotent-Replayed") == "true":
            # The first answer again: the refund may have failed since.
            number = read(answer, lambda data: quote(word(data["id"]), safe=""))
            answer = await self._get(f"{REFUNDS}/{number}")
        status = read(
            answer, lambda data: word(data["status"]) if data["object"] == "refund" else ""
        )
        if status in ("failed", "canceled"):
            message = f"{answer.provider}: the refund is {status}"
            raise Refused(message, provider=answer.provider, code=f"refund_{status}")
        if status not in ("pending", "requires_action", "succeeded"):
            raise answer.malformed("unknown status of a refund")

    async def _find(self, reference: str) -> str | None:
        """Stripe's number of a payment by our reference, None where it has none.

        The search index may be an hour behind, so the payments of the last hour are listed.
        """
        query = f"metadata['{mapping.REFERENCE}']:'{reference}'"
        answer = await self._get(f"{INTENTS}/search", {"query": query, "limit": 1})
        found = read(answer, lambda data: [word(one["id"]) for one in data["data"]])
        return found[0] if found else await self._listed(reference)

    async def _listed(self, reference: str) -> str | None:
        since = int((self._http.clock.now() - INDEX_LAG).timestamp())
        params: dict[str, str | int] = {"limit": PAGE, "created[gte]": since}
        for _ in range(PAGES):
            page = read(await self._get(INTENTS, params), _page)
            if reference in page:
                return page[reference]
            if page[""] == "":
                return None
            params["starting_after"] = page[""]
        provider = self._http.provider
        raise Undecided(f"{provider}: too many payments to look through", provider=provider)

    async def _post(self, path: str, form: Mapping[str, str], key: str) -> Answer:
        headers = self._headers() | {"Idempotency-Key": key}
        return await self._http.request(
            "POST", path, form=form, headers=headers, expect=(400, 402, 409)
        )

    async def _get(self, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        return await self._http.request("GET", path, params=params, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {self._settings.api_key.get_secret_value()}",
            "Stripe-Version": VERSION,
        }
        if self._settings.account:
            headers["Stripe-Account"] = self._settings.account
        return headers


def callback(settings: Settings, raw: RawCallback) -> Sequence[Notice]:
    """What an event says about our payments."""
    verify(raw, settings.webhook_secret, header="Stripe-Signature")
    try:
        event = orjson.loads(raw.body)
        return refunds.notices(event) or mapping.notices(event)
    except UNREADABLE as error:
        raise BadSignature(f"event of unexpected shape ({type(error).__name__})") from None


def _page(data: Json) -> dict[str, str]:
    """The payments of a page by our references; under `""` where the next page starts."""
    rows = data["data"]
    named = {str((one["metadata"] or {}).get(mapping.REFERENCE)): word(one["id"]) for one in rows}
    return named | {"": str(rows[-1]["id"]) if data["has_more"] else ""}


def _one(data: Json, number: str) -> Json:
    """The payment that was asked for."""
    if data["id"] != number:
        raise ValueError("another payment")
    return data


def _status_of(number: str) -> Callable[[Json], str]:
    return lambda data: word(_one(data, number)["status"])


def _made(result: Found[Any]) -> Outcome[Any]:
    """The answer to an effect is never that there is none."""
    if isinstance(result, Absent):
        raise ValueError("status")  # noqa: TRY004  of the answer, not of an argument
    return result


def _held(call: Call) -> str | None:
    """Stripe's number of the payment that a capture follows."""
    before = call.follows
    return None if before is None else _number_of(before.output) or before.handle


def _number_of(output: object) -> str | None:
    """Stripe's number in what came of a payment, its hold or its capture."""
    if isinstance(output, PaymentAuthorised | PaymentCaptured | PaymentCharged):
        return output.payment
    return None


def _status(error: Json) -> str:
    """The status of the payment that an error is about."""
    intent = error.get("payment_intent")
    return str(intent.get("status", "")) if isinstance(intent, Mapping) else ""


def _declined(answer: Answer) -> Declined | None:
    """The decline that an answer is, if it is one."""
    error = error_of(answer)
    if error.get("type") == "card_error":
        return mapping.decline_of(error)
    if answer.status == 400 and mapping.about_the_card(error):
        return mapping.unusable(error)
    return None
