"""Secrets of accounts lie sealed in every database, and are read as they were."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace as with_changes
from datetime import timedelta
from pathlib import Path

import pytest

from unshackled.domain.records import replace
from unshackled.errors import Undecryptable
from unshackled.store.key_ring import KeyRing
from unshackled.store.secret_texts import SecretTexts
from unshackled.store.side_tables.endpoints import OldSecret
from unshackled.store.sql.tables import Statement
from unshackled.store.sqlite import SqliteStore
from unshackled.testing.fake_key_management import FakeKeyManagement
from unshackled.testing.known_keys import KEYS
from unshackled.testing.samples import NOW
from unshackled.testing.table_suites.operators_suite import REQUEST
from unshackled.testing.table_suites.webhooks_suite import endpoint_of

SECRET, OLD = "whsec_" + "s" * 40, "whsec_" + "o" * 40
ENDPOINT = with_changes(
    endpoint_of(),
    secret=SECRET,
    old_secrets=(OldSecret(secret=OLD, until=NOW + timedelta(hours=24)),),
)
ASKED = replace(REQUEST, body={"output": {"holder": "Featherstone"}, "verdict": "passed"})


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    made = SqliteStore(tmp_path / "secrets.db", keys=KEYS)
    await made.open()
    yield made
    await made.close()


async def _row(store: SqliteStore, table: str, columns: str) -> list[str]:
    rows = await store.sql.read(f"SELECT {columns} FROM {table}")  # noqa: S608 - our own words
    return [str(value) for value in rows[0]]


async def test_a_webhook_secret_lies_sealed(store: SqliteStore) -> None:
    """Present and replaced ones, however the endpoint is asked for; a change seals anew."""
    endpoints = store.tables.endpoints
    assert await endpoints.add(ENDPOINT)
    for text in await _row(store, "webhook_endpoints", "secret, old_secrets"):
        assert "sealed:" in text
        assert "whsec_" not in text
    page = await endpoints.page("northstar", after=None, limit=9)
    assert [await endpoints.get("we_1"), *await endpoints.of(ENDPOINT.retailer)] == [ENDPOINT] * 2
    assert list(page.endpoints) == [ENDPOINT]
    changed = with_changes(ENDPOINT, secret=OLD, updated_at=NOW + timedelta(hours=1))
    await endpoints.change(changed, expected=ENDPOINT.updated_at)
    assert await endpoints.get("we_1") == changed


async def test_what_an_operator_sent_lies_sealed(store: SqliteStore) -> None:
    """Until it is decided, when it is deleted; where nothing was sent nothing is sealed."""
    await store.tables.requests.put(ASKED)
    (body,) = await _row(store, "operator_requests", "body")
    assert list(json.loads(body)) == ["$sealed"]
    assert "Featherstone" not in body
    assert await store.tables.requests.get(ASKED.id) == ASKED
    assert list(await store.tables.requests.page(state=None, now=NOW)) == [ASKED]
    await store.tables.requests.close(ASKED.id, "done")
    assert await _row(store, "operator_requests", "body") == ["{}"]
    bare = replace(ASKED, id="req_bare", body={})
    await store.tables.requests.put(bare)
    assert await store.tables.requests.get("req_bare") == bare


async def test_rows_of_before_are_read_as_they_are(store: SqliteStore) -> None:
    """What lay in clear goes on, and is sealed with the first change."""
    endpoints = store.tables.endpoints
    await endpoints.add(ENDPOINT)
    old = json.dumps([{"secret": OLD, "until": (NOW + timedelta(hours=24)).isoformat()}])
    plain = "UPDATE webhook_endpoints SET secret = ?, old_secrets = ?"
    await store.sql.write(Statement(plain, (SECRET, old)))
    assert await endpoints.get("we_1") == ENDPOINT
    later = NOW + timedelta(hours=1)
    await endpoints.change(with_changes(ENDPOINT, updated_at=later), expected=ENDPOINT.updated_at)
    assert "whsec_" not in "".join(await _row(store, "webhook_endpoints", "secret, old_secrets"))


async def test_a_secret_that_was_moved_does_not_open(store: SqliteStore) -> None:
    """Bound to its account and its row; the error names the row and no secret."""
    await store.tables.endpoints.add(ENDPOINT)
    await store.sql.write(Statement("UPDATE webhook_endpoints SET id = 'we_9'"))
    with pytest.raises(Undecryptable, match="we_9") as refused:
        await store.tables.endpoints.get("we_9")
    assert "whsec" not in str(refused.value)
    for broken in ("sealed:", "sealed:%%%", "sealed:AAAA"):
        await store.sql.write(Statement("UPDATE webhook_endpoints SET secret = ?", (broken,)))
        with pytest.raises(Undecryptable):
            await store.tables.endpoints.get("we_9")


async def test_a_retailer_key_is_unwrapped_once_in_a_process(store: SqliteStore) -> None:
    """However many secrets and checkouts it seals, a key management service is asked once."""
    service = FakeKeyManagement()
    rows = store.tables.retailer_keys
    first = SecretTexts(KeyRing(service, rows))
    sealed = [
        await first.sealed("x", "test", str(number), retailer="orbit", now=NOW)
        for number in range(5)
    ]
    assert service.calls == {"wrap": 1}
    second = SecretTexts(KeyRing(service, rows))
    for number, text in enumerate(sealed):
        assert await second.opened(text, "test", str(number), retailer="orbit") == "x"
    assert service.calls == {"wrap": 1, "unwrap": 1}
