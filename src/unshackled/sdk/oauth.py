"""Access tokens by client credentials (RFC 6749 §4.4), kept until shortly before they end."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from pydantic import SecretStr

from unshackled.errors import InDoubt, NotSent
from unshackled.outbound import Answer, HttpClient
from unshackled.sdk.envelope import challenges, refused_token

MARGIN_SECONDS: Final = 60.0
# RFC 6749 §5.1 leaves `expires_in` optional.
UNSAID_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    ends_at: float


@dataclass(kw_only=True)
class OAuthHttp:
    """The HTTP client of an API with OAuth 2.0: each request carries a live access token.

    `path` is the token endpoint, below the base URL. The credentials go into the `Authorization`
    header (§2.3.1), or with `in_body` into the form. `extra` has further fields of the form.

    A token is fetched once for all the calls that wait for it. An answer 401 in the vendor's form
    or in that of OAuth proves that nothing was done: the call is sent once more, with a fresh
    token. A token that could not be had means that the call was not sent: `NotSent`, whatever
    became of the token request.
    """

    http: HttpClient
    path: str
    client_id: str
    client_secret: SecretStr
    scope: str | None = None
    in_body: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)
    _token: _Token | None = field(default=None, repr=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        expect: Collection[int] = (),
        **rest: Any,
    ) -> Answer:
        """As `HttpClient.request`, with an access token."""

        async def send(token: _Token, expect: Collection[int]) -> Answer:
            sent = {"Authorization": f"Bearer {token.value}", **(headers or {})}
            return await self.http.request(
                method, path, headers=sent, expect=expect, owns=self._owns, **rest
            )

        token = await self._live()
        first = await send(token, {*expect, 401})
        if first.status != 401:
            return first
        self._drop(token)
        return await send(await self._live(), expect)

    async def _live(self) -> _Token:
        async with self._lock:
            token = self._token
            if token is None or token.ends_at <= self.http.clock.monotonic():
                token = self._token = await self._fetch()
            return token

    def _owns(self, answer: Answer) -> bool:
        """The vendor's own form; of a token that is refused also that of OAuth."""
        return self.http.owns(answer) or (answer.status == 401 and challenges(answer))

    def _drop(self, token: _Token) -> None:
        if self._token is token:
            self._token = None

    async def _fetch(self) -> _Token:
        form = {"grant_type": "client_credentials", **self.extra}
        headers = {}
        secret = self.client_secret.get_secret_value()
        if self.scope is not None:
            form["scope"] = self.scope
        if self.in_body:
            form |= {"client_id": self.client_id, "client_secret": secret}
        else:
            pair = f"{quote(self.client_id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        try:
            answer = await self.http.request(
                "POST", self.path, form=form, headers=headers, owns=refused_token
            )
            return self._read(answer)
        except InDoubt:
            provider = self.http.provider
            message = f"{provider}: no access token"
            raise NotSent(message, provider=provider, reason="no_access_token") from None

    def _read(self, answer: Answer) -> _Token:
        try:
            data = answer.json()
            lives = float(data.get("expires_in") or UNSAID_SECONDS)
            value = str(data["access_token"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise answer.malformed("no access token") from None
        margin = min(MARGIN_SECONDS, lives / 2)
        return _Token(value, self.http.clock.monotonic() + lives - margin)
