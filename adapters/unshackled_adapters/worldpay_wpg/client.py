"""Talks to Worldpay WPG."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from unshackled.sdk import (
    Absent,
    Answer,
    BadSignature,
    Call,
    Declined,
    Found,
    HttpClient,
    InDoubt,
    Notice,
    Outcome,
    Pending,
    RawCallback,
    Refused,
    Undecided,
    Undo,
    Undone,
)
from unshackled.sdk.answers import UNREADABLE, not_undone, operation_name
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
from unshackled.sdk.xml import Markup, render, text
from unshackled_adapters.worldpay_wpg import documents, mapping, refunds
from unshackled_adapters.worldpay_wpg.settings import Settings

T = TypeVar("T")
PATH: Final = "/jsp/merchant/xml/paymentService.jsp"


class WorldpayPayment:
    """The payment port at WPG."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self.settings = settings
        self._http = http

    async def charge(self, request: ChargePayment, call: Call) -> Outcome[PaymentCharged]:
        """Take the amount: an order that Worldpay captures by itself."""
        return await self._order(request, call, PaymentCharged)

    async def refund(self, request: Undo[PaymentCharged], call: Call) -> Undone:
        """Cancel or give back, whichever it takes."""
        return await self._give_back(request.reference, call)

    async def authorise(self, request: AuthorisePayment, call: Call) -> Outcome[PaymentAuthorised]:
        """Hold the amount until it is captured."""
        return await self._order(request, call, PaymentAuthorised)

    async def void(self, request: Undo[PaymentAuthorised], call: Call) -> Undone:
        """Let the held amount go, or give it back where it was captured."""
        return await self._give_back(request.reference + documents.HOLD, call)

    async def capture(self, request: CapturePayment, call: Call) -> Outcome[PaymentCaptured]:
        """Take what is held; a notification or an inquiry tells the end."""
        order = request.authorised.payment
        answer, told = await self._send(documents.capture(request, order, call))
        self._reject(told)
        if told.event is not None:
            # Worldpay may answer with what the payment is now, in place of `ok`.
            done = _read(answer, lambda: mapping.captured(told, order))
            return done or Pending(poll_after=mapping.POLL, handle=order)
        if not told.received:
            raise self._malformed("no ok")
        return Pending(poll_after=mapping.POLL, handle=order)

    async def refund_amount(self, request: RefundAmount, call: Call) -> Outcome[AmountRefunded]:
        """Give so much of what was taken back; Worldpay refuses more than is left at once."""
        order = refunds.order_of(request, call)
        if order is None:
            raise self._refused("the order to give back of is not known", "payment_unknown")
        answer, told = await self._send(refunds.document(request, order, call))
        declined = refunds.declined(told)
        if declined is not None:
            return declined
        self._reject(told)
        if told.event == mapping.NOT_GIVEN_BACK:
            return mapping.REFUND_FAILED
        return _read(answer, lambda: refunds.outcome(documents.read(answer.body), call.reference))

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """Ask by our reference; that there is nothing counts only after the lag of inquiries."""
        name = operation_name(operation)
        if name == "refund_amount":
            provider = self._http.provider
            raise Undecided(f"{provider}: inquiries do not list refunds", provider=provider)
        if name == "capture":
            return await self._capture_found(call)
        hold = name == "authorise"
        order = call.reference + (documents.HOLD if hold else "")
        answer, told = await self.ask(order)
        if told.unpaid:
            return self._absent(call)
        self._reject(told)
        wanted = PaymentAuthorised if hold else PaymentCharged
        return _read(answer, lambda: mapping.paid(told, order, wanted))

    async def ask(self, order: str) -> tuple[Answer, mapping.Reply]:
        """An order inquiry."""
        return await self._send(render(documents.INQUIRY, order=order))

    async def _order(
        self, request: ChargePayment | AuthorisePayment, call: Call, wanted: mapping.Wanted
    ) -> Outcome[Any]:
        hold = wanted is PaymentAuthorised
        order = call.reference + (documents.HOLD if hold else "")
        try:
            body = documents.submit(request, call, self.settings, hold=hold)
        except ValueError as error:
            raise self._refused(str(error), "settings") from None
        answer, told = await self._send(body)
        if told.about_the_card:
            return Declined(code=mapping.DEFAULT_DECLINE, vendor_code=told.error)
        if told.used:
            raise InDoubt(f"{answer.provider}: order code used before", provider=answer.provider)
        self._reject(told)
        now = self._http.clock.now()
        return _read(answer, lambda: mapping.ordered(told, order, wanted, call.return_url, now))

    async def _capture_found(self, call: Call) -> Found[object]:
        held = call.follows.reference if call.follows else None
        if held is None:
            raise self._refused("a capture that follows nothing", "follows")
        order = held + documents.HOLD
        answer, told = await self.ask(order)
        if told.unpaid:
            raise Undecided(
                f"{answer.provider}: the hold is not known yet", provider=answer.provider
            )
        self._reject(told)
        found = _read(answer, lambda: mapping.captured(told, order))
        if found is not None:
            return found
        # A handle says that Worldpay took the capture in; without one it may never have arrived.
        return Pending(poll_after=mapping.POLL) if call.handle else self._absent(call)

    async def _give_back(self, order: str, call: Call) -> Undone:
        _, told = await self._send(render(documents.GIVE_BACK, order=order))
        if told.unpaid:
            return self._absent(call)
        if told.received or told.event in mapping.GIVEN_BACK:
            return None
        if told.event == mapping.NOT_GIVEN_BACK:
            raise self._refused("the refund failed", "refund_failed")
        if told.error == mapping.INVALID_REQUEST:
            await self._check_given_back(order, call, told.error)
            return None
        self._reject(told)
        raise self._malformed("no ok")

    async def _check_given_back(self, order: str, call: Call, code: str) -> None:
        """Raise where an order that Worldpay will not give back was not given back before."""
        _, now = await self.ask(order)
        if now.event in mapping.GIVEN_BACK | mapping.FAILED:
            return
        if now.unpaid:
            # It is there, else it could not be refused: the inquiry lags, whatever the time.
            provider = self._http.provider
            raise Undecided(f"{provider}: the order is not known yet", provider=provider)
        if now.event is None:
            self._reject(now)
            raise self._malformed("no event")
        raise not_undone(self._http, call, code, lag=mapping.LAG)

    def _absent(self, call: Call) -> Absent:
        """Absent, where asked late enough after the call was given up."""
        if call.send_by is not None:
            known_at = call.send_by + mapping.LAG
            if self._http.clock.now() < known_at:
                message = f"{self._http.provider}: too early to say that there is nothing"
                raise Undecided(message, provider=self._http.provider)
        return Absent()

    async def _send(self, body: Markup) -> tuple[Answer, mapping.Reply]:
        pair = f"{self.settings.username}:{self.settings.password.get_secret_value()}"
        answer = await self._http.request(
            "POST",
            PATH,
            content=documents.service(body, self.settings),
            headers={
                "Authorization": f"Basic {b64encode(pair.encode()).decode()}",
                "Content-Type": "text/xml; charset=utf-8",
                "Accept": "text/xml",
            },
        )
        return answer, _read(answer, lambda: mapping.reply(answer.body))

    def _reject(self, reply: mapping.Reply) -> None:
        """Raise what an error of the reply stands for."""
        if reply.error is None:
            return
        message = f"{self._http.provider}: error {reply.error}"
        if reply.error in mapping.UNKNOWN_END:
            raise InDoubt(message, provider=self._http.provider)
        raise self._refused(f"error {reply.error}", reply.error)

    def _refused(self, what: str, code: str) -> Refused:
        provider = self._http.provider
        return Refused(f"{provider}: {what}", provider=provider, code=code)

    def _malformed(self, what: str) -> InDoubt:
        provider = self._http.provider
        return InDoubt(f"{provider}: malformed reply: {what}", provider=provider)


def _read(answer: Answer, mapping: Callable[[], T]) -> T:
    try:
        return mapping()
    except UNREADABLE as error:
        raise answer.malformed(f"unexpected shape ({type(error).__name__})") from None


async def receive(client: WorldpayPayment, raw: RawCallback) -> Sequence[Notice]:
    """What a notification is about, as Worldpay says when asked.

    Notifications are not signed, so none is believed: each is a hint to ask. Where the inquiry
    lags behind, `Refused` makes Worldpay send the notification again.
    """
    try:
        root = documents.read(raw.body)
        told = [
            (str(one.attrib["orderCode"]), text(one, "payment/lastEvent"))
            for one in documents.events(root)
        ]
        merchant = str(root.attrib["merchantCode"])
    except UNREADABLE as error:
        raise BadSignature(f"notification of unexpected shape ({type(error).__name__})") from None
    if not told:
        raise BadSignature("notification of nothing")
    if merchant != client.settings.merchant_code:
        return ()
    found: list[Notice] = []
    for order, event in told:
        if documents.ORDER.fullmatch(order) and event in mapping.TELLING:
            found += await _confirmed(client, order, event)
    return found


async def _confirmed(client: WorldpayPayment, order: str, event: str) -> Sequence[Notice]:
    answer, now = await client.ask(order)
    behind = now.event is None or mapping.STAGES.get(now.event, -1) < mapping.STAGES[event]
    if behind or (event == mapping.NOT_GIVEN_BACK and now.event != event):
        # Worldpay did answer: no failure that a breaker may count, whoever sent the notification.
        message = f"{answer.provider}: the inquiry does not know yet"
        raise Refused(message, provider=answer.provider, code="not_known_yet")
    if now.event in mapping.GIVEN_BACK and event not in mapping.GIVEN_BACK:
        # Given back since; whoever did it knows.
        return ()
    return _read(answer, lambda: mapping.notices(now, order))
