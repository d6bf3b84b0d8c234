"""The store in memory keeps what every store promises."""

import pytest

from unshackled.store.memory import MemoryStore
from unshackled.testing.store_contract import Opener, StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def opener(self) -> Opener:
        store = MemoryStore()
        return lambda: store
