"""A master key that everybody knows: for tests, benchmarks and what else is thrown away after."""

from __future__ import annotations

from typing import Final

from unshackled.encryption.master_keys import master_keys

MASTER_KEY: Final = "dW5zaGFja2xlZCB0ZXN0czoga25vd24gdG8gYWxsISE="
KEYS: Final = master_keys(MASTER_KEY)
