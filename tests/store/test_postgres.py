"""The PostgreSQL store keeps what every store promises, on a real server."""

import pytest

from unshackled.store.postgres import PostgresStore
from unshackled.testing.store_contract import Opener, StoreContract


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def opener(self, postgres_url: str) -> Opener:
        return lambda: PostgresStore(postgres_url)
