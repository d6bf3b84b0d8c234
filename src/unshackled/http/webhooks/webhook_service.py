"""What a retailer does with webhook endpoints, behind the routes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

import orjson

from unshackled.domain.events.event_types import event_types
from unshackled.domain.records import replace
from unshackled.errors import Conflict
from unshackled.events.webhooks.delivery_rules import OLD_SECRET_FOR
from unshackled.events.webhooks.urls import is_loopback, wrong_url
from unshackled.events.webhooks.webhook_message import ping_of, secret_of
from unshackled.http.auth.credentials import Caller
from unshackled.http.checkouts.create import wrong_field
from unshackled.http.checkouts.idempotency import Claim
from unshackled.http.context import ApiContext
from unshackled.http.problems import Problem, not_found
from unshackled.http.webhooks.webhook_schemas import ChangeWebhook, CreateWebhook
from unshackled.store.side_tables.deliveries import DeliveryRecord
from unshackled.store.side_tables.endpoints import MOST, Endpoint, OldSecret

# Rotations within the time that a replaced secret still signs.
OLD_SECRETS: Final = 4
TRIES: Final = 5


class WebhookService:
    """The endpoints of a retailer, and what is sent to them."""

    def __init__(self, context: ApiContext) -> None:
        services = context.services
        self._ids = services.ids
        self._clock = services.clock
        self._loopback = is_loopback(services.public_url)
        self.endpoints = services.store.tables.endpoints
        self.deliveries = services.store.tables.deliveries

    async def own(self, caller: Caller, endpoint: str) -> Endpoint:
        """An endpoint of the caller's retailer; a foreign one is as missing as a missing one."""
        found = await self.endpoints.get(endpoint)
        if found is None or found.retailer != caller.account:
            raise not_found()
        return found

    async def create(
        self, caller: Caller, body: CreateWebhook, key: Claim
    ) -> tuple[Endpoint, str | None]:
        """A new endpoint and its secret; the same request again gives no secret."""
        self._check(body.url, body.types)
        name = "we_" + _digest(key.scope, key.key)
        if await self.endpoints.get(name) is None:
            now = self._clock.now()
            made = Endpoint(
                id=name,
                retailer=caller.account,
                url=body.url,
                types=tuple(body.types),
                description=body.description,
                secret=self._secret(),
                made_of=key.body_digest,
                created_at=now,
                updated_at=now,
            )
            if await self.endpoints.add(made):
                return made, made.secret
            if await self.endpoints.get(name) is None:
                raise wrong_field("$", "too_many", f"there are {MOST} endpoints already", ())
        earlier = await self.own(caller, name)
        if earlier.made_of != key.body_digest:
            detail = "The key came with another body or path before."
            raise Problem("idempotency_key_reused", detail)
        return earlier, None

    async def change(self, caller: Caller, endpoint: str, body: ChangeWebhook) -> Endpoint:
        """Change what is given; enabling forgives failures and makes what waits due now."""
        self._check(body.url, body.types or ())
        now = self._clock.now()

        def changed(endpoint: Endpoint) -> Endpoint:
            kept = replace(
                endpoint,
                url=endpoint.url if body.url is None else body.url,
                types=endpoint.types if body.types is None else tuple(body.types),
                description=endpoint.description if body.description is None else body.description,
            )
            if body.state == "disabled" and endpoint.state == "enabled":
                return replace(kept, state="disabled", why="asked")
            if body.state == "enabled":
                well: dict[str, Any] = {"failures": 0, "failing_since": None, "hold_until": None}
                return replace(kept, state="enabled", why=None, **well)
            return kept

        done = await self._write(caller, endpoint, changed)
        if body.state == "enabled":
            await self.deliveries.resume(endpoint, now)
        return done

    async def rotate(self, caller: Caller, endpoint: str) -> Endpoint:
        """A new secret; those before it still sign for a while, so there are only so many."""
        secret = self._secret()

        def rotated(endpoint: Endpoint) -> Endpoint:
            now = self._clock.now()
            still = [old for old in endpoint.old_secrets if old.until > now]
            if len(still) >= OLD_SECRETS:
                raise _too_often(still[-1].until - now)
            before = OldSecret(secret=endpoint.secret, until=now + OLD_SECRET_FOR)
            return replace(endpoint, secret=secret, old_secrets=(before, *still))

        return await self._write(caller, endpoint, rotated)

    async def ping(self, caller: Caller, endpoint: str, key: Claim) -> DeliveryRecord:
        """Queue a test event; the same request again gives the same."""
        found = await self.own(caller, endpoint)
        name = "ping_" + _digest(key.scope, key.key, endpoint)
        made = ping_of(found, name, self._clock.now())
        await self.deliveries.add(made)
        return await self.deliveries.get(made.id) or made

    async def _write(
        self, caller: Caller, endpoint: str, changed: Callable[[Endpoint], Endpoint]
    ) -> Endpoint:
        for _ in range(TRIES):
            found = await self.own(caller, endpoint)
            done = replace(changed(found), updated_at=self._after(found.updated_at))
            try:
                await self.endpoints.change(done, expected=found.updated_at)
            except Conflict:
                continue
            return done
        raise Problem("conflict", "Others changed the endpoint again and again.")

    def _after(self, before: datetime) -> datetime:
        """Now, but later than the last change, whatever the clock says: it is the version."""
        return max(self._clock.now(), before + datetime.resolution)

    def _check(self, url: str | None, types: Sequence[str]) -> None:
        says = None if url is None else wrong_url(url, loopback=self._loopback)
        if says is not None:
            raise wrong_field("url", "url_not_allowed", says, ())
        known = known_types()
        for place, one in enumerate(types):
            if one not in known:
                path = f"types[{place}]"
                raise wrong_field(path, "unknown_type", "is no type or group of events", known)

    def _secret(self) -> str:
        return secret_of(bytes.fromhex(self._ids.secret()))


def _too_often(wait: timedelta) -> Problem:
    return Problem(
        "conflict",
        f"The secret was replaced {OLD_SECRETS} times within a day: all of them still sign.",
        headers={"Retry-After": str(ceil(wait.total_seconds()))},
    )


def known_types() -> tuple[str, ...]:
    """Every event type, and every group of them."""
    types = set(event_types())
    groups = {f"{one.partition('.')[0]}.*" for one in types}
    return tuple(sorted(types | groups))


def _digest(*parts: str) -> str:
    """26 characters that do not show what they are made of."""
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:26]
