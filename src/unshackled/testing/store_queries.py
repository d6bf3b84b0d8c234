"""The part of the store contract that is about asking."""

from __future__ import annotations

from datetime import timedelta

import pytest

from unshackled.domain.records import replace
from unshackled.errors import Conflict
from unshackled.store.lookups import Index, Portion
from unshackled.store.port import Store
from unshackled.store.stored_records import Filter, StoredFlow, StoredKey, StoredToken
from unshackled.testing.made_up_checkouts import change_of, checkout_of, created, event_of, next_of
from unshackled.testing.samples import NOW
from unshackled.testing.store_appends import append_all

KEY = StoredKey(
    id="key_1",
    retailer="northstar",
    kind="secret",
    secret_hash="sha256:" + "3" * 64,
    scopes=("checkouts:read", "checkouts:write"),
    created_at=NOW,
)
TOKEN = StoredToken(
    token_hash="sha256:" + "4" * 64,
    kind="handoff",
    checkout="chk_1",
    retailer="northstar",
    expires_at=NOW + timedelta(hours=1),
)
FLOW = StoredFlow(
    digest="sha256:" + "5" * 64,
    retailer="northstar",
    name="handset-on-credit",
    resolved={"steps": {"contact": {"collect": "contact", "when": None}}},
    stored_at=NOW,
)


class Queries:
    """What the queries promise."""

    async def test_a_list_is_newest_first_and_whole(self, store: Store) -> None:
        """Pages follow each other without a gap; the last one has no cursor."""
        names = [f"chk_{number}" for number in range(7)]
        await append_all(store, created(names))
        assert await _pages(store, 3) == [names[:3:-1], names[3:0:-1], names[:1]]
        assert await _pages(store, 7) == [names[::-1]]
        assert await _pages(store, 100) == [names[::-1]]

    async def test_a_cursor_stays_when_rows_arrive(self, store: Store) -> None:
        """A checkout created between two pages neither repeats nor hides a row."""
        await append_all(store, created(["old_1", "old_2", "old_3", "old_4"]))
        first = await store.checkouts("northstar", status=None, after=None, limit=2)
        newest = checkout_of("new", steps=1, created_at=NOW + timedelta(hours=1))
        await store.append(change_of(newest))
        second = await store.checkouts("northstar", status=None, after=first.next, limit=2)
        assert [row.checkout.id for row in second.rows] == ["old_2", "old_1"]

    async def test_live_and_test_are_listed_apart(self, store: Store) -> None:
        """Checkouts, attention, events and keys of an account; a snapshot keeps its mode."""
        test = checkout_of("chk_test", steps=1, livemode=False)
        await append_all(store, [change_of(checkout_of("chk_live", steps=1)), change_of(test)])
        for account, name in (("northstar", "chk_live"), ("northstar:test", "chk_test")):
            page = await store.checkouts(account, status=None, after=None, limit=9)
            assert [row.checkout.id for row in page.rows] == [name]
            await store.put_key(replace(KEY, id=f"key_{name}", retailer=account))
            assert [key.id for key in await store.keys(account)] == [f"key_{name}"]
        assert await store.load("chk_test") == test

    async def test_a_list_orders_equal_times(self, store: Store) -> None:
        """Checkouts of the same instant still have one order across pages."""
        same = [change_of(checkout_of(f"chk_{number}", steps=1)) for number in range(5)]
        await append_all(store, same)
        assert await _pages(store, 2) == [["chk_4", "chk_3"], ["chk_2", "chk_1"], ["chk_0"]]

    async def test_a_list_filters_by_retailer_and_status(self, store: Store) -> None:
        """A retailer sees its own checkouts only, and of these what it asked for."""
        await append_all(store, created(["a", "b"]))
        await append_all(store, created(["c"], status="completed"))
        foreign = checkout_of("d", steps=1, retailer="otherco")
        await store.append(change_of(foreign, status="completed"))
        done = await store.checkouts("northstar", status="completed", after=None, limit=9)
        assert [(row.checkout.id, row.status) for row in done.rows] == [("c", "completed")]
        assert await _pages(store, 9) == [["b", "c", "a"]]
        assert (await store.checkouts("nobody", status=None, after=None, limit=9)).rows == ()

    async def test_a_list_is_narrowed_to_a_customer_or_an_order(self, store: Store) -> None:
        """By what an append said it can be found by, of this account alone, page after page."""
        for number in range(4):
            one = checkout_of(f"chk_{number}", steps=1, created_at=NOW + timedelta(hours=number))
            mine = (
                {"customer_ref": ("c-1",)}
                if number
                else {"customer_ref": ("c-2",), "order": ("c-1",)}
            )
            await store.append(change_of(one, lookups=mine))
        foreign = checkout_of("other", steps=1, retailer="otherco")
        await store.append(change_of(foreign, lookups={"customer_ref": ("c-1",)}))
        assert await found_with(store, Filter(customer_ref="c-1")) == ["chk_3", "chk_2", "chk_1"]
        assert await found_with(store, Filter(order="c-1")) == ["chk_0"]
        assert await found_with(store, Filter(order="c-1", customer_ref="c-1")) == []
        assert await found_with(store, Filter(customer_ref="c-\0")) == []
        assert await found_with(store, Filter(customer_ref="c-1"), "otherco") == ["other"]
        later = next_of(checkout_of("chk_1", steps=1, created_at=NOW + timedelta(hours=1)))
        for _ in range(2):
            await store.append(
                change_of(later, lookups={"order": ("W-9",), "customer_ref": ("c-1",)})
            )
            later = next_of(later)
        assert await found_with(store, Filter(order="W-9")) == ["chk_1"]

    async def test_a_refused_append_can_be_found_by_nothing(self, store: Store) -> None:
        """The index is written with the snapshot or not at all."""
        await store.append(change_of(checkout_of("chk_1", steps=1)))
        with pytest.raises(Conflict):
            await store.append(
                change_of(checkout_of("chk_1", steps=1), lookups={"order": ("W-1",)})
            )
        assert await found_with(store, Filter(order="W-1")) == []

    async def test_what_was_written_before_the_index_is_found_once_it_is_filled(
        self, store: Store
    ) -> None:
        """Portion by portion, each checkout once; the same again, or later ones, change nothing."""
        assert isinstance(store, Index)
        await append_all(store, created([f"chk_{number}" for number in range(5)]))
        await store.append(change_of(checkout_of("own", steps=1), lookups={"order": ("W-9",)}))
        assert await found_with(store, Filter(customer_ref="c-1")) == []
        looked_at = []
        while (portion := await store.unindexed(limit=2)).last is not None:
            found = {
                one.id: {"customer_ref": ("c-1",)} for one in portion.rows if one.id != "chk_3"
            }
            for _ in range(2):
                await store.index(portion, found)
            looked_at += [one.id for one in portion.rows]
        await store.index(portion, {})
        assert looked_at == [*(f"chk_{number}" for number in range(5)), "own"]
        await store.append(change_of(checkout_of("late", steps=1)))
        assert await store.unindexed(limit=2) == Portion()
        known = await found_with(store, Filter(customer_ref="c-1"))
        assert sorted(known) == ["chk_0", "chk_1", "chk_2", "chk_4", "own"]

    async def test_filling_the_index_never_writes_what_is_not_so_any_more(
        self, store: Store
    ) -> None:
        """A checkout moved on, or was erased, since its portion was read: it is read again."""
        assert isinstance(store, Index)
        checkout = checkout_of(steps=1)
        await store.append(change_of(checkout))
        portion = await store.unindexed(limit=2)
        await store.append(change_of(next_of(checkout), lookups={"order": ("W-9",)}))
        await store.index(portion, {"chk_1": {"customer_ref": ("c-1",)}})
        assert await found_with(store, Filter(customer_ref="c-1")) == []
        again = await store.unindexed(limit=2)
        assert [one.version for one in again.rows] == [2]
        await store.index(again, {"chk_1": {"customer_ref": ("c-1",), "order": ("W-9",)}})
        for only in (Filter(order="W-9"), Filter(customer_ref="c-1")):
            assert await found_with(store, only) == ["chk_1"]
        assert await store.unindexed(limit=2) == Portion()

    async def test_an_append_says_all_that_a_checkout_is_found_by(self, store: Store) -> None:
        """What is not said any more finds it no more; None leaves it as it was."""
        checkout = checkout_of(steps=1)
        one = {"email": ("ada@example.com",), "imei": ("1", "2")}
        await store.append(change_of(checkout, lookups=one))
        await store.append(change_of(next_of(checkout), lookups=None))
        for only in (Filter(email="ada@example.com"), Filter(imei="1"), Filter(imei="2")):
            assert await found_with(store, only) == ["chk_1"]
        third = next_of(next_of(checkout))
        await store.append(change_of(third, lookups={"imei": ("2",), "phone": ("+44",)}))
        assert await found_with(store, Filter(email="ada@example.com")) == []
        assert await found_with(store, Filter(imei="1")) == []
        assert await found_with(store, Filter(imei="2", phone="+44")) == ["chk_1"]

    async def test_a_list_is_narrowed_by_flow_and_time(self, store: Store) -> None:
        """The first moment is included, the last is not; every filter narrows what another left."""
        hour = timedelta(hours=1)
        for number, flow in enumerate(("sim-only", "upgrade", "sim-only", "sim-only")):
            one = checkout_of(f"chk_{number}", steps=1, flow=flow, created_at=NOW + number * hour)
            await store.append(change_of(one, lookups={"customer_ref": ("c-1",)}))
        assert await found_with(store, Filter(flow="sim-only")) == ["chk_3", "chk_2", "chk_0"]
        assert await found_with(store, Filter(flow="nothing")) == []
        span = Filter(created_from=NOW + hour, created_to=NOW + 3 * hour)
        assert await found_with(store, span) == ["chk_2", "chk_1"]
        both = replace(span, flow="sim-only", customer_ref="c-1")
        assert await found_with(store, both) == ["chk_2"]

    @pytest.mark.parametrize("cursor", ["", "x", "é", "!!!!", "Y2hrXzE", "MSAyIDM"])
    async def test_refuses_a_made_up_cursor(self, store: Store, cursor: str) -> None:
        """A cursor that no list gave is the caller's mistake, and named."""
        with pytest.raises(ValueError, match="after"):
            await store.checkouts("northstar", status=None, after=cursor, limit=1)

    async def test_events_come_in_order(self, store: Store) -> None:
        """By version, then by index, from after the given one; another checkout's never."""
        checkout = checkout_of(steps=1)
        await store.append(change_of(checkout, events=11))
        await store.append(change_of(next_of(checkout), events=2))
        await store.append(change_of(checkout_of("chk_2", steps=1)))
        rows = await store.events("chk_1", after=None, limit=100)
        assert [(row.version, row.index) for row in rows] == [
            *((1, index) for index in range(11)),
            (2, 0),
            (2, 1),
        ]
        assert rows[0] == event_of(checkout, 0)
        after = await store.events("chk_1", after=(1, 9), limit=2)
        assert [row.id for row in after] == ["chk_1-1-10", "chk_1-2-0"]
        assert await store.events("chk_1", after=(2, 1), limit=2) == []

    async def test_keys_are_replaced(self, store: Store) -> None:
        """An API key is found by its id, as it was put last."""
        assert await store.key("key_1") is None
        await store.put_key(KEY)
        assert await store.key("key_1") == KEY
        revoked = replace(KEY, revoked_at=NOW, origins=("https://shop.northstar.example",))
        await store.put_key(revoked)
        assert await store.key("key_1") == revoked

    async def test_keys_are_listed_by_retailer(self, store: Store) -> None:
        """The keys of one retailer, the oldest first, revoked ones too."""
        later = replace(KEY, id="key_0", created_at=NOW + timedelta(hours=1), revoked_at=NOW)
        for key in (later, KEY, replace(KEY, id="key_2", retailer="orbit")):
            await store.put_key(key)
        assert await store.keys("northstar") == [KEY, later]
        assert await store.keys("nobody") == []

    async def test_tokens_are_replaced(self, store: Store) -> None:
        """A token is found by its hash, as it was put last."""
        assert await store.token(TOKEN.token_hash) is None
        await store.put_token(TOKEN)
        assert await store.token(TOKEN.token_hash) == TOKEN
        redeemed = replace(TOKEN, redeemed_at=NOW, browser="b-1")
        await store.put_token(redeemed)
        assert await store.token(TOKEN.token_hash) == redeemed

    async def test_a_flow_is_kept_as_first_put(self, store: Store) -> None:
        """A digest says what a flow is: putting it again changes nothing."""
        assert await store.flow(FLOW.digest) is None
        await store.put_flow(FLOW)
        await store.put_flow(replace(FLOW, stored_at=NOW + timedelta(days=1)))
        assert await store.flow(FLOW.digest) == FLOW

    async def test_open_digests_are_those_still_needed(self, store: Store) -> None:
        """A digest counts until its checkout is over and nothing moves in it any more."""
        for name, status, settled in (
            ("waiting", "incomplete", True),
            ("moving", "incomplete", False),
            ("unwinding", "canceled", False),
            ("finishing", "completed", False),
            ("canceled", "canceled", True),
            ("completed", "completed", True),
        ):
            checkout = checkout_of(name, steps=1, digest=name)
            await store.append(change_of(checkout, status=status, settled=settled))
        assert set(await store.open_digests()) == {"waiting", "moving", "unwinding", "finishing"}
        over = next_of(checkout_of("moving", steps=1, digest="moving"))
        await store.append(change_of(over, status="canceled", settled=True))
        assert set(await store.open_digests()) == {"waiting", "unwinding", "finishing"}


async def found_with(store: Store, only: Filter, account: str = "northstar") -> list[str]:
    """Every checkout of a narrowed list, read one by one."""
    found, after = list[str](), None
    while True:
        page = await store.checkouts(account, status=None, after=after, limit=1, only=only)
        found += [row.checkout.id for row in page.rows]
        after = page.next
        if after is None:
            return found


async def _pages(store: Store, limit: int) -> list[list[str]]:
    """Every page of the retailer's list, by id."""
    pages, after = [], None
    while True:
        page = await store.checkouts("northstar", status=None, after=after, limit=limit)
        pages.append([row.checkout.id for row in page.rows])
        after = page.next
        if after is None:
            return pages
