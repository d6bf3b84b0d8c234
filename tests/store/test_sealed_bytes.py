"""Documents are sealed with keys of their own, which end when nobody has to keep them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from unshackled.errors import Conflict, Undecryptable
from unshackled.store.memory import MemoryStore
from unshackled.store.sealed_bytes import SealedBytes
from unshackled.testing.known_keys import KEYS
from unshackled.testing.made_up_checkouts import change_of, checkout_of
from unshackled.testing.samples import NOW

SIGNED = b"%PDF-1.7 signed by Featherstone"
LATER = NOW + timedelta(days=2_200)


@pytest.fixture
async def store() -> AsyncIterator[MemoryStore]:
    made = MemoryStore(keys=KEYS)
    await made.open()
    yield made
    await made.close()


def _bytes(store: MemoryStore) -> SealedBytes:
    return SealedBytes(store.key_ring, store.tables.data_keys)


async def test_a_document_comes_back_as_it_was(store: MemoryStore) -> None:
    """In another process too; what is kept shows nothing, and each writing is another."""
    one, other = _bytes(store), _bytes(store)
    kept = [await one.seal("doc_1", "northstar", SIGNED, now=NOW) for _ in range(2)]
    assert len(set(kept)) == 2
    assert b"Featherstone" not in b"".join(kept)
    assert [await other.open("doc_1", "northstar", sealed) for sealed in kept] == [SIGNED] * 2


async def test_processes_that_seal_at_once_have_one_key(store: MemoryStore) -> None:
    """Whoever is first makes it."""
    kept = await asyncio.gather(
        *(_bytes(store).seal("doc_1", "northstar", SIGNED, now=NOW) for _ in range(5))
    )
    opened = [await _bytes(store).open("doc_1", "northstar", sealed) for sealed in kept]
    assert opened == [SIGNED] * 5


async def test_an_erased_document_is_gone_for_good(store: MemoryStore) -> None:
    """It opens as nothing, not as an error, and is not written again."""
    documents = _bytes(store)
    sealed = await documents.seal("doc_1", "northstar", SIGNED, now=NOW)
    assert await documents.erase("doc_1", now=LATER)
    assert await documents.open("doc_1", "northstar", sealed) is None
    assert not await documents.erase("doc_1", now=LATER)
    with pytest.raises(Conflict, match="doc_1"):
        await documents.seal("doc_1", "northstar", SIGNED, now=LATER)


async def test_a_document_outlives_the_personal_part_of_its_checkout(store: MemoryStore) -> None:
    """They have different keys, though they are of one customer."""
    await store.append(change_of(checkout_of()))
    sealed = await _bytes(store).seal("chk_1/agreement", "northstar", SIGNED, now=NOW)
    await store.tables.data_keys.delete("chk_1", now=NOW)
    assert await _bytes(store).open("chk_1/agreement", "northstar", sealed) == SIGNED


@pytest.mark.parametrize("wrong", ["account", "document", "lost key", "cut", "changed"])
async def test_what_does_not_belong_there_does_not_open(store: MemoryStore, wrong: str) -> None:
    """Each is an error that names the document, and nothing of what is in it."""
    documents = _bytes(store)
    sealed = await documents.seal("doc_1", "northstar", SIGNED, now=NOW)
    await documents.seal("doc_2", "northstar", SIGNED, now=NOW)
    subject = {"document": "doc_2", "lost key": "doc_3"}.get(wrong, "doc_1")
    account = "orbit" if wrong == "account" else "northstar"
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    given = {"cut": sealed[:20], "changed": changed}.get(wrong, sealed)
    with pytest.raises(Undecryptable, match=subject) as refused:
        await documents.open(subject, account, given)
    assert "Featherstone" not in str(refused.value)
