"""The same rules as in tests/, and assertions of the shipped suite told in full."""

import pytest

pytest.register_assert_rewrite("unshackled.testing.contract")
