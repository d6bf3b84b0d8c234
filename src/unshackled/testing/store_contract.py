"""The promises every store keeps, as a suite that runs against a real one.

    class TestAcmeStore(StoreContract):
        @pytest.fixture
        def opener(self): ...  # a function that makes a Store over the same empty data each time

Needs pytest with asyncio mode `auto`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from unshackled.errors import StoreUnavailable
from unshackled.store.port import Store
from unshackled.testing.made_up_checkouts import change_of, checkout_of, created, next_of
from unshackled.testing.samples import NOW
from unshackled.testing.store_appends import RECORD, Appends, Opener
from unshackled.testing.store_claims import DeviceClaims
from unshackled.testing.store_erasures import Erasures
from unshackled.testing.store_queries import FLOW, KEY, TOKEN, Queries
from unshackled.testing.store_sealing import Sealing
from unshackled.testing.store_sharing import Sharing
from unshackled.testing.table_suites import SideTablePromises


class Lifetime:
    """What opening and closing promise."""

    async def test_everything_is_there_after_reopening(self, store: Store, opener: Opener) -> None:
        """Closing finishes what is under way; a store over the same data has it all."""
        checkout = checkout_of()
        change = change_of(checkout, references=["REF"], idempotency=RECORD, wake_at=NOW)
        waiting = asyncio.gather(store.append(change), store.put_key(KEY), store.put_token(TOKEN))
        await asyncio.sleep(0)
        await store.close()
        await waiting
        again = opener()
        await again.open()
        assert await again.load("chk_1") == checkout
        assert await again.by_reference("REF") == "chk_1"
        assert await again.idempotency(RECORD.scope, RECORD.key) == RECORD
        assert await again.claim("a", now=NOW, until=NOW, limit=1) == ["chk_1"]
        assert await again.key("key_1") == KEY
        assert await again.token(TOKEN.token_hash) == TOKEN
        await again.append(change_of(next_of(checkout)))
        await again.close()

    async def test_a_closed_store_is_unavailable(self, store: Store) -> None:
        """Every method says so, and closing twice is harmless."""
        await store.ping()
        await store.close()
        await store.close()
        for asked in (
            store.ping(),
            store.append(change_of(checkout_of())),
            store.load("chk_1"),
            store.by_reference("REF"),
            store.claim("a", now=NOW, until=NOW, limit=1),
            store.release("a"),
            store.postpone("chk_1", version=1, wake_at=None),
            store.erasable(now=NOW, limit=1),
            store.retain("chk_1", version=1, until=None),
            store.feed(after=None, limit=1),
            store.cursor("relay"),
            store.move_cursor("relay", expected=None, to="1"),
            store.lease("relay", "a", now=NOW, until=NOW),
            store.end_lease("relay", "a"),
            store.prune(before=NOW, now=NOW, limit=1),
            store.checkouts("northstar", status=None, after=None, limit=1),
            store.events("chk_1", after=None, limit=1),
            store.idempotency("scope", "key"),
            store.put_key(KEY),
            store.key("key_1"),
            store.put_token(TOKEN),
            store.token("hash"),
            store.put_flow(FLOW),
            store.flow("digest"),
            store.open_digests(),
        ):
            with pytest.raises(StoreUnavailable):
                await asked

    async def test_a_caller_who_left_disturbs_nobody(self, store: Store) -> None:
        """An append whose caller was cancelled does not keep the others from theirs."""
        tasks = [asyncio.create_task(store.append(change)) for change in created(["a", "b", "c"])]
        await asyncio.sleep(0)
        tasks[1].cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert (ends[0], ends[2]) == (None, None)
        assert await store.load("c") is not None


class StoreContract(
    Appends, Sealing, Queries, Erasures, DeviceClaims, Sharing, Lifetime, SideTablePromises
):
    """Subclass it, give it an `opener`, and every promise is checked."""

    @pytest_asyncio.fixture
    async def store(self, opener: Opener) -> AsyncIterator[Store]:
        """An open, empty store."""
        made = opener()
        await made.open()
        yield made
        await made.close()


__all__ = ["Lifetime", "Opener", "StoreContract"]
