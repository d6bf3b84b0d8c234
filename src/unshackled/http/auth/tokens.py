"""A customer's token for one checkout, and the handoff that brings a browser to it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.records import Record, replace
from unshackled.errors import Conflict
from unshackled.http.auth.credentials import CUSTOMER, HANDOFF, hashed, same
from unshackled.http.problems import Problem, not_found
from unshackled.http.services import Services
from unshackled.store.stored_records import StoredToken

# A token lives as long as its checkout is of any use to the customer.
TOKEN_LIFETIME: Final = timedelta(days=30)
HANDOFF_LIFETIME: Final = timedelta(hours=24)
SAME_BROWSER: Final = timedelta(seconds=60)


class Redeemed(Record):
    """What a handoff opened: the checkout, the customer's token, and the browser's own mark."""

    checkout: str
    token: str
    browser: str


class Tokens:
    """Issues tokens and redeems handoffs."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def customer(self, checkout: str, account: str) -> str:
        """A new token for a checkout of an account."""
        return await self._issue(CUSTOMER, "customer", checkout, account, TOKEN_LIFETIME)

    async def handoff(self, checkout: Checkout) -> str:
        """A new handoff for a checkout."""
        return await self._issue(
            HANDOFF, "handoff", checkout.id, checkout.account, HANDOFF_LIFETIME
        )

    async def both(self, checkout: Checkout) -> tuple[str, str]:
        """A token and a handoff at once."""
        token, handoff = await asyncio.gather(
            self.customer(checkout.id, checkout.account), self.handoff(checkout)
        )
        return token, handoff

    async def redeem(self, text: str, browser: str | None) -> Redeemed:
        """Open a browser once, in whichever replica; again within 60 s only the same one."""
        stored = await self._services.store.token(hashed(text))
        if stored is None or stored.kind != "handoff":
            raise not_found()
        self._require_open(stored, browser)
        mark = browser if stored.redeemed_at and browser else self._services.ids.secret()
        redeemed_at = stored.redeemed_at or self._services.clock.now()
        used = replace(stored, redeemed_at=redeemed_at, browser=hashed(mark))
        try:
            await self._services.store.put_token(used, expected=stored)
        except Conflict:
            raise Problem("handoff_ended", "The handoff was used.") from None
        token = await self.customer(stored.checkout, stored.retailer)
        return Redeemed(checkout=stored.checkout, token=token, browser=mark)

    def _require_open(self, stored: StoredToken, browser: str | None) -> None:
        now = self._services.clock.now()
        if stored.expires_at <= now:
            raise Problem("handoff_ended", "The handoff has ended.")
        if stored.redeemed_at is None:
            return
        again = browser is not None and same(stored.browser or "", hashed(browser))
        if not again or now - stored.redeemed_at > SAME_BROWSER:
            raise Problem("handoff_ended", "The handoff was used.")

    async def _issue(
        self, prefix: str, kind: str, checkout: str, account: str, lifetime: timedelta
    ) -> str:
        text = prefix + self._services.ids.secret()
        await self._services.store.put_token(
            StoredToken(
                token_hash=hashed(text),
                kind=kind,
                checkout=checkout,
                retailer=account,
                expires_at=self._services.clock.now() + lifetime,
            )
        )
        return text
