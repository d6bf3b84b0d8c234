"""A customer's token for one checkout, and the handoff that brings a browser to it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

from unshackled.domain.checkout import Checkout
from unshackled.domain.records import Record, replace
from unshackled.errors import Conflict
from unshackled.http.auth.credentials import CUSTOMER, HANDOFF, hashed, same
from unshackled.http.services import Services
from unshackled.store.stored_records import StoredToken

# From the retailer's server, or from the customer's own page to another device of theirs.
HandoffKind = Literal["handoff", "device"]
# Whether a handoff opens a browser, and if not, why.
Standing = Literal["open", "used", "used_elsewhere", "expired"]

# A token lives as long as its checkout is of any use to the customer.
TOKEN_LIFETIME: Final = timedelta(days=30)
HANDOFF_LIFETIMES: Final[Mapping[str, timedelta]] = {
    "handoff": timedelta(minutes=15),
    "device": timedelta(minutes=5),
}
# How long a browser knows that a handoff opened it, so that its customer can be told so.
MARK_LIFETIME: Final = timedelta(days=1)
SAME_BROWSER: Final = timedelta(seconds=60)


class IssuedHandoff(Record):
    """A new handoff: its secret, which is shown this once, and when it ends."""

    secret: str
    expires_at: datetime


class Redeemed(Record):
    """What a handoff opened: the customer's token, when it ends, and the browser's own mark."""

    token: str
    expires_at: datetime
    browser: str


class Tokens:
    """Issues tokens and redeems handoffs."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def customer(self, checkout: str, account: str) -> str:
        """A new token for a checkout of an account."""
        ends = self._services.clock.now() + TOKEN_LIFETIME
        return await self._issue(CUSTOMER, "customer", checkout, account, ends)

    async def handoff(self, checkout: Checkout, kind: HandoffKind = "handoff") -> IssuedHandoff:
        """A new handoff for a checkout."""
        ends = self._services.clock.now() + HANDOFF_LIFETIMES[kind]
        text = await self._issue(HANDOFF, kind, checkout.id, checkout.account, ends)
        return IssuedHandoff(secret=text, expires_at=ends)

    async def both(self, checkout: Checkout) -> tuple[str, IssuedHandoff]:
        """A token and a handoff at once."""
        token, handoff = await asyncio.gather(
            self.customer(checkout.id, checkout.account), self.handoff(checkout)
        )
        return token, handoff

    async def find_handoff(self, text: str) -> StoredToken | None:
        """What is known of a handoff; None for anything that is none."""
        if not text.startswith(HANDOFF):
            return None
        stored = await self._services.store.token(hashed(text))
        return stored if stored is not None and stored.kind in HANDOFF_LIFETIMES else None

    async def redeem(self, stored: StoredToken, browser: str | None) -> Redeemed | None:
        """Open a browser; None where another one was faster, in whichever replica.

        The handoff must be open to this browser: see `standing_of`.
        """
        now = self._services.clock.now()
        mark = browser if stored.redeemed_at and browser else self._services.ids.secret()
        used = replace(stored, redeemed_at=stored.redeemed_at or now, browser=hashed(mark))
        try:
            await self._services.store.put_token(used, expected=stored)
        except Conflict:
            return None
        token = await self.customer(stored.checkout, stored.retailer)
        return Redeemed(token=token, expires_at=now + TOKEN_LIFETIME, browser=mark)

    async def _issue(
        self, prefix: str, kind: str, checkout: str, account: str, ends: datetime
    ) -> str:
        text = prefix + self._services.ids.secret()
        await self._services.store.put_token(
            StoredToken(
                token_hash=hashed(text),
                kind=kind,
                checkout=checkout,
                retailer=account,
                expires_at=ends,
            )
        )
        return text


def standing_of(stored: StoredToken, browser: str | None, now: datetime) -> Standing:
    """Whether a handoff opens this browser: once, and again within 60 s only the same one."""
    if stored.redeemed_at is None:
        return "open" if now < stored.expires_at else "expired"
    if browser is None or not same(stored.browser or "", hashed(browser)):
        return "used_elsewhere"
    again = now - stored.redeemed_at <= SAME_BROWSER and now < stored.expires_at
    return "open" if again else "used"


def issued_at(stored: StoredToken) -> datetime:
    """When a handoff was made."""
    return stored.expires_at - HANDOFF_LIFETIMES[stored.kind]
