"""The part of the store contract that is about appending."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

import pytest

from unshackled.domain.checkout import Checkout
from unshackled.domain.personal import fields_of
from unshackled.domain.records import replace
from unshackled.domain.runs import StepsPrivate
from unshackled.errors import Conflict, Unreadable
from unshackled.store.port import Store
from unshackled.store.stored_records import Change, IdempotencyRecord
from unshackled.testing.made_up_checkouts import (
    change_of,
    checkout_of,
    created,
    event_of,
    next_of,
    run_of,
)
from unshackled.testing.samples import NOW

Opener: TypeAlias = Callable[[], Store]
WRITERS = 100
RECORD = IdempotencyRecord(
    scope="northstar:key_1",
    key="order-1",
    body_digest="sha256:" + "2" * 64,
    resource="chk_1",
    status=201,
    created_at=NOW,
)


async def append_all(store: Store, changes: Sequence[Change]) -> list[BaseException | None]:
    """Append changes at once; each with its error."""
    return await asyncio.gather(
        *(store.append(change) for change in changes), return_exceptions=True
    )


class CheckoutOfTomorrow(Checkout):
    """A snapshot as a version to come writes it: it has a field that is not known here."""

    mood: str


class Appends:
    """What an append promises."""

    async def test_what_a_newer_version_wrote_is_not_read_without_what_it_added(
        self, store: Store, opener: Opener
    ) -> None:
        """A store that encodes refuses it, one that keeps values has it whole: nothing is lost."""
        known = checkout_of()
        fields = {name: getattr(known, name) for name in fields_of(Checkout)}
        newer = CheckoutOfTomorrow(mood="glad", **fields)
        await store.append(change_of(newer))
        other = opener()
        await other.open()
        try:
            assert await other.load("chk_1") == newer
        except Unreadable:
            with pytest.raises(Conflict):
                await other.append(change_of(known))
            with pytest.raises(Unreadable):
                await store.load("chk_1")
        finally:
            await other.close()

    async def test_loads_what_was_appended(self, store: Store) -> None:
        """A checkout comes back equal, personal part included."""
        await store.append(change_of(checkout_of()))
        assert await store.load("chk_1") == checkout_of()

    async def test_an_unknown_checkout_is_none(self, store: Store) -> None:
        """What was never appended does not exist."""
        assert await store.load("chk_1") is None

    async def test_one_of_many_writers_wins_each_version(self, store: Store) -> None:
        """Of a hundred writers at once exactly one replaces each version, the others conflict."""
        checkout = checkout_of(steps=2)
        await store.append(change_of(checkout))
        for _ in range(5):
            rivals = [next_of(checkout, bucket=number) for number in range(WRITERS)]
            errors = await append_all(store, [change_of(rival) for rival in rivals])
            winners = [rival for rival, error in zip(rivals, errors, strict=True) if error is None]
            assert [type(error) for error in errors if error] == [Conflict] * (WRITERS - 1)
            assert [await store.load("chk_1")] == winners
            checkout = winners[0]
        assert len(await store.events("chk_1", after=None, limit=100)) == 12

    async def test_no_update_is_lost(self, store: Store) -> None:
        """Writers who reload after a conflict all get their turn."""
        await store.append(change_of(checkout_of(steps=1, bucket=0)))

        async def add_one() -> None:
            while True:
                known = await store.load("chk_1")
                assert known is not None
                try:
                    return await store.append(change_of(next_of(known, bucket=known.bucket + 1)))
                except Conflict:
                    continue

        await asyncio.gather(*(add_one() for _ in range(20)))
        last = await store.load("chk_1")
        assert last is not None
        assert (last.version, last.bucket) == (21, 20)

    async def test_keeps_cases_with_what_is_personal_of_them(self, store: Store) -> None:
        """A checkout with a case is read as it was written, and so is the one that follows it."""
        await store.append(change_of(checkout_of()))
        told = StepsPrivate(inputs={"account": {"name": "Featherstone"}})
        private = replace(checkout_of().private, runs={"refund-1": told})
        opened = checkout_of(version=2, runs={"refund-1": run_of()}, private=private)
        await store.append(change_of(opened))
        assert await store.load("chk_1") == opened
        ended = replace(opened, version=3, runs={"refund-1": run_of(completed_at=NOW)})
        await store.append(change_of(ended))
        assert await store.load("chk_1") == ended

    @pytest.mark.parametrize("expected", [0, 2])
    async def test_refuses_a_wrong_version(self, store: Store, expected: int) -> None:
        """An id that is taken, or a version that is not the present one, conflicts."""
        await store.append(change_of(checkout_of()))
        late = change_of(checkout_of(version=3), expected=expected)
        with pytest.raises(Conflict):
            await store.append(late)
        assert await store.load("chk_1") == checkout_of()

    async def test_refuses_to_replace_what_is_not_there(self, store: Store) -> None:
        """A change over a version of an unknown checkout conflicts."""
        with pytest.raises(Conflict):
            await store.append(change_of(checkout_of(version=2)))

    @pytest.mark.parametrize("what", ["reference", "idempotency"])
    async def test_writes_whole_or_not_at_all(self, store: Store, what: str) -> None:
        """A change that takes a taken reference or key leaves nothing of itself behind."""
        taken = change_of(checkout_of("chk_0"), references=["REF0"], idempotency=RECORD)
        await store.append(taken)
        free = replace(RECORD, key="order-2")
        bad = change_of(
            checkout_of(),
            references=["REF1", "REF0" if what == "reference" else "REF2"],
            idempotency=RECORD if what == "idempotency" else free,
            wake_at=NOW,
        )
        with pytest.raises(Conflict):
            await store.append(bad)
        assert await store.load("chk_1") is None
        assert await store.events("chk_1", after=None, limit=10) == []
        assert await store.by_reference("REF1") is None
        assert await store.by_reference("REF0") == "chk_0"
        assert await store.idempotency(RECORD.scope, "order-2") is None
        assert await store.claim("a", now=NOW, until=NOW, limit=10) == []

    async def test_a_conflict_fails_only_its_own_change(self, store: Store) -> None:
        """Good and bad changes that arrive together: each bad one fails, each good one is there."""
        await store.append(change_of(checkout_of("taken", steps=1), references=["REF"]))
        good = created([f"good_{number}" for number in range(WRITERS)])
        late = change_of(checkout_of("taken", steps=1))
        refused = created([f"bad_{number}" for number in range(0, WRITERS, 2)], references=["REF"])
        bad = [change for pair in zip(refused, [late] * 50, strict=True) for change in pair]
        mixed = [change for pair in zip(good, bad, strict=True) for change in pair]
        errors = await append_all(store, mixed)
        assert [error is None for error in errors] == [True, False] * WRITERS
        assert {type(error) for error in errors[1::2]} == {Conflict}
        loaded = [await store.load(change.checkout.id) for change in good]
        assert loaded == [change.checkout for change in good]
        assert await store.load("bad_0") is None

    async def test_one_idempotency_key_makes_one_checkout(self, store: Store) -> None:
        """Of many creations under one key, one is written and its record says which."""
        changes = [
            replace(change, idempotency=replace(RECORD, resource=change.checkout.id))
            for change in created([f"chk_{number}" for number in range(10)])
        ]
        errors = await append_all(store, changes)
        record = await store.idempotency(RECORD.scope, RECORD.key)
        assert record is not None
        assert errors.count(None) == 1
        assert record.resource == changes[errors.index(None)].checkout.id
        page = await store.checkouts("northstar", status=None, after=None, limit=20)
        assert [row.checkout.id for row in page.rows] == [record.resource]

    async def test_keeps_idempotency_keys_apart_by_scope(self, store: Store) -> None:
        """The same key under another retailer's scope is another key."""
        other = replace(RECORD, scope="otherco:key_2")
        await store.append(change_of(checkout_of("chk_1"), idempotency=RECORD))
        await store.append(change_of(checkout_of("chk_2"), idempotency=other))
        assert await store.idempotency(RECORD.scope, RECORD.key) == RECORD
        assert await store.idempotency(other.scope, other.key) == other
        assert await store.idempotency("otherco:key_3", RECORD.key) is None

    async def test_a_key_of_the_scope_before_is_found_unless_the_present_one_has_it(
        self, store: Store
    ) -> None:
        """One look finds either; the record says which scope it is of."""
        older = replace(RECORD, scope="northstar:of_before")
        await store.append(change_of(checkout_of("chk_1"), idempotency=older))
        asked = {"scope": RECORD.scope, "key": RECORD.key, "before": older.scope}
        assert await store.idempotency(**asked) == older
        await store.append(change_of(checkout_of("chk_2"), idempotency=RECORD))
        assert await store.idempotency(**asked) == RECORD
        assert await store.idempotency("x", RECORD.key, before="y") is None

    async def test_a_resend_may_name_its_reference_again(self, store: Store) -> None:
        """The same checkout may write the same reference ahead again."""
        checkout = checkout_of()
        await store.append(change_of(checkout, references=["REF"]))
        await store.append(change_of(next_of(checkout), references=["REF"]))
        assert await store.by_reference("REF") == "chk_1"
        assert await store.by_reference("REF2") is None

    async def test_refuses_a_change_that_contradicts_itself(self, store: Store) -> None:
        """A version that does not grow, or an event of another checkout, is our own mistake."""
        checkout = checkout_of(version=2)
        other = event_of(replace(checkout, id="chk_2"), 0)
        for wrong in (
            change_of(checkout, expected=2),
            replace(change_of(checkout), events=[other]),
            replace(change_of(checkout), events=[event_of(checkout, 0), event_of(checkout, 0)]),
        ):
            with pytest.raises(ValueError, match="chk_1: "):
                await store.append(wrong)
