"""Talks to Adyen's Checkout API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson

from unshackled.sdk import (
    Answer,
    BadSignature,
    Call,
    Declined,
    Found,
    HttpClient,
    InDoubt,
    Notice,
    Outcome,
    RawCallback,
    Refused,
    Undecided,
    Undo,
)
from unshackled.sdk.answers import operation_name, read
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
from unshackled_adapters.adyen import mapping, notices, refunds
from unshackled_adapters.adyen.settings import Settings

VERSION: Final = "v72"
Json = Mapping[str, Any]


class AdyenPayment:
    """The payment port at Adyen."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    async def charge(self, request: ChargePayment, call: Call) -> Outcome[PaymentCharged]:
        """Take the amount; Adyen captures by itself after the delay of the settings."""
        return await self._pay(request, call, PaymentCharged)

    async def refund(self, request: Undo[PaymentCharged], call: Call) -> None:
        """Cancel or give back, whichever it takes."""
        await self._reverse(request.reference, request.output, call)

    async def authorise(self, request: AuthorisePayment, call: Call) -> Outcome[PaymentAuthorised]:
        """Hold the amount until it is captured."""
        return await self._pay(request, call, PaymentAuthorised)

    async def void(self, request: Undo[PaymentAuthorised], call: Call) -> None:
        """Let the held amount go, or give it back where it was captured."""
        await self._reverse(request.reference + mapping.HOLD, request.output, call)

    async def capture(self, request: CapturePayment, call: Call) -> Outcome[PaymentCaptured]:
        """Take what is held; the webhook tells the end."""
        path = f"/payments/{request.authorised.payment}/captures"
        body = self._written(lambda: mapping.capture(request, call, self._settings))
        answer = await self._post(path, body, call.reference)
        self._reject(answer)
        return read(answer, mapping.captured)

    async def refund_amount(self, request: RefundAmount, call: Call) -> Outcome[AmountRefunded]:
        """Give so much of a captured payment back; the webhook tells the end."""
        payment = refunds.payment_of(request, call)
        if payment is None:
            provider = self._http.provider
            message = f"{provider}: the payment to give back is not known"
            raise Refused(message, provider=provider, code="payment_unknown")
        body = self._written(lambda: refunds.body(request, call, self._settings))
        answer = await self._post(f"/payments/{payment}/refunds", body, call.reference)
        self._reject(answer)
        return read(answer, refunds.taken_in)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """Finish what the customer came back from; Adyen cannot be asked by our reference.

        `redirectResult` of the browser is only a hint: what counts is whose payment it is by
        Adyen's answer. Without it, or where it proves nothing, the webhook tells.
        """
        result = (call.returned or {}).get("redirectResult")
        found = await self._finish(operation_name(operation), result, call) if result else None
        if found is None:
            provider = self._http.provider
            raise Undecided(f"{provider}: tells by webhook", provider=provider)
        return found

    async def _finish(self, name: str, result: str, call: Call) -> Outcome[Any] | None:
        if name not in ("charge", "authorise"):
            return None
        hold = name == "authorise"
        ours = call.reference + (mapping.HOLD if hold else "")
        wanted = PaymentAuthorised if hold else PaymentCharged
        body = {"details": {"redirectResult": result}}
        key = mapping.details_key(call.reference, result)
        answer = await self._post("/payments/details", body, key)
        if answer.status in (409, 422):
            return None
        now = self._http.clock.now()
        asked = mapping.asked_of(call.request)
        return read(answer, lambda data: mapping.detailed(data, ours, wanted, now, asked))

    async def _pay(
        self, request: ChargePayment | AuthorisePayment, call: Call, wanted: mapping.Wanted
    ) -> Outcome[Any]:
        hold = wanted is PaymentAuthorised
        body = self._written(lambda: mapping.payment(request, call, self._settings, hold=hold))
        answer = await self._post("/payments", body, call.reference)
        if _about_the_card(answer):
            return Declined(code=mapping.DEFAULT_DECLINE, vendor_code=_error_code(answer))
        self._reject(answer)
        now = self._http.clock.now()
        asked = mapping.asked_of(request)
        return read(answer, lambda data: mapping.paid(data, wanted, now, asked))

    async def _reverse(
        self, reference: str, output: PaymentCharged | PaymentAuthorised | None, call: Call
    ) -> None:
        """By Adyen's number where we know it; else by our reference, which only a hold obeys.

        The two have keys of their own: the second may have to follow the first.
        """
        account = {"merchantAccount": self._settings.merchant_account}
        if output is None:
            body = account | {"paymentReference": reference}
            answer = await self._post("/cancels", body, call.reference)
        else:
            path = f"/payments/{output.payment}/reversals"
            body = account | {"reference": reference}
            answer = await self._post(path, body, f"{call.reference}-{output.payment}")
        self._reject(answer)
        if not read(answer, mapping.received):
            raise answer.malformed("not received")

    async def _post(self, path: str, body: object, key: str) -> Answer:
        headers = {
            "X-API-Key": self._settings.api_key.get_secret_value(),
            "Idempotency-Key": key,
        }
        return await self._http.request(
            "POST", f"/{VERSION}{path}", json=body, headers=headers, expect=(409, 422)
        )

    def _reject(self, answer: Answer) -> None:
        """Raise what an answer 409 or 422 stands for."""
        if answer.status not in (409, 422):
            return
        code, provider = _error_code(answer), answer.provider
        message = f"{provider}: status {answer.status}, error {code}"
        later = answer.headers.get("Transient-Error", "").lower() == "true"
        if answer.status == 409 or later or code == mapping.IN_PROGRESS:
            raise InDoubt(message, provider=provider)
        raise Refused(message, provider=provider, code=code)

    def _written(self, write: Callable[[], Json]) -> Json:
        try:
            return write()
        except ValueError as error:
            provider = self._http.provider
            raise Refused(f"{provider}: {error}", provider=provider, code="amount") from None


def _error_code(answer: Answer) -> str:
    """The vendor's number of an error, `unknown` where it has none."""
    data = answer.json()
    code = str(data.get("errorCode", "")) if isinstance(data, dict) else ""
    return code if code.replace("_", "").isalnum() and len(code) <= 16 else "unknown"


def _about_the_card(answer: Answer) -> bool:
    return answer.status == 422 and _error_code(answer) in mapping.CARD_ERRORS


def callback(settings: Settings, raw: RawCallback) -> Sequence[Notice]:
    """What a webhook says about our payments; each of its items must be signed."""
    notices.authenticate(raw, settings)
    try:
        data = orjson.loads(raw.body)
    except orjson.JSONDecodeError:
        raise BadSignature("webhook: not JSON") from None
    return notices.read(data, settings)
