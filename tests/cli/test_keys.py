"""API keys from the command line."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.cli.shell import FLOWS, told


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of the test's own."""
    path = tmp_path / "keys.db"
    monkeypatch.setenv("UNSHACKLED_STORE", f"sqlite:///{path}")
    monkeypatch.setenv("UNSHACKLED_FLOWS", str(FLOWS))
    return path


def test_a_key_is_shown_once_and_stored_as_a_hash(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The list has its id and scopes; its secret is nowhere in the file."""
    made = told(capsys, "keys", "create", "--retailer", "orbit", "--scopes", "reports,admin")
    *_, key_id, secret = made.out.strip().split("_")
    listed = told(capsys, "keys", "list", "--retailer", "orbit").out
    assert [word for word in (key_id, "active", "reports, admin") if word not in listed] == []
    assert secret not in listed
    with sqlite3.connect(database) as connection:
        (kept,) = connection.execute("SELECT group_concat(secret_hash) FROM api_keys").fetchone()
    connection.close()
    assert secret not in kept
    assert told(capsys, "keys", "list", "--retailer", "pocket").out == ""


def test_origins_make_a_publishable_key(capsys: pytest.CaptureFixture[str]) -> None:
    """It has no scopes."""
    origin = "https://shop.example"
    made = told(capsys, "keys", "create", "--retailer", "orbit", "--origin", origin)
    assert made.out.startswith("pk_live_orbit_")
    assert origin in told(capsys, "keys", "list", "--retailer", "orbit").out


def test_a_revoked_key_stays_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """As revoked, with the moment."""
    key_id = told(capsys, "keys", "create", "--retailer", "orbit").out.split("_")[3]
    assert told(capsys, "keys", "revoke", key_id).out == f"{key_id} is revoked\n"
    assert "revoked 20" in told(capsys, "keys", "list", "--retailer", "orbit").out


def test_a_test_key_is_made_and_listed_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the live ones of the same retailer."""
    live = told(capsys, "keys", "create", "--retailer", "orbit").out
    test = told(capsys, "keys", "create", "--retailer", "orbit", "--test").out
    assert (live[:14], test[:14]) == ("sk_live_orbit_", "sk_test_orbit_")
    lines = told(capsys, "keys", "list", "--retailer", "orbit").out.splitlines()
    listed = {line.split()[0]: line.split()[1] for line in lines}
    assert listed == {live.split("_")[3]: "live", test.split("_")[3]: "test"}
