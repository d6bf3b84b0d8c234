"""The SQLite store keeps what every store promises, and what a file of its own asks for."""

from pathlib import Path

import pytest

from unshackled.store import SqliteStore
from unshackled.testing.store_contract import Opener, StoreContract


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def opener(self, tmp_path: Path) -> Opener:
        return lambda: SqliteStore(tmp_path / "data" / "checkouts.db")
