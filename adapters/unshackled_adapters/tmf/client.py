"""Talks to the Open APIs: access, lists in pages, orders by our reference, hubs."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from unshackled.sdk import Absent, Answer, Call, HttpClient, InDoubt, NotSent, Refused, Undecided
from unshackled.sdk.answers import READS_LAG, not_undone, read
from unshackled.sdk.oauth import OAuthHttp
from unshackled_adapters.tmf.order_mapping import ENDED
from unshackled_adapters.tmf.settings import Settings
from unshackled_adapters.tmf.values import is_safe

Json = Mapping[str, Any]
MOST_PAGES: Final = 200
PARTIAL: Final = 206  # TMF630: a list that goes on
HUB_AGAIN: Final = timedelta(minutes=5)
GUARD: Final = "guard"


class Tmf:
    """What the ports share. Access is by OAuth where a client is named, else by a fixed key."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self.settings = settings
        self.clock = http.clock
        self.provider = http.provider
        self._hub_after: dict[str, datetime] = {}
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

    def unreadable(self, error: Exception) -> InDoubt:
        """A list whose entries are not as published; what it said is never quoted."""
        shape = f"a list of unexpected shape ({type(error).__name__})"
        return InDoubt(f"{self.provider}: {shape}", provider=self.provider)

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
        await self._wire.request("DELETE", path, headers=self._headers, ok=(204,), expect=(404,))

    async def listed(self, path: str, params: Mapping[str, str]) -> list[Json]:
        """Everything in a list, page by page (TMF630: `offset`, `limit`, `X-Total-Count`)."""
        found: list[Json] = []
        for _ in range(MOST_PAGES):
            asked = {**params, "offset": str(len(found)), "limit": str(self.settings.page)}
            answer = await self.get(path, asked, expect=(PARTIAL,))
            page = read(answer, _items)
            found += page
            if _is_last(answer, self.settings.page - len(page), len(found)):
                return found
            if not page:
                raise InDoubt(f"{self.provider}: {path} is not whole", provider=self.provider)
        raise InDoubt(f"{self.provider}: {path} has no end", provider=self.provider)

    async def ours(self, path: str, reference: str) -> list[Json]:
        """The orders under our reference, whatever the backend makes of the filter."""
        found = await self.listed(path, {"externalId": reference})
        return [order for order in found if order.get("externalId") == reference]

    async def named(self, path: str, number: str | None, reference: str) -> Json | None:
        """The order that an earlier answer named, if it is there and under our reference."""
        if number is None or not is_safe(number):
            return None
        answer = await self.get(f"{path}/{number}", expect=(404,))
        order: Json | None = None if answer.status == 404 else read(answer, dict)
        return order if order and order.get("externalId") == reference else None

    def nothing(self, call: Call) -> Absent:
        """Nothing under our reference, or doubt while the lists may still lag behind."""
        lag = self.settings.index_lag
        if lag and call.send_by is not None and self.clock.now() < call.send_by + lag:
            message = f"{self.provider}: its lists may lag behind"
            raise Undecided(message, provider=self.provider)
        return Absent()

    def nothing_to_undo(self, operation: str, call: Call) -> Absent:
        """An undo found nothing: that counts as a look-up's nothing does."""
        lag, known = self.settings.index_lag, call.send_by
        if lag and (known is None or self.clock.now() < known + lag):
            message = f"{operation}: nothing is listed, and lists may lag behind"
            raise Undecided(message, provider=self.provider)
        return Absent()

    def not_undone(self, operation: str, call: Call, *, final: bool) -> Refused | Undecided:
        """An undo ended in an error, though what it is about is there: `final` for good."""
        provider = self.provider
        if final:
            message = f"{operation}: it cannot be taken back any more"
            return Refused(message, provider=provider, code=ENDED)
        lag = max(self.settings.index_lag, READS_LAG)
        return not_undone(self, call, ENDED, lag=lag)

    async def listen(self, api: str, event: str, call: Call) -> None:
        """Register at an API's hub, once a process; without it we ask, so it may fail.

        A hub that failed is left alone for a while: no order waits for it twice.
        """
        now = self.clock.now()
        if not self.settings.listen or now < self._hub_after.get(api, now):
            return
        self._hub_after[api] = datetime.max.replace(tzinfo=UTC)
        body = {"callback": self.callback(call.callback_url), "query": f"eventType={event}"}
        try:
            await self.post(f"{api}/hub", body, expect=(409,))
        except (InDoubt, NotSent, Refused):
            self._hub_after[api] = self.clock.now() + HUB_AGAIN

    def callback(self, url: str) -> str:
        """Our address as the hub is told it; events carry no signature, so it has a guard."""
        guard = self.guard(url)
        return f"{url}?{GUARD}={guard}" if guard else url

    def guard(self, url: str) -> str:
        """What only those know whom we told the address; empty where no secret is set."""
        secret = self.settings.listener_secret.get_secret_value()
        return hmac.new(secret.encode(), url.encode(), hashlib.sha256).hexdigest() if secret else ""


def _is_last(answer: Answer, short_by: int, so_far: int) -> bool:
    """Whether a list ends here: by its total where that is told, else by status and length."""
    total = answer.headers.get("x-total-count", "")
    if total.isdigit():
        return so_far >= int(total)
    return short_by > 0 and answer.status != PARTIAL


def _items(data: Any) -> list[Json]:
    if not isinstance(data, list):
        raise TypeError("no list")
    return data
