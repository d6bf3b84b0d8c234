"""Side tables that hold secrets, with these sealed: whatever database keeps the rows.

Sealed are the secrets of webhook endpoints, what operators sent with a request that waits for a
second person, and the agreements of upgrades that were asked about. Rows of before are read as they
are, and sealed when they change, or by a rotation.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace as with_changes
from datetime import datetime
from typing import Final

from unshackled.domain.records import replace
from unshackled.errors import Conflict
from unshackled.store.key_ring import KeyRing
from unshackled.store.sealed_eligibilities import SealedEligibilities
from unshackled.store.secret_texts import SecretTexts
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.endpoints import (
    MOST,
    Endpoint,
    EndpointPage,
    Endpoints,
    OldSecret,
    Why,
)
from unshackled.store.side_tables.operator_requests import (
    ApprovalRequest,
    BulkSelection,
    OperatorRequests,
)

WEBHOOK: Final = "webhook secret"
REQUEST: Final = "operator request"
SEALED: Final = "$sealed"  # the one key of a body that is sealed


def sealed_tables(tables: SideTables, ring: KeyRing) -> SideTables:
    """The tables of a database, with secrets sealed by the keys of a ring."""
    texts = SecretTexts(ring)
    return replace(
        tables,
        endpoints=SealedEndpoints(tables.endpoints, texts),
        requests=SealedRequests(tables.requests, texts),
        eligibilities=SealedEligibilities(tables.eligibilities, texts),
    )


class SealedEndpoints:
    """Webhook endpoints whose secrets lie sealed in `inner`."""

    def __init__(self, inner: Endpoints, texts: SecretTexts) -> None:
        self._inner = inner
        self._texts = texts

    async def add(self, endpoint: Endpoint, *, most: int = MOST) -> bool:
        """Insert one; False when its id is taken, or its account has `most` already."""
        return await self._inner.add(await self._sealed(endpoint), most=most)

    async def change(self, endpoint: Endpoint, *, expected: datetime) -> None:
        """Replace one that was changed last at `expected`; `Conflict` when it was changed since.

        It stays with its account, so it is sealed for that one, whatever the new values say.
        """
        row = await self._inner.get(endpoint.id)
        owned = with_changes(endpoint, retailer=row.retailer) if row is not None else endpoint
        await self._inner.change(await self._sealed(owned), expected=expected)

    async def remove(self, endpoint: str) -> None:
        """Delete one, and every delivery to it."""
        await self._inner.remove(endpoint)

    async def get(self, endpoint: str) -> Endpoint | None:
        """One by its id."""
        row = await self._inner.get(endpoint)
        return await self._opened(row) if row is not None else None

    async def of(self, retailer: str) -> Sequence[Endpoint]:
        """All of an account, disabled ones too, the oldest first."""
        return [await self._opened(row) for row in await self._inner.of(retailer)]

    async def page(self, retailer: str, *, after: str | None, limit: int) -> EndpointPage:
        """Some of an account; raises `ValueError` for a cursor that no page gave."""
        page = await self._inner.page(retailer, after=after, limit=limit)
        return replace(page, endpoints=[await self._opened(row) for row in page.endpoints])

    async def ready(self, now: datetime) -> Sequence[Endpoint]:
        """The enabled ones that are not on hold, and to which something is due, by their ids."""
        return [await self._opened(row) for row in await self._inner.ready(now)]

    async def well(self, endpoint: Endpoint, hold_until: datetime) -> None:
        """Note that something arrived."""
        await self._inner.well(endpoint, hold_until)

    async def failed(self, endpoint: Endpoint, since: datetime, hold_until: datetime) -> None:
        """Note a round in which nothing arrived."""
        await self._inner.failed(endpoint, since, hold_until)

    async def disable(self, endpoint: str, why: Why, now: datetime) -> bool:
        """Disable one; False when it is (or has gone) already."""
        return await self._inner.disable(endpoint, why, now)

    async def reseal(self, retailer: str, now: datetime) -> int:
        """Seal the secrets of an account with its present key; how many had another or none.

        One that changes meanwhile is sealed by its change.
        """
        count = 0
        for row in await self._inner.of(retailer):
            secrets = (row.secret, *(old.secret for old in row.old_secrets))
            if await self._texts.are_current(secrets, retailer=retailer, now=now):
                continue
            with suppress(Conflict):
                opened = await self._opened(row)
                await self._inner.change(await self._sealed(opened), expected=row.updated_at)
                count += 1
        return count

    async def _sealed(self, one: Endpoint) -> Endpoint:
        now = one.updated_at

        async def seal(secret: str) -> str:
            return await self._texts.sealed(secret, WEBHOOK, one.id, retailer=one.retailer, now=now)

        old = [OldSecret(secret=await seal(it.secret), until=it.until) for it in one.old_secrets]
        return with_changes(one, secret=await seal(one.secret), old_secrets=tuple(old))

    async def _opened(self, one: Endpoint) -> Endpoint:
        async def opened(secret: str) -> str:
            return await self._texts.opened(secret, WEBHOOK, one.id, retailer=one.retailer)

        old = [OldSecret(secret=await opened(it.secret), until=it.until) for it in one.old_secrets]
        return with_changes(one, secret=await opened(one.secret), old_secrets=tuple(old))


class SealedRequests:
    """Requests of operators whose bodies lie sealed in `inner`."""

    def __init__(self, inner: OperatorRequests, texts: SecretTexts) -> None:
        self._inner = inner
        self._texts = texts

    async def put(self, request: ApprovalRequest) -> None:
        """Keep a new request, which waits; `Conflict` for an id that was given before."""
        plain, bound = json.dumps(dict(request.body)), (REQUEST, request.id)
        body = await self._texts.sealed(plain, *bound, retailer=request.retailer, now=request.at)
        await self._inner.put(replace(request, body={SEALED: body} if request.body else {}))

    async def get(self, request: str) -> ApprovalRequest | None:
        """One request."""
        row = await self._inner.get(request)
        return await self._opened(row) if row is not None else None

    async def page(
        self, *, state: str | None, now: datetime, limit: int = 100
    ) -> Sequence[ApprovalRequest]:
        """The newest first; those whose time is over are marked so, their parameters deleted."""
        rows = await self._inner.page(state=state, now=now, limit=limit)
        return [await self._opened(row) for row in rows]

    async def decide(self, request: str, state: str, by: str, *, now: datetime) -> bool:
        """Take a waiting request for approval or rejection; False when it waits no more."""
        return await self._inner.decide(request, state, by, now=now)

    async def close(self, request: str, state: str, *, code: str = "") -> None:
        """Note what came of it, and delete its parameters."""
        await self._inner.close(request, state, code=code)

    async def keep(self, selection: BulkSelection, *, forget: datetime) -> None:
        """Keep a selection, and delete those older than `forget`, in one transaction."""
        await self._inner.keep(selection, forget=forget)

    async def selection(self, digest: str) -> BulkSelection | None:
        """A selection by its digest."""
        return await self._inner.selection(digest)

    async def _opened(self, row: ApprovalRequest) -> ApprovalRequest:
        if set(row.body) != {SEALED}:
            return row
        bound = (REQUEST, row.id)
        text = await self._texts.opened(row.body[SEALED], *bound, retailer=row.retailer)
        return replace(row, body=json.loads(text))
