"""Talks to GoCardless."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any, Final, TypeVar

from unshackled.sdk import (
    DATA_REFUSED,
    Absent,
    Answer,
    Call,
    Declined,
    Found,
    HttpClient,
    InDoubt,
    NotSent,
    Outcome,
    Refused,
    Undo,
)
from unshackled.sdk.answers import not_undone, read
from unshackled.sdk.ports import Contact, MandateSetUp, SetUpMandate
from unshackled_adapters.gocardless import mapping
from unshackled_adapters.gocardless.mapping import Mandate, Request
from unshackled_adapters.gocardless.settings import Settings

T = TypeVar("T")
VERSION: Final = "2015-07-06"
REQUESTS: Final = "/billing_requests"
# Our reference cannot be searched for: so many of the newest requests are looked through.
PAGE: Final = 500
PAGES: Final = 4
# No older request is ours when a call is asked about that was given up since.
LONGEST_AGO: Final = timedelta(days=1)
SETTLED_AFTER: Final = timedelta(minutes=1)


class GoCardless:
    """The mandate port at GoCardless."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self.settings = settings
        self._http = http
        self._headers = {
            "Authorization": f"Bearer {settings.access_token.get_secret_value()}",
            "GoCardless-Version": VERSION,
        }

    async def set_up(self, request: SetUpMandate, call: Call) -> Outcome[MandateSetUp]:
        one = await self._claim(call.reference)
        try:
            return await self._where_it_is(one, call, request.contact)
        except (NotSent, InDoubt):
            # The request exists: whatever became of its page, the look-up will tell.
            return mapping.waiting(one)

    async def cancel(self, request: Undo[MandateSetUp], call: Call) -> None:
        """Cancel the mandate, else the request for it.

        Where only our reference is known, the request is claimed: whoever asks for the same
        mandate later finds it cancelled.
        """
        if call.handle is None and request.output is not None:
            found = await self._mandates(request.output.mandate, request.reference)
            for one in found:
                await self._cancel_mandate(one.id, call)
            if found:
                return
        asked = call.handle and await self.billing_request(call.handle)
        await self._cancel(asked or await self._claim(request.reference), call)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        if call.handle:
            one = await self.billing_request(call.handle)
        else:
            one = await self._newest(call)
        return Absent() if one is None else await self._where_it_is(one, call)

    async def billing_request(self, number: str) -> Request | None:
        """A billing request as it is now; None where they have no such."""
        return await self._one(f"{REQUESTS}/{number}", mapping.request)

    async def mandate(self, number: str) -> Mandate | None:
        """A mandate as it is now; None where they have no such."""
        return await self._one(f"/mandates/{number}", mapping.mandate)

    def stands(self, one: Mandate, cause: str) -> Outcome[MandateSetUp]:
        """What a mandate that an event is about stands for."""
        try:
            return mapping.outcome(one, None, cause)
        except KeyError:
            raise self._in_doubt("unknown status of a mandate") from None

    async def was_active(self, number: str) -> bool:
        """Whether the bank has ever taken a mandate: its set-up came to an end then, and well."""
        params = {"mandate": number, "action": "active", "limit": 1}
        return read(await self._ask("GET", "/events", params=params), mapping.any_events)

    async def outcome(self, one: Request) -> Outcome[MandateSetUp] | None:
        """What a billing request came to; None while it is open."""
        if one.mandate is not None:
            made = await self._ask("GET", f"/mandates/{one.mandate}")
            return read(made, lambda data: mapping.outcome(mapping.mandate(data), one.id))
        if one.status == mapping.CANCELLED:
            return Declined(code=mapping.DEFAULT_DECLINE)
        return None

    async def _claim(self, reference: str) -> Request:
        """The one billing request of a reference: made now, or found by its key."""
        headers = {"Idempotency-Key": reference}
        body = mapping.billing_request(reference, self.settings)
        answer = await self._ask("POST", REQUESTS, json=body, headers=headers, expect=(409,))
        if answer.status != 409:
            return read(answer, mapping.request)
        known = mapping.conflicting(answer.body)
        if known is None:
            raise self._refused(answer)
        return read(await self._ask("GET", f"{REQUESTS}/{known}"), mapping.request)

    async def _where_it_is(
        self, one: Request, call: Call, contact: Contact | None = None
    ) -> Outcome[MandateSetUp]:
        """Its outcome; while the customer has to act, a page."""
        end = await self.outcome(one)
        if end is not None:
            return end
        if one.status in mapping.UNDER_WAY:
            return mapping.waiting(one)
        if one.status != mapping.OPEN:
            raise self._in_doubt("unknown status of a billing request")
        body = mapping.flow(one, call, contact)
        opened = await self._ask("POST", "/billing_request_flows", json=body, expect=(422,))
        if opened.status == 422:
            return self._unreadable(opened)
        return read(opened, lambda data: mapping.redirect(data, one))

    def _unreadable(self, answer: Answer) -> Declined:
        """What the customer wrote that they cannot take; raises `Refused` for any other reason."""
        field = mapping.refused_field(answer)
        if field is None:
            raise self._refused(answer)
        return Declined(code=DATA_REFUSED, vendor_code=f"{mapping.VALIDATION}:{field}")

    async def _newest(self, call: Call) -> Request | None:
        """The request of our reference among the newest; they cannot search metadata."""
        params: dict[str, str | int] = {"limit": PAGE}
        for _ in range(PAGES):
            answer = await self._ask("GET", REQUESTS, params=params)
            rows, after = read(answer, mapping.requests)
            found = next((one for one in rows if one.reference == call.reference), None)
            if found is not None:
                return found
            if after is None or _too_old(rows, call):
                self._not_too_early(call)
                return None
            params["after"] = after
        raise self._in_doubt("too many billing requests since")

    def _not_too_early(self, call: Call) -> None:
        """Finding nothing is believed only some time after the last moment of sending."""
        if call.send_by and self._http.clock.now() < call.send_by + SETTLED_AFTER:
            raise self._in_doubt("too early to say")

    async def _mandates(self, bacs: str, reference: str) -> list[Mandate]:
        answer = await self._ask("GET", "/mandates", params={"reference": bacs})
        return [one for one in read(answer, mapping.mandates) if one.reference == reference]

    async def _cancel(self, one: Request, call: Call) -> None:
        if one.mandate is not None:
            await self._cancel_mandate(one.mandate, call)
        elif one.status != mapping.CANCELLED:
            path = f"{REQUESTS}/{one.id}/actions/cancel"
            answer = await self._ask("POST", path, json={"data": {}}, expect=(422,))
            if answer.status == 422:
                await self._was_faster(one, call)
            elif read(answer, mapping.request).status != mapping.CANCELLED:
                raise self._in_doubt("not cancelled yet")

    async def _was_faster(self, one: Request, call: Call) -> None:
        """A request that cannot be cancelled: the customer has just fulfilled it."""
        now = await self.billing_request(one.id)
        if now is not None and now.mandate is not None:
            await self._cancel_mandate(now.mandate, call)
        elif now is None or now.status != mapping.CANCELLED:
            raise self._in_doubt("not cancelled yet")

    async def _cancel_mandate(self, number: str, call: Call) -> None:
        path = f"/mandates/{number}/actions/cancel"
        answer = await self._ask("POST", path, json={"data": {}}, expect=(422,))
        if answer.status != 422:
            read(answer, mapping.mandate)
        else:
            now = await self.mandate(number)
            if now is None:
                raise self._in_doubt("a mandate that is there and is not")
            if not now.over:
                raise not_undone(self._http, call, str(answer.status))

    async def _one(self, path: str, mapped: Callable[[Any], T]) -> T | None:
        answer = await self._ask("GET", path, expect=(404,))
        return None if answer.status == 404 else read(answer, mapped)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        expect: Collection[int] = (),
        **more: Any,
    ) -> Answer:
        sent = self._headers | (headers or {})
        return await self._http.request(method, path, headers=sent, expect=expect, **more)

    def _in_doubt(self, what: str) -> InDoubt:
        provider = self._http.provider
        return InDoubt(f"{provider}: {what}", provider=provider)

    def _refused(self, answer: Answer) -> Refused:
        provider = self._http.provider
        message = f"{provider}: status {answer.status}"
        return Refused(message, provider=provider, code=str(answer.status))


def _too_old(rows: list[Request], call: Call) -> bool:
    return bool(
        call.send_by and rows and min(one.made_at for one in rows) < call.send_by - LONGEST_AGO
    )
