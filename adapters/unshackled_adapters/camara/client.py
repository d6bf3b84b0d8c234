"""Talks to an operator's CAMARA interfaces."""

from __future__ import annotations

from typing import Any

from unshackled.sdk import Answer, Call, HttpClient, Outcome
from unshackled.sdk.answers import read
from unshackled.sdk.oauth import OAuthHttp
from unshackled.sdk.ports import CheckSimSwap, IdentityMatched, MatchIdentity, SimSwapChecked
from unshackled_adapters.camara import mapping
from unshackled_adapters.camara.settings import Settings


class CamaraFraud:
    """The fraud port at this operator, with two-legged access tokens."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._clock = http.clock
        self._http = OAuthHttp(
            http=http,
            path=settings.token_path,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            scope=settings.scope,
        )

    async def check_sim_swap(self, request: CheckSimSwap, call: Call) -> Outcome[SimSwapChecked]:
        too_long = mapping.hours(request.within) > mapping.LONGEST_HOURS
        if self._settings.by_date or too_long:
            return await self._by_date(request, call)
        path = f"{self._settings.sim_swap_path}/check"
        answer = await self._post(path, mapping.swap_check(request), call)
        code = mapping.error_code(answer, {*mapping.UNKNOWN, mapping.TOO_FAR})
        if code == mapping.TOO_FAR:
            return await self._by_date(request, call)
        if code is not None:
            return mapping.swap_unknown(request)
        return read(answer, lambda data: mapping.swap_checked(data, request))

    async def match_identity(self, request: MatchIdentity, call: Call) -> Outcome[IdentityMatched]:
        path = f"{self._settings.kyc_match_path}/match"
        answer = await self._post(path, mapping.identity(request), call)
        if mapping.error_code(answer) is not None:
            return mapping.identity_unknown(request)
        return read(answer, lambda data: mapping.identity_matched(data, request))

    async def _by_date(self, request: CheckSimSwap, call: Call) -> Outcome[SimSwapChecked]:
        path = f"{self._settings.sim_swap_path}/retrieve-date"
        answer = await self._post(path, mapping.swap_date(request), call)
        if mapping.error_code(answer) is not None:
            return mapping.swap_unknown(request)
        now = self._clock.now()
        return read(answer, lambda data: mapping.swap_dated(data, request, now))

    async def _post(self, path: str, body: dict[str, Any], call: Call) -> Answer:
        headers = {"x-correlator": call.reference}
        return await self._http.request(
            "POST", path, json=body, headers=headers, expect=mapping.ANSWERS
        )
