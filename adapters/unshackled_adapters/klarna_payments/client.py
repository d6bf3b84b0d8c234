"""Talks to Klarna: sessions, the hosted payment page, and the orders that come of it."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import orjson

from unshackled.sdk import (
    Absent,
    Answer,
    BadSignature,
    Call,
    Found,
    HttpClient,
    Notice,
    Outcome,
    RawCallback,
    Refused,
    SecretStr,
    Undecided,
    Undo,
    Undone,
)
from unshackled.sdk.answers import after_effect, not_undone, operation_name, read
from unshackled.sdk.ports import (
    ActivateCredit,
    ApplyForCredit,
    CreditActivated,
    CreditDecision,
    CreditEnded,
    CreditQuoted,
    EndCredit,
    QuoteCredit,
)
from unshackled_adapters.klarna_payments import mapping
from unshackled_adapters.klarna_payments.settings import Settings

SESSIONS: Final = "/payments/v1/sessions"
PAGES: Final = "/hpp/v1/sessions"
ORDERS: Final = "/ordermanagement/v1/orders"
# How Klarna says that it did what needs no words.
NO_CONTENT: Final = (204,)
NOT_CANCELLED: Final = "CANCEL_NOT_ALLOWED"
NUMBER: Final = re.compile(r"[A-Za-z0-9-]{1,255}")


class KlarnaCredit:
    """The credit port at Klarna."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self.settings = settings
        self._http = http

    async def quote(self, request: QuoteCredit, call: Call) -> Outcome[CreditQuoted]:
        if request.terms.pays_off is not None:  # Klarna pays the retailer, nobody else
            return mapping.NOT_OFFERED
        body = mapping.session(request, call)
        answer = await self._send("POST", SESSIONS, json=body)
        now = self._http.clock.now()
        return read(answer, lambda data: mapping.quoted(data, self.settings.category, now))

    async def apply(self, request: ApplyForCredit, call: Call) -> Outcome[CreditDecision]:
        path = f"{SESSIONS}/{request.offer.offer}"
        callback = mapping.callback_url(call, token(self.settings.callback_secret, call.reference))
        body = mapping.customer(request, call, callback)
        await self._send("POST", path, json=body, ok=NO_CONTENT)
        body = mapping.page(
            f"{self.settings.base_url}{path}", call, callback, self.settings.category
        )
        answer = await self._send("POST", PAGES, json=body)
        return read(answer, mapping.opened)

    async def withdraw(self, request: Undo[CreditDecision], call: Call) -> Undone:
        """Cancel the order, or close the page.

        With neither an order nor a page's number there is nothing: nobody was sent to a page.
        """
        order = request.output.application if request.output is not None else None
        if order is None and call.handle is not None:
            order = await self._close(call.handle)
        if order is None:
            return None if call.handle is not None else Absent()
        await self._cancel(order, call)
        return None

    async def activate(self, request: ActivateCredit, call: Call) -> Outcome[CreditActivated]:
        number = request.decision.application
        order = await self._order(number)
        done = read(order, lambda data: mapping.captured(data, call.reference))
        if done is not None:
            return done
        body = read(order, lambda data: mapping.capture(data, call.reference))
        path = f"{ORDERS}/{number}/captures"
        answer = await self._send("POST", path, json=body, key=call.reference, ok=(201,))
        if not answer.headers.get("Capture-Id"):
            raise answer.malformed("no Capture-Id")
        # Klarna answers a capture without a body: the order says what it took.
        with after_effect(self._http.provider):
            taken = await self._order(number)
        done = read(taken, lambda data: mapping.captured(data, call.reference))
        if done is None:
            raise taken.malformed("no capture under our reference")
        return done

    async def end(self, request: EndCredit, call: Call) -> Outcome[CreditEnded]:
        """Give so much back of what Klarna lent: it lets the customer off, or pays them back.

        A withdrawal is the customer's to declare at Klarna: nobody else can.
        """
        if request.reason == "withdrawal":
            raise self._refused("a withdrawal is declared at the lender", "withdrawal_at_lender")
        number = await self._agreement(request, call)
        answer = await self._send("GET", f"{ORDERS}/{number}", expect=(404,))
        if answer.status == 404:
            return mapping.NOT_FOUND
        order = self._same(answer, number)
        done = read(order, lambda data: mapping.refunded(data, call.reference))
        if done is not None:
            return done
        left = read(order, mapping.refundable)
        amount = left if request.money is None else request.money.lender
        path, body = f"{ORDERS}/{number}/refunds", mapping.refund(amount, call.reference)
        answer = await self._send(
            "POST", path, json=body, key=call.reference, ok=(201,), expect=(403,)
        )
        if answer.status == 403:
            if not read(answer, mapping.not_allowed):
                raise self._refused("status 403", "403")
            return mapping.BEYOND if amount > left else mapping.NOT_REFUNDED
        if not answer.headers.get("Refund-Id"):
            raise answer.malformed("no Refund-Id")
        # As with a capture, the order says what was given back.
        with after_effect(self._http.provider):
            given = await self._order(number)
        done = read(given, lambda data: mapping.refunded(data, call.reference))
        if done is None:
            raise given.malformed("no refund under our reference")
        return done

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        name = operation_name(operation)
        if name == "apply":
            return await self._page(call.handle, call) if call.handle else Absent()
        number = await self._followed(call)
        if number is None:
            return Absent()
        answer = await self._order(number)
        if name == "end":
            ended = read(answer, lambda data: mapping.refunded(data, call.reference))
            return ended or Absent()
        return read(answer, lambda data: mapping.captured(data, call.reference)) or Absent()

    async def ordered(self, number: str, reference: str) -> Outcome[CreditDecision] | None:
        """How an order stands; None where it is not of this reference."""
        answer = await self._order(number)
        if read(answer, mapping.reference_of) != reference:
            return None
        return read(answer, lambda data: mapping.decision(data, self.settings.poll_after))

    async def page_order(self, page: str) -> tuple[str, str | None]:
        """A hosted page's status, and its order where there is one."""
        answer = await self._send("GET", f"{PAGES}/{page}")
        return read(answer, mapping.page_of)

    async def _page(self, page: str, call: Call) -> Found[object]:
        """What came of a page; one that refused is closed first, so that this is final."""
        answer = await self._send("GET", f"{PAGES}/{page}", expect=(404,))
        if answer.status == 404:
            return mapping.ENDED
        status, order = read(answer, mapping.page_of)
        if status == mapping.REFUSED_PAGE:
            order = await self._close(page)
            if order is None:
                return mapping.REFUSED
        if order is not None:
            found = await self.ordered(order, call.reference)
            if found is None:
                raise answer.malformed("an order of another reference")
            return mapping.with_page_number(found, page)
        if status in mapping.ENDS:
            return mapping.ENDS[status]
        if status == mapping.COMPLETED:
            raise answer.malformed("a completed page without an order")
        return read(answer, lambda data: mapping.waiting(data, call))

    async def _close(self, page: str) -> str | None:
        """Close a page; the order where the customer was faster."""
        answer = await self._send("DELETE", f"{PAGES}/{page}", ok=NO_CONTENT, expect=(400, 404))
        if answer.status != 400:
            return None
        status, order = await self.page_order(page)
        if order is None and status not in mapping.ENDS:
            raise answer.malformed("a page that neither closes nor has an order")
        return order

    async def _cancel(self, order: str, call: Call) -> None:
        path = f"{ORDERS}/{order}/cancel"
        answer = await self._send(
            "POST", path, key=call.reference, ok=NO_CONTENT, expect=(403, 404)
        )
        if answer.status == 404:
            # Klarna gave us this number: that it has no such order proves nothing was cancelled.
            message = f"{answer.provider}: an order that it knew is not found"
            raise Undecided(message, provider=answer.provider)
        if answer.status != 403:
            return
        status = read(await self._order(order), lambda data: data["status"])
        if status in mapping.OVER:
            return
        if status in mapping.CAPTURED:
            message = f"{answer.provider}: an order with captures is not cancelled"
            raise Refused(message, provider=answer.provider, code=NOT_CANCELLED)
        raise not_undone(self._http, call, NOT_CANCELLED)

    async def _followed(self, call: Call) -> str | None:
        """The order that an activation captures, or that an end is about."""
        output = call.follows.output if call.follows is not None else None
        if isinstance(output, CreditDecision):
            return output.application
        if isinstance(output, CreditActivated):
            return output.agreement
        page = call.follows.handle if call.follows is not None else None
        return (await self.page_order(page))[1] if page else None

    async def _agreement(self, request: EndCredit, call: Call) -> str:
        """The order of the agreement that ends."""
        if request.activated is not None:
            return request.activated.agreement
        if request.decision is not None:
            return request.decision.application
        number = await self._followed(call)
        if number is None:
            raise self._refused("the agreement is not known", "agreement_unknown")
        return number

    def _refused(self, what: str, code: str) -> Refused:
        provider = self._http.provider
        return Refused(f"{provider}: {what}", provider=provider, code=code)

    async def _order(self, number: str) -> Answer:
        return self._same(await self._send("GET", f"{ORDERS}/{number}"), number)

    def _same(self, answer: Answer, number: str) -> Answer:
        """The order that was asked for."""
        if read(answer, lambda data: data["order_id"]) != number:
            raise answer.malformed("another order")
        return answer

    async def _send(self, method: str, path: str, *, key: str | None = None, **rest: Any) -> Answer:
        pair = f"{self.settings.username}:{self.settings.password.get_secret_value()}"
        headers = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        if key is not None:
            headers["Klarna-Idempotency-Key"] = mapping.idempotency_key(key)
        return await self._http.request(method, path, headers=headers, **rest)


def token(secret: SecretStr, reference: str) -> str:
    """What makes a callback's address one that only we could have made."""
    key = secret.get_secret_value().encode()
    return hmac.new(key, reference.encode(), hashlib.sha256).hexdigest()


async def receive(client: KlarnaCredit, raw: RawCallback) -> Sequence[Notice]:
    """A page's new status, or the end of a review: whatever it says, Klarna is asked."""
    reference = _verified(client.settings.callback_secret, raw)
    page, number = _named(raw.body)
    if page is not None:
        status, number = await client.page_order(page)
        if number is None:
            ended = mapping.ENDS.get(status)
            return (Notice(reference=reference, outcome=ended),) if ended else ()
    if number is None:
        raise BadSignature("a callback about neither a page nor an order")
    found = await client.ordered(number, reference)
    if found is None:
        raise BadSignature("a callback about another's order")
    return (Notice(reference=reference, outcome=found),)


def _verified(secret: SecretStr, raw: RawCallback) -> str:
    query = parse_qs(urlsplit(raw.url).query)
    reference, given = (query.get(name, [""])[0] for name in ("reference", "token"))
    expected = token(secret, reference)
    if not reference or not hmac.compare_digest(expected.encode(), given.encode()):
        raise BadSignature("the address has no token of ours")
    return reference


def _named(body: bytes) -> tuple[str | None, str | None]:
    """The page or the order that a callback is about."""
    try:
        data: Mapping[str, Any] = orjson.loads(body)
        page = data.get("session", {}).get("session_id")
        number = data.get("order_id")
    except (orjson.JSONDecodeError, AttributeError):
        raise BadSignature("a callback of unexpected shape") from None
    for one in (page, number):
        if one is not None and not NUMBER.fullmatch(str(one)):
            raise BadSignature("a callback about no number of Klarna's")
    return page and str(page), number and str(number)
