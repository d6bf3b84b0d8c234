"""The part of the store contract that is about erasing personal data."""

from __future__ import annotations

from datetime import timedelta

import pytest

from unshackled.domain.erasure import Erasure
from unshackled.domain.records import replace
from unshackled.errors import Conflict
from unshackled.store.port import Store
from unshackled.store.side_tables.operator_requests import ApprovalRequest
from unshackled.store.stored_records import Filter
from unshackled.testing.made_up_checkouts import change_of, checkout_of, next_of
from unshackled.testing.samples import NOW
from unshackled.testing.store_queries import found_with

REQUEST = ApprovalRequest(
    id="req_1",
    at=NOW,
    expires_at=NOW + timedelta(hours=24),
    operator="alice",
    action="resolve",
    retailer="northstar",
    subject="chk_1",
    step="sim",
    reason="it is there",
    evidence="",
    seen="",
)


class Erasures:
    """What erasing promises."""

    async def test_what_is_erased_is_found_by_nothing(self, store: Store) -> None:
        """Its terms and what operators asked for about it go with the same append."""
        checkout = checkout_of(steps=1)
        await store.append(change_of(checkout, lookups={"email": ("ada@example.com",)}))
        requests = store.tables.requests
        asked = replace(REQUEST, body={"output": {"msisdn": "+447700900123"}})
        await requests.put(asked)
        await requests.put(replace(asked, id="req_2", subject="chk_2"))
        erasure = Erasure(at=NOW, by="retailer", reason="requested")
        gone = next_of(checkout, erasure=erasure).scrubbed()
        lost = replace(gone, version=9)
        with pytest.raises(Conflict):
            await store.append(change_of(lost, lookups={}))
        assert (await requests.get("req_1") or asked).body == asked.body
        await store.append(change_of(gone, lookups={}))
        assert await store.load("chk_1") == gone
        assert await found_with(store, Filter(email="ada@example.com")) == []
        found = [await requests.get(name) for name in ("req_1", "req_2")]
        assert [(one.state, dict(one.body)) for one in found if one] == [
            ("expired", {}),
            ("waiting", dict(asked.body)),
        ]

    async def test_what_may_be_erased_comes_the_longest_waiting_first(self, store: Store) -> None:
        """By the time that an append said; one that is moved comes then, at its version alone."""
        hour = timedelta(hours=1)
        for number, at in enumerate((NOW, NOW - hour, None, NOW + hour)):
            one = checkout_of(f"chk_{number}", steps=1)
            await store.append(change_of(one, erase_at=at))
        assert await store.erasable(now=NOW, limit=9) == ["chk_1", "chk_0"]
        assert await store.erasable(now=NOW, limit=1) == ["chk_1"]
        await store.retain("chk_1", version=7, until=None)
        assert await store.erasable(now=NOW, limit=9) == ["chk_1", "chk_0"]
        await store.retain("chk_1", version=1, until=NOW + 2 * hour)
        await store.retain("chk_0", version=None, until=None)
        assert await store.erasable(now=NOW, limit=9) == []
        assert await store.erasable(now=NOW + 2 * hour, limit=9) == ["chk_3", "chk_1"]
        moved = next_of(checkout_of("chk_3", steps=1))
        await store.append(change_of(moved, erase_at=None))
        assert await store.erasable(now=NOW + 2 * hour, limit=9) == ["chk_1"]
