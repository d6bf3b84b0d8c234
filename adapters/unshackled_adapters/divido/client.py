"""Talks to the platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import orjson

from unshackled.sdk import (
    DATA_REFUSED,
    Absent,
    Answer,
    Call,
    Declined,
    Found,
    HttpClient,
    InDoubt,
    Outcome,
    Refused,
    Undecided,
    Undo,
    Undone,
)
from unshackled.sdk.answers import not_undone, operation_name, read
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
from unshackled.sdk.texts import word
from unshackled_adapters.divido import mapping, signing
from unshackled_adapters.divido.settings import Settings

APPLICATIONS: Final = "/applications"
# 25 things a page: more than a thousand is no search any more.
MOST_PAGES: Final = 40


class DividoCredit:
    """The credit port at the platform."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self.settings = settings
        self._http = http

    async def quote(self, request: QuoteCredit, call: Call) -> Outcome[CreditQuoted]:
        if request.terms.pays_off is not None:  # the platform pays the retailer, nobody else
            return mapping.NOT_OFFERED
        wanted = mapping.plan_of(request.terms, self.settings)
        async for answer in self._pages("/finance-plans", {}):
            plans = read(answer, lambda data: [mapping.flat(one) for one in data["data"]])
            for plan in plans:
                if plan.get("id") == wanted:
                    return _judged(answer, plan, request, call)
        return mapping.NOT_OFFERED

    async def apply(self, request: ApplyForCredit, call: Call) -> Outcome[CreditDecision]:
        body = orjson.dumps(mapping.application(request, call, self.settings))
        signature = signing.sign(self.settings.shared_secret, body)
        answer = await self._send(
            "POST",
            APPLICATIONS,
            content=body,
            headers={"Content-Type": "application/json", signing.HEADER: signature},
            expect=(400,),
        )
        return self._unreadable(answer) if answer.status == 400 else self._decided(answer)

    def _unreadable(self, answer: Answer) -> Declined:
        """What of the applicant they cannot take; raises `Refused` where it is anything of ours."""
        found = mapping.refused_data(answer)
        if found is None:
            message = f"{answer.provider}: status {answer.status}"
            raise Refused(message, provider=answer.provider, code=str(answer.status))
        return Declined(code=DATA_REFUSED, vendor_code=found)

    async def withdraw(self, request: Undo[CreditDecision], call: Call) -> Undone:
        """Cancel what can be cancelled; what was activated takes a refund, and so a person."""
        number = request.output.application if request.output is not None else call.handle
        number = number or await self._find(request.reference)
        answer = await self._application(number) if number else None
        if number is None or answer is None:
            return self._absent(call)
        amount = read(answer, lambda data: mapping.cancelable(data["data"]))
        if amount > 0:
            body = mapping.movement(amount, "Order cancellation", call.reference)
            path = f"{APPLICATIONS}/{number}/cancellations"
            done = await self._send("POST", path, json=body, expect=(400,))
            if done.status == 400:
                # What can be cancelled may be from before it was.
                raise not_undone(self._http, call, str(done.status))
            self._moved(done)
        elif read(answer, lambda data: mapping.activated_before(data["data"])):
            message = f"{answer.provider}: an activated application is not cancelled"
            raise Refused(message, provider=answer.provider, code="activated")
        return None

    async def activate(self, request: ActivateCredit, call: Call) -> Outcome[CreditActivated]:
        number = request.decision.application
        found = await self._send("GET", f"{APPLICATIONS}/{number}")
        amount = read(found, lambda data: mapping.activatable(data["data"]))
        body = mapping.movement(amount, "Order activation", call.reference)
        answer = await self._send("POST", f"{APPLICATIONS}/{number}/activations", json=body)
        self._moved(answer)
        return mapping.live(number, read(answer, mapping.moved))

    async def end(self, request: EndCredit, call: Call) -> Outcome[CreditEnded]:
        """Give so much back of what was activated: the lender ends, or lessens, the agreement.

        A withdrawal is the customer's to declare at the lender: the platform has none.
        """
        provider = self._http.provider
        if request.reason == "withdrawal":
            message = f"{provider}: a withdrawal is declared at the lender"
            raise Refused(message, provider=provider, code="withdrawal_at_lender")
        number = mapping.agreement_of(request) or _followed(call)
        if number is None:
            message = f"{provider}: the agreement is not known"
            raise Refused(message, provider=provider, code="agreement_unknown")
        answer = await self._application(number)
        if answer is None:
            return mapping.NOT_FOUND
        left = read(answer, lambda data: mapping.refundable(data["data"]))
        currency = read(answer, lambda data: mapping.currency_of(data["data"]))
        amount = left if request.money is None else request.money.lender
        if amount > left:
            return await self._beyond(number, currency, call)
        body = mapping.movement(amount, "Order refund", call.reference)
        done = await self._send("POST", f"{APPLICATIONS}/{number}/refunds", json=body)
        return read(done, lambda data: mapping.ended(number, currency, data["data"]))

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        if operation_name(operation) == "activate":
            return await self._activation(call)
        if operation_name(operation) == "end":
            return await self._refund(call)
        number = call.handle or await self._find(call.reference)
        if number is None:
            return self._absent(call)
        answer = await self._application(number)
        return Absent() if answer is None else self._decided(answer)

    async def standing_of(self, number: str) -> tuple[str, Outcome[CreditDecision] | None]:
        """Our reference in an application, and how it stands; None for its end after it lived."""
        answer = await self._send("GET", f"{APPLICATIONS}/{number}")
        reference = read(answer, lambda data: mapping.reference_of(data["data"]))
        found = self._decided(answer)
        if isinstance(found, Declined) and read(answer, lambda data: mapping.lived(data["data"])):
            return reference, None
        return reference, found

    def _decided(self, answer: Answer) -> Outcome[CreditDecision]:
        now = self._http.clock.now()
        return read(answer, lambda data: mapping.decision(data["data"], self.settings, now))

    async def _activation(self, call: Call) -> Found[object]:
        """Whether an application has an activation with our reference that did not fail."""
        number = _followed(call)
        if number is None:
            return Absent()
        async for answer in self._pages(f"{APPLICATIONS}/{number}/activations", {}):
            amount = read(answer, lambda data: mapping.activates(data["data"], call.reference))
            if amount is not None:
                return mapping.live(number, amount)
        return Absent()

    async def _beyond(self, number: str, currency: str | None, call: Call) -> Outcome[CreditEnded]:
        """More than is left: refunded before, by an earlier try of ours or by another refund.

        An earlier try may be done and not be in the list yet.
        """
        found = await self._listed(number, currency, call)
        if not isinstance(found, Absent):
            return found
        if call.attempt > 1:
            provider = self._http.provider
            raise Undecided(f"{provider}: refunded, and not known by which", provider=provider)
        return mapping.BEYOND

    async def _refund(self, call: Call) -> Found[CreditEnded]:
        """What an application's refund with our reference came to."""
        number = _followed(call)
        if number is None:
            return Absent()
        found = await self._send("GET", f"{APPLICATIONS}/{number}")
        currency = read(found, lambda data: mapping.currency_of(data["data"]))
        return await self._listed(number, currency, call)

    async def _listed(self, number: str, currency: str | None, call: Call) -> Found[CreditEnded]:
        async for answer in self._pages(f"{APPLICATIONS}/{number}/refunds", {}):
            ours = read(answer, lambda data: mapping.of_reference(data["data"], call.reference))
            if ours is not None:
                return _ended(answer, number, currency, ours)
        return Absent()

    async def _find(self, reference: str) -> str | None:
        """The application of our reference among the latest: the platform has no look-up by it."""
        since = (self._http.clock.now() - self.settings.search_back).date()
        filters = {"filter[created_after]": since.isoformat()}
        async for answer in self._pages(APPLICATIONS, filters):
            listed = read(answer, lambda data: [mapping.flat(one) for one in data["data"]])
            for one in listed:
                if mapping.reference_of(one) == reference:
                    return word(one["id"])
        return None

    def _absent(self, call: Call) -> Absent:
        """Finding nothing is no answer about a call that is older than the search goes back."""
        since = self._http.clock.now() - self.settings.search_back
        if call.send_by is not None and call.send_by < since:
            provider = self._http.provider
            raise Undecided(f"{provider}: older than the search goes back", provider=provider)
        return Absent()

    async def _pages(self, path: str, filters: dict[str, str]) -> AsyncIterator[Answer]:
        """Every page of a list; `InDoubt` where it is too long to be read."""
        for page in range(1, MOST_PAGES + 1):
            answer = await self._send("GET", path, params={"page": page, **filters})
            yield answer
            if read(answer, lambda data: int(data["meta"]["last_page"])) <= page:
                return
        message = f"{self._http.provider}: more than {MOST_PAGES} pages to look through"
        raise InDoubt(message, provider=self._http.provider)

    async def _application(self, number: str) -> Answer | None:
        answer = await self._send("GET", f"{APPLICATIONS}/{number}", expect=(404,))
        return None if answer.status == 404 else answer

    def _moved(self, answer: Answer) -> None:
        if read(answer, lambda data: data["data"]["status"]) == mapping.FAILED:
            message = f"{answer.provider}: status ERROR"
            raise Refused(message, provider=answer.provider, code=mapping.FAILED)

    async def _send(self, method: str, path: str, **rest: Any) -> Answer:
        key = {"X-DIVIDO-API-KEY": self.settings.api_key.get_secret_value()}
        headers = key | rest.pop("headers", {})
        return await self._http.request(method, path, headers=headers, **rest)


def _followed(call: Call) -> str | None:
    """The application that an activation or an end is about."""
    before = call.follows
    output = before.output if before is not None else None
    if isinstance(output, CreditDecision):
        return output.application
    if isinstance(output, CreditActivated):
        return output.agreement
    return before.handle if before is not None else None


def _ended(
    answer: Answer, number: str, currency: str | None, refund: mapping.Json
) -> Outcome[CreditEnded]:
    return read(answer, lambda _: mapping.ended(number, currency, refund))


def _judged(
    answer: Answer, plan: mapping.Json, request: QuoteCredit, call: Call
) -> Outcome[CreditQuoted]:
    return read(answer, lambda _: mapping.quoted(plan, request, call))
