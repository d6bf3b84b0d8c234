"""Talks to Onfido."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Final

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
    Undecided,
)
from unshackled.sdk.answers import read
from unshackled.sdk.ports import IdentityVerified, VerifyIdentity
from unshackled_adapters.onfido import mapping
from unshackled_adapters.onfido.mapping import Run
from unshackled_adapters.onfido.settings import Settings

RUNS: Final = "/v3.6/workflow_runs"
PEOPLE: Final = "/v3.6/applicants"
# They do not say when a new run is in the list.
SETTLED_AFTER: Final = timedelta(minutes=1)


class Onfido:
    """The identity port at Onfido."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self.settings = settings
        self._http = http
        token = settings.api_token.get_secret_value()
        self._headers = {"Authorization": f"Token token={token}"}

    async def verify(self, request: VerifyIdentity, call: Call) -> Outcome[IdentityVerified]:
        made = await self._ask("POST", PEOPLE, json=mapping.applicant(request), expect=(422,))
        if made.status == 422:
            return self._declined(made)
        person = read(made, mapping.number)
        body = mapping.workflow_run(person, call, self.settings, self._http.clock.now())
        try:
            started = await self._ask("POST", RUNS, json=body)
        except (NotSent, Refused):
            await self._forget(person)
            raise
        return self.outcome(started, read(started, mapping.run))

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        if call.handle:
            answer = await self._ask("GET", f"{RUNS}/{call.handle}", expect=(404,))
            if answer.status == 404:
                return self._absent(call)
            return self.outcome(answer, read(answer, mapping.run))
        answer = await self._ask("GET", RUNS, params={"tags": call.reference})
        found = read(answer, lambda data: mapping.of_reference(data, call.reference))
        if found is None:
            return self._absent(call)
        return self.outcome(answer, found)

    async def run(self, number: str) -> tuple[Run, Answer] | None:
        """A run as it is now, and the answer that said so; None where they have no such."""
        answer = await self._ask("GET", f"{RUNS}/{number}", expect=(404,))
        return None if answer.status == 404 else (read(answer, mapping.run), answer)

    def outcome(self, answer: Answer, one: Run) -> Outcome[IdentityVerified]:
        """What the run in an answer came to; one that broke down is nobody's decline."""
        if one.status == mapping.BROKEN:
            provider = self._http.provider
            message = f"{provider}: the workflow run ended in an error"
            raise Refused(message, provider=provider, code="workflow_run_error")
        now = self._http.clock.now()
        return read(answer, lambda _: mapping.outcome(one, self.settings, now))

    def _declined(self, answer: Answer) -> Declined:
        """What the customer wrote that Onfido cannot work with; raises `Refused` for all else."""
        field = mapping.refused_field(answer)
        if field is None:
            message = f"{answer.provider}: status {answer.status}"
            raise Refused(message, provider=answer.provider, code=mapping.VALIDATION)
        return Declined(code=DATA_REFUSED, vendor_code=f"{mapping.VALIDATION}:{field}")

    def _absent(self, call: Call) -> Absent:
        """Nothing found: believed only some time after the last moment of sending."""
        if call.send_by and self._http.clock.now() < call.send_by + SETTLED_AFTER:
            provider = self._http.provider
            raise Undecided(f"{provider}: too early to say", provider=provider)
        return Absent()

    async def _forget(self, person: str) -> None:
        """Have a person removed for whom nothing was started; as far as they answer."""
        with suppress(NotSent, InDoubt, Refused):
            await self._ask("DELETE", f"{PEOPLE}/{person}")

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        params: Mapping[str, str | int] | None = None,
        expect: Collection[int] = (),
    ) -> Answer:
        return await self._http.request(
            method, path, json=json, params=params, headers=self._headers, expect=expect
        )
