"""Nothing of a customer, and no secret, is in the raw bytes of what a store leaves on the disk."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace as with_changes
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import pytest

from tests.app.test_app import client, overrides, settings
from unshackled.app import build
from unshackled.demo_mode import demo_key
from unshackled.domain.records import replace
from unshackled.store.port import Store
from unshackled.store.postgres import PostgresStore
from unshackled.store.side_tables.endpoints import OldSecret
from unshackled.store.signed_copies import SignedCopies
from unshackled.store.sqlite import SqliteStore
from unshackled.testing.customer import FORMS, Customer, CustomerStuck
from unshackled.testing.known_keys import KEYS, MASTER_KEY
from unshackled.testing.samples import NOW
from unshackled.testing.servers import PostgresServer
from unshackled.testing.table_suites.operators_suite import REQUEST
from unshackled.testing.table_suites.webhooks_suite import endpoint_of

CANARY: Final[Mapping[str, Any]] = {
    **FORMS,
    "contact": {
        "given_name": "Zephyrine",
        "family_name": "Quillfeather",
        "email": "zephyrine@quill.example",
        "phone": "+447700900987",
        "date_of_birth": "1991-08-23",
    },
    "address": {**FORMS["address"], "line1": "77 Wyvern Parade"},
    "bank_account": {
        "account_holder": "Z QUILLFEATHER",
        "sort_code": "089999",
        "account_number": "66374958",
    },
    "device_return": {**FORMS["device_return"], "imei": "356938035643809"},
}
SIGNED: Final = b"%PDF-1.7 agreement of Zephyrine Quillfeather"
PERSONAL: Final = (
    b64encode(SIGNED).decode()[:56],
    *("Zephyrine", "Quillfeather", "QUILLFEATHER", "quill.example", "7700900987", "1991-08-23"),
    *("Wyvern Parade", "canary-ref-7", "66374958", "356938035643809"),
)
SECRETS: Final = ("whsec_c" + "anary" * 8, "whsec_o" + "anary" * 8)
ENDPOINT: Final = with_changes(
    endpoint_of(),
    id="we_canary",
    secret=SECRETS[0],
    old_secrets=(OldSecret(secret=SECRETS[1], until=NOW + timedelta(hours=24)),),
)
ASKED: Final = replace(REQUEST, id="req_canary", body={"output": {"holder": "Quillfeather"}})
BOUGHT: Final = ("pocket", "sim-only", {"tariff": "sim-20gb"})
BEGUN: Final = (
    "orbit",
    "upgrade",
    {
        "handset": "handset-pro",
        "tariff": "sim-50gb",
        "credit": {"plan": "credit-24-0", "deposit": 4900},
    },
)


@asynccontextmanager
async def live(store: Store) -> AsyncIterator[Sequence[str]]:
    """One customer buys, another one comes as far as a page of a provider; the ids of both.

    The service runs on: what it has written is where it lies while it works.
    """
    service = build(settings(), replace(overrides(), store=store))
    ids = []
    async with service.lifespan(), client(service) as api:
        for retailer, flow, package in (BOUGHT, BEGUN):
            customer = await begin(api, retailer, flow, package)
            with suppress(CustomerStuck):
                await customer.buy()
            known = await store.load(customer.id)
            assert known is not None
            assert "Quillfeather" in json.dumps(known.private.inputs["contact"])
            assert customer.checkout["status"] in ("completed", "requires_escalation")
            ids.append(customer.id)
        copies, known = SignedCopies(store), await store.load(ids[0])
        assert known is not None
        assert await copies.keep(known, "agreement", SIGNED, now=NOW)
        (copy,) = await copies.of(known)
        assert await copies.read(known, copy.digest) == SIGNED
        await store.tables.endpoints.add(ENDPOINT)
        await store.tables.requests.put(ASKED)
        assert await store.tables.endpoints.get("we_canary") == ENDPOINT
        assert await store.tables.requests.get("req_canary") == ASKED
        yield ids


async def begin(api: httpx.AsyncClient, retailer: str, flow: str, package: Any) -> Customer:
    """The canary at a retailer."""
    made = await api.post(
        "/v1/checkouts",
        json={"flow": flow, "package": package, "customer_ref": "canary-ref-7"},
        headers={"Authorization": f"Bearer {demo_key(retailer)}", "Idempotency-Key": "canary"},
    )
    assert made.status_code == 201, made.text
    token = made.json()["customer_token"]
    return Customer(api=api, checkout=made.json(), token=token, forms=CANARY)


def seen(raw: bytes) -> list[str]:
    """Which of the canary's values are in some bytes: as text, in UTF-16 and in hexadecimal."""
    return [
        word
        for word in (*PERSONAL, *SECRETS, MASTER_KEY)
        for form in (word.encode(), word.encode("utf-16-le"), word.encode().hex().encode())
        if form in raw
    ]


def _disk(folder: Path) -> bytes:
    """Every file below a folder."""
    return b"\0".join(one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file())


async def test_a_file_shows_nothing_of_a_customer(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not in its pages, its log, the file of keys or its log, and not in what the service wrote.

    Neither file has the other's part: no wrapped key is in the one, no checkout in the other.
    """
    path = tmp_path / "canary.db"
    store = SqliteStore(path, keys=KEYS)
    ends = ("", "-wal", ".keys", ".keys-wal")
    async with live(store) as ids:
        raw = b"\0".join(path.with_name(path.name + end).read_bytes() for end in ends)
        assert [one for one in ids if one.encode() not in raw] == []
        assert seen(raw) == []
        wrapped = await store.sql.read("SELECT wrapped FROM unshackled_keys.data_keys")
        assert len(wrapped) == 3
    data, keys = path.read_bytes(), path.with_name("canary.db.keys").read_bytes()
    assert seen(data + keys) == []
    for (text,) in wrapped:
        assert str(text).encode() not in data
        assert str(text).encode() in keys
    assert b"sim-only" in data
    assert b"sim-only" not in keys
    written = capfd.readouterr()
    assert seen((written.out + written.err).encode()) == []


async def test_a_database_shows_nothing_of_a_customer(
    postgres: PostgresServer, postgres_url: str
) -> None:
    """Not in any column of any table, and not in the server's files, its log or its WAL."""
    store = PostgresStore(postgres_url, keys=KEYS)
    async with live(store) as ids:
        columns = "\n".join(await _columns(postgres_url)).encode()
        assert [one for one in ids if one.encode() not in columns] == []
        assert seen(columns) == []
        disk = _disk(postgres.folder)
        assert [one for one in ids if one.encode() not in disk] == []
        assert seen(disk) == []


async def _columns(url: str) -> list[str]:
    """Every row of every table as text; afterwards all of it is in the files."""
    link: Any = await asyncpg.connect(url)
    tables = await link.fetch(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname IN ('public', 'unshackled_keys')"
    )
    rows = []
    for (table,) in tables:
        rows += [row[0] for row in await link.fetch(f"SELECT t::text FROM {table} t")]  # noqa: S608
    await link.execute("CHECKPOINT")
    await link.close()
    return rows


async def test_an_erased_key_leaves_nothing_in_the_file_of_keys(tmp_path: Path) -> None:
    """Not in its pages and not in its log, though both were written with it; the others stay."""
    store = SqliteStore(tmp_path / "canary.db", keys=KEYS)
    async with live(store) as (first, second):
        keys = [await store.tables.data_keys.get(one) for one in (first, second)]
        ids = [one.id for one in keys if one is not None]
        rows = await store.sql.read("SELECT id, wrapped FROM unshackled_keys.data_keys")
        texts = {row[0]: row[1] for row in rows}
        gone, left = [str(texts[one]).encode() for one in ids]
        assert gone in _disk(tmp_path)
        await store.tables.data_keys.delete(first, now=NOW)
        raw = _disk(tmp_path)
        assert gone not in raw
        assert left in raw
