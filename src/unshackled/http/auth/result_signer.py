"""Signs what became of a checkout, for the server of the shop that its customer goes back to.

A result is a compact JWS (RFC 7515) of claims (RFC 7519), by ES256 (RFC 7518, section 3.4); the
public keys are published as a JWK set (RFC 7517).
"""

from __future__ import annotations

# ruff: noqa: PLC0415 - the library comes with the first result
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from unshackled.domain.records import Record
from unshackled.encryption.elliptic_key import private_pem
from unshackled.store.signing_keys import PURPOSE, SigningKey, SigningKeys, signer_of

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, KeyParameters

    from unshackled.http.services import Services

ALGORITHM: Final = "ES256"
# After a renewal elsewhere this process goes on with the keys before for so long at most.
FRESH: Final = timedelta(minutes=1)


class LoadedKeys(Record):
    """The keys of a minute: who signs, and all that are published, ready to be used."""

    signer: ECKey
    published: tuple[ECKey, ...]
    at: datetime


class ResultSigner:
    """The keys of one process, looked up once a minute."""

    def __init__(self, services: Services) -> None:
        """Nothing is read before the first result."""
        self._services = services
        self._loaded: LoadedKeys | None = None

    async def sign(self, claims: Mapping[str, Any]) -> str:
        """The claims with their signature: three parts of base64url with dots between."""
        from joserfc import jwt

        key = (await self._keys()).signer
        header = {"alg": ALGORITHM, "kid": key.kid, "typ": "JWT"}
        return jwt.encode(header, dict(claims), key, algorithms=[ALGORITHM])

    async def published(self) -> dict[str, Any]:
        """The public keys that count, as a JWK set."""
        keys = (await self._keys()).published
        return {"keys": [key.as_dict(private=False) for key in keys]}

    async def _keys(self) -> LoadedKeys:
        services, loaded = self._services, self._loaded
        now = services.clock.now()
        if loaded is None or abs(now - loaded.at) >= FRESH:
            stored = SigningKeys(services.store.key_ring, services.store.tables.retailer_keys)
            loaded = self._loaded = _loaded(await stored.counting(now), now)
        return loaded


def _loaded(keys: Sequence[SigningKey], now: datetime) -> LoadedKeys:
    published = {key.id: _elliptic(key) for key in keys}
    signer = published[signer_of(keys, now).id]
    return LoadedKeys(signer=signer, published=tuple(published.values()), at=now)


def _elliptic(key: SigningKey) -> ECKey:
    from joserfc.jwk import ECKey

    parameters: KeyParameters = {"kid": key.id, "use": "sig", "alg": ALGORITHM}
    return ECKey.import_key(private_pem(key.secret, PURPOSE), parameters)
