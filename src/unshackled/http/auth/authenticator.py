"""Who may do what: credentials are checked here, and nowhere else.

The walls between tenants: a foreign checkout and a missing one are the same 404.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request

from unshackled.domain.account import is_live, retailer_of
from unshackled.domain.checkout import Checkout
from unshackled.http.auth.cookies import COOKIE
from unshackled.http.auth.credential_cache import CredentialCache
from unshackled.http.auth.credentials import (
    CUSTOMER,
    DEMO_KEY,
    LONGEST,
    OPERATOR,
    Caller,
    hashed,
    read_key,
    same,
)
from unshackled.http.auth.origins import CredentialSource, require_origin
from unshackled.http.body import JSON_TYPES, PATCH_TYPES, media_type
from unshackled.http.problems import Problem, not_found
from unshackled.http.services import Services
from unshackled.lru_cache import LruCache
from unshackled.store.stored_records import StoredKey
from unshackled.telemetry import get_logger

log = get_logger(__name__)
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWNERS_KEPT: Final = 5_000
NOBODY: Final = hashed("")


class Authenticator:
    """Checks credentials against the store and what they may reach."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._verified = CredentialCache(services.clock, keys=services.keys_for.total_seconds())
        self._owners = LruCache[str, str](OWNERS_KEPT)

    async def caller(self, request: Request) -> Caller:
        """Who asks; a problem for no credential, for a wrong secret, or from a strange origin."""
        text = _bearer(request)
        cookie = request.cookies.get(COOKIE) if text is None else None
        sent = text or cookie
        if not sent:
            raise _challenge("credentials_missing", "The request has no credentials.")
        if text is None and not sent.startswith(CUSTOMER):
            raise _challenge("credentials_invalid", "A cookie carries a customer's token only.")
        caller = self._verified.get(sent) if len(sent) <= LONGEST else None
        if caller is None:
            caller = await self._check(sent)
            self._verified.put(sent, caller)
        if caller.ends_at is not None and caller.ends_at <= self._services.clock.now():
            raise _invalid()
        self._check_origin(request, caller, by_cookie=cookie is not None)
        return caller

    async def retailer(self, request: Request, scope: str, *, publishable: bool = False) -> Caller:
        """A retailer's own server with this scope, or one of its pages where that is enough."""
        caller = await self.caller(request)
        if caller.kind == "publishable" and publishable:
            return caller
        if caller.kind != "secret":
            raise _wrong_kind(["secret key", "publishable key"] if publishable else ["secret key"])
        require_scope(caller, scope)
        return caller

    async def checkout(self, request: Request, checkout: str, scope: str) -> Caller:
        """A customer with this very checkout, or its retailer's server with this scope."""
        caller = await self.caller(request)
        if caller.kind == "customer":
            if caller.id != checkout:
                raise not_found()
        elif caller.kind == "secret":
            require_scope(caller, scope)
            await self.own(caller, checkout)
        else:
            raise _wrong_kind(["secret key", "customer token"])
        return caller

    async def customer(self, request: Request, checkout: str) -> Caller:
        """The customer of this very checkout, and nobody else."""
        caller = await self.caller(request)
        if caller.kind != "customer":
            raise _wrong_kind(["customer token"])
        if caller.id != checkout:
            raise not_found()
        return caller

    async def own(self, caller: Caller, checkout: str) -> None:
        """A problem unless the checkout is of the caller's retailer, and of the caller's mode."""
        if await self.owner(checkout) != caller.account:
            raise not_found()

    async def owner(self, checkout: str) -> str | None:
        """The account of a checkout: it never changes, so it is remembered."""
        known = self._owners.get(checkout)
        if known is None:
            found = await self._services.engine.read(checkout)
            if found is None:
                return None
            self.remember(found)
            known = found.account
        return known

    def remember(self, checkout: Checkout) -> None:
        """Keep whose checkout it is."""
        self._owners.put(checkout.id, checkout.account)

    async def operator(self, request: Request) -> Caller:
        """A named person of operations."""
        caller = await self.caller(request)
        if caller.kind != "operator":
            raise _wrong_kind(["operator key"])
        return caller

    async def _check(self, text: str) -> Caller:
        if len(text) > LONGEST:
            raise _invalid()
        if text.startswith(CUSTOMER):
            return await self._customer(text)
        if text.startswith(OPERATOR):
            return self._operator(text)
        return await self._key(text)

    async def _key(self, text: str) -> Caller:
        key = read_key(text)
        if key is None:
            raise _invalid()
        stored = await self._stored(key.id)
        right = same(hashed(key.secret), stored.secret_hash if stored else NOBODY)
        if stored is None or not right or stored.revoked_at is not None:
            raise _invalid()
        known = self._services.book.retailers.get(key.retailer) is not None
        if not known or (stored.retailer, stored.kind) != (key.account, key.kind):
            raise _invalid()
        return Caller(
            kind="secret" if stored.kind == "secret" else "publishable",
            id=stored.id,
            retailer=key.retailer,
            livemode=key.livemode,
            scopes=stored.scopes,
            origins=stored.origins,
        )

    async def _stored(self, key_id: str) -> StoredKey | None:
        """A key from the store; the demo's only where the demo is on, whatever the store has."""
        if not key_id.startswith(DEMO_KEY):
            return await self._services.store.key(key_id)
        known = self._services.demo_keys.get(key_id)
        if known is None:
            log.warning("credentials.demo_key_refused", key=key_id[:LONGEST])
            raise _challenge("credentials_invalid", "The demo's keys count in the demo only.")
        return known

    async def _customer(self, text: str) -> Caller:
        stored = await self._services.store.token(hashed(text))
        if stored is None or stored.kind != "customer":
            raise _invalid()
        return Caller(
            kind="customer",
            id=stored.checkout,
            retailer=retailer_of(stored.retailer),
            livemode=is_live(stored.retailer),
            ends_at=stored.expires_at,
        )

    def _operator(self, text: str) -> Caller:
        name, _, secret = text.removeprefix(OPERATOR).rpartition("_")
        known = self._services.operators.get(name)
        if not same(hashed(secret), known or NOBODY) or known is None:
            raise _invalid()
        return Caller(kind="operator", id=name)

    def _check_origin(self, request: Request, caller: Caller, *, by_cookie: bool) -> None:
        """Pages may use a credential only from the retailer's origins, or from our own."""
        sent = source_of(request, by_cookie=by_cookie)
        ours = self._services.public_origin
        require_origin(sent, caller.kind, ours=ours, registered=self._registered(caller))
        if sent.changes_by_cookie:
            require_json(request)

    def _registered(self, caller: Caller) -> tuple[str, ...]:
        if caller.kind == "publishable":
            return caller.origins
        found = self._services.book.retailers.get(caller.retailer)
        return found.origins if found else ()


def source_of(request: Request, *, by_cookie: bool) -> CredentialSource:
    """How a request came by its credential."""
    return CredentialSource(
        origin=request.headers.get("origin"),
        by_cookie=by_cookie,
        reads=request.method in SAFE,
        fetch_site=request.headers.get("sec-fetch-site"),
    )


def require_json(request: Request) -> None:
    """A problem unless the body says that it is JSON, even an empty one: no form can say so."""
    if media_type(request) not in PATCH_TYPES:
        detail = "What a cookie changes is sent as JSON, with its Content-Type."
        raise Problem("unsupported_media_type", detail, allowed=JSON_TYPES)


def _bearer(request: Request) -> str | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise _challenge("credentials_missing", "The Authorization header must be a Bearer token.")
    return text.strip()


def require_scope(caller: Caller, scope: str) -> None:
    """A problem unless the key has the scope."""
    if scope not in caller.scopes:
        raise Problem("scope_missing", "The key does not have the scope.", allowed=[scope])


def _challenge(code: str, detail: str) -> Problem:
    return Problem(code, detail, headers={"WWW-Authenticate": 'Bearer realm="unshackled"'})


def _invalid() -> Problem:
    return _challenge("credentials_invalid", "The credentials are unknown, revoked or ended.")


def _wrong_kind(kinds: list[str]) -> Problem:
    detail = "These credentials are for something else."
    return Problem("credentials_of_wrong_kind", detail, allowed=kinds)
