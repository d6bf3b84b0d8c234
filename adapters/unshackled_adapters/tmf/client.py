"""Talks to the Open APIs: access, lists in pages, orders by our reference, hubs."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from typing import Any, Final

from unshackled.sdk import Absent, Answer, Call, HttpClient, InDoubt, NotSent, Refused, Undecided
from unshackled.sdk.answers import read
from unshackled.sdk.oauth import OAuthHttp
from unshackled_adapters.tmf.settings import Settings

Json = Mapping[str, Any]
MOST_PAGES: Final = 200
GUARD: Final = "guard"


class Tmf:
    """What the ports share. Access is by OAuth where a client is named, else by a fixed key."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self.settings = settings
        self.clock = http.clock
        self.provider = http.provider
        self._heard: set[str] = set()
        self._wire: HttpClient | OAuthHttp = http
        self._headers: dict[str, str] = {}
        if settings.client_id:
            self._wire = OAuthHttp(
                http=http,
                path=settings.token_path,
                client_id=settings.client_id,
                client_secret=settings.client_secret,
                scope=settings.scope,
            )
        elif settings.api_key.get_secret_value():
            self._headers["Authorization"] = f"Bearer {settings.api_key.get_secret_value()}"

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, *, expect: Collection[int] = ()
    ) -> Answer:
        """Read something."""
        return await self._wire.request(
            "GET", path, params=params, headers=self._headers, expect=expect
        )

    async def post(self, path: str, body: Json, *, expect: Collection[int] = ()) -> Answer:
        """Make something. The Open APIs have no idempotency keys: twice is two of them."""
        return await self._wire.request(
            "POST", path, json=body, headers=self._headers, expect=expect
        )

    async def remove(self, path: str) -> None:
        """Delete something; what is gone already is gone."""
        await self._wire.request("DELETE", path, headers=self._headers, expect=(404,))

    async def listed(self, path: str, params: Mapping[str, str]) -> list[Json]:
        """Everything in a list, page by page (TMF630: `offset`, `limit`, `X-Total-Count`)."""
        found: list[Json] = []
        for _ in range(MOST_PAGES):
            asked = {**params, "offset": str(len(found)), "limit": str(self.settings.page)}
            answer = await self.get(path, asked)
            page = read(answer, _items)
            found += page
            total = answer.headers.get("x-total-count", "")
            whole = len(found) >= int(total) if total.isdigit() else len(page) < int(asked["limit"])
            if whole or not page:
                return found
        raise InDoubt(f"{self.provider}: {path} has no end", provider=self.provider)

    async def ours(self, path: str, reference: str) -> list[Json]:
        """The orders under our reference, whatever the backend makes of the filter."""
        found = await self.listed(path, {"externalId": reference})
        return [order for order in found if order.get("externalId") == reference]

    def nothing(self, call: Call) -> Absent:
        """Nothing under our reference, or doubt while the lists may still lag behind."""
        lag = self.settings.index_lag
        if lag and call.send_by is not None and self.clock.now() < call.send_by + lag:
            message = f"{self.provider}: its lists may lag behind"
            raise Undecided(message, provider=self.provider)
        return Absent()

    async def listen(self, api: str, event: str, call: Call) -> None:
        """Register at an API's hub, once a process; without it we ask, so it may fail."""
        if not self.settings.listen or api in self._heard:
            return
        self._heard.add(api)
        body = {"callback": self.callback(call.callback_url), "query": f"eventType={event}"}
        try:
            await self.post(f"{api}/hub", body, expect=(409,))
        except (InDoubt, NotSent, Refused):
            self._heard.discard(api)

    def callback(self, url: str) -> str:
        """Our address as the hub is told it; events carry no signature, so it has a guard."""
        guard = self.guard(url)
        return f"{url}?{GUARD}={guard}" if guard else url

    def guard(self, url: str) -> str:
        """What only those know whom we told the address; empty where no secret is set."""
        secret = self.settings.listener_secret.get_secret_value()
        return hmac.new(secret.encode(), url.encode(), hashlib.sha256).hexdigest() if secret else ""


def _items(data: Any) -> list[Json]:
    if not isinstance(data, list):
        raise TypeError("no list")
    return data
