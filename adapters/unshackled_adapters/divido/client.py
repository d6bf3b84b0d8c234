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
    CreditQuoted,
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

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        if operation_name(operation) == "activate":
            return await self._activation(call)
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
        followed = call.follows.output if call.follows is not None else None
        number = call.follows.handle if call.follows is not None else None
        if isinstance(followed, CreditDecision):
            number = followed.application
        if number is None:
            return Absent()
        async for answer in self._pages(f"{APPLICATIONS}/{number}/activations", {}):
            amount = read(answer, lambda data: mapping.activates(data["data"], call.reference))
            if amount is not None:
                return mapping.live(number, amount)
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


def _judged(
    answer: Answer, plan: mapping.Json, request: QuoteCredit, call: Call
) -> Outcome[CreditQuoted]:
    return read(answer, lambda _: mapping.quoted(plan, request, call))
