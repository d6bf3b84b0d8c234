"""Idempotency-Key: the same wish twice is done once, and answered as things are now."""

from __future__ import annotations

import re
from typing import Any, Final

from starlette.requests import Request

from unshackled.domain.clock import Clock
from unshackled.domain.codec import digest
from unshackled.domain.records import Record
from unshackled.http.auth.credentials import Caller
from unshackled.http.problems import Problem
from unshackled.store.port import Store
from unshackled.store.stored_records import IdempotencyRecord

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


class Claim(Record):
    """One use of a key: whose it is, and the digest of what is asked.

    `before` is the scope that keys of servers had when they counted for each API key: what was
    begun then is found under it.
    """

    scope: str
    key: str
    body_digest: str
    before: str | None = None

    async def earlier(self, store: Store) -> IdempotencyRecord | None:
        """What the key made before; a problem when that was something else."""
        record = await store.idempotency(self.scope, self.key, before=self.before)
        if record is not None and record.body_digest != self.body_digest:
            detail = "The key came with another body or path before."
            raise Problem("idempotency_key_reused", detail)
        return record

    def record(self, resource: str, status: int, clock: Clock) -> IdempotencyRecord:
        """What is stored with the change."""
        return IdempotencyRecord(
            scope=self.scope,
            key=self.key,
            body_digest=self.body_digest,
            resource=resource,
            status=status,
            created_at=clock.now(),
        )


def claim(request: Request, caller: Caller, body: Any) -> Claim | None:
    """The key of a request: servers must send one, customers may."""
    key = request.headers.get("idempotency-key")
    if key is None:
        if caller.kind == "secret":
            raise Problem("idempotency_key_missing", "Send an Idempotency-Key with this POST.")
        return None
    if _KEY.fullmatch(key) is None:
        detail = "Idempotency-Key must be 1 to 255 visible ASCII characters without blanks."
        raise Problem("malformed_header", detail)
    of_caller = f"{caller.account}/{caller.kind}/{caller.id}"
    server = caller.kind == "secret"
    return Claim(
        # A retailer's servers may each have an API key, and one may repeat what another began.
        scope=f"{caller.account}/{caller.kind}" if server else of_caller,
        key=key,
        body_digest=digest(request.method, request.url.path, body),
        before=of_caller if server else None,
    )
