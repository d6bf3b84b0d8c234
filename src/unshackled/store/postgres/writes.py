"""What is written to PostgreSQL beside appends: keys, tokens, flows; each one statement."""

from __future__ import annotations

from typing import Any, Final

import orjson

from unshackled.errors import Conflict
from unshackled.store.postgres.pool import Pool
from unshackled.store.stored_records import StoredFlow, StoredKey, StoredToken

KEY: Final = """
    INSERT INTO api_keys
        (id, retailer, kind, secret_hash, scopes, origins, created_at, revoked_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (id) DO UPDATE
    SET retailer = excluded.retailer, kind = excluded.kind, secret_hash = excluded.secret_hash,
        scopes = excluded.scopes, origins = excluded.origins, created_at = excluded.created_at,
        revoked_at = excluded.revoked_at
"""
TOKEN: Final = """
    INSERT INTO tokens (token_hash, kind, checkout, retailer, expires_at, redeemed_at, browser)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (token_hash) DO UPDATE
    SET kind = excluded.kind, checkout = excluded.checkout, retailer = excluded.retailer,
        expires_at = excluded.expires_at, redeemed_at = excluded.redeemed_at,
        browser = excluded.browser
"""  # noqa: S105 - a statement, not a secret
TOKEN_AS_EXPECTED: Final = """
    UPDATE tokens
    SET kind = $2, checkout = $3, retailer = $4, expires_at = $5, redeemed_at = $6, browser = $7
    WHERE token_hash = $1 AND token_hash = $8 AND kind = $9 AND checkout = $10 AND retailer = $11
      AND expires_at = $12 AND redeemed_at IS NOT DISTINCT FROM $13
      AND browser IS NOT DISTINCT FROM $14
"""  # noqa: S105 - the same
FLOW: Final = """
    INSERT INTO flows (digest, retailer, name, resolved, stored_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (digest) DO NOTHING
"""


async def put_key(pool: Pool, key: StoredKey) -> None:
    """Keep an API key."""
    await pool.change(
        KEY,
        key.id,
        key.retailer,
        key.kind,
        key.secret_hash,
        list(key.scopes),
        list(key.origins),
        key.created_at,
        key.revoked_at,
    )


async def put_token(pool: Pool, token: StoredToken, expected: StoredToken | None) -> None:
    """Keep a token, if it is as expected."""
    if expected is None:
        await pool.change(TOKEN, *_token(token))
    elif not await pool.change(TOKEN_AS_EXPECTED, *_token(token), *_token(expected)):
        raise Conflict("the token was changed by another request")


def _token(token: StoredToken) -> tuple[Any, ...]:
    return (
        token.token_hash,
        token.kind,
        token.checkout,
        token.retailer,
        token.expires_at,
        token.redeemed_at,
        token.browser,
    )


async def put_flow(pool: Pool, flow: StoredFlow) -> None:
    """Keep a resolved flow."""
    resolved = orjson.dumps(flow.resolved).decode()
    await pool.change(FLOW, flow.digest, flow.retailer, flow.name, resolved, flow.stored_at)
