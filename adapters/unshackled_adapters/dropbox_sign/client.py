"""Talks to Dropbox Sign."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, Final

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
    SecretStr,
    Undecided,
    Undo,
    Undone,
)
from unshackled.sdk.answers import read
from unshackled.sdk.ports import AgreementSigned, SignAgreement
from unshackled_adapters.dropbox_sign import mapping
from unshackled_adapters.dropbox_sign.mapping import Envelope
from unshackled_adapters.dropbox_sign.settings import Settings

GONE: Final = (404, 410)
# How long their search may not know a new request; they say "a minor delay" and no figure.
INDEX_DELAY: Final = timedelta(minutes=2)
NEWEST: Final[Mapping[str, str | int]] = {"page": 1, "page_size": 100}
BY_EMAIL: Final = "send_with_template"
EMBEDDED: Final = "create_embedded_with_template"


class DropboxSign:
    """The agreement port: a template is sent to be signed, by e-mail or embedded."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self.settings = settings
        self.http = http
        self._headers = {"Authorization": _basic(settings.api_key)}
        self._way = EMBEDDED if settings.signing_page else BY_EMAIL

    async def sign(self, request: SignAgreement, call: Call) -> Outcome[AgreementSigned]:
        body = mapping.request(request, call, self.settings)
        path = f"/v3/signature_request/{self._way}"
        answer = await self._ask("POST", path, json=body, expect=(400, 409))
        if answer.status in (400, 409):
            return self._declined(answer)
        made = read(answer, mapping.envelope)
        try:
            return await self._where_it_is(made, call)
        except (NotSent, InDoubt, Refused):
            # The request exists: whatever became of its address, the look-up will tell.
            return made.waiting

    async def void(self, request: Undo[AgreementSigned], call: Call) -> Undone:
        known = {request.output.envelope} if request.output else {call.handle} - {None}
        ids = {*known, *await self._ids(request.reference)}
        ends = [await self._void(str(found)) for found in ids]
        return None if None in ends else self._absent(call)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        ids = [call.handle] if call.handle else await self._ids(call.reference)
        envelopes = [one for one in [await self.envelope(each) for each in ids] if one]
        if not ids:
            return self._absent(call)
        if not envelopes:
            return mapping.GONE
        # Several only if a look-up came before the index: the signed one is the one.
        best = max(envelopes, key=lambda one: (one.complete, one.end is None))
        return await self._where_it_is(best, call)

    async def envelope(self, number: str) -> Envelope | None:
        """A request as it is now; None where it was cancelled or removed."""
        answer = await self._ask("GET", f"/v3/signature_request/{number}", expect=GONE)
        return None if answer.status in GONE else read(answer, mapping.envelope)

    async def _where_it_is(self, one: Envelope, call: Call) -> Outcome[AgreementSigned]:
        if one.end is not None:
            return one.end
        if not self.settings.signing_page or not one.open:
            return one.waiting
        answer = await self._ask("GET", f"/v3/embedded/sign_url/{one.signature}")
        return read(answer, lambda data: mapping.redirect(data, one, call, self.settings))

    async def _ids(self, reference: str) -> list[str]:
        """The requests under our reference: by their search, else among the newest."""
        search = {**NEWEST, "query": f"metadata:{reference}"}
        return await self._listed(reference, search) or await self._listed(reference, NEWEST)

    async def _listed(self, reference: str, params: Mapping[str, str | int]) -> list[str]:
        answer = await self._ask("GET", "/v3/signature_request/list", params=params)
        return read(answer, lambda data: mapping.of_reference(data, reference))

    def _absent(self, call: Call) -> Absent:
        """Nothing found: believed only once their index must have it."""
        if call.send_by and self.http.clock.now() < call.send_by + INDEX_DELAY:
            provider = self.http.provider
            raise Undecided(f"{provider}: too early to say", provider=provider)
        return Absent()

    async def _void(self, number: str) -> Undone:
        """Cancel a request; where it is signed already, take it out of the account.

        Their answer to it has no body: how the request is afterwards says what it did.
        """
        answer = await self._ask(
            "POST", f"/v3/signature_request/cancel/{number}", expect=(400, *GONE)
        )
        if answer.status in GONE:
            return Absent() if answer.status == 404 else None
        if answer.status == 400 and mapping.error_name(answer.body) != mapping.CANNOT_CANCEL:
            raise self._refused(answer)
        left = await self.envelope(number)
        if left is None or (left.end is not None and not left.complete):
            return None
        if left.complete:
            await self._remove(number)
            return None
        provider = self.http.provider
        raise Undecided(f"{provider}: not cancelled yet", provider=provider)

    async def _remove(self, number: str) -> None:
        if self.settings.keep_signed:
            return
        await self._ask("POST", f"/v3/signature_request/remove/{number}", expect=GONE)
        if await self.envelope(number) is not None:
            provider = self.http.provider
            raise Undecided(f"{provider}: not removed yet", provider=provider)

    def _declined(self, answer: Answer) -> Declined:
        name, refused = mapping.error_name(answer.body), mapping.refused_data(answer)
        if refused is not None:
            return Declined(code=DATA_REFUSED, vendor_code=refused)
        if name == mapping.SAME_UNDER_WAY:
            provider = self.http.provider
            raise Undecided(f"{provider}: the same request is under way", provider=provider)
        raise self._refused(answer)

    def _refused(self, answer: Answer) -> Refused:
        provider = self.http.provider
        message = f"{provider}: status {answer.status}"
        return Refused(message, provider=provider, code=str(answer.status))

    async def _ask(
        self, method: str, path: str, *, expect: Collection[int] = (), **more: Any
    ) -> Answer:
        return await self.http.request(method, path, headers=self._headers, expect=expect, **more)


def _basic(key: SecretStr) -> str:
    """The key is the user's name, and there is no password."""
    return f"Basic {b64encode(f'{key.get_secret_value()}:'.encode()).decode()}"
