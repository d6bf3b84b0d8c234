"""What does not open is answered 503 and kept as it is; operators learn which key is needed."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from structlog.testing import capture_logs  # noqa: TID251 - the lines are asserted

from tests.http.world import ApiHarness, Customer
from unshackled.store.sqlite import SqliteStore
from unshackled.testing.known_keys import KEYS

SCHEMA = "unshackled_keys"
Damage: TypeAlias = Callable[[sqlite3.Connection, str], None]
PERSONAL = "SELECT personal FROM checkouts WHERE id = ?"
OTHER = "SELECT personal FROM checkouts WHERE id <> ?"


def _write(link: sqlite3.Connection, checkout: str, personal: bytes) -> None:
    link.execute("UPDATE checkouts SET personal = ? WHERE id = ?", (personal, checkout))


def _read(link: sqlite3.Connection, checkout: str, sql: str = PERSONAL) -> bytes:
    return bytes(link.execute(sql, (checkout,)).fetchone()[0])


def tampered(link: sqlite3.Connection, checkout: str) -> None:
    """One bit of the ciphertext."""
    known = bytearray(_read(link, checkout))
    known[40] ^= 1
    _write(link, checkout, bytes(known))


def cut(link: sqlite3.Connection, checkout: str) -> None:
    """The end is missing."""
    _write(link, checkout, _read(link, checkout)[:-7])


def stub(link: sqlite3.Connection, checkout: str) -> None:
    """Only the version is left."""
    _write(link, checkout, b"\x01")


def swapped(link: sqlite3.Connection, checkout: str) -> None:
    """The personal part of another checkout."""
    _write(link, checkout, _read(link, checkout, OTHER))


def with_its_key(link: sqlite3.Connection, checkout: str) -> None:
    """The personal part of another checkout, and that one's key too."""
    swapped(link, checkout)
    link.execute(
        f"""UPDATE {SCHEMA}.data_keys SET (id, wrapped_by, wrapped) =
            (SELECT id, wrapped_by, wrapped FROM {SCHEMA}.data_keys WHERE subject <> ?)
            WHERE subject = ?""",  # noqa: S608 - a name of ours
        (checkout, checkout),
    )


def of_another_account(link: sqlite3.Connection, checkout: str) -> None:
    """The row was given to another retailer."""
    link.execute("UPDATE checkouts SET retailer = 'orbit' WHERE id = ?", (checkout,))


def lost(link: sqlite3.Connection, checkout: str) -> None:
    """Its data key is gone, without a mark."""
    link.execute(f"DELETE FROM {SCHEMA}.data_keys WHERE subject = ?", (checkout,))  # noqa: S608


def unknown_retailer_key(link: sqlite3.Connection, checkout: str) -> None:
    """What wraps its key is not stored."""
    link.execute(f"UPDATE {SCHEMA}.data_keys SET wrapped_by = '{'ab' * 8}'")  # noqa: S608


def in_clear(link: sqlite3.Connection, checkout: str) -> None:
    """Somebody's data as it was written before there were keys, beside a key."""
    _write(link, checkout, b'{"private": {"customer_ref": "canary-ref-9"}}')


def newer(link: sqlite3.Connection, checkout: str) -> None:
    """A form that a later version writes."""
    known = _read(link, checkout)
    _write(link, checkout, b"\x02" + known[1:])


DAMAGES: tuple[Damage, ...] = (
    *(tampered, cut, stub, swapped, with_its_key, lost, unknown_retailer_key, newer, in_clear),
    of_another_account,
)


@pytest.fixture
async def customer(tmp_path: Path) -> AsyncIterator[Customer]:
    """A customer, and another one, at a process that has seen neither yet."""
    path = tmp_path / "data.db"
    first = ApiHarness(store=SqliteStore(path, keys=KEYS))
    await first.open()
    begun = await first.customer(customer_ref="canary-ref-7")
    assert (await begun.put("contact")).status_code == 200
    await first.customer(key="create-2", customer_ref="canary-ref-8")
    await first.store.close()
    second = ApiHarness(store=SqliteStore(path, keys=KEYS))
    await second.store.open()
    second.keys = first.keys
    yield Customer(second, begun.made)
    await second.store.close()


def stored(path: Path) -> list[Any]:
    """Everything that is in the file."""
    with closing(sqlite3.connect(path)) as link:
        return list(link.iterdump())


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda one: one.__name__)
async def test_what_does_not_open_is_answered_503_and_kept(
    tmp_path: Path, customer: Customer, damage: Damage
) -> None:
    """Reading, changing and ending it; the log names checkout and key, and nothing of its data."""
    path = tmp_path / "data.db"
    with closing(sqlite3.connect(path)) as link, link:
        link.execute(f"ATTACH DATABASE ? AS {SCHEMA}", (f"{path}.keys",))
        damage(link, customer.id)
    before = stored(path)
    with capture_logs() as lines:
        answers = [
            await customer.client.get(customer.href),
            await customer.put("contact"),
            await customer.patch({"credit": None}),
            await customer.client.post(f"{customer.href}/cancel", json={}),
        ]
    if damage is of_another_account:  # whose it is, is asked of the row itself
        assert all(answer.status_code in (404, 503) for answer in answers)
    else:
        assert [answer.status_code for answer in answers] == [503] * 4
        assert {answer.json()["type"] for answer in answers} == {"/problems/store-unavailable"}
        assert all("Retry-After" in answer.headers for answer in answers)
        said = [line for line in lines if line["event"].endswith(".unreadable")]
        assert said
        assert all(customer.id in line["error"] for line in said)
        assert all("sealed with key" in line["error"] for line in said)
    assert stored(path) == before
    for leak in ("Wilhelmina", "Featherstone", "canary-ref"):
        assert leak not in "".join(answer.text for answer in answers)
        assert leak not in repr(lines)
