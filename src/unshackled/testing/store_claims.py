"""The part of the store contract that is about devices which only one checkout may hold."""

from __future__ import annotations

from typing import Any, Final

import pytest

from unshackled.domain.erasure import Erasure
from unshackled.errors import ClaimTaken, Conflict
from unshackled.store.port import Store
from unshackled.testing.made_up_checkouts import change_of, checkout_of, next_of
from unshackled.testing.samples import NOW

ONE: Final = "imei 490154203237518"
OTHER: Final = "imei 356938035643809"


class DeviceClaims:
    """What claims promise."""

    async def test_only_one_checkout_of_an_account_holds_a_device(self, store: Store) -> None:
        """The second is told which, writes nothing, no message names it; the first may again."""
        first, second = checkout_of(steps=1), checkout_of("chk_2", steps=1)
        await store.append(change_of(first))
        await store.append(change_of(second))
        held = next_of(first)
        await store.append(change_of(held, claims=(ONE,)))
        lost = change_of(next_of(second), claims=(OTHER, ONE), references=["REF"])
        with pytest.raises(ClaimTaken) as refused:
            await store.append(lost)
        assert refused.value.claims == (ONE,)
        assert "4901" not in str(refused.value)
        assert await store.load("chk_2") == second
        assert await store.by_reference("REF") is None
        await store.append(change_of(next_of(held), claims=(ONE, OTHER)))
        with pytest.raises(ClaimTaken):
            await store.append(change_of(next_of(second), claims=(OTHER,)))

    async def test_what_a_change_leaves_out_is_free_again(self, store: Store) -> None:
        """One that says nothing of claims leaves them; one that has none lets all go."""
        first = checkout_of(steps=1)
        await store.append(change_of(first, claims=(ONE, OTHER)))
        second = next_of(first)
        await store.append(change_of(second))
        third = next_of(second)
        with pytest.raises(ClaimTaken):
            await store.append(change_of(checkout_of("chk_2", steps=1), claims=(OTHER,)))
        await store.append(change_of(third, claims=(ONE,)))
        await store.append(change_of(checkout_of("chk_2", steps=1), claims=(OTHER,)))
        await store.append(change_of(next_of(third), claims=()))
        await store.append(change_of(checkout_of("chk_3", steps=1), claims=(ONE,)))

    async def test_accounts_hold_apart(self, store: Store) -> None:
        """Two retailers, and a retailer's test mode, know nothing of each other's devices."""
        apart: tuple[dict[str, Any], ...] = ({}, {"retailer": "orbit"}, {"livemode": False})
        for number, changes in enumerate(apart):
            one = checkout_of(f"chk_{number}", steps=1, **changes)
            await store.append(change_of(one, claims=(ONE,)))

    async def test_an_erased_checkout_holds_nothing(self, store: Store) -> None:
        """What is erased leaves no trace of its device either."""
        first = checkout_of(steps=1)
        await store.append(change_of(first, claims=(ONE,)))
        erasure = Erasure(at=NOW, by="retailer", reason="requested")
        await store.append(change_of(next_of(first, erasure=erasure).scrubbed(), lookups={}))
        await store.append(change_of(checkout_of("chk_2", steps=1), claims=(ONE,)))

    async def test_an_outdated_change_lets_nothing_go(self, store: Store) -> None:
        """The compare-and-swap comes first: who lost it changes no claim."""
        first = checkout_of(steps=1)
        await store.append(change_of(first, claims=(ONE,)))
        await store.append(change_of(next_of(first)))
        with pytest.raises(Conflict):
            await store.append(change_of(next_of(first), claims=()))
        with pytest.raises(ClaimTaken):
            await store.append(change_of(checkout_of("chk_2", steps=1), claims=(ONE,)))
