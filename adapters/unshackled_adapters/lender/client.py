"""Talks to the lender."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from unshackled.sdk import (
    Absent,
    Answer,
    Call,
    Found,
    HttpClient,
    Notice,
    Outcome,
    RawCallback,
    Refused,
    Undo,
    Undone,
    envelope,
)
from unshackled.sdk.answers import operation_name, read, read_callback, undone
from unshackled.sdk.envelope import refused
from unshackled.sdk.ports import (
    ActivateCredit,
    AgreementStanding,
    AmendApplication,
    ApplicationAmended,
    ApplyForCredit,
    AskRepayment,
    AskStanding,
    AskStatement,
    CreditActivated,
    CreditDecision,
    CreditEnded,
    CreditQuoted,
    CreditRepaid,
    CreditSettled,
    CreditStatement,
    EndCredit,
    QuoteCredit,
    SettleCredit,
    SupplyInformation,
)
from unshackled_adapters.lender import bodies, endings, mapping
from unshackled_adapters.lender.settings import Settings


class LenderCredit:
    """The credit port at this lender."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    async def quote(self, request: QuoteCredit, call: Call) -> Outcome[CreditQuoted]:
        body = bodies.quotation(request, call, self._settings.lender)
        answer = await self._post("/v1/quotations", body, call, expect=(422,))
        if answer.status == 422:
            return envelope.declined(answer, mapping.UNREADABLE)
        return read(answer, partial(mapping.quoted, rules=self._settings.first_payment))

    async def apply(self, request: ApplyForCredit, call: Call) -> Outcome[CreditDecision]:
        body = bodies.application(request, call, self._settings.lender)
        answer = await self._post("/v1/applications", body, call, expect=(422,))
        if answer.status == 422:
            return envelope.declined(answer, mapping.UNREADABLE)
        return read(answer, self._tried if call.dry_run else self._decision)

    async def withdraw(self, request: Undo[CreditDecision], call: Call) -> Undone:
        path = f"/v1/applications/{request.reference}/withdrawal"
        return undone(await self._post(path, None, call, expect=(404,)), mapping.taken_back)

    async def amend(self, request: AmendApplication, call: Call) -> Outcome[ApplicationAmended]:
        path = f"/v1/applications/{request.decision.application}/contact"
        body = bodies.amendment(request.contact, call)
        return read(await self._post(path, body, call), mapping.amended)

    async def supply(self, request: SupplyInformation, call: Call) -> Outcome[CreditDecision]:
        path = f"/v1/applications/{request.reference}/information"
        return read(await self._post(path, bodies.information(request, call), call), self._decision)

    async def activate(self, request: ActivateCredit, call: Call) -> Outcome[CreditActivated]:
        if request.agreement is None:
            provider = self._http.provider
            message = f"{provider}: wants the envelope of a signed agreement"
            raise Refused(message, provider=provider, code="not_signed")
        body = bodies.activation(request.decision, request.agreement, call)
        return read(await self._post("/v1/agreements", body, call), mapping.activated)

    async def standing(self, request: AskStanding, call: Call) -> Outcome[AgreementStanding]:
        path = f"/v1/agreements/{request.existing.agreement}"
        params = {"settle_on": request.on.on.isoformat()} if request.on is not None else None
        answer = await self._http.request(
            "GET", path, headers=self._headers(call), params=params, expect=(404,)
        )
        return mapping.NO_AGREEMENT if answer.status == 404 else read(answer, mapping.standing)

    async def settle(self, request: SettleCredit, call: Call) -> Outcome[CreditSettled]:
        path = f"/v1/agreements/{request.settlement.agreement}/settlements"
        body = bodies.settlement(request, call)
        return read(await self._post(path, body, call), mapping.settled)

    async def end(self, request: EndCredit, call: Call) -> Outcome[CreditEnded]:
        path = f"/v1/agreements/{self._number(request.activated)}/endings"
        answer = await self._http.request(
            "POST",
            path,
            json=endings.ending(request, call),
            headers=self._headers(call),
            expect=(404, 409),
        )
        if answer.status == 409:
            return envelope.declined(answer, endings.REASONS)
        return mapping.NO_AGREEMENT if answer.status == 404 else read(answer, endings.ended)

    async def repayment(self, request: AskRepayment, call: Call) -> Outcome[CreditRepaid]:
        path = f"/v1/agreements/{self._number(request.ended or request.activated)}/repayment"
        answer = await self._http.request("GET", path, headers=self._headers(call))
        return read(answer, endings.repaid)

    async def statement(self, request: AskStatement, call: Call) -> Outcome[CreditStatement]:
        path = f"/v1/agreements/{self._number(request.activated)}/statement"
        answer = await self._http.request(
            "GET",
            path,
            headers=self._headers(call),
            params={"time_zone": call.time_zone},
            expect=(404,),
        )
        return mapping.NO_AGREEMENT if answer.status == 404 else read(answer, endings.statement)

    def _number(self, known: CreditActivated | CreditEnded | None) -> str:
        """The agreement of the sale; without one there is nothing to end."""
        if known is None:
            provider = self._http.provider
            message = f"{provider}: the sale has no agreement"
            raise Refused(message, provider=provider, code="no_agreement")
        return known.agreement

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        collection, reader = {
            "apply": ("applications", self._decision),
            "amend": ("amendments", mapping.amended),
            "activate": ("agreements", mapping.activated),
            "settle": ("settlements", mapping.settled),
            "end": ("endings", endings.ended),
        }[operation_name(operation)]
        answer = await self._http.request(
            "GET",
            f"/v1/{collection}/by-reference/{call.reference}",
            headers=self._headers(call),
            expect=(404,),
        )
        return Absent() if answer.status == 404 else read(answer, reader)

    async def _post(
        self, path: str, body: object, call: Call, *, expect: tuple[int, ...] = ()
    ) -> Answer:
        """Do something; 409 is what the state of a thing does not allow."""
        answer = await self._http.request(
            "POST", path, json=body, headers=self._headers(call), expect=(409, *expect)
        )
        if answer.status == 409:
            raise refused(answer)
        return answer

    def _decision(self, data: Mapping[str, object]) -> Outcome[CreditDecision]:
        return mapping.decision(data, self._settings.poll_after)

    def _tried(self, data: Mapping[str, object]) -> Outcome[CreditDecision]:
        return mapping.tried(data, self._settings.poll_after)

    def _headers(self, call: Call) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._settings.api_key.get_secret_value()}",
            "Idempotency-Key": call.reference,
        }


def callback(settings: Settings, raw: RawCallback) -> Sequence[Notice]:
    """The decision on a referred application."""
    reader = partial(mapping.notices, poll_after=settings.poll_after)
    return read_callback(raw, settings.callback_secret, reader)


__all__ = ["LenderCredit", "callback"]
