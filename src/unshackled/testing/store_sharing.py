"""The part of the store contract that is about replicas: claims, the feed, cursors and leases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from unshackled.domain.records import replace
from unshackled.domain.states import RESOLVABLE
from unshackled.errors import Conflict
from unshackled.store.port import Store
from unshackled.store.stored_records import Feed
from unshackled.testing.made_up_checkouts import change_of, checkout_of, created, next_of
from unshackled.testing.samples import NOW
from unshackled.testing.store_appends import RECORD, append_all
from unshackled.testing.store_queries import TOKEN

SOON = NOW + timedelta(minutes=3)
LATER = SOON + timedelta(seconds=20)


async def claim(store: Store, owner: str = "a", limit: int = 10) -> list[str]:
    """What one replica gets at `SOON`, for 20 seconds."""
    return list(await store.claim(owner, now=SOON, until=LATER, limit=limit))


class Sharing:
    """What replicas that share a store are promised."""

    async def test_due_checkouts_are_claimed_oldest_first(self, store: Store) -> None:
        """Only what is due by now, in the order of its time, at most `limit`."""
        for minutes in (3, 1, 2, 0, 10):
            at = NOW + timedelta(minutes=minutes)
            await store.append(change_of(checkout_of(f"in_{minutes}", steps=1), wake_at=at))
        await store.append(change_of(checkout_of("never", steps=1)))
        before = NOW - timedelta(seconds=1)
        assert await store.claim("a", now=before, until=SOON, limit=10) == []
        assert await claim(store, limit=2) == ["in_0", "in_1"]
        assert await claim(store) == ["in_2", "in_3"]

    async def test_a_claim_follows_the_last_change(self, store: Store) -> None:
        """A later append moves or clears the time, and ends the claim."""
        checkout = checkout_of(steps=1)
        await store.append(change_of(checkout, wake_at=NOW))
        assert await claim(store) == ["chk_1"]
        await store.append(change_of(next_of(checkout), wake_at=NOW))
        assert await claim(store, "b") == ["chk_1"]
        await store.append(change_of(next_of(next_of(checkout))))
        assert await claim(store) == []

    async def test_a_checkout_is_postponed_at_its_version(self, store: Store) -> None:
        """Who found nothing to do moves its time and ends its claim; who is outdated does not."""
        await store.append(change_of(checkout_of(steps=1), wake_at=NOW))
        assert await claim(store, "a") == ["chk_1"]
        await store.postpone("chk_1", version=7, wake_at=None)
        assert await claim(store, "b") == []
        await store.postpone("chk_1", version=1, wake_at=SOON)
        assert await claim(store, "b") == ["chk_1"]
        await store.postpone("chk_1", version=1, wake_at=None)
        assert await claim(store, "b") == []

    async def test_nobody_gets_what_another_holds_until_it_expires(self, store: Store) -> None:
        """A replica that died loses what it held at the end of its claim."""
        await append_all(store, created(["one", "two"], wake_at=NOW))
        assert await claim(store, "a") == ["one", "two"]
        assert await claim(store, "b") == []
        after = LATER + timedelta(seconds=1)
        assert await store.claim("b", now=LATER, until=after, limit=10) == ["one", "two"]

    async def test_claims_at_once_share_nothing(self, store: Store) -> None:
        """Replicas that ask at the same moment divide the work."""
        names = [f"chk_{number:02}" for number in range(40)]
        await append_all(store, created(names, wake_at=NOW))
        shares = await asyncio.gather(*(claim(store, f"r{n}", limit=15) for n in range(4)))
        taken = [name for share in shares for name in share]
        taken += await claim(store, "last", limit=40)
        assert sorted(taken) == names

    async def test_released_claims_are_free_at_once(self, store: Store) -> None:
        """A replica that leaves in good order hands back its own claims only."""
        await append_all(store, created(["one", "two", "zero"], wake_at=NOW))
        assert await claim(store, "a", limit=2) == ["one", "two"]
        assert await claim(store, "b") == ["zero"]
        assert await store.release("a") == 2
        assert await store.release("a") == 0
        assert await claim(store, "c") == ["one", "two"]

    async def test_the_feed_has_every_event_in_order_per_checkout(self, store: Store) -> None:
        """Page by page it gives each event once; its cursor stands where it ended."""
        first, second = checkout_of("chk_a", steps=1), checkout_of("chk_b", steps=1)
        for change in (first, second, next_of(first), next_of(second)):
            await store.append(change_of(change))
        seen, place = [], None
        while (page := await store.feed(after=place, limit=3)).rows:
            seen += [row.id for row in page.rows]
            place = page.cursor
        assert page.cursor == place
        for name in ("chk_a", "chk_b"):
            own = [event for event in seen if event.startswith(name)]
            assert own == [f"{name}-{version}-{index}" for version in (1, 2) for index in (0, 1)]
        assert len(seen) == 8
        await store.append(change_of(next_of(next_of(first)), events=1))
        (row,) = (await store.feed(after=place, limit=3)).rows
        assert row.id == "chk_a-3-0"

    async def test_the_feed_of_an_empty_store_is_empty(self, store: Store) -> None:
        """It has no rows, and begins at the beginning next time."""
        page = await store.feed(after=None, limit=3)
        assert list(page.rows) == []

    async def test_the_feed_skips_nothing_while_others_write(self, store: Store) -> None:
        """Whoever follows it during many appends at once sees every event exactly once."""
        changes = created([f"chk_{number:02}" for number in range(40)])
        writing = asyncio.gather(*(store.append(change) for change in changes))
        seen, place, page = [], None, Feed(rows=(), cursor=None)
        while not writing.done() or page.rows:
            page = await store.feed(after=place, limit=7)
            seen += [row.id for row in page.rows]
            place = page.cursor
            await asyncio.sleep(0)
        await writing
        for _ in range(20):
            page = await store.feed(after=place, limit=100)
            seen += [row.id for row in page.rows]
            place = page.cursor
        assert sorted(seen) == sorted(event.id for change in changes for event in change.events)

    async def test_a_cursor_moves_only_from_where_it_is(self, store: Store) -> None:
        """Two followers of one name cannot overwrite each other."""
        assert await store.cursor("relay") is None
        await store.move_cursor("relay", expected=None, to="5")
        await store.move_cursor("relay", expected="5", to="9")
        for expected in (None, "5"):
            with pytest.raises(Conflict):
                await store.move_cursor("relay", expected=expected, to="7")
        assert await store.cursor("relay") == "9"

    async def test_a_lease_has_one_owner(self, store: Store) -> None:
        """It is kept by renewing, taken by the next when it ran out, free when handed back."""
        assert await store.lease("relay", "a", now=NOW, until=SOON)
        assert await store.lease("relay", "a", now=NOW, until=SOON)
        assert not await store.lease("relay", "b", now=NOW, until=SOON)
        assert await store.lease("other", "b", now=NOW, until=SOON)
        assert await store.lease("relay", "b", now=SOON, until=LATER)
        assert not await store.lease("relay", "a", now=SOON, until=LATER)
        await store.end_lease("relay", "a")
        assert not await store.lease("relay", "a", now=SOON, until=LATER)
        await store.end_lease("relay", "b")
        assert await store.lease("relay", "a", now=SOON, until=LATER)

    async def test_prune_takes_old_events_of_ended_checkouts(self, store: Store) -> None:
        """Open checkouts keep their history, and new events stay."""
        await store.append(change_of(checkout_of("ended", steps=1), status="completed"))
        await store.append(change_of(checkout_of("open", steps=1)))
        new = checkout_of("new", steps=1, updated_at=SOON)
        await store.append(change_of(new, status="canceled"))
        assert (await store.prune(before=SOON, now=NOW, limit=1)).events == 1
        assert (await store.prune(before=SOON, now=NOW, limit=9)).events == 1
        assert (await store.prune(before=SOON, now=NOW, limit=9)).events == 0
        assert await store.events("ended", after=None, limit=9) == []
        assert len(await store.events("open", after=None, limit=9)) == 2
        assert len((await store.feed(after=None, limit=9)).rows) == 4

    async def test_prune_never_overtakes_a_cursor(self, store: Store) -> None:
        """What a follower has not passed yet stays, however old."""
        for name in ("one", "two"):
            await store.append(change_of(checkout_of(name, steps=1), status="completed"))
        first = (await store.feed(after=None, limit=1)).cursor
        assert first is not None
        await store.move_cursor("relay", expected=None, to=first)
        assert (await store.prune(before=SOON, now=NOW, limit=9)).events == 1
        left = (await store.feed(after=first, limit=9)).rows
        assert [row.id for row in left] == ["one-1-1", "two-1-0", "two-1-1"]

    async def test_prune_takes_old_keys_and_expired_tokens(self, store: Store) -> None:
        """An idempotency record and a token live as long as they promise, and no longer."""
        old = replace(RECORD, created_at=NOW)
        await store.append(change_of(checkout_of(), idempotency=old))
        await store.put_token(TOKEN)
        await store.put_token(replace(TOKEN, token_hash="another"))
        pruned = await store.prune(before=NOW, now=NOW, limit=9)
        assert (pruned.idempotency, pruned.tokens) == (0, 0)
        pruned = await store.prune(before=SOON, now=TOKEN.expires_at, limit=9)
        assert (pruned.idempotency, pruned.tokens) == (1, 2)
        assert await store.idempotency(RECORD.scope, RECORD.key) is None

    async def test_a_list_by_attention(self, store: Store) -> None:
        """Operators find the checkouts with a step in a state, and those alone."""
        both = frozenset(map(str, RESOLVABLE))
        await store.append(change_of(checkout_of("both", steps=1), attention=both))
        review = frozenset({"in_review"})
        await store.append(change_of(checkout_of("one", steps=1), attention=review))
        await store.append(change_of(checkout_of("none", steps=1)))

        async def found(attention: str) -> set[str]:
            page = await store.checkouts(
                "northstar", status=None, after=None, limit=9, attention=attention
            )
            return {row.checkout.id for row in page.rows}

        assert await found("in_review") == {"both", "one"}
        assert await found("in_doubt") == {"both"}
        assert await found("undo_failed") == set()
        await store.append(change_of(next_of(checkout_of("one", steps=1))))
        assert await found("in_review") == {"both"}

    async def test_a_token_is_replaced_only_as_expected(self, store: Store) -> None:
        """A handoff is redeemed by one of two who come at once, in whichever replica."""
        await store.put_token(TOKEN)
        used = [replace(TOKEN, redeemed_at=NOW, browser=name) for name in ("a", "b")]
        ends = await asyncio.gather(
            *(store.put_token(one, expected=TOKEN) for one in used), return_exceptions=True
        )
        assert [type(end) for end in ends if end] == [Conflict]
        assert await store.token(TOKEN.token_hash) in used
